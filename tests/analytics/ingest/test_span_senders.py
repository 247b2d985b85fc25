"""Each sender's own way of telling of a call, with numbers of our own: what is a call, and what its tokens are.

Names and ways of counting are those of the packages that docs/senders.md lists.
"""

import json

import pytest

from analytics.ingest.span_senders import NAMES, SENDERS, told_by
from tests.analytics.otel import CACHE, CLAUDE, READ, convention, counts, event_of, span
from tests.servers import ROOT

ON_BEDROCK = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"


def ai_sdk(operation: str, provider: str, model: str, **more: object) -> dict:
    base = {"operation.name": operation, "ai.operationId": operation.partition(" ")[0], "ai.model.provider": provider}
    return base | {"ai.model.id": model} | {name.replace("__", "."): value for name, value in more.items()}


def langfuse(kind: str, usage: dict, model: str = "gpt-4o", cost: dict | None = None) -> dict:
    return {
        "langfuse.observation.type": kind,
        "langfuse.observation.model.name": model,
        "langfuse.observation.usage_details": json.dumps(usage),
        "langfuse.observation.cost_details": json.dumps(cost) if cost else None,
    }


FIVE = {"gen_ai.usage.input_tokens": 900, "gen_ai.usage.output_tokens": 40, "ai.usage.cachedInputTokens": 200}
SIX = FIVE | {"ai.usage.inputTokenDetails.noCacheTokens": 700}
OPENLIT = "openlit.instrumentation.anthropic"
BOTOCORE = "opentelemetry.instrumentation.botocore.bedrock-runtime"
BEDROCK = "opentelemetry.instrumentation.bedrock"

# scope, attributes → input, output, cached, written, reasoning
COUNTS = {
    "OpenLLMetry's own sum on Bedrock": (
        BEDROCK,
        convention(ON_BEDROCK, "AWS", **CACHE, total_tokens=940),
        (1200, 40, 200, 100, 0),
    ),
    "OpenLLMetry on LlamaIndex with Anthropic, its own sum": (
        "opentelemetry.instrumentation.llamaindex",
        convention(CLAUDE, "anthropic_llm", **CACHE, total_tokens=940),
        (1200, 40, 200, 100, 0),
    ),
    "logfire, the thinking only in what OpenAI wrote": (
        "logfire.openai",
        convention(
            **{READ: 200},
            raw='{"completion_tokens":40,"prompt_tokens":900,"prompt_tokens_details":'
            '{"cached_tokens":200},"completion_tokens_details":{"audio_tokens":0,"reasoning_tokens":30}}',
        ),
        (900, 40, 200, 0, 30),
    ),
    "OpenLLMetry on Bedrock, no total": (BEDROCK, convention(ON_BEDROCK, "AWS", **CACHE), (1200, 40, 200, 100, 0)),
    "OpenLLMetry on Bedrock, Bedrock's total": (
        BEDROCK,
        convention(ON_BEDROCK, "AWS", **CACHE, total_tokens=1240),
        (1200, 40, 200, 100, 0),
    ),
    "OpenTelemetry's botocore": (BOTOCORE, convention(ON_BEDROCK, "aws.bedrock", **CACHE), (1200, 40, 200, 100, 0)),
    "OpenLIT and Anthropic": (OPENLIT, convention(CLAUDE, "anthropic", **CACHE), (1200, 40, 200, 100, 0)),
    "OpenLIT and OpenAI": ("openlit.instrumentation.openai", convention(**CACHE), (900, 40, 200, 100, 0)),
    "somebody whose name begins like OpenLIT's": (
        "openlitter",
        convention(CLAUDE, "anthropic", **CACHE),
        (900, 40, 200, 100, 0),
    ),
    "OpenLLMetry on LangChain, more cached than input": (
        "opentelemetry.instrumentation.langchain",
        convention(ON_BEDROCK, "AWS", **{READ: 5000}, total_tokens=940),
        (5900, 40, 5000, 0, 0),
    ),
    "LangSmith, written for an hour": (
        "langsmith",
        convention(CLAUDE, "anthropic", input_token_details="{'cache_creation': 0, 'ephemeral_1h_input_tokens': 100}")
        | {"langsmith.span.kind": "llm"},
        (900, 40, 0, 100, 0),
    ),
    "OpenLLMetry in JavaScript": (
        "@traceloop/instrumentation-anthropic",
        convention(CLAUDE, "anthropic", cache_read_input_tokens=200, cache_creation_input_tokens=100, total_tokens=940),
        (1200, 40, 200, 100, 0),
    ),
    "OpenLLMetry and Anthropic": (
        "opentelemetry.instrumentation.anthropic",
        convention(CLAUDE, "anthropic", **CACHE, total_tokens=940),
        (900, 40, 200, 100, 0),
    ),
    "AI SDK 5, a whole answer of Anthropic": (
        "ai",
        ai_sdk("ai.generateText.doGenerate", "anthropic.messages", CLAUDE)
        | {
            "gen_ai.usage.input_tokens": 900,
            "gen_ai.usage.output_tokens": 40,
            "ai.response.providerMetadata": json.dumps(
                {
                    "anthropic": {
                        "usage": {
                            "input_tokens": 900,
                            "output_tokens": 40,
                            "cache_creation_input_tokens": 100,
                            "cache_read_input_tokens": 200,
                            "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 0},
                        },
                        "cacheCreationInputTokens": 100,
                    }
                }
            ),
        },
        (1200, 40, 200, 100, 0),
    ),
    "AI SDK 5, a whole answer of Gemini": (
        "ai",
        ai_sdk("ai.generateText.doGenerate", "google.generative-ai", "gemini-2.5-pro")
        | {
            "gen_ai.usage.input_tokens": 900,
            "gen_ai.usage.output_tokens": 40,
            "ai.response.providerMetadata": '{"google":{"groundingMetadata":null,"usageMetadata":{'
            '"cachedContentTokenCount":200,"thoughtsTokenCount":60,"promptTokenCount":900,"candidatesTokenCount":40,"totalTokenCount":1000}}}',
        },
        (900, 100, 200, 0, 60),
    ),
    "AI SDK 5, Anthropic, its own sum": (
        "ai",
        ai_sdk("ai.streamText.doStream", "anthropic.messages", CLAUDE) | FIVE | {"ai.usage.totalTokens": 940},
        (1100, 40, 200, 0, 0),
    ),
    "AI SDK 5, Bedrock": (
        "ai",
        ai_sdk("ai.generateText.doGenerate", "amazon-bedrock", ON_BEDROCK) | FIVE,
        (1100, 40, 200, 0, 0),
    ),
    "AI SDK 5, OpenAI": (
        "ai",
        ai_sdk("ai.generateText.doGenerate f", "openai.chat", "gpt-4o") | FIVE,
        (900, 40, 200, 0, 0),
    ),
    "AI SDK 5, Gemini": (
        "ai",
        ai_sdk("ai.generateObject.doGenerate", "google.generative-ai", "gemini-2.5-pro")
        | FIVE
        | {"ai.usage.reasoningTokens": 60, "ai.usage.totalTokens": 1000},
        (900, 100, 200, 0, 60),
    ),
    "AI SDK 6, Anthropic": (
        "ai",
        ai_sdk("ai.streamObject.doStream", "anthropic.messages", CLAUDE) | SIX,
        (900, 40, 200, 0, 0),
    ),
    "AI SDK 7, Anthropic": ("ai", convention(CLAUDE, "anthropic", **CACHE), (900, 40, 200, 100, 0)),
    "Langfuse, parts beside each other": (
        "langfuse-sdk",
        langfuse(
            "generation", {"input": 600, "input_cache_read": 200, "input_cache_creation": 100, "output": 40}, CLAUDE
        ),
        (900, 40, 200, 100, 0),
    ),
    "Langfuse, Anthropic's own": (
        "langfuse-sdk",
        langfuse("generation", {"input_tokens": 600, "cache_read_input_tokens": 300, "output_tokens": 40}, CLAUDE),
        (900, 40, 300, 0, 0),
    ),
    "Langfuse, a total that says inside": (
        "langfuse-sdk",
        langfuse("generation", {"input": 900, "input_cached_tokens": 200, "output": 40, "total": 940}),
        (900, 40, 200, 0, 0),
    ),
    "Langfuse, details inside": (
        "langfuse-sdk",
        langfuse(
            "generation", {"prompt_tokens": 900, "completion_tokens": 40, "prompt_tokens_details": {"cached_tokens": 7}}
        ),
        (900, 40, 7, 0, 0),
    ),
    "Langfuse, Vertex by modality": (
        "langfuse-sdk",
        langfuse(
            "generation",
            {"input": 0, "input_modality_TEXT": 900, "output": 0, "output_modality_TEXT": 40},
            "gemini-2.5-pro",
        ),
        (900, 40, 0, 0, 0),
    ),
    "Langfuse, embedding": (
        "langfuse-sdk",
        langfuse("embedding", {"input": 12}, "text-embedding-3-small"),
        (12, 0, 0, 0, 0),
    ),
    "Langfuse, no JSON": (
        "langfuse-sdk",
        langfuse("generation", {}) | {"langfuse.observation.usage_details": "[{"},
        (0, 0, 0, 0, 0),
    ),
    "LangSmith": (
        "langsmith",
        convention(**{"input_token_details": "{'cache_read': 300}", "output_token_details": "{'reasoning': 20}"})
        | {"langsmith.span.kind": "llm"},
        (900, 40, 300, 0, 20),
    ),
    "MLflow": (
        "mlflow.openai",
        {
            "mlflow.spanType": '"CHAT_MODEL"',
            "mlflow.llm.model": '"gpt-4o"',
            "mlflow.chat.tokenUsage": json.dumps(
                {"input_tokens": 900, "output_tokens": 40, "total_tokens": 940, "cache_read_input_tokens": 9}
            ),
        },
        (900, 40, 9, 0, 0),
    ),
    "Claude Code, as text": (
        "com.anthropic.claude_code.tracing",
        {
            "model": CLAUDE,
            "input_tokens": "600",
            "output_tokens": "40",
            "cache_read_tokens": "300",
            "cache_creation_tokens": "0",
        },
        (900, 40, 300, 0, 0),
    ),
}


@pytest.mark.parametrize(("scope", "attributes", "expected"), COUNTS.values(), ids=COUNTS)
def test_every_senders_counts_are_all_of_input_and_output_and_their_parts(scope, attributes, expected):
    event = event_of(span(attributes, name="claude_code.llm_request"), scope)
    assert counts(event) == expected


LLMETRY = "opentelemetry.instrumentation.anthropic"


@pytest.mark.parametrize(("scope", "overcounts"), [(LLMETRY, True), ("com.anthropic.sdk.python", False), ("", False)])
def test_who_adds_up_the_events_of_a_stream_is_known(scope, overcounts):
    assert event_of(span(convention(CLAUDE, "anthropic")), scope)["ties"].overcounts is overcounts


@pytest.mark.parametrize("sender", [one for one in SENDERS if one.scopes], ids=lambda one: one.name)
def test_a_scope_is_known_with_what_is_below_it_and_no_other(sender):
    model = {"gen_ai.request.model": "m", "gen_ai.system": "x", "gen_ai.operation.name": "chat"}
    assert event_of(span(model), f"x{sender.scopes[0]}") is not None


def test_the_documentation_names_every_attribute_that_is_read():
    text = (ROOT / "docs" / "senders.md").read_text()
    assert len(NAMES) > 100
    assert sorted(name for name in NAMES if f"`{name}`" not in text) == []


def test_prompts_and_answers_have_no_attribute_that_is_read():
    words = ("messages", "prompt.", "completion.", "output.value", "input.value", "instructions", "toolCalls", "text")
    # The name of a prompt, which Gemini CLI numbers its turns by, says nothing of what was asked.
    allowed = ("token_count.", "tokens_details.", "llm.cost.", "text_", "gen_ai.prompt.name")
    found = [name for name in NAMES if any(word in name for word in words) and not any(one in name for one in allowed)]
    assert found == []


SHOWN = {"langfuse.observation.type": "generation"}


@pytest.mark.parametrize(
    ("scope", "service", "given", "name"),
    [
        ("logfire.openai", "openrouter", SHOWN, "logfire"),
        ("shop", "openrouter", {}, "OpenRouter"),
        ("shop", "openrouters", SHOWN, "Langfuse"),
        ("airflow", "", {}, "the conventions"),
        ("", "", {"langfuse.observation.type": None}, "the conventions"),
    ],
)
def test_a_sender_is_known_by_its_scope_else_its_service_else_by_what_it_alone_says(scope, service, given, name):
    assert told_by(scope, service, given).sender.name == name


def test_a_senders_own_words_go_before_the_conventions_and_these_before_older_ones():
    older = {"llm.token_count.prompt": 3, "gen_ai.usage.input_tokens": 2}
    words = [("input_tokens", 1), ("gen_ai.usage.input_tokens", 2), ("llm.token_count.prompt", 3)]
    assert told_by("com.anthropic.claude_code.tracing", "", older | {"input_tokens": 1}).words("input_tokens") == words
    assert told_by("shop", "", older | {"input_tokens": 1}).words("input_tokens") == words[1:]


def test_what_is_empty_says_nothing_and_what_is_no_text_is_passed_over():
    told = told_by("", "", {"gen_ai.response.model": "", "gen_ai.request.model": 4, "llm.model_name": "gpt-4o"})
    assert told.words("model") == [("gen_ai.request.model", 4), ("llm.model_name", "gpt-4o")]
    assert (told.text("model"), told.text("provider"), told.words("cost")) == ("gpt-4o", None, [])
