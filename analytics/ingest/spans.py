"""A span of OpenTelemetry → the usage event of a model call, by the semantic conventions for generative AI.

Current names come first, then older ones and those of instrumentations (OpenLLMetry, OpenInference, LiteLLM, Sentry).
No attribute that could hold a prompt or an answer is ever read.
Source: https://github.com/open-telemetry/semantic-conventions-genai, docs/gen-ai/gen-ai-spans.md.
"""

import re
from collections.abc import Mapping
from decimal import Decimal

from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from analytics.ingest.decoding import EventError, excerpt
from analytics.ingest.event_rules import MAX_COST, rounded, since_1970

OPERATION = ("gen_ai.operation.name",)
PROVIDER = ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system")
# The model that answered is the one that is charged.
MODEL = ("gen_ai.response.model", "gen_ai.request.model", "llm.model_name", "embedding.model_name")
INPUT = (
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "llm.usage.prompt_tokens",
    "llm.token_count.prompt",
)
OUTPUT = (
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "llm.usage.completion_tokens",
    "llm.token_count.completion",
)
CACHED = (
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "gen_ai.usage.input_tokens.cached",
    "gen_ai.usage.cached_input_tokens",
    "gen_ai.usage.details.cache_read_tokens",
    "gen_ai.usage.details.cached_tokens",
    "llm.usage.cache_read_input_tokens",
    "llm.token_count.prompt_details.cache_read",
)
# No convention names the cost; these are in use, all of them in US dollars.
COST = ("gen_ai.usage.cost", "gen_ai.usage.total_cost", "gen_ai.cost.total_cost", "operation.cost")
ERROR = ("error.type",)
# What instrumentations without an operation name say of the kind of span.
KIND = ("openinference.span.kind", "traceloop.span.kind", "llm.request.type")

# Operations that call a model. Others (agents, workflows, tools, retrieval) have no tokens, or repeat those of calls.
MODEL_CALLS = frozenset(
    (
        *("chat", "text_completion", "generate_content", "embeddings"),  # the conventions'
        *("completion", "acompletion", "atext_completion", "embedding", "aembedding"),  # LiteLLM's
        *("responses", "aresponses", "anthropic_messages"),
        *("chat.completions", "text.completions"),  # Semantic Kernel's
    )
)
CALL_KINDS = frozenset(("llm", "chat", "completion", "embedding"))

NAMES = frozenset((*OPERATION, *PROVIDER, *MODEL, *INPUT, *OUTPUT, *CACHED, *COST, *ERROR, *KIND))

_NUMBER = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
UNKNOWN = "unknown"  # the provider of a call whose span names none: it was made, whoever answered
Value = str | bool | int | float | None


def event_id(span: Span) -> str:
    """Trace id and span id in hex, whatever they are."""
    return f"{span.trace_id.hex()}-{span.span_id.hex()}"


def usage_event(span: Span) -> dict[str, object] | None:
    """The event of a model call, still without its API key; None for any other span.

    EventError: it is a model call, and what it says cannot be counted.
    """
    given = {one.key: _value(one.value) for one in span.attributes if one.key in NAMES}
    if not _is_model_call(given):
        return None
    _check_identity(span)
    tokens = _tokens(given)
    cost = _cost(given)
    failed = span.status.code == Status.STATUS_CODE_ERROR or _first(given, ERROR)[1] is not None
    return {
        "id": event_id(span),
        "timestamp": _instant(span),
        "provider": _text(given, PROVIDER, UNKNOWN),
        "model": _text(given, MODEL),
        **tokens,
        **({"cost_usd": cost} if cost else {}),
        "status": "error" if failed else "success",
    }


def _is_model_call(given: Mapping[str, Value]) -> bool:
    operation = _first(given, OPERATION)[1]
    if operation is not None:
        return operation in MODEL_CALLS
    kinds = [str(given[name]).lower() for name in KIND if given.get(name) is not None]
    if kinds:
        return any(kind in CALL_KINDS for kind in kinds)
    # From before operations had a name. A model alone is not enough: whoever only mentions one has called none.
    return _first(given, MODEL)[1] is not None and any(
        _first(given, names)[1] is not None for names in (PROVIDER, INPUT, OUTPUT)
    )


def _check_identity(span: Span) -> None:
    for field, value, size in (("traceId", span.trace_id, 16), ("spanId", span.span_id, 8)):
        if len(value) != size or not any(value):
            raise EventError(field, f"must be {size} bytes, not all of them zero, got {excerpt(value.hex())}")
    for field, value in (
        ("startTimeUnixNano", span.start_time_unix_nano),
        ("endTimeUnixNano", span.end_time_unix_nano),
    ):
        if not value:
            raise EventError(field, "must be set, got 0")


def _instant(span: Span) -> str:
    """The span's start; what is smaller than a microsecond is cut."""
    return since_1970(span.start_time_unix_nano // 1000)


def _text(given: Mapping[str, Value], names: tuple[str, ...], otherwise: str = "") -> str:
    name, value = _first(given, names)
    if value is None and otherwise:
        return otherwise
    if value is None:
        raise EventError(names[0], f"is required, or {names[1]}")
    if not isinstance(value, str):
        raise EventError(name, f"must be text, got {excerpt(value)}")
    return value


def _tokens(given: Mapping[str, Value]) -> dict[str, int]:
    """Cached is part of input; where it is more, the sender counts input without it, and it is added."""
    read, cached, written = (_whole(given, names) for names in (INPUT, CACHED, OUTPUT))
    return {
        "input_tokens": read + cached if cached > read else read,
        "output_tokens": written,
        "cached_input_tokens": cached,
    }


def _whole(given: Mapping[str, Value], names: tuple[str, ...]) -> int:
    """A count as integer, double or text; 0 where there is none."""
    name, value = _first(given, names)
    number = _number(value)
    if number is None or number != number.to_integral_value():
        raise EventError(name, f"must be a whole number, got {excerpt(value)}")
    if number < 0:
        raise EventError(name, f"must not be negative, got {excerpt(value)}")
    return int(number)


def _cost(given: Mapping[str, Value]) -> Decimal | None:
    """None where none is given, or 0: senders write 0 for a model whose price they do not know.

    They add up in binary numbers, so what lies past our last place is noise, and rounded away.
    """
    name, value = _first(given, COST)
    number = _number(value)
    if number is None:
        raise EventError(name, f"must be a decimal number, got {excerpt(value)}")
    return (rounded(number) if abs(number) <= MAX_COST else number) or None


def _number(value: Value) -> Decimal | None:
    """Exactly what is written, 0 for nothing; None: it is no number."""
    text = "0" if value is None else str(value)
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _first(given: Mapping[str, Value], names: tuple[str, ...]) -> tuple[str, Value]:
    """The first of these attributes that says something; the first name and None where none does."""
    for name in names:
        if given.get(name) not in (None, ""):
            return name, given[name]
    return names[0], None


def _value(value: AnyValue) -> Value:
    kind = value.WhichOneof("value")
    if kind in ("string_value", "bool_value", "int_value", "double_value"):
        return getattr(value, kind)
    return None
