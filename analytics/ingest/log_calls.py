"""A log record of OpenTelemetry → the usage event of a model call, whoever sends it (`log_senders`).

What its sender cannot mend is mended here, so that the call is not lost; only one without a time or a model is refused.
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from analytics.ingest.decoding import EventError, excerpt, has_surrogates
from analytics.ingest.event_rules import LONGEST, MAX_COST, mend, rounded, since_1970
from analytics.ingest.log_senders import (
    DURATION,
    ERROR,
    IDENTITY,
    TIME,
    LogSender,
    Record,
    is_conventions_call,
    told_by,
)
from analytics.ingest.otlp_json import MAX_NANOSECONDS
from analytics.ingest.span_providers import UNKNOWN, maker, provider_of_span
from analytics.ingest.span_senders import NAMES, Told
from analytics.ingest.span_tokens import tokens_of
from analytics.ingest.span_values import Given, Value, number, said
from analytics.ingest.spans import NORMAL, ModelCall, SentSpan, model_call
from analytics.ingest.whose import gemini_call
from analytics.ledger.usage_event import Ties

MAX_ID = 150  # characters of a sender's own id; a longer one is kept as its hash
LONGEST_MS = Decimal(LONGEST.total_seconds() * 1000)
_MILLISECOND = 1_000_000  # nanoseconds
_COUNTS = ("input_tokens", "output_tokens", "cached_input_tokens", "total")


def agent_named(record: Record) -> str:
    """The coding agent whose event it is, by its name; empty where the name is no agent's."""
    told = told_by(record)
    return told[0].counts.name if told else ""


def logged_call(record: Record) -> ModelCall | None:
    """None for a record that tells of no model call. EventError: it tells of one, and has no time or model."""
    told = told_by(record)
    if told is not None:
        return _agents_call(record, *told)
    return _conventions_call(record) if is_conventions_call(record) else None


def event_id(record: Record) -> str:
    """By the sender's own id, else by all that it says: the same whenever it is sent again."""
    told = told_by(record)
    sender, name = told if told is not None else (None, "log")
    ids = said(record.given, sender.ids) if sender else iter(())
    known = next((str(value) for _, value in ids), None)
    prefix = name.replace(".", "-")
    if known is not None and len(known) <= MAX_ID:
        return f"{prefix}-{known}"
    parts = [known or [_instant(record), record.context, sorted(_identity(record, sender).items())]]
    return f"{prefix}-{sha256(repr(parts).encode(errors='backslashreplace')).hexdigest()[:32]}"


def _ties(record: Record) -> Ties:
    """A record is as if it were a span inside the one it was written in, which may tell of the same call."""
    alike = gemini_call(*map(record.given.get, ("session.id", "prompt_id", "input_token_count", "output_token_count")))
    if not record.context:
        return Ties(alike=alike)
    own = f"log-{sha256(event_id(record).encode()).hexdigest()[:32]}"
    return Ties(span=own, parent=record.context, alike=alike)


def _identity(record: Record, sender: LogSender | None) -> dict[str, str]:
    """Numbers as they are written, whether they came as numbers or as text."""
    own = {name for names in sender.counts.own.values() for name in names} if sender else NAMES
    return {name: str(value) for name, value in record.given.items() if name in own or name in IDENTITY}


def _agents_call(record: Record, sender: LogSender, name: str) -> ModelCall | None:
    given = record.given
    if any(given.get(attribute) != value for attribute, value in sender.only):
        return None
    told = _told(sender, given)
    failed = name in sender.failures or (sender.needs_counts and given.get(ERROR) is not None)
    if sender.needs_counts and not failed and not any(told.words(field) for field in _COUNTS):
        return None
    model = told.text("model")
    if model is None:
        raise EventError(sender.counts.own["model"][0], f"is required, got {excerpt(given.get('model'))}")
    provider = provider_of_span(told, record.scope, model)
    provider = sender.provider if provider == UNKNOWN else provider
    tokens = tokens_of(told, maker(provider, model))
    event: dict[str, object] = {
        "id": event_id(record),
        "provider": provider,
        "model": model,
        **tokens.counts,
        "status": "error" if failed else "success",
        "ties": _ties(record),
    }
    mended = (*tokens.mended, *_add_times(event, record, sender), *_add_rest(event, told, sender))
    return ModelCall(event, tuple(dict.fromkeys((*mended, *mend(event)))))


def _told(sender: LogSender, given: Given) -> Told:
    fields = {field: [*said(given, names)] for field, names in sender.counts.own.items()}
    if sender.more and not any(number(value) for _, value in fields["total"]):
        counted = (*sender.counts.own["input_tokens"], *sender.counts.own["output_tokens"], *sender.more)
        parts = [number(given.get(name)) or Decimal(0) for name in counted]
        fields["total"] = [("total", int(sum(parts)))] if sum(parts) else []
    return Told(sender.counts, given, {field: words for field, words in fields.items() if words})


def _instant(record: Record) -> int:
    """Nanoseconds since 1970: when it was written, as its time or its text says, else when it was seen; 0: never."""
    return record.at or _from_text(record.given.get(TIME)) or record.observed


def _from_text(value: Value) -> int:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return 0
    if moment is None or moment.tzinfo is None:
        return 0
    seconds = int(moment.timestamp())
    return min(max(seconds * 1_000_000_000 + moment.microsecond * 1000, 0), MAX_NANOSECONDS - 1)


def _add_times(event: dict[str, object], record: Record, sender: LogSender) -> tuple[str, ...]:
    """Events are written when the call has ended, so it began as long before as it took."""
    end = _instant(record)
    if not end:
        raise EventError("timeUnixNano", "must be set, got 0")
    word = record.given.get(DURATION) if sender.ends else None
    took = number(word) if word not in (None, "") else None
    usable = took is not None and 0 <= took <= LONGEST_MS and end > took * _MILLISECOND
    began = end - int(took * _MILLISECOND) if took is not None and usable else end
    event["timestamp"] = since_1970(began // 1000)
    event["ended_at"] = since_1970(end // 1000)
    return () if usable or word in (None, "") else ("timestamp",)


def _add_rest(event: dict[str, object], told: Told, sender: LogSender) -> tuple[str, ...]:
    """The fields that a call may lack; the names of those that are there and cannot be used."""
    if (answer := told.text("response_id")) is not None:
        event["response_id"] = answer
    if (tier := told.text("service_tier")) is not None and tier.lower() != NORMAL:
        event["service_tier"] = tier
    found = [(number(told.given[name]), unit) for name, unit in sender.costs if told.given.get(name) not in (None, "")]
    costs = [amount * unit for amount, unit in found if amount is not None]
    # A 0 is written for a model whose price the agent does not know.
    cost = next((cost for cost in costs if cost), None)
    if cost is not None:
        event["cost_usd"] = rounded(cost) if abs(cost) <= MAX_COST else cost
    return ("cost_usd",) if found and not costs else ()


def _conventions_call(record: Record) -> ModelCall | None:
    """The event has the attributes of a span, and is read as one."""
    at, identity = _instant(record), event_id(record)
    if not at:
        raise EventError("timeUnixNano", "must be set, got 0")
    attributes = [KeyValue(key=name, value=_any(value)) for name, value in record.given.items() if name in NAMES]
    made_up = sha256(identity.encode()).digest()
    span = Span(
        trace_id=made_up[:16],
        span_id=made_up[16:24],
        start_time_unix_nano=at,
        end_time_unix_nano=at,
        attributes=attributes,
    )
    call = model_call(SentSpan(span, record.scope, record.service))
    return call and replace(call, event={**call.event, "id": identity, "ties": _ties(record)})


def _any(value: Value) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    unsaid = value is None or (isinstance(value, str) and has_surrogates(value))
    return AnyValue() if unsaid else AnyValue(string_value=str(value))
