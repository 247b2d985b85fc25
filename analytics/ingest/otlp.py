"""OpenTelemetry's protocol over HTTP, in protobuf or JSON: `/v1/traces`, `/v1/logs`, `/v1/metrics`.

Model calls among spans and log records are events. Source: https://opentelemetry.io/docs/specs/otlp/, "OTLP/HTTP".
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from accounts.access import authorize_gateway, organization_of
from accounts.api_error import ApiError
from accounts.models import AccessToken, ApiKey
from analytics.endpoints import check_events, check_rate, endpoint
from analytics.ingest import deliveries, intake, otlp_encoding, otlp_logs
from analytics.ingest.decoding import EventError, excerpt, sayable
from analytics.ingest.log_calls import agent_named, event_id, logged_call
from analytics.ingest.log_senders import Record
from analytics.ingest.otlp_people import ToldCall, sent
from analytics.ingest.receipt import Receipt, said
from analytics.ingest.span_values import value_of
from analytics.ingest.spans import SentSpan, model_call
from analytics.ingest.spans import event_id as span_id
from analytics.ingest.unpacking import unpacked
from analytics.ingest.whose import PEOPLE, agent_of, whose
from orgdash import clock

logger = logging.getLogger(__name__)
MAX_BYTES = 32_000_000  # of a body, as sent and unpacked: spans can carry whole conversations
MAX_CALLS = 10_000  # a collector's batch is 8,192 of whatever it traces
SMALLER = "A collector's batch processor sends less with send_batch_max_size: 8192."
NAMED = 10  # refused spans that an answer says the reason of
SEND_AGAIN = "Not everything was recorded. Send the same spans again: what is there already counts once."
NOWHERE = "There is nothing here. Traces go to /v1/traces, logs to /v1/logs and metrics to /v1/metrics, by POST."


@dataclass(frozen=True, slots=True)
class _Signal:
    """One kind of telemetry: what its things are called, how a body becomes what is told of model calls, the answer."""

    noun: str
    read: Callable[[bytes, str], list[ToldCall | None]]
    answer: type[Message]
    rejected: str  # the field of its partial success


def _status(request: HttpRequest, problem: ApiError) -> HttpResponse:
    """An error as the protocol has it: a google.rpc.Status."""
    status = Status(message=sayable(problem.detail))
    if problem.errors:
        violations = [
            BadRequest.FieldViolation(field=sayable(violation["field"]), description=sayable(violation["message"]))
            for violation in problem.errors
        ]
        status.details.add().Pack(BadRequest(field_violations=violations))
    return _answer(request, status, problem.status)


# Exporters send again after 503, and drop what got 500.
_exporters_endpoint = endpoint("POST", failure=ApiError(503, "unavailable", SEND_AGAIN), render=_status)


@_exporters_endpoint
def traces(request: HttpRequest) -> HttpResponse:
    return _exported(request, _Signal("span", _spans, ExportTraceServiceResponse, "rejected_spans"))


@_exporters_endpoint
def logs(request: HttpRequest) -> HttpResponse:
    return _exported(request, _Signal("log record", _records, ExportLogsServiceResponse, "rejected_log_records"))


@_exporters_endpoint
def metrics(request: HttpRequest) -> HttpResponse:
    """Taken, so that an exporter of all three is content, and not looked at: the same usage comes as logs."""
    nothing = _Signal("metric", lambda _body, _type: [], ExportMetricsServiceResponse, "rejected_data_points")
    return _exported(request, nothing)


@csrf_exempt
@never_cache
def nowhere(request: HttpRequest, _rest: str = "") -> HttpResponse:
    """Whatever else is asked under /v1/: exporters cannot read a page."""
    return _status(request, ApiError(404, "not_found", NOWHERE))


def _exported(request: HttpRequest, signal: _Signal) -> HttpResponse:
    now = clock.now()
    sender = authorize_gateway(request, now)
    receipt = deliveries.noted(request, sender, now, lambda: _received(request, sender, signal, now))
    return _answered(request, receipt, sender, signal)


def _received(request: HttpRequest, sender: ApiKey | AccessToken, signal: _Signal, now: datetime) -> Receipt:
    if request.content_type not in otlp_encoding.TYPES:
        wanted = " or ".join(otlp_encoding.TYPES)
        raise ApiError(415, "unsupported_type", f"Content-Type {excerpt(request.content_type)} is not {wanted}.")
    check_rate(f"{'key' if isinstance(sender, ApiKey) else 'token'}:{sender.pk}")
    told = _read(request, signal)
    organization_id = organization_of(sender)
    check_events(organization_id, sum(call is not None for call in told))
    return intake.receive(sent(told, sender, now), organization_id, now)


def _read(request: HttpRequest, signal: _Signal) -> list[ToldCall | None]:
    """By itself, so that nothing holds the body any more while what it tells is recorded."""
    with unpacked(request, MAX_BYTES) as received:
        return signal.read(received, request.content_type or "")


def _spans(received: bytes, content_type: str) -> list[ToldCall | None]:
    return _calls(_span(span) for span in otlp_encoding.each(received, content_type))


def _calls(told: Iterable[ToldCall | None]) -> list[ToldCall | None]:
    """ApiError: more model calls than can be recorded in time."""
    calls, found = 0, []
    for call in told:
        found.append(call)
        calls += call is not None
        if calls > MAX_CALLS:
            raise ApiError(413, "too_large", f"At most {MAX_CALLS} model calls may be sent at once. {SMALLER}")
    return found


def _span(sent: SentSpan | EventError) -> ToldCall | None:
    """None for a span that is no model call."""
    if isinstance(sent, EventError):
        return ToldCall(None, sent)
    try:
        call = model_call(sent)
    except EventError as problem:
        return ToldCall(span_id(sent.span), problem.bare())
    if call is None:
        return None
    agent = agent_of(sent.scope, sent.service)
    if not agent:  # of other programs nobody asks whose it is
        return ToldCall(span_id(sent.span), call.event, call.mended)
    named = {each.key: value_of(each.value) for each in sent.span.attributes if each.key in PEOPLE}
    who = whose(agent, sent.around, named)
    # Of Gemini CLI only the log names the person.
    again = who.agent == "Gemini CLI" and not who.person
    return ToldCall(span_id(sent.span), call.event, call.mended, who, again)


def _records(received: bytes, content_type: str) -> list[ToldCall | None]:
    return _calls(_record(record) for record in otlp_logs.each(received, content_type))


def _record(record: Record | EventError) -> ToldCall | None:
    """None for a record that tells of no model call."""
    if isinstance(record, EventError):
        return ToldCall(None, record)
    try:
        call = logged_call(record)
    except EventError as problem:
        return ToldCall(event_id(record), problem.bare())
    if call is None:
        return None
    agent = agent_named(record) or agent_of(record.scope, record.service)
    return ToldCall(str(call.event["id"]), call.event, call.mended, whose(agent, record.around, record.given))


def _answered(request: HttpRequest, receipt: Receipt, sender: ApiKey | AccessToken, signal: _Signal) -> HttpResponse:
    answer = signal.answer()
    if receipt.refused:
        partial = answer.partial_success  # type: ignore[attr-defined]
        setattr(partial, signal.rejected, len(receipt.refused))
        partial.error_message = sayable(_reasons(receipt, signal.noun))
    who = sender.public_id if isinstance(sender, ApiKey) else f'access token "{sender}"'
    for sentence in said(receipt, signal.noun):  # hardly an exporter says what was refused
        logger.warning("%s: %ss of %s: %s", request.path, signal.noun, who, sentence)
    response = _answer(request, answer, 200)
    response["X-Orgdash-Usage"] = receipt.header
    return response


def _reasons(receipt: Receipt, noun: str) -> str:
    named = [
        f"{refusal.id or f'a {noun}'}: {EventError(refusal.field, refusal.message)}"
        for refusal in receipt.refused[:NAMED]
    ]
    more = len(receipt.refused) - len(named)
    return "; ".join([*named, f"and {more} more"] if more else named)


def _answer(request: HttpRequest, message: Message, status: int) -> HttpResponse:
    """In the request's own encoding, and in JSON where that is none."""
    body, content_type = otlp_encoding.write(message, request.content_type or "")
    return HttpResponse(body, status=status, content_type=content_type)
