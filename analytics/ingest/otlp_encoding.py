"""OpenTelemetry's messages as bytes: protobuf, or JSON with the deviations from protobuf's JSON that the protocol has.

Source: https://github.com/open-telemetry/opentelemetry-proto, docs/specification.md, "JSON Protobuf Encoding".
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from itertools import islice

from google.protobuf import json_format
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from accounts.api_error import ApiError
from analytics.ingest.body import invalid
from analytics.ingest.decoding import EventError, excerpt
from analytics.ingest.span_senders import NAMES
from analytics.ingest.spans import SentSpan

PROTOBUF, JSON = "application/x-protobuf", "application/json"
TYPES = (PROTOBUF, JSON)
IDS = {"traceId": 32, "spanId": 16}  # hex digits
FIELDS = ("startTimeUnixNano", "endTimeUnixNano", "status")
MAX_SPANS = 100_000  # empty ones take two bytes of a body, and a hundred times that in memory
MAX_REASON = 200  # characters of what the parser says
MAX_NAME = 200  # characters of a name that is looked at: of a span, a scope, a service
SERVICE = "service.name"


def read(body: bytes, content_type: str) -> list[SentSpan | EventError]:
    """The spans of an ExportTraceServiceRequest, or why one cannot be read. ApiError: the whole cannot.

    Of JSON only what `spans` looks at is read; the other fields of its spans are empty.
    """
    found = list(islice(_from_json(body) if content_type == JSON else _from_protobuf(body), MAX_SPANS + 1))
    if len(found) > MAX_SPANS:
        raise ApiError(413, "too_large", f"At most {MAX_SPANS} spans may be sent at once.")
    return found


def write(message: Message, content_type: str) -> tuple[bytes, str]:
    """The message and its content type: protobuf for protobuf, JSON for everything else."""
    if content_type == PROTOBUF:
        return message.SerializeToString(), PROTOBUF
    return json_format.MessageToJson(message, indent=None).encode(), JSON


def _from_protobuf(body: bytes) -> Iterator[SentSpan]:
    try:
        message = ExportTraceServiceRequest.FromString(body)
    except DecodeError:
        raise invalid("The body is not an ExportTraceServiceRequest in protobuf.") from None
    for resource in message.resource_spans:
        named = (one.value.string_value for one in resource.resource.attributes if one.key == SERVICE)
        service = _name(next(named, ""))
        for scope in resource.scope_spans:
            name = _name(scope.scope.name)
            yield from (SentSpan(span, name, service) for span in scope.spans)


def _from_json(body: bytes) -> Iterator[SentSpan | EventError]:
    try:
        decoded = json.loads(body)
    except json.JSONDecodeError as problem:
        raise invalid(f"The body is not JSON: {problem.msg} at character {problem.pos + 1}.") from None
    except (ValueError, RecursionError):  # not UTF-8, thousands of digits or of brackets
        raise invalid("The body is not JSON that can be read.") from None
    for number, resource in enumerate(_listed(decoded, "resourceSpans", "the body")):
        place = f"resourceSpans[{number}]"
        scopes = _listed(resource, "scopeSpans", place)
        service = _service(resource)
        for inner, scope in enumerate(scopes):
            spans = _listed(scope, "spans", f"{place}.scopeSpans[{inner}]")
            name = _name(_inside(scope, "scope").get("name"))
            yield from (_sent(span, name, service) for span in spans)


def _listed(parent: object, name: str, place: str) -> list[object]:
    """Absent or null is empty, as everywhere in protobuf's JSON."""
    if not isinstance(parent, dict):
        raise invalid(f"{place} must be an object, got {excerpt(parent)}.", place)
    found = parent.get(name)
    if not isinstance(found, list | None):
        raise invalid(f"{name} of {place} must be a list, got {excerpt(found)}.", name)
    return found or []


def _name(given: object) -> str:
    """What a thing is called, as far as it is looked at; empty where that is no plain text."""
    return given if isinstance(given, str) and len(given) <= MAX_NAME and given.isascii() else ""


def _inside(parent: object, name: str) -> Mapping[str, object]:
    """An object of an object; empty where it is none. What is said around a span refuses no span."""
    found = parent.get(name) if isinstance(parent, dict) else None
    return found if isinstance(found, dict) else {}


def _service(resource: object) -> str:
    attributes = _inside(resource, "resource").get("attributes")
    for one in attributes if isinstance(attributes, list) else ():
        if isinstance(one, dict) and one.get("key") == SERVICE:
            return _name(_inside(one, "value").get("stringValue"))
    return ""


def _sent(given: object, scope: str, service: str) -> SentSpan | EventError:
    span = _span(given)
    return span if isinstance(span, EventError) else SentSpan(span, scope, service)


def _span(given: object) -> Span | EventError:
    """One span, without the fields and attributes that nobody reads: conversations are not even looked at."""
    try:
        if not isinstance(given, dict):
            raise EventError(None, f"must be an object, got {excerpt(given)}")
        attributes = _attributes(given)
        if not attributes:
            return Span()
        kept = {name: given[name] for name in FIELDS if name in given}
        ids = {name: _id(given, name, digits) for name, digits in IDS.items()}
        span = Span(name=_name(given.get("name")), parent_span_id=_parent(given))
        json_format.ParseDict({**kept, **ids, "attributes": attributes}, span, ignore_unknown_fields=True)
    except EventError as problem:
        return problem
    except json_format.ParseError as problem:
        return EventError(None, str(problem)[:MAX_REASON])
    except SystemError:  # so the parser fails on half a surrogate pair where it looks for a name
        return EventError(None, "has a name that is not valid Unicode text")
    return span


def _attributes(given: Mapping[str, object]) -> list[object]:
    found = given.get("attributes") or []
    if not isinstance(found, list):
        raise EventError("attributes", f"must be a list, got {excerpt(found)}")
    return [one for one in found if isinstance(one, dict) and isinstance(one.get("key"), str) and one["key"] in NAMES]


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
