"""The log records of OpenTelemetry's messages, in protobuf or JSON. Only what `log_senders` looks at is read."""

from collections.abc import Iterable, Iterator, Mapping

from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from accounts.api_error import ApiError
from analytics.ingest import otlp_json, otlp_wire
from analytics.ingest.body import invalid
from analytics.ingest.decoding import EventError, excerpt
from analytics.ingest.log_senders import MAX_EVENT_NAME, READ, Record
from analytics.ingest.otlp_encoding import JSON, at_most
from analytics.ingest.otlp_json import attributes, hex_id, inside, nanoseconds, plain
from analytics.ingest.span_values import Given, Value, value_of
from analytics.ingest.whose import SERVICE

MAX_RECORDS = 20_000  # a collector's batch is 8,192, and at most twice that behind another collector
EVENT_NAME = "event.name"
_RECORD = otlp_wire.kind_of(
    LogRecord,
    ("time_unix_nano", "observed_time_unix_nano", "event_name", "trace_id", "span_id"),
    READ,
    plain="body",
)


def each(body: bytes, content_type: str) -> Iterator[Record | EventError]:
    """The records of an ExportLogsServiceRequest, one after another, or why one cannot be read. ApiError: the whole."""
    return at_most(MAX_RECORDS, _from_json(body) if content_type == JSON else _from_protobuf(body), _too_many())


def _too_many() -> ApiError:
    return ApiError(413, "too_large", f"At most {MAX_RECORDS} log records may be sent at once.")


def _from_protobuf(body: bytes) -> Iterator[Record | EventError]:
    try:
        for found in otlp_wire.found(body, _RECORD, _too_many(), MAX_RECORDS):
            yield _of_message(found.message or b"", found.scope, found.around)
    except DecodeError:
        raise invalid("The body is not an ExportLogsServiceRequest in protobuf.") from None


def _of_message(message: bytes, scope: str, around: Given) -> Record | EventError:
    try:
        record = LogRecord.FromString(message)
    except DecodeError:
        return EventError(None, "is not protobuf that can be read")
    return _record(record, plain(scope), around)


def _record(record: LogRecord, scope: str, around: Given) -> Record:
    given = _given(record.attributes, READ)
    return Record(
        _names(record.event_name, given.get(EVENT_NAME), record.body.string_value),
        given,
        record.time_unix_nano,
        record.observed_time_unix_nano,
        _context(record.trace_id.hex(), record.span_id.hex()),
        scope,
        plain(around.get(SERVICE)),
        around,
    )


def _from_json(body: bytes) -> Iterator[Record | EventError]:
    for record in otlp_json.each(body, READ, "resourceLogs", "scopeLogs", "logRecords"):
        yield _from_object(*record)


def _from_object(record: object, scope: str, around: Given) -> Record | EventError:
    if not isinstance(record, dict):
        return EventError(None, f"must be an object, got {excerpt(record)}")
    given = attributes(record, READ)
    return Record(
        _names(record.get("eventName"), given.get(EVENT_NAME), inside(record, "body").get("stringValue")),
        given,
        nanoseconds(record.get("timeUnixNano")),
        nanoseconds(record.get("observedTimeUnixNano")),
        _context(record.get("traceId"), record.get("spanId")),
        scope,
        plain(around.get(SERVICE)),
        around,
    )


def _given(found: Iterable[KeyValue], names: frozenset[str]) -> Mapping[str, Value]:
    return {attribute.key: value_of(attribute.value) for attribute in found if attribute.key in names}


def _names(*candidates: object) -> tuple[str, ...]:
    """What of these could be an event's name; a body mostly is a sentence, and none of our business."""
    names = (plain(candidate).strip() for candidate in candidates)
    return tuple(name for name in names if 0 < len(name) <= MAX_EVENT_NAME)


def _context(trace: object, span: object) -> str:
    """The span that a record was written in; empty where there was none, or it is no id."""
    within = hex_id(trace, 32), hex_id(span, 16)
    return "-".join(within) if all(within) else ""
