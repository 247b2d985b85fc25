"""Log records for tests, as OpenTelemetry's JSON has them: written on 2026-11-18 at noon unless said."""

import json

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from tests.analytics.otel import NOON

CLAUDE = {
    "event.name": "api_request",
    "event.sequence": 3,
    "session.id": "s-1",
    "user.email": "dora@acme.test",
    "model": "claude-sonnet-4-5-20250929",
    "input_tokens": 700,
    "output_tokens": 50,
    "cache_read_tokens": 100,
    "cache_creation_tokens": 200,
    "cost_usd": 0.00363,
    "cost_usd_micros": 3630,
    "duration_ms": 1200,
    "request_id": "req_011a",
    "speed": "normal",
}
CODEX = {
    "event.name": "codex.sse_event",
    "event.kind": "response.completed",
    "conversation.id": "0199-conv",
    "user.email": "dora@acme.test",
    "model": "gpt-5.5",
    "input_token_count": "12000",
    "output_token_count": "500",
    "cached_token_count": "9000",
    "reasoning_token_count": "200",
    "tool_token_count": "12500",
}
GEMINI = {
    "event.name": "gemini_cli.api_response",
    "session.id": "g-1",
    "user.email": "dora@acme.test",
    "prompt_id": "p-1",
    "model": "gemini-2.5-pro",
    "duration_ms": 900,
    "input_token_count": 1000,
    "output_token_count": 136,
    "cached_content_token_count": 300,
    "thoughts_token_count": 64,
    "tool_token_count": 0,
    "total_token_count": 1200,
}
CURSOR = {
    "cursor.event.id": "evt-1",
    "cursor.model.name": "claude-4.5-sonnet",
    "cursor.api.request.input_tokens": 120,
    "cursor.api.request.output_tokens": 80,
    "cursor.api.request.cache_read_tokens": 5000,
    "cursor.api.request.cache_creation_tokens": 300,
}
DETAILS = {
    "event.name": "gen_ai.client.inference.operation.details",
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.response.model": "gpt-4o-2024-08-06",
    "gen_ai.response.id": "chatcmpl-1",
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 200,
    "gen_ai.usage.cache_read.input_tokens": 300,
}
SCOPES = {
    "claude": "com.anthropic.claude_code.events",
    "codex": "codex_otel",
    "gemini": "gemini-cli",
    "cursor": "cursor.telemetry",
    "nobody": "my.library",
}
_KINDS = {str: "stringValue", bool: "boolValue", int: "intValue", float: "doubleValue"}


def attributes(given: dict) -> list[dict]:
    """Attributes that are None are left out; whole numbers are text, as in protobuf's JSON."""
    return [
        {"key": name, "value": {_KINDS[type(value)]: str(value) if type(value) is int else value}}
        for name, value in given.items()
        if value is not None
    ]


def record(given: dict, **fields) -> dict:
    return {"timeUnixNano": str(NOON), "attributes": attributes(given)} | fields


def logs(*records: dict, scope: str = SCOPES["nobody"], **resource) -> dict:
    scopes = [{"scope": {"name": scope}, "logRecords": list(records)}]
    return {"resourceLogs": [{"resource": {"attributes": attributes(resource)}, "scopeLogs": scopes}]}


def in_json(exported: dict) -> bytes:
    return json.dumps(exported).encode()


def in_protobuf(exported: dict) -> bytes:
    """Without ids, which protobuf's own JSON would read otherwise."""
    return json_format.ParseDict(exported, ExportLogsServiceRequest(), ignore_unknown_fields=True).SerializeToString()
