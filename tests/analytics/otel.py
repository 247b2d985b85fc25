"""Spans for tests, as OpenTelemetry's own messages: a chat call of a second on 2026-11-18 at noon unless said."""

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from analytics.ingest.spans import SentSpan, model_call

NOON = 1_795_003_200_000_000_000  # 2026-11-18T12:00:00Z in nanoseconds
TRACE, SPAN = "5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174"
CHAT = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.response.model": "gpt-4o-2024-08-06",
    "gen_ai.usage.input_tokens": 1200,
    "gen_ai.usage.output_tokens": 300,
}
# In the words of older conventions, and with no more than makes a call of it.
BARE = {"gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o"}
# What Langfuse says of a call.
OBSERVED = {"langfuse.observation.model.name": "gpt-4o", "langfuse.observation.type": "generation"}
CLAUDE = "claude-sonnet-4-5-20250929"
# Of the input, in the words that `convention` takes.
READ = "cache_read.input_tokens"
CACHE = {READ: 200, "cache_creation.input_tokens": 100}


def span(attributes: dict, **changes) -> Span:
    """Attributes that are None are left out."""
    fields = {
        "trace_id": bytes.fromhex(TRACE),
        "span_id": bytes.fromhex(SPAN),
        "start_time_unix_nano": NOON,
        "end_time_unix_nano": NOON + 10**9,
    }
    given = [KeyValue(key=name, value=_any(value)) for name, value in attributes.items() if value is not None]
    return Span(**fields | changes, attributes=given)


def numbered(number: int, attributes: dict = CHAT, **changes) -> Span:
    return span(attributes, span_id=number.to_bytes(8, "big"), **changes)


def request_of(*spans: Span, scope: str = "", service: str = "") -> ExportTraceServiceRequest:
    resource = Resource(attributes=[KeyValue(key="service.name", value=_any(service))])
    scoped = ScopeSpans(scope=InstrumentationScope(name=scope), spans=spans)
    return ExportTraceServiceRequest(resource_spans=[ResourceSpans(resource=resource, scope_spans=[scoped])])


def event_of(span: Span, scope: str = "", service: str = "") -> dict | None:
    """The event that a span becomes; None for one that is no model call."""
    call = model_call(SentSpan(span, scope, service))
    return call and call.event


def convention(model: str = "gpt-4o", provider: str | None = "openai", **tokens: object) -> dict:
    """A chat as today's conventions say it: 900 + 40 tokens unless said; `tokens` are what follows `gen_ai.usage.`."""
    named = {f"gen_ai.usage.{name}": value for name, value in tokens.items()}
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": model,
        "gen_ai.usage.input_tokens": 900,
        "gen_ai.usage.output_tokens": 40,
        **named,
    }


def counts(event: dict) -> tuple[int, ...]:
    """Input and output, and what of these is cached, written to the cache and reasoning."""
    parts = ("cached_input_tokens", "cache_write_tokens", "reasoning_tokens")
    return tuple(event[name] for name in ("input_tokens", "output_tokens", *parts))


def _any(value: object) -> AnyValue:
    kinds = {str: "string_value", bool: "bool_value", int: "int_value", float: "double_value"}
    return AnyValue(**{kinds[type(value)]: value})
