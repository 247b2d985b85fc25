"""JSON Schemas (as OpenAPI 3.1 uses them) of what comes in and goes out, with the limits that the code keeps."""

from typing import Any

from analytics.ingest.decoding import MAX_TEXT
from analytics.ingest.event_rules import MAX_COST, MAX_REVISION, MAX_TOKENS
from analytics.metrics import GROUPINGS
from analytics.windows import BUCKET_SIZES

Schema = dict[str, Any]

DAY: Schema = {"type": "string", "format": "date", "examples": ["2026-06-20"]}
COUNT: Schema = {"type": "integer", "minimum": 0}
TOKENS: Schema = {"type": "integer", "minimum": 0, "maximum": MAX_TOKENS, "default": 0}
TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}
SENTENCE: Schema = {"type": "string", "minLength": 1}
DOLLARS: Schema = {"type": "number", "minimum": 0, "description": "US dollars, with their exact decimal digits."}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def record(properties: Schema, *optional: str, closed: bool = True, **more: Any) -> Schema:
    """An object that has all of `properties`, but for those named optional, and nothing else if it is closed."""
    required = [name for name in properties if name not in optional]
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": not closed,
        **more,
    }


def _listed(item: Schema) -> Schema:
    return {"type": "array", "items": item}


_NANOSECONDS: Schema = {"anyOf": [{"type": "string", "pattern": "^[0-9]{1,20}$"}, COUNT]}
_ATTRIBUTES: Schema = _listed(record({"key": TEXT, "value": {"type": "object"}}))


def _exported(resources: str, scopes: str, things: str, thing: Schema) -> Schema:
    """OpenTelemetry's nesting: what is exported, below its scope, below its resource."""
    inner = record({scopes: _listed(record({things: _listed(thing)}, things, closed=False))}, scopes, closed=False)
    return record({resources: _listed(inner)}, resources, closed=False)


def _partial(rejected: str) -> Schema:
    inner = record({rejected: _INT64, "errorMessage": SENTENCE}, rejected, "errorMessage")
    return record({"partialSuccess": inner}, "partialSuccess")


_INT64: Schema = {"type": "string", "pattern": "^[0-9]+$"}
_METRICS: Schema = {"cost": DOLLARS, "requestCount": COUNT, "totalTokens": COUNT}
_SUMS: Schema = _METRICS | {
    "inputTokens": COUNT,
    "outputTokens": COUNT,
    "cachedInputTokens": COUNT | {"description": "Part of inputTokens: read from a cache."},
    "cacheWriteTokens": COUNT | {"description": "Part of inputTokens: written to a cache."},
    "reasoningTokens": COUNT | {"description": "Part of outputTokens."},
    "errorCount": COUNT,
    "unpricedRequestCount": COUNT
    | {"description": "Requests that are not priced: while there are any, cost is a lower bound."},
    "estimatedCost": DOLLARS
    | {"description": "The part of cost that no sender stated: from the price book or list prices."},
}
_GROUP: Schema = {
    "key": {"type": ["string", "null"], "description": "The canonical model or the public id; null: the rest."},
    "label": {"type": "string"},
    "other": {"const": True, "description": "Only on the group of the rest, with `top`."},
}

_INSTANT: Schema = {"type": "string", "format": "date-time"}
_HEAD: Schema = {
    "organizationId": {"type": "string"},
    "groupBy": {"enum": list(GROUPINGS)},
    "from": DAY,
    "to": DAY,
    "timezone": {"type": "string"},
    "bucket": {"enum": list(BUCKET_SIZES)},
    "exact": {"type": "boolean", "description": "False: this zone's midnights cut hours of the reporting zone."},
    "dataThrough": {"type": ["string", "null"], "format": "date-time"},
    "firstUsage": {
        "type": ["string", "null"],
        "format": "date-time",
        "description": "The organization's first event; where only its hour is still known, when that began.",
    },
    "totals": record(_SUMS),
}
_EVENT: Schema = {
    "id": TEXT | {"description": "Chosen by the sender: the same id and timestamp is the same request."},
    "timestamp": _INSTANT | {"description": "From 2000 to 24 hours ahead of now."},
    "api_key": TEXT | {"description": "Public id of the key that signs in; may be left out here."},
    "revision": {
        "type": "integer",
        "minimum": 0,
        "maximum": MAX_REVISION,
        "default": 0,
        "description": "A higher one replaces what was recorded.",
    },
    "void": {"type": "boolean", "default": False, "description": "True takes the event out of the sums."},
    "provider": TEXT | {"description": "Required, but of a void event."},
    "model": TEXT | {"description": "Required, but of a void event."},
    "input_tokens": TOKENS | {"description": "All of the input."},
    "output_tokens": TOKENS | {"description": "All of the output."},
    "cached_input_tokens": TOKENS | {"description": "Part of input_tokens: read from a cache."},
    "cache_write_tokens": TOKENS | {"description": "Part of input_tokens: written to a cache."},
    "cache_write_1h_tokens": TOKENS | {"description": "Part of cache_write_tokens: kept for an hour."},
    "reasoning_tokens": TOKENS | {"description": "Part of output_tokens."},
    "audio_input_tokens": TOKENS | {"description": "Part of input_tokens."},
    "audio_output_tokens": TOKENS | {"description": "Part of output_tokens."},
    "service_tier": TEXT | {"default": "standard", "examples": ["batch", "flex", "priority"]},
    "cost_usd": {
        "description": "US dollars, up to 12 decimal places. Absent or null: the sender does not know.",
        "anyOf": [
            {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"},
            {"type": "number", "minimum": 0, "maximum": MAX_COST},
            {"type": "null"},
        ],
    },
    "status": {"enum": ["success", "error"], "default": "success"},
    "response_id": {"anyOf": [TEXT, {"type": "null"}], "description": "The provider's id of the answer."},
    "ended_at": {"anyOf": [_INSTANT, {"type": "null"}], "description": "Not before timestamp, at most 24 hours after."},
}
_NAMED: Schema = _listed(ref("Named"))
_RECEIPT: Schema = {
    "recorded": COUNT | {"description": "New, and committed."},
    "updated": COUNT | {"description": "Replaced by a higher revision, or completed by a cost."},
    "merged": COUNT | {"description": "New, and of a call that was known: counted once."},
    "repeated": COUNT | {"description": "Known already: counted once."},
    "outdated": COUNT | {"description": "A lower revision than what is known."},
    "ignored": COUNT | {"description": "Of no model call."},
    "conflicting": _NAMED | {"description": "Say other things than what is known, which stays."},
    "mended": _NAMED | {"description": "Recorded without what could not be used."},
    "refused": _listed(ref("Refusal")),
}
_EVENT_NEEDS = ("id", "timestamp")

SCHEMAS: dict[str, Schema] = {
    "Event": record(_EVENT, *(name for name in _EVENT if name not in _EVENT_NEEDS)),
    "Receipt": record(_RECEIPT),
    "Named": record({"index": COUNT, "id": {"type": ["string", "null"]}, "fields": _listed({"type": "string"})}),
    "StandardLoggingPayload": record(
        {
            "id": TEXT,
            "call_type": {"type": "string", "examples": ["completion"]},
            "startTime": {"type": "number", "minimum": 946684800, "description": "Seconds since 1970."},
            "custom_llm_provider": {"type": ["string", "null"]},
            "model": TEXT,
            "prompt_tokens": TOKENS,
            "completion_tokens": TOKENS,
            "response_cost": {"type": ["number", "null"], "minimum": 0, "maximum": MAX_COST},
            "status": {"enum": ["success", "failure"]},
            "cache_hit": {"type": ["boolean", "null"]},
            "metadata": {"type": "object"},
        },
        "call_type",
        "custom_llm_provider",
        "prompt_tokens",
        "completion_tokens",
        "response_cost",
        "cache_hit",
        "metadata",
        closed=False,
    ),
    "Refusal": record(
        {
            "index": COUNT | {"description": "Among what was sent, from 0."},
            "id": {"type": ["string", "null"]},
            "field": {"type": ["string", "null"]},
            "message": SENTENCE,
        }
    ),
    "Error": record(
        {
            "detail": SENTENCE,
            "code": SENTENCE,
            "errors": {"type": "array", "items": record({"field": {"type": "string"}, "message": SENTENCE})},
        },
        "errors",
    ),
    "Activity": record(_HEAD | {"activity": _listed(ref("Bucket"))}),
    "Columns": record(
        _HEAD
        | {
            "dates": _listed(DAY) | {"description": "Each bucket's first day."},
            "starts": _listed(_INSTANT) | {"description": "Only of hours."},
            "incomplete": _listed({"type": "boolean"}),
            "series": _listed(ref("Series")) | {"description": "The whole, then the groups, then the rest."},
        },
        "starts",
        description="With shape=columns: the same numbers once for each group, an entry for each bucket.",
    ),
    "Series": record(
        _GROUP
        | {
            "total": {"const": True, "description": "Only on the whole."},
            "cost": _listed(DOLLARS),
            "requestCount": _listed(COUNT),
            "totalTokens": _listed(COUNT),
        },
        "other",
        "total",
    ),
    "Bucket": record(
        {
            "date": DAY,
            "start": {"type": "string", "format": "date-time", "description": "Only of hours."},
            "incomplete": {"type": "boolean"},
            "beforeFirstUsage": {"const": True, "description": "Only of what ends before the first usage."},
            **_SUMS,
            "breakdown": {"type": "array", "items": ref("Group")},
        },
        "start",
        "beforeFirstUsage",
    ),
    "Group": record(
        _GROUP
        | _METRICS
        | {
            "breakdown": {
                "type": "array",
                "items": ref("Part"),
                "description": "Only with a second groupBy: the group by that; sums exactly to the group.",
            }
        },
        "other",
        "breakdown",
    ),
    "Part": record(_GROUP | _METRICS, "other"),
    "ExportTraceServiceRequest": _exported("resourceSpans", "scopeSpans", "spans", ref("Span")),
    "ExportLogsServiceRequest": _exported("resourceLogs", "scopeLogs", "logRecords", ref("LogRecord")),
    "ExportMetricsServiceRequest": record(
        {"resourceMetrics": _listed({"type": "object"})}, "resourceMetrics", closed=False
    ),
    "Span": record(
        {
            "traceId": {"type": "string", "pattern": "^[0-9a-fA-F]{32}$"},
            "spanId": {"type": "string", "pattern": "^[0-9a-fA-F]{16}$"},
            "startTimeUnixNano": _NANOSECONDS,
            "endTimeUnixNano": _NANOSECONDS,
            "attributes": _ATTRIBUTES,
            "status": record({"code": {"enum": [0, 1, 2]}}, "code", closed=False),
        },
        "status",
        "attributes",
        closed=False,
    ),
    "LogRecord": record(
        {
            "timeUnixNano": _NANOSECONDS,
            "observedTimeUnixNano": _NANOSECONDS,
            "eventName": {"type": "string"},
            "body": {"type": "object"},
            "attributes": _ATTRIBUTES,
        },
        "observedTimeUnixNano",
        "eventName",
        "body",
        "attributes",
        closed=False,
    ),
    "ExportTraceServiceResponse": _partial("rejectedSpans"),
    "ExportLogsServiceResponse": _partial("rejectedLogRecords"),
    "ExportMetricsServiceResponse": _partial("rejectedDataPoints"),
    "Status": record(
        {"code": {"type": "integer"}, "message": SENTENCE, "details": _listed({"type": "object"})}, "code", "details"
    ),
    "Health": record({"status": {"const": "ok"}, "version": TEXT}),
    "Probe": record(
        {"status": {"enum": ["ok", "unavailable"]}, "detail": SENTENCE, "secondLock": SENTENCE}, "detail", "secondLock"
    ),
}
