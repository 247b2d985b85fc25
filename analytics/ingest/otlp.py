"""`POST /v1/traces`: OpenTelemetry's protocol over HTTP, in protobuf or JSON. Model calls among its spans are events.

Source: https://github.com/open-telemetry/opentelemetry-proto, docs/specification.md, "OTLP/HTTP".
"""

import logging

from django.http import HttpRequest, HttpResponse
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from accounts.access import authorize_sender
from accounts.api_error import ApiError
from accounts.models import ApiKey
from analytics.endpoints import check_rate, endpoint
from analytics.ingest import body, intake, otlp_encoding
from analytics.ingest.decoding import EventError, excerpt
from analytics.ingest.intake import Sent
from analytics.ingest.receipt import Receipt, said
from analytics.ingest.spans import SentSpan, event_id, model_call
from orgdash import clock

logger = logging.getLogger(__name__)
MAX_BYTES = 32_000_000  # of a body, as sent and unpacked: spans can carry whole conversations
NAMED = 10  # refused spans that an answer says the reason of
SEND_AGAIN = "Not everything was recorded. Send the same spans again: what is there already counts once."


def _status(request: HttpRequest, problem: ApiError) -> HttpResponse:
    """An error as the protocol has it: a google.rpc.Status."""
    status = Status(message=problem.detail)
    if problem.errors:
        violations = [
            BadRequest.FieldViolation(field=one["field"], description=one["message"]) for one in problem.errors
        ]
        status.details.add().Pack(BadRequest(field_violations=violations))
    return _answer(request, status, problem.status)


# Exporters send again after 503, and drop what got 500.
@endpoint("POST", failure=ApiError(503, "unavailable", SEND_AGAIN), render=_status)
def traces(request: HttpRequest) -> HttpResponse:
    key = authorize_sender(request)
    if request.content_type not in otlp_encoding.TYPES:
        wanted = " or ".join(otlp_encoding.TYPES)
        raise ApiError(415, "unsupported_type", f"Content-Type {excerpt(request.content_type)} is not {wanted}.")
    check_rate(f"key:{key.pk}")
    spans = otlp_encoding.read(body.read_body(request, MAX_BYTES), request.content_type)
    receipt = intake.receive([_call(span, key) for span in spans], clock.now())
    return _received(request, receipt, key)


def _call(sent: SentSpan | EventError, key: ApiKey) -> Sent | None:
    """None for a span that is no model call."""
    if isinstance(sent, EventError):
        return Sent(None, sent)
    try:
        call = model_call(sent)
    except EventError as problem:
        return Sent(event_id(sent.span), problem)
    if call is None:
        return None
    return Sent(call.event["id"], {**call.event, "api_key": key.public_id}, call.mended)


def _received(request: HttpRequest, receipt: Receipt, key: ApiKey) -> HttpResponse:
    answer = ExportTraceServiceResponse()
    if receipt.refused:
        answer.partial_success.rejected_spans = len(receipt.refused)
        answer.partial_success.error_message = _reasons(receipt)
    for sentence in said(receipt, "span"):  # hardly an exporter says what was refused
        logger.warning("%s: spans of %s: %s", request.path, key.public_id, sentence)
    response = _answer(request, answer, 200)
    response["X-Orgdash-Usage"] = receipt.header
    return response


def _reasons(receipt: Receipt) -> str:
    named = [f"{one.id or 'a span'}: {EventError(one.field, one.message)}" for one in receipt.refused[:NAMED]]
    more = len(receipt.refused) - len(named)
    return "; ".join([*named, f"and {more} more"] if more else named)


def _answer(request: HttpRequest, message: Message, status: int) -> HttpResponse:
    """In the request's own encoding, and in JSON where that is none."""
    body, content_type = otlp_encoding.write(message, request.content_type)
    return HttpResponse(body, status=status, content_type=content_type)
