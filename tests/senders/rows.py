"""The senders that are tried: a row each. A program finds what to do by the row's name."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Row:
    """`group` is the environment it runs in. What follows is what the senders tell, to the last token and cent.

    `untold` are classes of tokens that they say nothing of, "CLASS" or "CLASS of WAY" (`models.WHOLE` and so on): they
    are recorded as 0. `adds_first`: why they count the first event's output of a stream twice. `twice`: why every call,
    or every one of a way, is two requests.
    """

    name: str
    group: str
    program: str
    packages: tuple[str, ...]
    untold: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    js: bool = False
    adds_first: str = ""
    twice: str = ""
    twice_of: str = ""


LLMETRY, INFERENCE = "opentelemetry-instrumentation-", "openinference-instrumentation-"
LATEST = {"OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental"}
OWN_OFF = {"ANTHROPIC_OPEN_TELEMETRY": "false"}
GENAI = {"OPENINFERENCE_ENABLE_GENAI_SEMCONV": "true"}
KERNEL = {"SEMANTICKERNEL_EXPERIMENTAL_GENAI_ENABLE_OTEL_DIAGNOSTICS": "true"}
HOUR, CACHED, REASONING = "cache_write_1h_tokens", "cached_input_tokens", "reasoning_tokens"
WRITTEN = "cache_write_tokens"
FIRST = "it adds up what the first event and the last say"
NO_ID = "OpenInference tells no answer's id, and its span is not around the other's"

ROWS = (
    Row("Anthropic SDK", "core", "sdks", ("anthropic",)),
    Row(
        "OpenLLMetry: OpenAI",
        "core",
        "sdks",
        ("openai", f"{LLMETRY}openai"),
        (f"{REASONING} of streams",),
    ),
    Row(
        "OpenLLMetry: Anthropic",
        "core",
        "sdks",
        ("anthropic", f"{LLMETRY}anthropic"),
        (HOUR,),
        adds_first=FIRST,
    ),
    Row("OpenLLMetry beside the Anthropic SDK, answers", "core", "sdks", ("anthropic", f"{LLMETRY}anthropic")),
    Row(
        "OpenLLMetry beside the Anthropic SDK, failures",
        "core",
        "sdks",
        ("anthropic", f"{LLMETRY}anthropic"),
        twice="a call that fails has no answer's id, and neither's span is around the other's",
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
        twice=NO_ID,
    ),
    Row(
        "OpenInference with the conventions' names beside the Anthropic SDK",
        "core",
        "sdks",
        ("anthropic", f"{INFERENCE}anthropic"),
        environment=GENAI,
    ),
    Row("OpenInference: Gemini", "core", "sdks", ("google-genai", f"{INFERENCE}google-genai")),
    Row(
        "OpenLLMetry and OpenInference: OpenAI, chat and embeddings",
        "core",
        "sdks",
        (f"{LLMETRY}openai", f"{INFERENCE}openai"),
    ),
    Row(
        "OpenLLMetry and OpenInference: OpenAI, Responses API",
        "core",
        "sdks",
        (f"{LLMETRY}openai", f"{INFERENCE}openai"),
        twice=NO_ID,
    ),
    Row(
        "OpenLLMetry and OpenInference with the conventions' names: OpenAI",
        "core",
        "sdks",
        (f"{LLMETRY}openai", f"{INFERENCE}openai"),
        environment=GENAI,
    ),
    Row("OpenTelemetry: Gemini", "google", "sdks", ("google-genai", f"{LLMETRY}google-genai"), environment=LATEST),
    Row(
        "LangChain by OpenLLMetry",
        "core",
        "frameworks",
        ("langchain-core", f"{LLMETRY}langchain"),
        (HOUR, REASONING, f"{WRITTEN} of whole answers"),
        environment=OWN_OFF,
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
        (HOUR, f"{WRITTEN} of whole answers"),
        environment=OWN_OFF,
    ),
    Row(
        "LangGraph by OpenLLMetry beside the Anthropic SDK",
        "core",
        "frameworks",
        ("langgraph", f"{LLMETRY}langchain"),
        twice="OpenLLMetry tells no answer's id of it, and its span is not around the other's",
        twice_of="streams",
    ),
    Row(
        "LangGraph by OpenInference", "core", "frameworks", ("langgraph", f"{INFERENCE}langchain"), environment=OWN_OFF
    ),
    Row(
        "LangGraph by OpenInference beside the Anthropic SDK",
        "core",
        "frameworks",
        ("langgraph", f"{INFERENCE}langchain"),
        twice=NO_ID,
    ),
    Row("pydantic-ai", "core", "frameworks", ("pydantic-ai-slim",)),
    Row("logfire: OpenAI", "core", "frameworks", ("logfire", "openai")),
    Row("Langfuse: OpenAI", "core", "frameworks", ("langfuse", "openai")),
    Row(
        "LlamaIndex by OpenInference",
        "agents",
        "frameworks",
        ("llama-index-core", f"{INFERENCE}llama-index"),
        ("input_tokens of embeddings",),
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
        (f"{CACHED} of whole answers", f"{REASONING} of whole answers"),
        js=True,
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
