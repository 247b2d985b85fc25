"""What LiteLLM logs of tokens: every class of them, inside its whole, and what of it cannot be used."""

from decimal import Decimal

import pytest

from analytics.ingest.litellm_tokens import PARTS, is_count, tokens, unusable
from tests.analytics.gateway import drafted, read


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


def test_a_count_that_a_payload_leaves_to_the_providers_usage_is_read_there():
    changes = {"prompt_tokens": None, "completion_tokens": None}
    draft = drafted(**changes)  # usage_object says 10 and 20
    assert (draft.input_tokens, draft.output_tokens) == (10, 20)


def cached(details: dict | None, prompt: int = 10, **usage) -> dict:
    return {"prompt_tokens": prompt, "metadata": {"usage_object": {"prompt_tokens_details": details, **usage}}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (cached(None), (10, 0)),
        (cached({"cached_tokens": None}), (10, 0)),
        (cached({"cached_tokens": 4}), (10, 4)),
        (cached({"cached_tokens": 4}, cache_read_input_tokens=4), (10, 4)),
        (cached(None, cache_read_input_tokens=6), (10, 6)),
        (cached({"cached_tokens": 10}), (10, 10)),
        (cached({"cached_tokens": 90}), (100, 90)),  # not part of the prompt's: both are input
        ({"metadata": {"usage_object": None}}, (10, 0)),
        ({"metadata": {"usage_object": None}, "prompt_tokens": None}, (0, 0)),
    ],
)
def test_cached_tokens_are_part_of_the_input_and_counted_once(changes, expected):
    draft = drafted(**changes)
    assert (draft.input_tokens, draft.cached_input_tokens) == expected


@pytest.mark.parametrize("value", [0, 7, 10**30])
def test_a_whole_number_that_is_not_below_zero_is_a_count(value):
    assert is_count(value)


@pytest.mark.parametrize("value", [-1, 1.0, Decimal(1), True, "1", None, [1]])
def test_nothing_else_is_a_count(value):
    assert not is_count(value)


def told(usage: dict, **counts: object) -> dict:
    """What is not named below is 0."""
    return {name: value for name, value in tokens(counts, usage).items() if value}


MONSTROUS = Decimal("1e999999999")


@pytest.mark.parametrize(
    ("usage", "counted"),
    [
        ({"prompt_tokens_details": {"cached_tokens": "x"}, "cache_read_input_tokens": 4}, {"cached_input_tokens": 4}),
        ({"prompt_tokens_details": {"cached_tokens": "x"}}, {"cached_input_tokens": "x"}),
        ({"prompt_tokens_details": [7], "cache_read_input_tokens": 4}, {"cached_input_tokens": 4}),
        ({"cache_creation": {"ephemeral_5m_input_tokens": 3}}, {"cache_write_tokens": 3}),
        ({"cache_creation": {"ephemeral_5m_input_tokens": "x"}}, {}),
        ({"reasoning_tokens": Decimal("10.0")}, {"reasoning_tokens": 10}),
        ({"reasoning_tokens": Decimal("10.5")}, {"reasoning_tokens": Decimal("10.5")}),
        ({"reasoning_tokens": MONSTROUS}, {"reasoning_tokens": MONSTROUS}),
    ],
)
def test_of_several_places_the_first_that_is_a_count_is_read_else_what_stands_there(usage, counted):
    assert told(usage) == counted


@pytest.mark.parametrize("total", [None, "90", MONSTROUS, Decimal("-1e999999999"), True])
def test_a_total_that_is_no_count_moves_nothing(total):
    counted = {"input_tokens": 10, "output_tokens": 5, "cached_input_tokens": 90}
    usage = {"cache_read_input_tokens": 90}
    assert told(usage, prompt_tokens=10, completion_tokens=5, total_tokens=total) == counted
    assert told(usage, prompt_tokens=10, completion_tokens=5, total_tokens=105.0)["input_tokens"] == 100


def test_parts_that_are_no_counts_are_dropped_and_named_and_sums_are_left():
    event = dict.fromkeys(PARTS, 3) | {"input_tokens": "x", "reasoning_tokens": "many", "audio_input_tokens": -1}
    assert list(unusable(event)) == ["reasoning_tokens", "audio_input_tokens"]
    assert event == dict.fromkeys(PARTS, 3) | {"input_tokens": "x", "reasoning_tokens": 0, "audio_input_tokens": 0}
