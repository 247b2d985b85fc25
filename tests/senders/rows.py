"""The senders that are tried: a row each. A program finds what to do by the row's name."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Row:
    """`group` is the environment it runs in; `untold` are classes of tokens that this sender says nothing of; `known`
    is why it tells what is not so, and `differ` the totals that then differ."""

    name: str
    group: str
    program: str
    packages: tuple[str, ...]
    untold: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    js: bool = False
    known: str = ""
    differ: tuple[str, ...] = ()


LLMETRY, INFERENCE = "opentelemetry-instrumentation-", "openinference-instrumentation-"
LATEST = {"OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental"}
OWN_OFF = {"ANTHROPIC_OPEN_TELEMETRY": "false"}
KERNEL = {"SEMANTICKERNEL_EXPERIMENTAL_GENAI_ENABLE_OTEL_DIAGNOSTICS": "true"}
HOUR, CACHED, REASONING = "cache_write_1h_tokens", "cached_input_tokens", "reasoning_tokens"
COUNTS = ("inputTokens", "outputTokens", "cachedInputTokens", "cacheWriteTokens", "cost")
FIRST = "of a stream it counts the first event's output again"

ROWS = (
    Row("Anthropic SDK", "core", "sdks", ("anthropic",)),
    Row(
        "OpenLLMetry: OpenAI",
        "core",
        "sdks",
        ("openai", f"{LLMETRY}openai"),
        known="no reasoning of streams",
        differ=("reasoningTokens",),
    ),
    Row(
        "OpenLLMetry: Anthropic",
        "core",
        "sdks",
        ("anthropic", f"{LLMETRY}anthropic"),
        (HOUR,),
        known=FIRST,
        differ=("outputTokens", "cost"),
    ),
    Row("OpenLLMetry beside the Anthropic SDK, whole answers", "core", "sdks", ("anthropic", f"{LLMETRY}anthropic")),
    Row(
        "OpenLLMetry beside the Anthropic SDK, streams and failures",
        "core",
        "sdks",
        ("anthropic", f"{LLMETRY}anthropic"),
        known=f"{FIRST}, so counts contradict; nothing ties failures",
        differ=(*COUNTS, "requestCount", "errorCount"),
    ),
    Row("OpenLLMetry: Gemini", "core", "sdks", ("google-genai", f"{LLMETRY}google-generativeai")),
    Row("OpenInference: OpenAI", "core", "sdks", ("openai", f"{INFERENCE}openai")),
    Row("OpenInference: Anthropic", "core", "sdks", ("anthropic", f"{INFERENCE}anthropic"), (HOUR,)),
    Row(
        "OpenInference beside the Anthropic SDK, without messages.stream",
        "core",
        "sdks",
        ("anthropic", f"{INFERENCE}anthropic"),
    ),
    Row(
        "OpenInference beside the Anthropic SDK, messages.stream",
        "core",
        "sdks",
        ("anthropic", f"{INFERENCE}anthropic"),
        known="its span has no answer's id and is not around the SDK's",
        differ=(*COUNTS, "requestCount"),
    ),
    Row("OpenInference: Gemini", "core", "sdks", ("google-genai", f"{INFERENCE}google-genai")),
    Row(
        "OpenLLMetry and OpenInference: OpenAI",
        "core",
        "sdks",
        (f"{LLMETRY}openai", f"{INFERENCE}openai"),
        known="OpenInference has no answer's id, and of the Responses API no span around it",
        differ=("inputTokens", "outputTokens", "cachedInputTokens", "reasoningTokens", "cost", "requestCount"),
    ),
    Row("OpenTelemetry: Gemini", "google", "sdks", ("google-genai", f"{LLMETRY}google-genai"), environment=LATEST),
    Row(
        "LangChain by OpenLLMetry",
        "core",
        "frameworks",
        ("langchain-core", f"{LLMETRY}langchain"),
        (HOUR, REASONING),
        environment=OWN_OFF,
        known="what was written of whole answers it gives as 0",
        differ=("cacheWriteTokens", "cost"),
    ),
    Row(
        "LangChain by OpenInference",
        "core",
        "frameworks",
        ("langchain-core", f"{INFERENCE}langchain"),
        (HOUR,),
        environment=OWN_OFF,
    ),
    Row(
        "LangGraph by OpenLLMetry",
        "core",
        "frameworks",
        ("langgraph", f"{LLMETRY}langchain"),
        (HOUR,),
        environment=OWN_OFF,
        known="what was written of whole answers it gives as 0",
        differ=("cacheWriteTokens", "cost"),
    ),
    Row(
        "LangGraph by OpenInference", "core", "frameworks", ("langgraph", f"{INFERENCE}langchain"), environment=OWN_OFF
    ),
    Row(
        "LangGraph by OpenInference beside the Anthropic SDK",
        "core",
        "frameworks",
        ("langgraph", f"{INFERENCE}langchain"),
        known="its span has no answer's id and is not around the SDK's",
        differ=(*COUNTS, "requestCount"),
    ),
    Row("pydantic-ai", "core", "frameworks", ("pydantic-ai-slim",)),
    Row("logfire: OpenAI", "core", "frameworks", ("logfire", "openai")),
    Row("Langfuse: OpenAI", "core", "frameworks", ("langfuse", "openai")),
    Row(
        "LlamaIndex by OpenInference",
        "agents",
        "frameworks",
        ("llama-index-core", f"{INFERENCE}llama-index"),
        known="no tokens of embeddings",
        differ=("inputTokens", "cost"),
    ),
    Row("LlamaIndex with Claude by OpenLLMetry", "agents", "frameworks", ("llama-index-core", f"{LLMETRY}llamaindex")),
    Row("strands", "agents", "frameworks", ("strands-agents",), (REASONING,)),
    Row("openai-agents by OpenInference", "agents", "frameworks", ("openai-agents", f"{INFERENCE}openai-agents")),
    Row(
        "openai-agents by OpenInference, chat completions",
        "agents",
        "frameworks",
        ("openai-agents", f"{INFERENCE}openai-agents"),
        (CACHED, REASONING),
    ),
    Row("semantic-kernel", "kernel", "frameworks", ("semantic-kernel",), (CACHED, REASONING), environment=KERNEL),
    Row(
        "smolagents by OpenInference",
        "kernel",
        "frameworks",
        ("smolagents", f"{INFERENCE}smolagents"),
        (CACHED, REASONING),
    ),
    Row("Google ADK", "google", "frameworks", ("google-adk", "google-genai")),
    Row(
        "Vercel AI SDK 5: Openai",
        "",
        "ai-sdk",
        ("ai5", "ai5-openai"),
        js=True,
        known="no cache and no reasoning of whole answers",
        differ=("cachedInputTokens", "reasoningTokens", "cost"),
    ),
    Row("Vercel AI SDK 5: Anthropic", "", "ai-sdk", ("ai5", "ai5-anthropic"), js=True),
    Row("Vercel AI SDK 5: Google", "", "ai-sdk", ("ai5", "ai5-google"), js=True),
    Row("Vercel AI SDK 6: Openai", "", "ai-sdk", ("ai6", "ai6-openai"), js=True),
    Row("Vercel AI SDK 6: Anthropic", "", "ai-sdk", ("ai6", "ai6-anthropic"), js=True),
    Row("Vercel AI SDK 6: Google", "", "ai-sdk", ("ai6", "ai6-google"), js=True),
    Row("Vercel AI SDK 7: Openai", "", "ai-sdk", ("ai7", "ai7-openai"), (REASONING,), js=True),
    Row("Vercel AI SDK 7: Anthropic", "", "ai-sdk", ("ai7", "ai7-anthropic"), js=True),
    Row("Vercel AI SDK 7: Google", "", "ai-sdk", ("ai7", "ai7-google"), (REASONING,), js=True),
)
