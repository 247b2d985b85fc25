"""The classes of tokens in what LiteLLM logs of a call: its own sums, and the provider's usage beside them.

Of every provider LiteLLM means to count the cache into the prompt, and does not always: the total says so.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

# Where the provider's usage has each part, the first that is more than nothing: OpenAI's details, which LiteLLM makes
# of every provider's, then Anthropic's own names, then those of the Responses API.
CACHED = (
    ("prompt_tokens_details", "cached_tokens"),
    ("cache_read_input_tokens",),
    ("input_tokens_details", "cached_tokens"),
    ("prompt_cache_hit_tokens",),
)
WRITTEN = (
    ("cache_creation_input_tokens",),
    ("prompt_tokens_details", "cache_write_tokens"),
    ("prompt_tokens_details", "cache_creation_tokens"),
    ("input_tokens_details", "cache_write_tokens"),
    ("cache_write_input_tokens",),
)
_WRITTEN_FOR = (("prompt_tokens_details", "cache_creation_token_details"), ("cache_creation",))
FOR_AN_HOUR = tuple((*place, "ephemeral_1h_input_tokens") for place in _WRITTEN_FOR)
FOR_MINUTES = tuple((*place, "ephemeral_5m_input_tokens") for place in _WRITTEN_FOR)
REASONING = (
    ("completion_tokens_details", "reasoning_tokens"),
    ("output_tokens_details", "reasoning_tokens"),
    ("reasoning_tokens",),
)
AUDIO_IN = (("prompt_tokens_details", "audio_tokens"), ("input_tokens_details", "audio_tokens"))
AUDIO_OUT = (("completion_tokens_details", "audio_tokens"), ("output_tokens_details", "audio_tokens"))

_FAR = 10**15  # past every count; only compared, for every other sum with 1e999999999 is an error

PARTS = {
    "cached_input_tokens": CACHED,
    "cache_write_tokens": WRITTEN,
    "cache_write_1h_tokens": FOR_AN_HOUR,
    "reasoning_tokens": REASONING,
    "audio_input_tokens": AUDIO_IN,
    "audio_output_tokens": AUDIO_OUT,
}


def tokens(payload: dict[str, Any], usage: dict[str, Any]) -> dict[str, Any]:
    """An event's fields of tokens. Parts are as sent where they are no counts: `unusable` names and drops those."""
    prompt, completion = (_sum(payload, usage, name) for name in ("prompt_tokens", "completion_tokens"))
    parts = {name: _first(usage, places) for name, places in PARTS.items()}
    hour, minutes = parts["cache_write_1h_tokens"], _first(usage, FOR_MINUTES)
    if not parts["cache_write_tokens"] and is_count(hour) and is_count(minutes):
        parts["cache_write_tokens"] = hour + minutes
    if is_count(prompt) and is_count(completion):
        prompt += _beside(payload, prompt + completion, parts)
    return {"input_tokens": prompt, "output_tokens": completion, **parts}


def unusable(event: dict[str, Any]) -> Iterator[str]:
    """Drops, in place, the parts that are no counts, and names them: the sums beside them are sound all the same."""
    for name in PARTS:
        if not is_count(event[name]):
            event[name] = 0
            yield name


def is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def _beside(payload: dict[str, Any], counted: int, parts: dict[str, Any]) -> int:
    """The tokens of the cache that the total has and neither prompt nor answer do."""
    total = _whole(payload.get("total_tokens"))
    read, written = (
        parts[name] if is_count(parts[name]) else 0 for name in ("cached_input_tokens", "cache_write_tokens")
    )
    missing = total - counted if is_count(total) else 0
    return missing if missing in (read + written, read, written) else 0


def _sum(payload: dict[str, Any], usage: dict[str, Any], name: str) -> Any:
    """LiteLLM's own, else the provider's."""
    given = payload.get(name)
    return _whole(usage.get(name) if given is None else given) or 0


def _first(usage: dict[str, Any], places: tuple[tuple[str, ...], ...]) -> Any:
    """The first that is not nothing; of those, the first that is a count."""
    found = [value for place in places if (value := _at(usage, place))]
    return next((value for value in found if is_count(value)), found[0] if found else 0)


def _at(usage: dict[str, Any], place: tuple[str, ...]) -> Any:
    value: Any = usage
    for name in place:
        value = value.get(name) if isinstance(value, dict) else None
    return _whole(value)


def _whole(value: Any) -> Any:
    """Python's and JavaScript's 10.0 is 10."""
    if isinstance(value, float):
        value = Decimal(str(value))
    small = isinstance(value, Decimal) and value.is_finite() and -_FAR < value < _FAR
    return int(value) if small and value == value.to_integral_value() else value
