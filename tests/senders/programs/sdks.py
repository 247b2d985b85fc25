"""The providers' own clients, instrumented by one, by another, by both, by themselves."""

import asyncio
import importlib
import os
import sys
from typing import Any

from tests.senders.programs import calls

OFF = {"ANTHROPIC_OPEN_TELEMETRY": "false"}
LLMETRY, INFERENCE = "opentelemetry.instrumentation.", "openinference.instrumentation."
# Row → instrumentors, clients that are called, whether the Anthropic SDK tells its own spans.
ROWS = {
    "Anthropic SDK": ([], "anthropic", True),
    "OpenLLMetry: OpenAI": ([f"{LLMETRY}openai.OpenAIInstrumentor"], "openai", True),
    "OpenLLMetry: Anthropic": ([f"{LLMETRY}anthropic.AnthropicInstrumentor"], "anthropic", False),
    "OpenLLMetry beside the Anthropic SDK, answers": (
        [f"{LLMETRY}anthropic.AnthropicInstrumentor"],
        "anthropic answers",
        True,
    ),
    "OpenLLMetry beside the Anthropic SDK, failures": (
        [f"{LLMETRY}anthropic.AnthropicInstrumentor"],
        "anthropic failures",
        True,
    ),
    "OpenLLMetry: Gemini": ([f"{LLMETRY}google_generativeai.GoogleGenerativeAiInstrumentor"], "gemini", True),
    "OpenInference: OpenAI": ([f"{INFERENCE}openai.OpenAIInstrumentor"], "openai", True),
    "OpenInference: Anthropic": ([f"{INFERENCE}anthropic.AnthropicInstrumentor"], "anthropic", False),
    "OpenInference beside the Anthropic SDK, without messages.stream": (
        [f"{INFERENCE}anthropic.AnthropicInstrumentor"],
        "without stream",
        True,
    ),
    "OpenInference beside the Anthropic SDK, messages.stream": (
        [f"{INFERENCE}anthropic.AnthropicInstrumentor"],
        "stream",
        True,
    ),
    "OpenInference with the conventions' names beside the Anthropic SDK": (
        [f"{INFERENCE}anthropic.AnthropicInstrumentor"],
        "anthropic",
        True,
    ),
    "OpenInference: Gemini": ([f"{INFERENCE}google_genai.GoogleGenAIInstrumentor"], "gemini", True),
    "OpenLLMetry and OpenInference: OpenAI, chat and embeddings": (
        [f"{LLMETRY}openai.OpenAIInstrumentor", f"{INFERENCE}openai.OpenAIInstrumentor"],
        "openai chat",
        True,
    ),
    "OpenLLMetry and OpenInference: OpenAI, Responses API": (
        [f"{LLMETRY}openai.OpenAIInstrumentor", f"{INFERENCE}openai.OpenAIInstrumentor"],
        "openai responses",
        True,
    ),
    "OpenLLMetry and OpenInference with the conventions' names: OpenAI": (
        [f"{LLMETRY}openai.OpenAIInstrumentor", f"{INFERENCE}openai.OpenAIInstrumentor"],
        "openai",
        True,
    ),
    "OpenTelemetry: OpenAI": ([f"{LLMETRY}openai_v2.OpenAIInstrumentor"], "openai", True),
    "OpenTelemetry: Gemini": ([f"{LLMETRY}google_genai.GoogleGenAiSdkInstrumentor"], "gemini", True),
}


def instrumentor(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)()


def main(row: str) -> None:
    paths, client, own = ROWS[row]
    if not own:
        os.environ.update(OFF)
    provider = calls.instrumented(*map(instrumentor, paths))
    answers = [calls.call_anthropic, calls.call_anthropic_async]
    called = {
        "openai": [calls.call_openai, calls.call_openai_responses, calls.call_openai_async],
        "openai chat": [calls.call_openai, calls.call_openai_async],
        "openai responses": [calls.call_openai_responses],
        "anthropic": [*answers, calls.stream_anthropic, calls.fail_anthropic],
        "anthropic answers": [*answers, calls.stream_anthropic],
        "anthropic failures": [calls.fail_anthropic],
        "without stream": [*answers, calls.fail_anthropic],
        "stream": [calls.stream_anthropic],
        "gemini": [calls.call_gemini],
    }
    for call in called[client]:
        done = call()
        if done is not None:
            asyncio.run(done)
    provider.shutdown()


if __name__ == "__main__":
    main(sys.argv[1])
