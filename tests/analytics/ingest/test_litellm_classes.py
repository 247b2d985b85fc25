"""What LiteLLM logs of tokens, tiers and costs: every class, and what of it cannot be used."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from analytics.ingest.decoding import decode
from analytics.ingest.event_rules import check
from analytics.ingest.litellm_payload import call
from tests.analytics.gateway import payload

NOW = datetime(2026, 11, 18, 12, 30, tzinfo=UTC)


def read(**changes):
    """As it comes over the wire: floats are Decimals."""
    return call(decode(json.dumps(payload(**changes))))


def drafted(**changes):
    return check({**read(**changes).event, "api_key": "key_1"}, NOW)


def used(prompt: int, completion: int, total: int | None = None, **usage) -> dict:
    """A call's own counts, and the provider's usage beside them."""
    counts = {"prompt_tokens": prompt, "completion_tokens": completion}
    return counts | {"total_tokens": total, "metadata": {"usage_object": usage}}


def of(place: str, **counts) -> dict:
    return {place: counts}


@pytest.mark.parametrize(
    ("usage", "field", "count"),
    [
        (of("prompt_tokens_details", cached_tokens=40), "cached_input_tokens", 40),
        ({"cache_read_input_tokens": 40}, "cached_input_tokens", 40),
        (of("prompt_tokens_details", cached_tokens=0) | {"cache_read_input_tokens": 40}, "cached_input_tokens", 40),
        (of("prompt_tokens_details", cached_tokens=40.0), "cached_input_tokens", 40),
        ({"prompt_cache_hit_tokens": 40}, "cached_input_tokens", 40),
        (of("input_tokens_details", cached_tokens=40), "cached_input_tokens", 40),
        ({"cache_creation_input_tokens": 30}, "cache_write_tokens", 30),
        (of("prompt_tokens_details", cache_write_tokens=30), "cache_write_tokens", 30),
        (of("prompt_tokens_details", cache_creation_tokens=30), "cache_write_tokens", 30),
        (of("cache_creation", ephemeral_5m_input_tokens=10, ephemeral_1h_input_tokens=20), "cache_write_tokens", 30),
        (of("cache_creation", ephemeral_5m_input_tokens=10, ephemeral_1h_input_tokens=20), "cache_write_1h_tokens", 20),
        (
            {
                "cache_creation_input_tokens": 30,
                "prompt_tokens_details": {"cache_creation_token_details": {"ephemeral_1h_input_tokens": 20}},
            },
            "cache_write_1h_tokens",
            20,
        ),
        (of("completion_tokens_details", reasoning_tokens=7), "reasoning_tokens", 7),
        (of("output_tokens_details", reasoning_tokens=7), "reasoning_tokens", 7),
        ({"reasoning_tokens": 7}, "reasoning_tokens", 7),
        (of("prompt_tokens_details", audio_tokens=9), "audio_input_tokens", 9),
        (of("completion_tokens_details", audio_tokens=9), "audio_output_tokens", 9),
    ],
)
def test_each_class_is_read_where_a_provider_has_it_and_inside_its_whole(usage, field, count):
    draft = drafted(**used(100, 50, **usage))
    assert getattr(draft, field) == count
    assert (draft.input_tokens, draft.output_tokens) == (100, 50)


CACHE = {"cache_read_input_tokens": 60, "cache_creation_input_tokens": 30}


@pytest.mark.parametrize(
    ("prompt", "total", "usage", "whole"),
    [
        (100, 150, CACHE, 100),  # the total is prompt and answer: the cache is in the prompt
        (100, 240, CACHE, 190),  # the total has what neither of them has
        (100, 180, CACHE, 130),  # only what was written stands beside
        (100, 210, CACHE, 160),  # only what was read does
        (100, 777, CACHE, 100),  # a total that says nothing of the cache
        (100, None, CACHE, 100),
        (10, 60, CACHE, 100),  # more than the prompt: never counted into it
        (10, None, CACHE, 100),
        (1, 51, {"cache_read_input_tokens": 965_602, "cache_creation_input_tokens": 225}, 965_828),
        (100, 150, {}, 100),
    ],
)
def test_the_total_says_whether_the_cache_is_in_the_prompt(prompt, total, usage, whole):
    draft = drafted(**used(prompt, 50, total, **usage))
    assert draft.input_tokens == whole
    assert draft.cached_input_tokens == usage.get("cache_read_input_tokens", 0)
    assert draft.cache_write_tokens == usage.get("cache_creation_input_tokens", 0)


@pytest.mark.parametrize(
    ("usage", "field", "kept"),
    [
        (of("completion_tokens_details", reasoning_tokens=70), "reasoning_tokens", 50),
        (of("completion_tokens_details", audio_tokens=70), "audio_output_tokens", 50),
        (of("prompt_tokens_details", audio_tokens=170), "audio_input_tokens", 100),
        (of("prompt_tokens_details", cached_tokens=-5), "cached_input_tokens", 0),
        (of("completion_tokens_details", reasoning_tokens="many"), "reasoning_tokens", 0),
        (of("completion_tokens_details", reasoning_tokens=True), "reasoning_tokens", 0),
        ({"cache_creation_input_tokens": 1.5}, "cache_write_tokens", 0),
    ],
)
def test_a_part_that_cannot_be_is_cut_or_dropped_and_named(usage, field, kept):
    found, draft = read(**used(100, 50, **usage)), drafted(**used(100, 50, **usage))
    assert (getattr(draft, field), found.mended) == (kept, (field,))
    assert (draft.input_tokens, draft.output_tokens) == (100, 50)


@pytest.mark.parametrize("cost", [-0.065, 1e9, 1e300, "cheap", float("nan"), float("inf"), True, [1]])
def test_a_cost_that_is_none_is_not_stated_and_named(cost):
    assert (drafted(response_cost=cost).cost_usd, read(response_cost=cost).mended) == (None, ("cost_usd",))


@pytest.mark.parametrize(
    ("changes", "cost"),
    [
        ({"response_cost": 0.0, "cost_breakdown": {"total_cost": 0.25}}, "0.25"),
        ({"response_cost": None, "cost_breakdown": {"total_cost": 0.1 + 0.2}}, "0.3"),
        ({"response_cost": 0.5, "cost_breakdown": {"total_cost": 0.25}}, "0.5"),
        ({"response_cost": 0.0, "cost_breakdown": {"total_cost": 0.25}, "cache_hit": True}, "0"),
    ],
)
def test_a_cost_that_stands_only_as_the_sum_of_its_parts_is_read_there(changes, cost):
    assert drafted(**changes).cost_usd == Decimal(cost)


@pytest.mark.parametrize("breakdown", [None, {}, {"total_cost": 0.0}, {"total_cost": None}, [], {"input_cost": 0.1}])
def test_without_any_cost_a_call_is_not_priced(breakdown):
    assert drafted(response_cost=0.0, cost_breakdown=breakdown).cost_usd is None


@pytest.mark.parametrize(
    ("changes", "tier"),
    [
        ({}, "standard"),
        ({"cost_breakdown": {"service_tier": "priority"}}, "priority"),
        ({"cost_breakdown": {"service_tier": "flex"}, "model_parameters": {"service_tier": "auto"}}, "flex"),
        ({"model_parameters": {"service_tier": "Flex"}}, "flex"),
        ({"model_parameters": {"service_tier": "default"}}, "standard"),
        ({"metadata": {"usage_object": {"service_tier": "batch"}}}, "batch"),
        ({"model_parameters": {"service_tier": 7}}, "standard"),
        ({"model_parameters": {"service_tier": "x" * 300}}, "standard"),
        ({"model_parameters": {"service_tier": "a\x00b"}}, "standard"),
    ],
)
def test_the_tier_is_the_one_it_was_priced_by_else_the_one_asked_for(changes, tier):
    assert drafted(**changes).service_tier == tier


def test_a_count_that_a_payload_leaves_to_the_providers_usage_is_read_there():
    changes = {"prompt_tokens": None, "completion_tokens": None}
    draft = drafted(**changes)  # usage_object says 10 and 20
    assert (draft.input_tokens, draft.output_tokens) == (10, 20)
