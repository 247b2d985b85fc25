"""`GET /api/openapi.json`: every JSON address in OpenAPI 3.1, composed here: limits and names are the code's own."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from analytics.api.schemas import DAY, SCHEMAS, SENTENCE, TEXT, Schema, ref
from analytics.ingest import litellm, otlp, usage_events
from analytics.ingest.otlp_encoding import MAX_SPANS, PROTOBUF
from analytics.metrics import DIMENSIONS, GROUPINGS
from analytics.reporting.parameters import MAX_PAIR_BUCKETS, MAX_TOP, SHAPES
from analytics.windows import BUCKET_SIZES, DEFAULT_PRESET, PRESETS
from orgdash.version import CATALOGUE, VERSION, catalogue_version

_REFUSALS = {
    400: "What was asked cannot be answered; `errors` names the fields.",
    401: "Nobody is signed in, or with a secret that is unknown, expired or revoked.",
    403: "Not allowed here: `code` is forbidden, admin_required or enterprise_required.",
    404: "The organization has been deleted.",
    405: "Another method is possible here.",
    413: "Too large: the body, or the number of events or spans.",
    415: "Neither plain nor gzip.",
    422: "Every event was refused.",
    429: "More than the limit of requests in a minute, or than the quota of the organization.",
    500: "Something failed. What was sent may be sent again.",
    503: "Not now; try again.",
}
_SECONDS = {"type": "string", "pattern": "^[0-9]+$"}
_HEADERS = {
    401: {"WWW-Authenticate": {"required": True, "schema": {"const": "Bearer"}}},
    405: {"Allow": {"required": True, "schema": SENTENCE}},
    429: {"Retry-After": {"required": True, "description": "Seconds.", "schema": _SECONDS}},
    503: {"Retry-After": {"description": "Seconds.", "schema": _SECONDS}},
}
_SHAPES = {"anyOf": [ref("Activity"), ref("Columns")]}
_GZIP = "Content-Encoding may be gzip."
_TOO_LONG = {
    "description": "The link is longer than the HTTP server reads; it answers by itself.",
    "content": {"text/html": {"schema": SENTENCE}},
}


@csrf_exempt
@require_safe
@cache_control(public=True, max_age=3600)
def openapi(request: HttpRequest) -> JsonResponse:
    """The same for everybody."""
    return JsonResponse(document())


def document() -> Schema:
    bearer = {"type": "http", "scheme": "bearer"}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "orgdash",
            "version": VERSION,
            "description": "Where a company's LLM money goes.",
            "x-price-catalogue": {"package": CATALOGUE, "version": catalogue_version()},
        },
        "paths": {
            "/analytics/activity": {"get": _activity(), "head": _activity(head=True)},
            "/usage/events": {"post": _events()},
            "/usage/litellm": {"post": _litellm()},
            "/v1/traces": {"post": _exported("Trace", "spans", "model calls among the spans are recorded")},
            "/v1/logs": {"post": _exported("Logs", "log records", "what tells of model calls is recorded")},
            "/v1/metrics": {"post": _exported("Metrics", "", "taken and not counted")},
            "/analytics/time-zones.json": {"get": _plain("Every time zone's name.", {"type": "array", "items": TEXT})},
            "/api/openapi.json": {"get": _plain("This document.", {"type": "object"})},
            "/healthz": {"get": _plain("The process is up; which version it is.", ref("Health"))},
            "/readyz": {"get": _plain("The database answers and is migrated.", ref("Probe"), 503)},
        },
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
                "accessToken": bearer | {"description": "Made by create_token for one organization and one scope."},
                "apiKey": bearer | {"description": "The secret of an API key (sk-org-…)."},
            },
        },
    }


def _json(schema: Schema) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _responses(summary: str, schema: Schema | None, *refusals: int) -> dict[str, Any]:
    """Errors are JSON, as the answer is; without a schema (HEAD) neither has a body."""
    ok, wrong = (_json(schema), _json(ref("Error"))) if schema else ({}, {})
    return {"200": {"description": summary, "content": ok}} | {
        str(status): _refusal(status, wrong) for status in refusals
    }


def _refusal(status: int, content: dict[str, Any]) -> dict[str, Any]:
    return {"description": _REFUSALS[status], "headers": _HEADERS.get(status, {}), "content": content}


def _activity(*, head: bool = False) -> dict[str, Any]:
    refusals = (400, 401, 403, 404, 405, 429, 500, 503)
    return {
        "operationId": "activityHead" if head else "activity",
        "summary": "Cost, requests and tokens of a window, by model, project, API key or member.",
        "security": [{"session": []}, {"accessToken": []}],
        "parameters": _parameters(),
        "responses": _responses("The window, bucket by bucket.", None if head else _SHAPES, *refusals)
        | {"414": _TOO_LONG},
    }


def _parameters() -> list[dict[str, Any]]:
    one_of = {"groupBy": list(GROUPINGS), "range": list(PRESETS), "bucket": list(BUCKET_SIZES), "shape": list(SHAPES)}
    said = {
        "groupBy": "What the breakdown is by. With two every group has a breakdown by the second; then at most"
        f" {MAX_PAIR_BUCKETS} buckets, but with top.",
        "range": f"Instead of from and to; {DEFAULT_PRESET} if neither is given.",
        "bucket": "One row of the answer; hours up to 31 days.",
        "shape": "columns: the numbers once for each group, with `top` and one grouping; rows if not given.",
    }
    filters = {dimension.filter: f"Only these {dimension.plural}; may repeat." for dimension in DIMENSIONS.values()}
    return [
        _parameter("organizationId", TEXT, "Public id (org_…).", required=True),
        _parameter("from", DAY, "First day, with `to`."),
        _parameter("to", DAY, "Last day, included; at most 366 days."),
        _parameter("timezone", TEXT, "IANA name; the organization's reporting time zone if not given."),
        _parameter(
            "top", {"type": "integer", "minimum": 1, "maximum": MAX_TOP}, "So many groups by cost; the rest as one."
        ),
        *(_parameter(name, {"enum": values}, said[name]) for name, values in one_of.items()),
        *(_parameter(name, {"type": "array", "items": TEXT}, text) for name, text in filters.items()),
    ]


def _parameter(name: str, schema: Schema, description: str, *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "description": description, "schema": schema}


def _events() -> dict[str, Any]:
    several = {"type": "array", "items": ref("Event"), "maxItems": usage_events.MAX_EVENTS}
    wrapped = {
        "type": "object",
        "properties": {"events": several},
        "required": ["events"],
        "additionalProperties": False,
    }
    return {
        "operationId": "recordEvents",
        "summary": "Usage as it happens. What the answer calls recorded is committed.",
        "security": [{"apiKey": []}],
        "requestBody": {
            "required": True,
            "description": f"At most {usage_events.MAX_EVENTS} events and {usage_events.MAX_BYTES} bytes; {_GZIP}",
            "content": _json({"anyOf": [ref("Event"), several, wrapped]}) | _lines("Event"),
        },
        "responses": _received(ref("Receipt"), 400, 401, 404, 405, 413, 415, 429, 500, 503),
    }


def _litellm() -> dict[str, Any]:
    payload = ref("StandardLoggingPayload")
    limits = f"{litellm.MAX_EVENTS} payloads and {litellm.MAX_BYTES} bytes"
    return {
        "operationId": "recordLiteLLM",
        "summary": "What LiteLLM's generic_api callback sends: json_array, ndjson or single.",
        "security": [{"apiKey": []}, {"accessToken": []}],
        "requestBody": {
            "required": True,
            "description": f"At most {limits}; {_GZIP}",
            "content": _json({"anyOf": [payload, {"type": "array", "items": payload}]}) | _lines("payload"),
        },
        "responses": _received(ref("Receipt"), 400, 401, 403, 404, 405, 413, 415, 500, 503),
    }


def _lines(what: str) -> dict[str, Any]:
    return {"application/x-ndjson": {"schema": {"type": "string", "description": f"One {what} a line."}}}


def _received(receipt: Schema, *refusals: int) -> dict[str, Any]:
    """200 and 422 have the same body."""
    responses = _responses("What became of the events.", receipt, *refusals)
    return responses | {"422": {"description": _REFUSALS[422], "content": _json(receipt)}}


def _exported(name: str, noun: str, summary: str) -> dict[str, Any]:
    """As OpenTelemetry has them: the answer in the request's encoding, errors as google.rpc.Status."""
    refusals = (400, 401, 403, 404, 405, 413, 415, 429, 503)
    responses = {str(status): _refusal(status, _either(ref("Status"))) for status in refusals}
    answer = {"description": "What was refused, if anything.", "content": _either(ref(f"Export{name}ServiceResponse"))}
    counted = f"{MAX_SPANS} {noun}, {otlp.MAX_CALLS} model calls and " if noun else ""
    bounded = f"{counted}{otlp.MAX_BYTES} bytes"
    return {
        "operationId": f"export{'Traces' if name == 'Trace' else name}",
        "summary": f"OpenTelemetry over HTTP: {summary}.",
        "security": [{"apiKey": []}, {"accessToken": []}],
        "requestBody": {
            "required": True,
            "description": f"At most {bounded}; {_GZIP}",
            "content": _either(ref(f"Export{name}ServiceRequest")),
        },
        "responses": {"200": answer | {"headers": {"X-Orgdash-Usage": {"schema": SENTENCE}}}, **responses},
    }


def _either(schema: Schema) -> dict[str, Any]:
    """The same message in JSON or in protobuf."""
    return _json(schema) | {PROTOBUF: {"schema": {"type": "string", "format": "binary"}}}


def _plain(summary: str, schema: Schema, *refusals: int) -> dict[str, Any]:
    """For anyone, without parameters."""
    responses = _responses(summary, schema)
    refused = {str(status): {"description": _REFUSALS[status], "content": _json(schema)} for status in refusals}
    return {"summary": summary, "security": [], "responses": responses | refused}
