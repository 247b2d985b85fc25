"""The tokens of a call: what its total says lies beside input and output, and what of its counts can be none."""

import pytest

from analytics.ingest.event_rules import MAX_TOKENS
from analytics.ingest.span_senders import told_by
from analytics.ingest.span_tokens import Tokens, tokens_of
from tests.analytics.otel import CACHE, CHAT, CLAUDE, READ, convention, counts, event_of, span

# scope, attributes → input, output, cached, written, reasoning
TOTALS = {
    "strands of old, its total says it": (
        "strands.telemetry.tracer",
        convention(
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "strands-agents",
            cache_read_input_tokens=200,
            cache_write_input_tokens=0,
            total_tokens=1140,
        ),
        (1100, 40, 200, 0, 0),
    ),
    "nobody known, no total": ("shop", convention(CLAUDE, "anthropic", **CACHE), (900, 40, 200, 100, 0)),
    "nobody known, a total that fits nothing": ("shop", convention(**CACHE, total_tokens=977), (900, 40, 200, 100, 0)),
    "nobody known, a total that is less": ("shop", convention(**CACHE, total_tokens=7), (900, 40, 200, 100, 0)),
    "only what was read lies beside": ("shop", convention(**CACHE, total_tokens=1140), (1100, 40, 200, 100, 0)),
    "more cached than input": ("shop", convention(**{READ: 5000}), (5900, 40, 5000, 0, 0)),
    "Grok's reasoning beside its output": (
        "shop",
        convention("grok-4", "xai", reasoning_tokens=60, total_tokens=1000),
        (900, 100, 0, 0, 60),
    ),
    "cache and thinking beside": (
        "shop",
        convention(CLAUDE, "anthropic", **CACHE, reasoning_tokens=5, total_tokens=1245),
        (1200, 45, 200, 100, 5),
    ),
    "Gemini's thinking, as many as are cached": (
        "opentelemetry.instrumentation.google_generativeai",
        convention("gemini-2.5-pro", "gcp.gen_ai", **{READ: 200}, total_tokens=1140),
        (900, 240, 200, 0, 200),
    ),
    "Gemini's thinking alone, no answer": (
        "opentelemetry.instrumentation.google_generativeai",
        convention("gemini-2.5-pro", "gcp.gen_ai", output_tokens=None, total_tokens=960),
        (900, 60, 0, 0, 60),
    ),
    "Gemini's thinking and its tool's results": (
        "shop",
        convention("gemini-2.5-pro", "gemini", **{"reasoning.output_tokens": 60}, total_tokens=1030),
        (930, 100, 0, 0, 60),
    ),
    "Gemini's thinking inside": (
        "shop",
        convention("gemini-2.5-pro", "gemini", reasoning_tokens=30),
        (900, 40, 0, 0, 30),
    ),
    "Vertex through OpenInference": (
        "openinference.instrumentation.vertexai",
        {
            "openinference.span.kind": "LLM",
            "llm.model_name": "gemini-2.5-pro",
            "llm.token_count.prompt": 900,
            "llm.token_count.completion": 40,
            "llm.token_count.total": 1000,
        },
        (900, 100, 0, 0, 60),
    ),
    "an embedding's lone total": (
        "shop",
        convention("text-embedding-3-small", input_tokens=None, output_tokens=None, total_tokens=12)
        | {"gen_ai.operation.name": "embeddings"},
        (12, 0, 0, 0, 0),
    ),
}


@pytest.mark.parametrize(("scope", "attributes", "expected"), TOTALS.values(), ids=TOTALS)
def test_the_total_says_what_lies_beside_input_and_output(scope, attributes, expected):
    assert counts(event_of(span(attributes), scope)) == expected


def test_more_cached_than_input_means_that_input_was_counted_without_them():
    event = event_of(span(CHAT | {"gen_ai.usage.cache_read.input_tokens": 5000}))
    assert (event["input_tokens"], event["cached_input_tokens"]) == (6200, 5000)


def test_as_many_cached_as_input_are_all_of_it():
    event = event_of(span(CHAT | {"gen_ai.usage.cache_read.input_tokens": 1200}))
    assert (event["input_tokens"], event["cached_input_tokens"]) == (1200, 1200)


WRITTEN = {"anthropic.usage.cache_creation.ephemeral_5m_input_tokens": 3}
HOURS = {"anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 4, "gen_ai.usage.cache_write.input_tokens": 7}
PARTS = {
    "written for five minutes alone": (CHAT | WRITTEN, "cache_write_tokens", 3),
    "written for an hour": (CHAT | HOURS | WRITTEN, "cache_write_1h_tokens", 4),
    "written in all": (CHAT | HOURS | WRITTEN, "cache_write_tokens", 7),
    "audio": (CHAT | {"llm.token_count.prompt_details.audio": 5}, "audio_input_tokens", 5),
    "audio of an answer": (CHAT | {"gen_ai.usage.details.output_audio_tokens": 6}, "audio_output_tokens", 6),
}


@pytest.mark.parametrize(("attributes", "field", "value"), PARTS.values(), ids=PARTS)
def test_parts_of_input_and_output_are_read(attributes, field, value):
    assert event_of(span(attributes))[field] == value


def told(given: dict, made_by: str = "", *, scope: str = "", embeds: bool = False) -> Tokens:
    """What is not named below is 0."""
    found = tokens_of(told_by(scope, "", given), made_by, embeds)
    return Tokens({name: count for name, count in found.counts.items() if count}, found.mended)


INPUT, TOTAL = "gen_ai.usage.input_tokens", "gen_ai.usage.total_tokens"


@pytest.mark.parametrize("written", [7, 7.0, "7", " 7 ", "7.0", "0.7e1"])
def test_a_count_is_read_however_it_is_written(written):
    assert told({INPUT: written}) == Tokens({"input_tokens": 7})


@pytest.mark.parametrize("written", [MAX_TOKENS + 1, -1, 1.5, "1.5", "-1", "many", True, float("nan"), float("inf")])
def test_what_is_no_count_is_left_out_and_named(written):
    assert told({INPUT: written}) == Tokens({}, ("input_tokens",))
    assert told({INPUT: written, "llm.token_count.prompt": 7}) == Tokens({"input_tokens": 7})


def test_the_most_that_a_count_may_be_is_one():
    assert told({INPUT: MAX_TOKENS}) == Tokens({"input_tokens": MAX_TOKENS})


@pytest.mark.parametrize("empty", [None, ""])
def test_what_says_nothing_is_no_count_and_nothing_to_name(empty):
    assert told({INPUT: empty}) == Tokens({})


def test_a_total_that_cannot_be_used_decides_nothing_and_is_no_field_to_name():
    assert told({INPUT: 5, TOTAL: "many"}) == Tokens({"input_tokens": 5})


def test_where_the_total_leaves_no_room_what_was_read_is_kept_before_what_was_written():
    given = convention(**{READ: 800, "cache_creation.input_tokens": 300, "total_tokens": 940})
    kept = {"input_tokens": 900, "output_tokens": 40, "cached_input_tokens": 800, "cache_write_tokens": 100}
    assert told(given) == Tokens(kept, ("cache_write_tokens",))


@pytest.mark.parametrize(("embeds", "counted"), [(True, {"input_tokens": 12}), (False, {})])
def test_a_lone_total_is_the_input_of_what_has_no_output_and_else_nothings(embeds, counted):
    assert told({TOTAL: 12}, embeds=embeds) == Tokens(counted)


def test_of_gemini_a_total_is_never_taken_for_the_cache_beside_the_prompt():
    given = convention(**{READ: 200, "total_tokens": 1140})
    read = {"input_tokens": 900, "cached_input_tokens": 200}
    assert told(given).counts == read | {"input_tokens": 1100, "output_tokens": 40}
    assert told(given, "google").counts == read | {"output_tokens": 240, "reasoning_tokens": 200}


@pytest.mark.parametrize(
    ("usage", "counted"),
    [
        ('{"input": 600, "input_modality_IMAGE": 300}', {"input_tokens": 900}),
        ('{"input": 1, "input_modality_TEXT": "x", "output": 2}', {"input_tokens": 1, "output_tokens": 2}),
        (
            '{"input": 600, "input_cached_tokens": 300, "output": 40, "output_reasoning_tokens": 9}',
            {"input_tokens": 900, "cached_input_tokens": 300, "output_tokens": 49, "reasoning_tokens": 9},
        ),
        ('{"input": 1.5, "output": 2}', {"output_tokens": 2}),
    ],
)
def test_counts_in_json_are_put_together(usage, counted):
    found = told({"langfuse.observation.type": "generation", "langfuse.observation.usage_details": usage})
    assert found.counts == counted


def test_the_maker_decides_where_a_sender_hands_on_what_each_counts():
    given = convention(**CACHE)
    wholes = [
        told(given, made_by, scope="openlit.x").counts["input_tokens"] for made_by in ("anthropic", "aws", "openai")
    ]
    assert wholes == [1200, 1200, 900]
