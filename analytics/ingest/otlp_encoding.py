"""OpenTelemetry's messages as bytes: protobuf, or JSON with the deviations from protobuf's JSON that the protocol has.

Source: https://github.com/open-telemetry/opentelemetry-proto, docs/specification.md, "JSON Protobuf Encoding".
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

from google.protobuf import json_format
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from accounts.api_error import ApiError
from analytics.ingest import otlp_json, otlp_wire
from analytics.ingest.body import invalid
from analytics.ingest.decoding import EventError, excerpt
from analytics.ingest.otlp_json import plain
from analytics.ingest.span_senders import NAMES
from analytics.ingest.span_values import Given
from analytics.ingest.spans import SentSpan
from analytics.ingest.whose import PEOPLE, SERVICE

PROTOBUF, JSON = "application/x-protobuf", "application/json"
TYPES = (PROTOBUF, JSON)
IDS = {"traceId": 32, "spanId": 16}  # hex digits
FIELDS = ("startTimeUnixNano", "endTimeUnixNano", "status")
MAX_SPANS = 20_000  # a collector's batch is 8,192, and at most twice that behind another collector
MAX_REASON = 200  # characters of what the parser says
READ = NAMES | PEOPLE
_SPAN = otlp_wire.kind_of(
    Span,
    ("trace_id", "span_id", "parent_span_id", "name", "start_time_unix_nano", "end_time_unix_nano", "status"),
    READ,
    needed=NAMES,
)
_NOTHING = SentSpan(Span())
Read = TypeVar("Read")


def each(body: bytes, content_type: str) -> Iterator[SentSpan | EventError]:
    """The spans of an ExportTraceServiceRequest, one after another, or why one cannot be read.

    Only what `spans` looks at is read; a span of which that is nothing is empty. ApiError: the whole
    cannot be read.
    """
    return at_most(MAX_SPANS, _from_json(body) if content_type == JSON else _from_protobuf(body), _too_many())


def at_most(most: int, found: Iterator[Read], too_many: ApiError) -> Iterator[Read]:
    """All that is found; `too_many` is raised where that is more."""
    yield from islice(found, most)
    if next(found, None) is not None:
        raise too_many


def _too_many() -> ApiError:
    return ApiError(413, "too_large", f"At most {MAX_SPANS} spans may be sent at once.")


def write(message: Message, content_type: str) -> tuple[bytes, str]:
    """The message and its content type: protobuf for protobuf, JSON for everything else."""
    if content_type == PROTOBUF:
        return message.SerializeToString(), PROTOBUF
    return json_format.MessageToJson(message, indent=None).encode(), JSON


def _from_protobuf(body: bytes) -> Iterator[SentSpan | EventError]:
    try:
        for found in otlp_wire.found(body, _SPAN, _too_many(), MAX_SPANS):
            yield _NOTHING if found.message is None else _of_message(found, found.message)
    except DecodeError:
        raise invalid("The body is not an ExportTraceServiceRequest in protobuf.") from None


def _of_message(found: otlp_wire.Found, message: bytes) -> SentSpan | EventError:
    try:
        span = Span.FromString(message)
    except DecodeError:
        return EventError(None, "is not protobuf that can be read")
    return _sent(span, found.scope, found.around)


def _from_json(body: bytes) -> Iterator[SentSpan | EventError]:
    for given, scope, around in otlp_json.each(body, READ, "resourceSpans", "scopeSpans", "spans"):
        span = _span(given)
        yield span if isinstance(span, EventError) else _sent(span, scope, around)


def _sent(span: Span, scope: str, around: Given) -> SentSpan:
    return SentSpan(span, scope, plain(around.get(SERVICE)), around)


def _span(given: object) -> Span | EventError:
    """One span, without the fields and attributes that nobody reads: conversations are not even looked at."""
    try:
        if not isinstance(given, dict):
            raise EventError(None, f"must be an object, got {excerpt(given)}")
        read = _attributes(given)
        if not any(attribute["key"] in NAMES for attribute in read):
            return _NOTHING.span
        kept = {name: given[name] for name in FIELDS if name in given}
        ids = {name: _id(given, name, digits) for name, digits in IDS.items()}
        span = Span(name=plain(given.get("name")), parent_span_id=_parent(given))
        json_format.ParseDict({**kept, **ids, "attributes": read}, span, ignore_unknown_fields=True)
    except EventError as problem:
        return problem.bare()
    except json_format.ParseError as problem:
        return EventError(None, str(problem)[:MAX_REASON])
    except SystemError:  # so the parser fails on half a surrogate pair where it looks for a name
        return EventError(None, "has a name that is not valid Unicode text")
    return span


def _attributes(given: Mapping[str, object]) -> list[Any]:
    found = given.get("attributes") or []
    if not isinstance(found, list):
        raise EventError("attributes", f"must be a list, got {excerpt(found)}")
    return [
        attribute
        for attribute in found
        if isinstance(attribute, dict) and isinstance(attribute.get("key"), str) and attribute["key"] in READ
    ]


def _id(given: Mapping[str, object], name: str, digits: int) -> str:
    """Hex in OpenTelemetry's JSON, base64 in protobuf's."""
    value = given.get(name)
    if not isinstance(value, str) or not re.fullmatch(rf"[0-9a-fA-F]{{{digits}}}", value):
        raise EventError(name, f"must be {digits} hex digits, got {excerpt(value)}")
    return b64encode(bytes.fromhex(value)).decode()


def _parent(given: Mapping[str, object]) -> bytes:
    """Empty where there is none, or no id: a call does not depend on it."""
    value = given.get("parentSpanId")
    digits = IDS["spanId"]
    whole = isinstance(value, str) and re.fullmatch(rf"[0-9a-fA-F]{{{digits}}}", value)
    return bytes.fromhex(whole[0]) if whole else b""
