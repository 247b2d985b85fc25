"""What LiteLLM logs of a call (its StandardLoggingPayload, as its `generic_api` callback sends it) → a usage event.

Read from the source of litellm 1.106.2: types/utils.py, litellm_core_utils/litellm_logging.py. Prompts, answers and
headers are in the payload too: nothing here reads them.
"""

from dataclasses import dataclass
from decimal import Decimal, DecimalException
from hashlib import sha256

from analytics.ingest.decoding import MAX_TEXT, DuplicateKeys, EventError, excerpt
from analytics.ingest.event_rules import rounded, since_1970

# What uses a model, the asynchronous forms ("acompletion") included. Of every other call (listing files, reading a
# batch, tools) only those that used tokens or cost something are usage.
# fmt: off
MODEL_CALLS = frozenset((
    "completion", "text_completion", "embedding", "responses", "anthropic_messages", "generate_content",
    "generate_content_stream", "image_generation", "image_edit", "image_variation", "transcription", "speech",
    "rerank", "ocr", "realtime", "responses_websocket", "video_generation", "create_video", "video_remix",
    "video_edit", "video_extension", "run_thread", "run_thread_stream", "create_interaction", "send_message",
    "pass_through_endpoint", "llm_passthrough_route",
))
# fmt: on
UNKNOWN = "litellm"  # the provider where LiteLLM could not tell
_FAR = 10**12  # seconds, past every date; to write out 1e900000 as an integer takes half a minute


@dataclass(frozen=True, slots=True)
class Call:
    """One payload: the fields of its event without `api_key`, or why there are none; and the names of its API key.

    `is_usage` is False of a call that uses no model. The aliases are as sent: any JSON value.
    """

    id: object
    event: dict[str, object] | EventError
    is_usage: bool = True
    key_alias: object = None
    team_alias: object = None
    email: object = None


def call(payload: object) -> Call:
    """`payload` as `events.decode` gave it, floats as Decimal; its values are checked by `events.check`, later."""
    if isinstance(payload, EventError):
        return Call(None, payload)
    if not isinstance(payload, dict) or not payload:
        problem = f"{payload.name} is given twice" if isinstance(payload, DuplicateKeys) else f"got {excerpt(payload)}"
        return Call(None, EventError(None, f"must be a StandardLoggingPayload, an object: {problem}"))
    metadata = _within(payload, "metadata")
    names = (metadata.get(f"user_api_key_{name}") for name in ("alias", "team_alias", "user_email"))
    try:
        return Call(_id(payload), _event(payload, metadata), _is_usage(payload), *names)
    except EventError as problem:
        return Call(_id(payload), problem)


def is_free(*, from_cache: bool, failed: bool, used: bool) -> bool:
    """Whether a cost of 0 is one: LiteLLM writes 0 also where it has no price, in what it sends and in its table.

    It is where nothing can have cost: of an answer from its cache, and of a failed call that used nothing.
    """
    return from_cache or (failed and not used)


def _event(payload: dict, metadata: dict) -> dict[str, object]:
    status = payload.get("status")
    return {
        "id": _id(payload),
        "timestamp": _instant(payload.get("startTime")),
        "provider": _provider(payload),
        "model": payload.get("model") or payload.get("model_group") or "",
        **_tokens(payload, _within(metadata, "usage_object")),
        "cost_usd": _cost(payload),
        "status": "error" if status == "failure" else status,
    }


def _is_usage(payload: dict) -> bool:
    kind = payload.get("call_type") or "completion"
    # "_arealtime", "aresponses", "completion": the same call, awaited or not.
    names = {kind, kind.lstrip("_"), kind.lstrip("_").removeprefix("a")} if isinstance(kind, str) else set()
    return bool(names & MODEL_CALLS or _used(payload) or payload.get("response_cost"))


def _used(payload: dict) -> bool:
    return bool(payload.get("prompt_tokens") or payload.get("completion_tokens"))


def _id(payload: dict) -> object:
    """The answer's id, which the provider chose, or the call's. A longer one than fits is its SHA-256 instead."""
    given = payload.get("id")
    found = payload.get("litellm_call_id") if given in (None, "", "None") else given
    if isinstance(found, str) and len(found) > MAX_TEXT:
        return sha256(found.encode(errors="surrogatepass")).hexdigest()
    return found


def _instant(seconds: object) -> str:
    """Seconds since 1970 (a float, whose shortest form is exact to the microsecond) → RFC 3339."""
    try:
        if isinstance(seconds, int | float | Decimal) and not isinstance(seconds, bool):
            number = Decimal(str(seconds))
            if abs(number) < _FAR:
                return since_1970(int(number * 1_000_000))
    except (DecimalException, ArithmeticError, ValueError):
        pass
    raise EventError("timestamp", f"startTime must be a time in seconds since 1970, got {excerpt(seconds)}")


def _provider(payload: dict) -> object:
    """As LiteLLM calls it; where the call does not say (responses), as its price map does."""
    known = _within(_within(payload, "model_map_information"), "model_map_value")
    return payload.get("custom_llm_provider") or known.get("litellm_provider") or UNKNOWN


def _tokens(payload: dict, usage: dict) -> dict[str, object]:
    """Of every provider LiteLLM counts cached tokens into the prompt's; more of them than that were not counted in."""
    prompt, completion = (payload.get(name) or 0 for name in ("prompt_tokens", "completion_tokens"))
    details = _within(usage, "prompt_tokens_details")
    cached = details.get("cached_tokens") or usage.get("cache_read_input_tokens") or 0
    if _is_count(prompt) and _is_count(cached) and cached > prompt:
        prompt += cached
    return {"input_tokens": prompt, "output_tokens": completion, "cached_input_tokens": cached}


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _cost(payload: dict) -> object:
    """US dollars to 12 places, half to even, from the float that LiteLLM computed; None: not priced."""
    cost = payload.get("response_cost")
    if isinstance(cost, float):
        cost = Decimal(str(cost))
    if not isinstance(cost, int | Decimal) or isinstance(cost, bool):
        return cost
    if cost == 0:
        hit, failed = payload.get("cache_hit") is True, payload.get("status") == "failure"
        return 0 if is_free(from_cache=hit, failed=failed, used=_used(payload)) else None
    try:
        return rounded(Decimal(cost))
    except DecimalException:
        return cost  # too large for any cost: the check says so


def _within(value: dict, name: str) -> dict:
    inner = value.get(name)
    return inner if isinstance(inner, dict) else {}
