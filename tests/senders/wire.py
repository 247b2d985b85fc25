"""How OpenAI, Anthropic and Google write an answer, whole and in events. `done` is `models.Answered`."""

import base64
import json
import struct
from typing import Any

SAID = "Good day to you"
FIRST_OUTPUT = 1  # output tokens that the first event of one of Anthropic's streams tells
OPENAI_FAILURE = {"error": {"message": "no", "type": "invalid_request_error", "code": "no", "param": None}}
ANTHROPIC_FAILURE = {"type": "error", "error": {"type": "invalid_request_error", "message": "no"}}
GEMINI_FAILURE = {"error": {"code": 400, "message": "no", "status": "INVALID_ARGUMENT"}}


def chat(done: Any, asked: dict) -> dict:
    base = {"id": f"chatcmpl-{done.number}", "object": "chat.completion", "created": 1_795_000_000, "model": done.model}
    names = [tool["function"]["name"] for tool in asked.get("tools") or ()]
    message: dict[str, Any] = {"role": "assistant", "content": SAID, "refusal": None}
    reason = "stop"
    if "final_answer" in names:  # an agent that ends by a tool
        call = {"name": "final_answer", "arguments": json.dumps({"answer": SAID})}
        message |= {"tool_calls": [{"id": f"call-{done.number}", "type": "function", "function": call}]}
        reason = "tool_calls"
    choice = {"index": 0, "finish_reason": reason, "message": message, "logprobs": None}
    return base | {"choices": [choice], "usage": _chat_usage(done), "service_tier": "default"}


def chat_chunks(done: Any, with_usage: bool) -> list[dict]:
    base = {"id": f"chatcmpl-{done.number}", "object": "chat.completion.chunk", "created": 1_795_000_000}
    base |= {"model": done.model, "service_tier": "default"}
    first = {"index": 0, "finish_reason": None, "delta": {"role": "assistant", "content": SAID}}
    last = {"index": 0, "finish_reason": "stop", "delta": {}}
    chunks = [base | {"choices": [first], "usage": None}, base | {"choices": [last], "usage": None}]
    return [*chunks, base | {"choices": [], "usage": _chat_usage(done)}] if with_usage else chunks


def _chat_usage(done: Any) -> dict:
    return {
        "prompt_tokens": done.input_tokens,
        "completion_tokens": done.output_tokens,
        "total_tokens": done.input_tokens + done.output_tokens,
        "prompt_tokens_details": {"cached_tokens": done.cached_input_tokens, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": done.reasoning_tokens, "audio_tokens": 0},
    }


def embeddings(done: Any, asked: dict) -> dict:
    vector: Any = [0.5, 0.25]
    if asked.get("encoding_format") == "base64":
        vector = base64.b64encode(struct.pack("<2f", *vector)).decode()
    count = len(asked["input"]) if isinstance(asked["input"], list) else 1
    data = [{"object": "embedding", "index": index, "embedding": vector} for index in range(count)]
    usage = {"prompt_tokens": done.input_tokens, "total_tokens": done.input_tokens}
    return {"object": "list", "model": done.model, "data": data, "usage": usage}


def response(done: Any, complete: bool = True) -> dict:
    usage = {
        "input_tokens": done.input_tokens,
        "output_tokens": done.output_tokens,
        "total_tokens": done.input_tokens + done.output_tokens,
        "input_tokens_details": {"cached_tokens": done.cached_input_tokens, "cache_write_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": done.reasoning_tokens},
    }
    return {
        "id": f"resp_{done.number}",
        "object": "response",
        "created_at": 1_795_000_000,
        "model": done.model,
        "status": "completed" if complete else "in_progress",
        "output": [_output(done)] if complete else [],
        "usage": usage if complete else None,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "service_tier": "default",
    }


def _output(done: Any) -> dict:
    part = {"type": "output_text", "text": SAID, "annotations": [], "logprobs": []}
    return {
        "id": f"msg_{done.number}",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }


def response_events(done: Any) -> list[dict]:
    item = _output(done)
    at = {"output_index": 0, "content_index": 0, "item_id": item["id"]}
    begun = item | {"content": [], "status": "in_progress"}
    part = item["content"][0]
    events: list[dict] = [
        {"type": "response.created", "response": response(done, complete=False)},
        {"type": "response.output_item.added", "output_index": 0, "item": begun},
        {"type": "response.content_part.added", **at, "part": part | {"text": ""}},
        {"type": "response.output_text.delta", **at, "delta": SAID, "logprobs": []},
        {"type": "response.output_text.done", **at, "text": SAID, "logprobs": []},
        {"type": "response.content_part.done", **at, "part": part},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": response(done)},
    ]
    return [event | {"sequence_number": number} for number, event in enumerate(events)]


def _anthropic_input(done: Any) -> dict:
    written, hour = done.cache_write_tokens, done.cache_write_1h_tokens
    return {
        "input_tokens": done.input_tokens - done.cached_input_tokens - written,
        "cache_read_input_tokens": done.cached_input_tokens,
        "cache_creation_input_tokens": written,
        "cache_creation": {"ephemeral_5m_input_tokens": written - hour, "ephemeral_1h_input_tokens": hour},
        "service_tier": "standard",
    }


def message(done: Any) -> dict:
    return {
        "id": f"msg_{done.number}",
        "type": "message",
        "role": "assistant",
        "model": done.model,
        "content": [{"type": "text", "text": SAID}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": _anthropic_input(done) | {"output_tokens": done.output_tokens},
    }


def message_events(done: Any) -> list[dict]:
    usage = _anthropic_input(done)
    begun = message(done) | {"content": [], "stop_reason": None, "usage": usage | {"output_tokens": FIRST_OUTPUT}}
    told = {name: usage[name] for name in ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")}
    return [
        {"type": "message_start", "message": begun},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": SAID}},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": told | {"output_tokens": done.output_tokens},
        },
        {"type": "message_stop"},
    ]


def gemini(done: Any) -> dict:
    """Thinking lies beside the candidates; the cache is in the prompt."""
    usage = {
        "promptTokenCount": done.input_tokens,
        "cachedContentTokenCount": done.cached_input_tokens,
        "candidatesTokenCount": done.output_tokens - done.reasoning_tokens,
        "thoughtsTokenCount": done.reasoning_tokens,
        "totalTokenCount": done.input_tokens + done.output_tokens,
    }
    content = {"role": "model", "parts": [{"text": SAID}]}
    return {
        "candidates": [{"content": content, "finishReason": "STOP", "index": 0}],
        "usageMetadata": usage,
        "modelVersion": done.model,
        "responseId": f"gemini-{done.number}",
    }


def gemini_chunks(done: Any) -> list[dict]:
    whole = gemini(done)
    begun = {"promptTokenCount": done.input_tokens, "totalTokenCount": done.input_tokens}
    first = whole | {"usageMetadata": begun, "candidates": [{"content": whole["candidates"][0]["content"], "index": 0}]}
    return [first, whole]
