"""The names under which spans say things: the conventions', today's and older, and those of JSON."""

from collections import Counter

import pytest

from analytics.ingest.span_names import COMMON, USAGE
from tests.analytics.otel import BARE, CHAT, CLAUDE, convention, counts, event_of, span

NAMES = {
    "provider, older": ({"gen_ai.system": "anthropic"}, "provider", "anthropic"),
    "provider, both": ({"gen_ai.provider.name": "azure.ai.openai"}, "provider", "azure.ai.openai"),
    "no provider": ({"gen_ai.system": None, "gen_ai.request.model": "house"}, "provider", "unknown"),
    "a number for a provider": ({"gen_ai.provider.name": 4}, "provider", "openai"),
    "the model asked for": ({}, "model", "gpt-4o"),
    "the model that answered": ({"gen_ai.response.model": "gpt-4o-mini"}, "model", "gpt-4o-mini"),
    "an empty model that answered": ({"gen_ai.response.model": ""}, "model", "gpt-4o"),
    "input, older": ({"gen_ai.usage.prompt_tokens": 7}, "input_tokens", 7),
    "input, both": ({"gen_ai.usage.input_tokens": 8, "gen_ai.usage.prompt_tokens": 7}, "input_tokens", 8),
    "input, zero": ({"gen_ai.usage.input_tokens": 0, "gen_ai.usage.prompt_tokens": 7}, "input_tokens", 0),
    "input, OpenInference": ({"llm.token_count.prompt": 7}, "input_tokens", 7),
    "output, older": ({"gen_ai.usage.completion_tokens": 7}, "output_tokens", 7),
    "output, OpenInference": ({"llm.token_count.completion": 7}, "output_tokens", 7),
    "text": ({"gen_ai.usage.input_tokens": "12"}, "input_tokens", 12),
    "double": ({"gen_ai.usage.input_tokens": 12.0}, "input_tokens", 12),
    "none": ({}, "output_tokens", 0),
}


@pytest.mark.parametrize(("attributes", "field", "value"), NAMES.values(), ids=NAMES)
def test_current_and_older_names_are_read(attributes, field, value):
    assert event_of(span(BARE | attributes))[field] == value


@pytest.mark.parametrize(
    "name",
    [
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "gen_ai.usage.input_tokens.cached",
        "gen_ai.usage.cached_input_tokens",
        "gen_ai.usage.details.cache_read_tokens",
        "gen_ai.usage.details.cached_tokens",
        "llm.usage.cache_read_input_tokens",
        "llm.token_count.prompt_details.cache_read",
    ],
)
def test_cached_tokens_are_part_of_the_input(name):
    event = event_of(span(CHAT | {name: 1000}))
    assert (event["input_tokens"], event["cached_input_tokens"]) == (1200, 1000)


BY_NAME_ALONE = {
    "OpenInference, reasoning": (
        "openinference.instrumentation.openai",
        {
            "openinference.span.kind": "LLM",
            "llm.response.model_name": "o3",
            "llm.token_count.prompt": 900,
            "llm.token_count.completion": 40,
            "llm.token_count.completion_details.reasoning": 30,
        },
        (900, 40, 0, 0, 30),
    ),
    "pydantic-ai": (
        "pydantic-ai",
        convention(**{"details.reasoning_tokens": 30, "details.input_tokens": 7}),
        (900, 40, 0, 0, 30),
    ),
    "Sentry": (
        "sentry",
        convention(CLAUDE, "anthropic", **{"input_tokens.cached": 200, "input_tokens.cache_write": 100}),
        (900, 40, 200, 100, 0),
    ),
}


@pytest.mark.parametrize(("scope", "attributes", "expected"), BY_NAME_ALONE.values(), ids=BY_NAME_ALONE)
def test_who_only_has_other_names_is_read_like_the_conventions(scope, attributes, expected):
    assert counts(event_of(span(attributes), scope)) == expected


@pytest.mark.parametrize("table", [COMMON, USAGE], ids=["attributes", "JSON"])
def test_no_name_says_two_things(table):
    assert [
        name for name, times in Counter(name for names in table.values() for name in names).items() if times > 1
    ] == []


def test_whatever_is_counted_may_come_as_an_attribute_and_as_json():
    assert set(USAGE) == {wanted for wanted in COMMON if wanted == "total" or wanted.endswith("_tokens")}
