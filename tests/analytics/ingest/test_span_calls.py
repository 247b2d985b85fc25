"""Which spans are calls, whoever sends them, and which only repeat or mention one."""

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from tests.analytics.otel import BARE, CHAT, CLAUDE, OBSERVED, event_of, span

NAMED = {"gen_ai.provider.name": "anthropic", "gen_ai.request.model": CLAUDE}
TOKENS = {"gen_ai.usage.input_tokens": 9, "gen_ai.usage.output_tokens": 2}
SUM = NAMED | TOKENS
MODEL_ALONE = {"gen_ai.request.model": "gpt-4o", "gen_ai.system": "openai"}
ANTHROPIC, LOGFIRE, LANGFUSE = "com.anthropic.sdk.python", "logfire.openai", "langfuse-sdk"


@pytest.mark.parametrize(
    "operation",
    ["chat", "text_completion", "generate_content", "embeddings", "acompletion", "responses", "chat.completions"],
)
def test_every_operation_that_calls_a_model_counts(operation):
    assert event_of(span(CHAT | {"gen_ai.operation.name": operation}))["input_tokens"] == 1200


@pytest.mark.parametrize(
    "operation",
    ["invoke_agent", "create_agent", "execute_tool", "invoke_workflow", "retrieval", "fetch_response", "plan", "x"],
)
def test_what_repeats_the_tokens_of_calls_or_has_none_is_ignored(operation):
    assert event_of(span(CHAT | {"gen_ai.operation.name": operation})) is None


WITHOUT_OPERATION = {
    "model and tokens": ({"gen_ai.response.model": "m", "gen_ai.usage.prompt_tokens": 1, "gen_ai.system": "s"}, True),
    "failed, so without tokens": ({"gen_ai.request.model": "m", "gen_ai.system": "s"}, True),
    "OpenLLMetry's chat": ({**BARE, "gen_ai.operation.name": None, "llm.request.type": "chat"}, True),
    "OpenLLMetry's rerank": ({**BARE, "gen_ai.operation.name": None, "llm.request.type": "rerank"}, False),
    "OpenLLMetry's workflow": ({**CHAT, "gen_ai.operation.name": None, "traceloop.span.kind": "workflow"}, False),
    "OpenInference's call": (
        {"openinference.span.kind": "LLM", "llm.model_name": "m", "llm.provider": "p"},
        True,
    ),
    "OpenInference's agent": ({**CHAT, "gen_ai.operation.name": None, "openinference.span.kind": "AGENT"}, False),
    "a model alone": ({"gen_ai.request.model": "m"}, False),
    "an agent's sum of tokens": ({"gen_ai.usage.input_tokens": 9, "gen_ai.usage.output_tokens": 9}, False),
    "HTTP": ({"http.request.method": "POST", "error.type": "500"}, False),
    "nothing": ({}, False),
}


@pytest.mark.parametrize(("attributes", "counts"), WITHOUT_OPERATION.values(), ids=WITHOUT_OPERATION)
def test_without_an_operation_name_only_model_calls_count(attributes, counts):
    assert (event_of(span(attributes)) is not None) == counts


# scope, span's name, attributes → whether it is a call
SPANS = {
    "Anthropic's messages": (ANTHROPIC, "anthropic.messages.create", SUM | {"gen_ai.operation.name": "chat"}, True),
    "Anthropic's count_tokens": (ANTHROPIC, "anthropic.messages.count_tokens", NAMED, False),
    "Anthropic's agents": ("com.anthropic.sdk.typescript", "anthropic.agents.create", NAMED, False),
    "Anthropic's sessions": (ANTHROPIC, "anthropic.sessions.create", NAMED | TOKENS, False),
    "anybody's count_tokens": ("shop", "messages.count_tokens", NAMED, False),
    "anybody's countTokens": ("shop", "models.countTokens", NAMED, False),
    "OpenInference's count_tokens": (
        "openinference.instrumentation.anthropic",
        "messages.count_tokens",
        {"openinference.span.kind": "LLM", "llm.provider": "anthropic", "llm.model_name": CLAUDE},
        False,
    ),
    "OpenInference's count_tokens with the conventions' names": (
        "openinference.instrumentation.anthropic",
        "messages.count_tokens",
        {"openinference.span.kind": "LLM", "gen_ai.operation.name": "chat", "gen_ai.request.model": CLAUDE},
        False,
    ),
    "OpenInference's list of models with the conventions' names": (
        "openinference.instrumentation.openai",
        "SyncPage[Model]",
        {"openinference.span.kind": "LLM", "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai"},
        False,
    ),
    "a chat with tokens, whatever it is called": ("shop", "list_models", SUM | {"gen_ai.operation.name": "chat"}, True),
    "OpenInference's list of models": (
        "openinference.instrumentation.openai",
        "SyncPage[Model]",
        {"openinference.span.kind": "LLM", "llm.system": "openai"},
        False,
    ),
    "a list of models": ("shop", "openai.models.list", NAMED, False),
    "an agent's sum without an operation": ("shop", "invoke_agent root", SUM, False),
    "a sum of pydantic-ai of old": ("pydantic-ai", "agent run", TOKENS | {"model_name": CLAUDE}, False),
    "ADK's call_llm": ("gcp.vertex.agent", "call_llm", MODEL_ALONE | TOKENS, True),
    "ADK's call_llm that failed": ("gcp.vertex.agent", "call_llm", MODEL_ALONE | {"error.type": "x"}, True),
    "ADK's invocation": ("gcp.vertex.agent", "invocation", {"gen_ai.system": "gcp.vertex.agent"}, False),
    "strands' cycle": (
        "strands.telemetry.tracer",
        "cycle",
        SUM | {"gen_ai.operation.name": "execute_event_loop_cycle"},
        False,
    ),
    "Gemini CLI's llm_call": ("gemini-cli", "llm_call", SUM | {"gen_ai.operation.name": "llm_call"}, True),
    "Gemini CLI's agent_call": ("gemini-cli", "agent_call", SUM | {"gen_ai.operation.name": "agent_call"}, False),
    "Claude Code's request": ("com.anthropic.claude_code.tracing", "claude_code.llm_request", {"model": CLAUDE}, True),
    "Claude Code's interaction": (
        "com.anthropic.claude_code.tracing",
        "claude_code.interaction",
        SUM | {"model": CLAUDE},
        False,
    ),
    "AI SDK's outer span": ("ai", "ai.generateText", SUM | {"operation.name": "ai.generateText shop"}, False),
    "AI SDK's inner span": ("ai", "x", SUM | {"operation.name": "ai.generateText.doGenerate shop"}, True),
    "AI SDK's tool": ("ai", "ai.toolCall", SUM | {"operation.name": "ai.toolCall"}, False),
    "AI SDK 7's step": ("ai", "step", SUM | {"gen_ai.operation.name": "agent_step"}, False),
    "AI SDK 7's chat": ("ai", "chat", SUM | {"gen_ai.operation.name": "chat"}, True),
    "airflow is not ai": ("airflow", "x", SUM | {"operation.name": "load"}, True),
    "logfire's stream that begins": (LOGFIRE, "Chat", MODEL_ALONE | {"gen_ai.operation.name": "chat"}, False),
    "logfire's stream with zeros": (LOGFIRE, "Chat", MODEL_ALONE | {"gen_ai.usage.input_tokens": 0}, False),
    "logfire's call with tokens": (LOGFIRE, "Chat", MODEL_ALONE | TOKENS, True),
    "logfire's call that failed": (LOGFIRE, "Chat", MODEL_ALONE | {"error.type": "x"}, True),
    "logfire's answer": (LOGFIRE, "Chat", MODEL_ALONE | {"gen_ai.response.id": "r"}, True),
    "a span that is pending": ("pydantic-ai", "chat", SUM | {"logfire.span_type": "pending_span"}, False),
    "a stream of another scope": ("langchain", "chat", MODEL_ALONE | {"gen_ai.operation.name": "chat"}, True),
    "Langfuse's generation": (LANGFUSE, "g", OBSERVED, True),
    "Langfuse's agent": (LANGFUSE, "a", OBSERVED | {"langfuse.observation.type": "agent"}, False),
    "Langfuse's, in a scope of one's own": ("shop", "g", OBSERVED, True),
    "LangSmith's retriever": (
        "langsmith",
        "r",
        SUM | {"langsmith.span.kind": "retriever", "gen_ai.operation.name": "embeddings"},
        False,
    ),
    "LangSmith's prompt": (
        "langsmith",
        "p",
        SUM | {"langsmith.span.kind": "prompt", "gen_ai.operation.name": "chat"},
        False,
    ),
    "OpenRouter's generation": ("openrouter", "g", SUM | {"span.type": "generation"}, True),
    "OpenRouter's attempt": ("openrouter", "a", SUM | {"span.type": "span"}, False),
    "an attempt without a model": ("shop", "a", {"gen_ai.response.id": "gen-1:attempt-0", "span.type": "span"}, False),
    "OpenInference's chain": ("shop", "c", SUM | {"openinference.span.kind": "CHAIN"}, False),
    "OpenInference's embedding": (
        "shop",
        "e",
        {"openinference.span.kind": "EMBEDDING", "embedding.model_name": "e"},
        True,
    ),
    "LiteLLM's type of request": (
        "litellm",
        "litellm_request",
        MODEL_ALONE | {"llm.request.type": "acompletion"},
        True,
    ),
    "LiteLLM's raw request": ("litellm", "raw_gen_ai_request", {"llm.openai.model": "gpt-4o"}, False),
    "MLflow's tool": ("mlflow", "t", {"mlflow.spanType": '"TOOL"', "mlflow.llm.model": '"gpt-4o"'} | TOKENS, False),
    "an answer by voice": ("shop", "r", SUM | {"gen_ai.operation.name": "realtime"}, True),
    "a conversation by voice": ("shop", "r", NAMED | {"gen_ai.operation.name": "realtime"}, False),
    "Semantic Kernel's text": ("semantic_kernel", "t", SUM | {"gen_ai.operation.name": "text_completions"}, True),
    "Spring AI's client": (
        "org.springframework.boot",
        "spring_ai",
        SUM | {"gen_ai.operation.name": "framework"},
        False,
    ),
}


@pytest.mark.parametrize(("scope", "name", "attributes", "counts"), SPANS.values(), ids=SPANS)
def test_calls_are_told_from_what_is_none(scope, name, attributes, counts):
    assert (event_of(span(attributes, name=name), scope) is not None) == counts


def test_a_call_that_failed_counts_where_the_status_alone_says_so():
    failed = span(MODEL_ALONE, status=Status(code=Status.STATUS_CODE_ERROR))
    assert event_of(failed, LOGFIRE)["status"] == "error"


def test_an_attempt_of_openrouter_is_known_by_its_service_too():
    assert event_of(span(SUM | {"span.type": "span"}), "shop", "openrouter") is None
