"""The calls that programs make: in each way in which a client is asked, one that fails, and some that call no model."""

import contextlib
import os
from typing import Any

MODELS = os.environ.get("MODELS", "")  # the address of tests.senders.models
CHAT, REASONS, CLAUDE, GEMINI = "gpt-4.1-mini", "o4-mini", "claude-sonnet-4-5", "gemini-2.5-flash"
HELLO, FAILING = "Hello", "please FAIL"


def said(text: str = HELLO) -> list[dict[str, Any]]:
    return [{"role": "user", "content": text}]


def cached_for(ttl: str) -> list[dict[str, Any]]:
    part = {"type": "text", "text": HELLO, "cache_control": {"type": "ephemeral", "ttl": ttl}}
    return [{"role": "user", "content": [part]}]


def instrumented(*instrumentors: Any) -> Any:
    """A provider that exports to where the environment says, and these instrumentations on."""
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    for instrumentor in instrumentors:
        instrumentor.instrument(tracer_provider=provider)
    return provider


def openai_client(kind: str = "OpenAI") -> Any:
    import openai

    return getattr(openai, kind)(api_key="none", base_url=f"{MODELS}/v1", max_retries=0)


def call_openai() -> None:
    client = openai_client()
    client.chat.completions.create(model=CHAT, messages=said())
    client.chat.completions.create(model=REASONS, messages=said())
    stream = {"stream": True, "stream_options": {"include_usage": True}}
    list(client.chat.completions.create(model=CHAT, messages=said(), **stream))
    client.embeddings.create(model="text-embedding-3-small", input=HELLO)
    with contextlib.suppress(Exception):
        client.chat.completions.create(model=CHAT, messages=said(FAILING))
    client.models.list()


def call_openai_responses() -> None:
    client = openai_client()
    client.responses.create(model=CHAT, input=HELLO)
    list(client.responses.create(model=REASONS, input=HELLO, stream=True))


async def call_openai_async() -> None:
    client = openai_client("AsyncOpenAI")
    await client.chat.completions.create(model=CHAT, messages=said())
    stream = {"stream": True, "stream_options": {"include_usage": True}}
    async for _ in await client.chat.completions.create(model=CHAT, messages=said(), **stream):
        pass


_CLAUDE: dict[str, Any] = {"model": CLAUDE, "max_tokens": 100}


def anthropic_client(kind: str = "Anthropic") -> Any:
    import anthropic

    return getattr(anthropic, kind)(api_key="none", base_url=MODELS, max_retries=0)


def call_anthropic() -> None:
    client = anthropic_client()
    client.messages.create(messages=said(), **_CLAUDE)
    client.messages.create(messages=cached_for("1h"), **_CLAUDE)
    list(client.messages.create(messages=said(), stream=True, **_CLAUDE))
    client.messages.count_tokens(model=CLAUDE, messages=said())
    list(client.models.list())


def fail_anthropic() -> None:
    with contextlib.suppress(Exception):
        anthropic_client().messages.create(messages=said(FAILING), **_CLAUDE)


def stream_anthropic() -> None:
    with anthropic_client().messages.stream(messages=cached_for("5m"), **_CLAUDE) as stream:
        stream.get_final_message()


async def call_anthropic_async() -> None:
    client = anthropic_client("AsyncAnthropic")
    await client.messages.create(messages=said(), **_CLAUDE)
    async for _ in await client.messages.create(messages=said(), stream=True, **_CLAUDE):
        pass


def gemini_client() -> Any:
    from google import genai

    return genai.Client(api_key="none", http_options={"base_url": MODELS})


def call_gemini() -> None:
    client = gemini_client()
    client.models.generate_content(model=GEMINI, contents=HELLO)
    list(client.models.generate_content_stream(model=GEMINI, contents=HELLO))
    with contextlib.suppress(Exception):
        client.models.generate_content(model=GEMINI, contents=FAILING)
    client.models.count_tokens(model=GEMINI, contents=HELLO)
