"""What counts for the events of one call: each thing from whoever knows it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from analytics.ledger.merging import SAME_COST, costs_differ, counted
from analytics.ledger.usage_event import Ties, UsageEvent
from analytics.models import CostSource
from tests.analytics.ledger.told import answered, event

SEVEN = {"input_tokens": 7}
MORE = Ties(overcounts=True)
CHARGES = Ties(charges=True)


def whole(*call: UsageEvent) -> UsageEvent:
    """Where nobody knows a price."""
    return counted(call, lambda one: one)


def a_cent_a_token(one: UsageEvent) -> UsageEvent:
    return replace(one, cost=Decimal(one.input_tokens + one.output_tokens) / 100, cost_source=CostSource.BOOK)


def test_an_event_that_is_alone_counts_as_it_is():
    alone = answered("a", **SEVEN, cost=Decimal(3), ties=MORE)
    assert counted([alone], a_cent_a_token) is alone
    assert counted([replace(alone, cost=None)], a_cent_a_token).cost == Decimal("0.07")


def test_the_call_is_where_and_when_its_earliest_event_is():
    first = answered("a", project_id=5, api_key_id=6, member_id=7)
    found = whole(first, answered("b", 0.5, **SEVEN, cost=Decimal(2), is_error=True))
    assert found == replace(first, **SEVEN, cost=Decimal(2), is_error=True)


@pytest.mark.parametrize(
    ("costs", "ties", "paid"),
    [
        (("1", "2"), (Ties(), Ties()), "1"),  # the earliest
        ((None, "2"), (Ties(), Ties()), "2"),
        (("1", "2"), (Ties(), CHARGES), "2"),
        (("1", None), (Ties(), CHARGES), "1"),
        (("1", "2"), (CHARGES, CHARGES), "1"),
        (("1", "0"), (Ties(), CHARGES), "0"),  # nothing was charged
    ],
)
def test_the_cost_is_that_of_the_gateway_that_charges_or_the_first_that_is_stated(costs, ties, paid):
    call = [
        answered(name, place, **SEVEN, cost=cost and Decimal(cost), ties=tie)
        for place, (name, cost, tie) in enumerate(zip("ab", costs, ties, strict=True))
    ]
    found = counted(call, a_cent_a_token)
    assert (found.cost, found.cost_source) == (Decimal(paid), CostSource.SENT)


def test_a_cost_that_nobody_states_is_estimated_for_what_the_whole_call_used():
    found = counted([answered("a"), answered("b", 0.5, **SEVEN, output_tokens=3)], a_cent_a_token)
    assert (found.cost, found.cost_source) == (Decimal("0.1"), CostSource.BOOK)


@pytest.mark.parametrize(
    ("costs", "differ"),
    [
        ([], False),
        ([None, None], False),
        ([None, 1], False),
        ([1, 1], False),
        ([1, 1 + SAME_COST], False),
        ([1, 1 + 2 * SAME_COST], True),
        ([2, None, 1], True),
        ([0, 1], True),
    ],
)
def test_costs_differ_by_more_than_two_programs_numbers_may(costs, differ):
    call = [answered(str(place), cost=None if cost is None else Decimal(cost)) for place, cost in enumerate(costs)]
    assert costs_differ(call) is differ


@pytest.mark.parametrize(
    ("tiers", "tier"),
    [(("standard", "standard"), "standard"), (("standard", "flex"), "flex"), (("batch", "flex"), "batch")],
)
def test_the_tier_is_the_first_that_anybody_names(tiers, tier):
    assert (
        whole(*(answered(name, service_tier=one) for name, one in zip("ab", tiers, strict=True))).service_tier == tier
    )


@pytest.mark.parametrize(
    ("first", "second", "named"),
    [
        ({"provider": "litellm"}, {"provider": "azure"}, ("azure", "gpt-5.5")),
        ({"provider": "unknown"}, {"provider": "azure"}, ("azure", "gpt-5.5")),
        ({"provider": "litellm", **SEVEN}, {"provider": "azure"}, ("azure", "gpt-5.5")),
        ({"provider": "openai"}, {"provider": "azure"}, ("openai", "gpt-5.5")),
        ({"provider": "openai"}, {"provider": "azure", **SEVEN}, ("azure", "gpt-5.5")),
        ({"model": "gpt-5.5-2026-04-23"}, {"provider": "litellm", **SEVEN}, ("openai", "gpt-5.5-2026-04-23")),
    ],
)
def test_provider_and_model_are_those_of_who_knows_the_provider_and_then_the_counts(first, second, named):
    found = whole(answered("a", **first), answered("b", 0.5, **second))
    assert (found.provider, found.model) == named


def test_the_output_of_who_counts_exactly_goes_before_that_of_who_counts_too_much():
    first = answered("a", **SEVEN, output_tokens=6, cached_input_tokens=3, reasoning_tokens=6, ties=MORE)
    whole = counted([first, answered("b", **SEVEN, output_tokens=5)], lambda event: event)
    assert (whole.output_tokens, whole.cached_input_tokens, whole.reasoning_tokens) == (5, 3, 5)
    assert counted([first, answered("b")], lambda event: event).output_tokens == 6


def test_the_model_of_a_failure_is_the_one_that_anybody_knows():
    first = event("a", span="1", is_error=True, model="unknown")
    second = event("b", 1, span="2", parent="1", is_error=True, model="gpt-5.5")
    assert counted([first, second], lambda event: event).model == "gpt-5.5"


def test_parts_never_exceed_the_whole_that_counts():
    first = answered("a", input_tokens=10, output_tokens=4, cached_input_tokens=8, reasoning_tokens=1)
    second = answered("b", input_tokens=10, output_tokens=4, cache_write_tokens=7, cache_write_1h_tokens=7)
    other = answered("c", input_tokens=99, output_tokens=99, cached_input_tokens=99, reasoning_tokens=99)
    whole = counted([first, second, other], lambda event: event)
    assert whole.cached_input_tokens + whole.cache_write_tokens <= whole.input_tokens == 10
    assert whole.cache_write_1h_tokens <= whole.cache_write_tokens
    assert whole.reasoning_tokens == 1


@pytest.mark.parametrize("part", ["reasoning_tokens", "audio_input_tokens", "audio_output_tokens"])
def test_of_each_part_the_most_that_anybody_knows_counts_up_to_its_whole(part):
    counts = {"input_tokens": 7, "output_tokens": 7}
    call = [answered("a", **counts), answered("b", 0.5, **counts, **{part: 5})]
    assert getattr(whole(*call), part) == 5
    assert getattr(whole(*call, answered("c", 0.6, **counts, **{part: 9})), part) == 7


def test_caches_that_fit_into_the_input_together_are_taken_from_several():
    call = [answered("a", **SEVEN, cached_input_tokens=3), answered("b", 0.5, **SEVEN, cache_write_tokens=4)]
    found = whole(*call)
    assert (found.cached_input_tokens, found.cache_write_tokens) == (3, 4)
    more = whole(*call, answered("c", 0.6, **SEVEN, cached_input_tokens=1, cache_write_tokens=5))
    assert (more.cached_input_tokens, more.cache_write_tokens) == (1, 5)  # of the one that knows most kinds


def test_counts_that_nobody_knows_stay_unknown():
    found = whole(answered("a"), answered("b", 0.5, is_error=True))
    assert (found.input_tokens, found.output_tokens, found.is_error, found.cost) == (0, 0, True, None)
