"""Which spans are calls, whoever sends them, and what they tell beside tokens: provider, model, cost, tier, error."""

from decimal import Decimal

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from analytics.ingest.decoding import EventError
from analytics.ingest.span_providers import provider_of_span
from analytics.ingest.span_senders import NAMES, told_by
from tests.analytics.otel import CHAT, event_of, span

CLAUDE = "claude-sonnet-4-5-20250929"
NAMED = {"gen_ai.provider.name": "anthropic", "gen_ai.request.model": CLAUDE}
TOKENS = {"gen_ai.usage.input_tokens": 9, "gen_ai.usage.output_tokens": 2}
SUM = NAMED | TOKENS
MODEL_ALONE = {"gen_ai.request.model": "gpt-4o", "gen_ai.system": "openai"}
ANTHROPIC, LOGFIRE, LANGFUSE = "com.anthropic.sdk.python", "logfire.openai", "langfuse-sdk"
OBSERVED = {"langfuse.observation.model.name": "gpt-4o", "langfuse.observation.type": "generation"}

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


PROVIDERS = {
    "as sent": ({"gen_ai.provider.name": "azure.ai.openai"}, "", "gpt-4o", "azure.ai.openai"),
    "nobody's name, as sent": ({"gen_ai.provider.name": "our-proxy"}, "", "gpt-4o", "our-proxy"),
    "a framework's, on Bedrock": ({"gen_ai.system": "strands-agents"}, "", "eu.anthropic.claude-x-v1:0", "aws"),
    "a framework's, Claude": ({"gen_ai.system": "strands_agents"}, "strands.telemetry.tracer", CLAUDE, "anthropic"),
    "a framework's, Gemini": ({"gen_ai.system": "gcp.vertex.agent"}, "gcp.vertex.agent", "gemini-2.5-pro", "gemini"),
    "LangChain": ({"gen_ai.provider.name": "langchain"}, "", "gpt-5.5", "openai"),
    "a framework's, nobody's model": ({"gen_ai.system": "LlamaIndex"}, "", "house", "unknown"),
    "the AI SDK": ({"ai.model.provider": "openai.responses"}, "ai", "gpt-4o", "openai.responses"),
    "a gateway's, behind a slash": ({"gen_ai.system": "vercel"}, "ai", "anthropic/claude-haiku-4.5", "anthropic"),
    "the endpoint": ({"server.address": "acme.openai.azure.com"}, "", "gpt-4o", "azure"),
    "an endpoint with its path": (
        {"gen_ai.openai.api_base": "https://openrouter.ai/api/v1"},
        "",
        "gpt-4o",
        "openrouter",
    ),
    "Bedrock's endpoint": ({"server.address": "bedrock-runtime.us-east-1.amazonaws.com"}, "", CLAUDE, "aws.bedrock"),
    "Vertex's endpoint": ({"server.address": "us-central1-aiplatform.googleapis.com"}, "", CLAUDE, "vertex_ai"),
    "an endpoint of one's own": ({"server.address": "llm.acme.test"}, "", "gpt-4o", "openai"),
    "an endpoint that only looks so": ({"server.address": "notapi.openai.com.acme.test"}, "", "house", "unknown"),
    "the scope": ({}, "opentelemetry.instrumentation.bedrock", CLAUDE, "aws.bedrock"),
    "OpenInference's scope": ({}, "openinference.instrumentation.groq", "llama-3.3-70b", "groq"),
    "the model's path": ({}, "", "projects/p/locations/l/publishers/google/models/gemini-2.5-pro", "google"),
    "the model's ARN": ({}, "", "arn:aws:bedrock:us-east-1:1:inference-profile/x", "aws"),
    "o3": ({}, "", "o3-mini", "openai"),
    "LlamaIndex's class": ({"gen_ai.provider.name": "anthropic_llm"}, "", CLAUDE, "anthropic"),
    "nothing": ({}, "", "house", "unknown"),
}


@pytest.mark.parametrize(("given", "scope", "model", "provider"), PROVIDERS.values(), ids=PROVIDERS)
def test_the_provider_is_named_or_known_by_endpoint_scope_and_model(given, scope, model, provider):
    assert provider_of_span(told_by("", "", given), scope, model) == provider


FAILED = {"openinference.span.kind": "LLM", "llm.system": "openai", "error.type": "RateLimitError"}
WRITTEN = {"anthropic.usage.cache_creation.ephemeral_5m_input_tokens": 3}
HOURS = {"anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 4, "gen_ai.usage.cache_write.input_tokens": 7}
CODE = {"model": CLAUDE, "gen_ai.response.id": "req_1"}
TOLD = {
    "a model among parameters": (FAILED | {"llm.invocation_parameters": '{"model": "gpt-4o"}'}, "", "model", "gpt-4o"),
    "by LangChain's name": (
        FAILED | {"llm.invocation_parameters": '{"model_name": "gpt-4o", "n": [1]}'},
        "",
        "model",
        "gpt-4o",
    ),
    "of an embedding": (FAILED | {"embedding.invocation_parameters": '{"model": "e"}'}, "", "model", "e"),
    "a model before its placeholder": (CHAT | {"gen_ai.response.model": "unknown"}, "", "model", "gpt-4o"),
    "a model that nobody knows": (MODEL_ALONE | {"gen_ai.request.model": "unknown"}, "", "model", "unknown"),
    "a tier that served": (
        CHAT | {"openai.response.service_tier": "flex", "openai.request.service_tier": "auto"},
        "",
        "service_tier",
        "flex",
    ),
    "LiteLLM's tier": (
        CHAT | {"gen_ai.openai.response.service_tier": "priority"},
        "litellm",
        "service_tier",
        "priority",
    ),
    "Anthropic's tier": (CHAT | {"anthropic.response.service_tier": "batch"}, "", "service_tier", "batch"),
    "a tier asked for": (CHAT | {"openai.request.service_tier": "flex"}, "", "service_tier", "flex"),
    "Claude Code's speed": (CODE | {"speed": "fast"}, "com.anthropic.claude_code.tracing", "service_tier", "fast"),
    "its usual speed": (CODE | {"speed": "normal"}, "com.anthropic.claude_code.tracing", "service_tier", None),
    "somebody else's speed": (CHAT | {"speed": "fast"}, "", "service_tier", None),
    "Claude Code's answer": (CODE, "com.anthropic.claude_code.tracing", "response_id", "req_1"),
    "Claude Code's failure": (CODE | {"success": False}, "com.anthropic.claude_code.tracing", "status", "error"),
    "somebody else's success": (CHAT | {"success": False}, "", "status", "success"),
    "Langfuse's failure": (OBSERVED | {"langfuse.observation.level": "ERROR"}, LANGFUSE, "status", "error"),
    "the AI SDK's answer": (CHAT | {"ai.response.id": "msg_1"}, "ai", "response_id", "msg_1"),
    "written for five minutes alone": (CHAT | WRITTEN, "", "cache_write_tokens", 3),
    "written for an hour": (CHAT | HOURS | WRITTEN, "", "cache_write_1h_tokens", 4),
    "written in all": (CHAT | HOURS | WRITTEN, "", "cache_write_tokens", 7),
    "audio": (CHAT | {"llm.token_count.prompt_details.audio": 5}, "", "audio_input_tokens", 5),
    "audio of an answer": (CHAT | {"gen_ai.usage.details.output_audio_tokens": 6}, "", "audio_output_tokens", 6),
    "Langfuse's cost": (
        OBSERVED | {"langfuse.observation.cost_details": '{"total": 0.25}'},
        LANGFUSE,
        "cost_usd",
        Decimal("0.25"),
    ),
    "Langfuse's cost in parts": (
        OBSERVED | {"langfuse.observation.cost_details": '{"input": 0.1, "output": 0.2}'},
        LANGFUSE,
        "cost_usd",
        Decimal("0.3"),
    ),
    "MLflow's cost": (
        {"mlflow.spanType": "LLM", "mlflow.llm.model": "m", "mlflow.llm.cost": '{"input_cost": 1, "total_cost": 3}'},
        "mlflow",
        "cost_usd",
        Decimal(3),
    ),
}


@pytest.mark.parametrize(("attributes", "scope", "field", "value"), TOLD.values(), ids=TOLD)
def test_whatever_else_a_span_tells_is_read(attributes, scope, field, value):
    assert event_of(span(attributes, name="claude_code.llm_request"), scope).get(field) == value


@pytest.mark.parametrize("parameters", ["{", "[]", '{"model": true}', "[" * 100_000, '{"model": "' + "m" * 300 + '"}'])
def test_parameters_that_name_no_model_refuse_the_call(parameters):
    with pytest.raises(EventError, match=r"gen_ai\.response\.model: is required"):
        event_of(span(FAILED | {"llm.invocation_parameters": parameters}))


def test_prompts_and_answers_have_no_attribute_that_is_read():
    words = ("messages", "prompt.", "completion.", "output.value", "input.value", "instructions", "toolCalls", "text")
    # The name of a prompt, which Gemini CLI numbers its turns by, says nothing of what was asked.
    allowed = ("token_count.", "tokens_details.", "llm.cost.", "text_", "gen_ai.prompt.name")
    found = [name for name in NAMES if any(word in name for word in words) and not any(one in name for one in allowed)]
    assert found == []
