"""Run as a program: OpenTelemetry's SDK, and the openai client instrumented, calling the server of OPENAI_BASE_URL.

Its argument is what it says to the models. Where the spans go is in the environment (OTEL_EXPORTER_OTLP_…), as for any
program. Around the calls there are spans that repeat their tokens or are none of ours, as frameworks make them.
"""

import contextlib
import sys

from openai import OpenAI, OpenAIError
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind
from opentelemetry.util.genai.handler import TelemetryHandler

MODEL = "gpt-4o-mini"
SAID = sys.argv[1]
MESSAGES = [{"role": "user", "content": SAID}]
AGENT = {
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": MODEL,
    "gen_ai.usage.input_tokens": 99_999,
    "gen_ai.usage.output_tokens": 99_999,
}


def main() -> None:
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    OpenAIInstrumentor().instrument()
    tracer = trace.get_tracer("tests")
    with tracer.start_as_current_span("invoke_agent cook", attributes=AGENT):
        with tracer.start_as_current_span("execute_tool stove", attributes={"gen_ai.operation.name": "execute_tool"}):
            pass
        with tracer.start_as_current_span("GET", kind=SpanKind.CLIENT, attributes={"http.request.method": "GET"}):
            pass
        call(OpenAI(api_key="none", max_retries=0))
        call_with_cached_tokens(provider)
    provider.shutdown()


def call(client: OpenAI) -> None:
    for _ in range(3):
        client.chat.completions.create(model=MODEL, messages=MESSAGES)
    stream = {"stream": True, "stream_options": {"include_usage": True}}
    list(client.chat.completions.create(model=MODEL, messages=MESSAGES, **stream))
    client.embeddings.create(model="text-embedding-3-small", input=SAID)
    for failing in ("busy", "broken"):
        with contextlib.suppress(OpenAIError):
            client.chat.completions.create(model=MODEL, messages=MESSAGES, user=failing)


def call_with_cached_tokens(provider: TracerProvider) -> None:
    """The instrumentation leaves out cached tokens; OpenTelemetry's own helper for instrumentations has them."""
    handler = TelemetryHandler(tracer_provider=provider)
    with handler.inference("openai", request_model=MODEL) as chat:
        chat.response_model_name = "gpt-4o-mini-2024-07-18"
        chat.input_tokens, chat.cache_read_input_tokens, chat.output_tokens = 4000, 3000, 100


if __name__ == "__main__":
    main()
