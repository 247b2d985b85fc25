"""Which events are one call where one side knows of thinking that the other leaves out: in every order, of one id."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from analytics.ledger.calls import calls
from analytics.ledger.merging import counted
from analytics.ledger.usage_event import Ties, UsageEvent

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
THINKS = UsageEvent(
    "log", NOON, 1, 1, 1, 1, "gemini", "gemini-2.5-pro", 1000, 200, reasoning_tokens=64, response_id="r1"
)
SPEAKS = replace(THINKS, event_id="span", output_tokens=136, reasoning_tokens=0)
SILENT = replace(THINKS, event_id="bare", input_tokens=0, output_tokens=0, reasoning_tokens=0)
NAMES = {("gemini", "gemini-2.5-pro"): "gemini-2.5-pro"}


def told(*events: UsageEvent) -> list[tuple]:
    """Of each call its events' ids, and input, output and thinking."""
    found = [(sorted(one.event_id for one in call), counted(call, lambda one: one)) for call in calls(events, NAMES)]
    return sorted((ids, one.input_tokens, one.output_tokens, one.reasoning_tokens) for ids, one in found)


@pytest.mark.parametrize("order", [*permutations((THINKS, SPEAKS, SILENT))])
def test_the_thinking_that_one_side_leaves_out_is_no_contradiction(order):
    assert told(*order) == [(["bare", "log", "span"], 1000, 200, 64)]


@pytest.mark.parametrize("thinks_first", [True, False])
def test_nor_is_it_between_a_span_and_what_is_inside(thinks_first):
    first, second = (THINKS, SPEAKS) if thinks_first else (SPEAKS, THINKS)
    outside = replace(first, response_id="", ties=Ties(span="a"))
    inside = replace(second, response_id="", ties=Ties(span="b", parent="a"))
    assert told(outside, inside) == [(["log", "span"], 1000, 200, 64)]


APART = {
    "another input": {"input_tokens": 999},
    "another output": {"output_tokens": 137},
    "thinking of its own": {"reasoning_tokens": 10},
    "another time": {"occurred_at": LATER},
    "another answer": {"response_id": "r2"},
}


@pytest.mark.parametrize("changes", APART.values(), ids=APART)
def test_what_differs_in_anything_else_is_another_call(changes):
    assert len(told(THINKS, replace(SPEAKS, **changes))) == 2


def test_each_of_two_calls_finds_its_own():
    pairs = (THINKS, SPEAKS, replace(THINKS, event_id="l2", occurred_at=LATER))
    assert [ids for ids, *_ in told(*pairs, replace(SPEAKS, event_id="s2", occurred_at=LATER))] == [
        ["l2", "s2"],
        ["log", "span"],
    ]
