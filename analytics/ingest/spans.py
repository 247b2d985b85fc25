"""A span of OpenTelemetry → the usage event of a model call, whoever sends it (`span_senders`).

What its sender cannot mend is mended here, so that the call is not lost; only a call without identity, time or model is
refused. No attribute that could hold a prompt or an answer is ever read.
Source: https://github.com/open-telemetry/semantic-conventions-genai, docs/gen-ai/gen-ai-spans.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as stored
from decimal import Decimal

from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from analytics.ingest.decoding import EventError, excerpt
from analytics.ingest.event_rules import LONGEST, MAX_COST, mend, rounded, since_1970
from analytics.ingest.span_calls import embeds, is_model_call
from analytics.ingest.span_names import PARAMETERS
from analytics.ingest.span_providers import maker, provider_of_span
from analytics.ingest.span_senders import NAMES, Told, told_by
from analytics.ingest.span_tokens import tokens_of
from analytics.ingest.span_values import Given, Value, decoded, first_text, flat, number, said, text, value_of
from analytics.ingest.whose import gemini_call
from analytics.ledger.calls import UNKNOWN
from analytics.ledger.usage_event import Ties

MAX_PARAMETERS = 1_000_000  # characters of a call's parameters, tools included, in which a model is looked for
NORMAL = "normal"  # Claude Code's speed, which is a tier, where it is none
_PLACEHOLDERS = ("unknown", "none")  # written where the model is not known
_MODEL_KEYS = ("model", "model_name", "model_id", "modelId", "deployment_name", "engine")


@dataclass(frozen=True, slots=True)
class SentSpan:
    """A span with what stands around it: its instrumentation scope's name, its resource's service.name and what else
    the resource says of whose it is."""

    span: Span
    scope: str = ""
    service: str = ""
    around: Given = stored(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelCall:
    """The event of a span, still without its API key, and the fields that had to be mended."""

    event: dict[str, object]
    mended: tuple[str, ...] = ()


def event_id(span: Span) -> str:
    """Trace id and span id in hex, whatever they are."""
    return f"{span.trace_id.hex()}-{span.span_id.hex()}"


def model_call(sent: SentSpan) -> ModelCall | None:
    """None for a span that is no model call. EventError: it is one, and has no identity, time or model."""
    span = sent.span
    given = {attribute.key: value_of(attribute.value) for attribute in span.attributes if attribute.key in NAMES}
    if not given:
        return None
    told = told_by(sent.scope, sent.service, given)
    failed = _failed(span, told)
    if not is_model_call(told, span.name, failed):
        return None
    _check_identity(span)
    model = _model(told, failed)
    provider = provider_of_span(told, sent.scope, model)
    lone_total = bool(told.words("total")) and not told.words("input_tokens")
    tokens = tokens_of(told, maker(provider, model), embeds=lone_total and embeds(told))
    event: dict[str, object] = {
        "id": event_id(span),
        "timestamp": since_1970(span.start_time_unix_nano // 1000),
        "provider": provider,
        "model": model,
        **tokens.counts,
        "status": "error" if failed else "success",
        "ties": _ties(span, told),
    }
    mended = (*tokens.mended, *_add_rest(event, span, told))
    return ModelCall(event, tuple(dict.fromkeys((*mended, *mend(event)))))


def _failed(span: Span, told: Told) -> bool:
    """By the span's status, or by words of its sender: an error's type, Langfuse's level, Claude Code's success."""
    return (
        span.status.code == Status.STATUS_CODE_ERROR
        or bool(told.words("error"))
        or told.given.get("langfuse.observation.level") == "ERROR"
        or (bool(told.sender.spans) and str(told.given.get("success")).lower() == "false")
    )


def _check_identity(span: Span) -> None:
    for field, value, size in (("traceId", span.trace_id, 16), ("spanId", span.span_id, 8)):
        if len(value) != size or not any(value):
            raise EventError(field, f"must be {size} bytes, not all of them zero, got {excerpt(value.hex())}")
    for field, nanoseconds in (
        ("startTimeUnixNano", span.start_time_unix_nano),
        ("endTimeUnixNano", span.end_time_unix_nano),
    ):
        if not nanoseconds:
            raise EventError(field, "must be set, got 0")


def _model(told: Told, failed: bool) -> str:
    """As it is named; a call that failed may name it among its parameters alone, or nowhere."""
    words = told.words("model")
    named = [word for _, value in words if (word := text(value))]
    for word in named:
        if word.lower() not in _PLACEHOLDERS:
            return word
    for parameters in (decoded(told.given.get(attribute), MAX_PARAMETERS) for attribute in PARAMETERS):
        if word := first_text(said(flat(parameters), _MODEL_KEYS)):
            return word
    if named:
        return named[0]
    if words:
        raise EventError(words[0][0], f"must be text of 1 to 200 characters, got {excerpt(words[0][1])}")
    if failed and told.sender.unnamed:
        return UNKNOWN
    raise EventError("gen_ai.response.model", "is required, or gen_ai.request.model")


def _ties(span: Span, told: Told) -> Ties:
    """The span, and the one around it: both may tell of one call. Gemini CLI's log may, too."""
    parent = span.parent_span_id
    within = f"{span.trace_id.hex()}-{parent.hex()}" if len(parent) == 8 and any(parent) else ""
    if told.sender.name != "Gemini CLI":
        return Ties(span=event_id(span), parent=within, overcounts=told.sender.overcounts)
    names = ("gen_ai.conversation.id", "gen_ai.prompt.name", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens")
    return Ties(span=event_id(span), parent=within, alike=gemini_call(*map(told.given.get, names)))


def _add_rest(event: dict[str, object], span: Span, told: Told) -> tuple[str, ...]:
    """The fields that a call may lack; the names of those that are there and cannot be used."""
    mended = []
    if (answer := told.text("response_id")) is not None:
        event["response_id"] = answer
    if (tier := told.text("service_tier")) is not None and tier.lower() != NORMAL:
        event["service_tier"] = tier
    length = span.end_time_unix_nano - span.start_time_unix_nano
    if 0 <= length <= LONGEST.total_seconds() * 10**9:
        event["ended_at"] = since_1970(span.end_time_unix_nano // 1000)
    else:
        mended.append("ended_at")
    costs = _costs(told)
    cost = next((cost for cost in costs if cost is not None), None)
    if cost:
        event["cost_usd"] = cost
    elif costs and cost is None:
        mended.append("cost_usd")
    return tuple(mended)


def _costs(told: Told) -> list[Decimal | None]:
    """What is said of the cost, the most trustworthy first; None for what is no number.

    A 0 is written by senders for a model whose price they do not know. They add up in binary numbers, so what lies past
    our last place is noise, and rounded away.
    """
    given = told.given
    packed = flat(decoded(given.get(told.sender.costs))) if told.sender.costs else {}
    totals = [value for _, value in said(packed, ("total", "total_cost", "totalCost"))]
    stated = [number(value) for value in totals]
    if packed and not totals:
        stated = [_sum(packed)]
    stated += [number(value) for _, value in told.words("cost")]
    if not stated and all(given.get(name) is not None for name in ("llm.cost.prompt", "llm.cost.completion")):
        stated = [_sum({name: given[name] for name in ("llm.cost.prompt", "llm.cost.completion")})]
    return [cost if cost is None or abs(cost) > MAX_COST else rounded(cost) for cost in stated]


def _sum(parts: Mapping[str, Value]) -> Decimal | None:
    amounts = [number(value) for value in parts.values()]
    return None if None in amounts else sum((amount for amount in amounts if amount is not None), Decimal(0))
