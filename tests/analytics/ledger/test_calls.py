"""Which events tell of the same call, and which do not although they look like it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.ledger.calls import MOST_ALIKE, MOST_DEEP, MOST_OF_CALL, Key, calls, crowded, key_of
from analytics.ledger.deduplication import deduplicate
from analytics.ledger.merging import counted
from analytics.ledger.usage_event import Ties, UsageEvent
from tests import counting
from tests.analytics.ledger.test_deduplication import CANONICAL, HISTORIES
from tests.analytics.ledger.told import TEN, answered, event

SEVEN, EIGHT = {"input_tokens": 7}, {"input_tokens": 8}


def together(events, joined=()) -> list[str]:
    """The names in each call: "ab c" is a and b in one, c in another."""
    return sorted("".join(sorted(event.event_id for event in call)) for call in calls(events, CANONICAL, joined))


def hidden(events) -> set[tuple[str, Key]]:
    """The ids that tell nothing: of which kind, and whose."""
    crowds, kinds = crowded(events), ("answer", "alike", "span", "parent")
    return {(kind, key_of(event)) for event in events for kind in kinds if crowds.hide(kind, event)}


ENDS_LATE = {"ended_at": TEN + timedelta(seconds=60)}
ALIKE = {
    "at one time": ("ab", [answered("a"), answered("b", 0.5)]),
    "within a second of grace": ("ab", [answered("a"), answered("b", 1)]),
    "beyond it": ("a b", [answered("a"), answered("b", 1.000001)]),
    "one while the other lasts": ("ab", [answered("a", **ENDS_LATE), answered("b", 59)]),
    "days apart": ("a b", [answered("a"), answered("b", 2 * 86400)]),
    "of another model": ("a b", [answered("a"), answered("b", model="gpt-4o")]),
    "of one model under two names": ("ab", [answered("a"), answered("b", provider="azure", model="azure/gpt-5.5")]),
    "of two organizations": ("a b", [answered("a"), answered("b", organization_id=2)]),
    "with other counts": ("a b", [answered("a", **SEVEN), answered("b", **EIGHT)]),
    "with counts and without": ("ab", [answered("a", **SEVEN), answered("b")]),
    "without counts between two that contradict": (
        "ab c",
        [answered("a", **SEVEN), answered("b", 0.1), answered("c", 0.2, **EIGHT)],
    ),
    "other answers": ("a b", [answered("a"), answered("b", answer="msg_2")]),
    "no answer's id": ("a b", [event("a"), event("b")]),
    "a chain of overlaps": ("abc", [answered("a"), answered("b", 0.9), answered("c", 1.8)]),
    "numbered by a local server that began again": (
        "a b c",
        [answered(name, at, "chatcmpl-1", **SEVEN) for name, at in (("a", 0), ("b", 90), ("c", 600))],
    ),
    "numbered by two local servers at one time": (
        "a b",
        [answered("a", 0, "chatcmpl-1", **SEVEN), answered("b", 0, "chatcmpl-1", **EIGHT)],
    ),
    "alike in one call only": ("ab", [event("a", alike="litellm:1"), event("b", alike="litellm:1")]),
    "alike, far apart": ("a b", [event("a", alike="litellm:1"), event("b", 9, alike="litellm:1")]),
    "an answer's id is no other id": ("a b", [event("a", alike="msg_1"), answered("b")]),
}
MORE = Ties(overcounts=True)
STREAMS = {
    "of which one counts the first event twice": (
        "ab",
        [answered("a", **SEVEN, output_tokens=5), answered("b", **SEVEN, output_tokens=6, ties=MORE)],
    ),
    "of which one counts less than there was": (
        "a b",
        [answered("a", **SEVEN, output_tokens=5), answered("b", **SEVEN, output_tokens=4, ties=MORE)],
    ),
    "of which one counts more than twice what there was": (
        "a b",
        [answered("a", **SEVEN, output_tokens=5), answered("b", **SEVEN, output_tokens=11, ties=MORE)],
    ),
    "of which one counts another input": (
        "a b",
        [answered("a", **SEVEN, output_tokens=5), answered("b", **EIGHT, output_tokens=6, ties=MORE)],
    ),
    "of which both may count too much": (
        "a b",
        [answered(name, **SEVEN, output_tokens=count, ties=MORE) for name, count in (("a", 5), ("b", 6))],
    ),
    "without counts, exact and too much": (
        "abc",
        [
            answered("a", **SEVEN, output_tokens=6, ties=MORE),
            answered("b", 0.1),
            answered("c", 0.2, **SEVEN, output_tokens=5),
        ],
    ),
    "around which another counts too much": (
        "ab",
        [
            event("a", **SEVEN, output_tokens=6, ties=Ties(span="1", overcounts=True)),
            event("b", span="2", parent="1", **SEVEN, output_tokens=5),
        ],
    ),
}
SPANS = {
    "parent and child": ("ab", [event("a", span="1"), event("b", span="2", parent="1")]),
    "parent and child that contradict": (
        "a b",
        [event("a", span="1", **SEVEN), event("b", span="2", parent="1", **EIGHT)],
    ),
    "of another model": ("a b", [event("a", span="1"), event("b", span="2", parent="1", model="gpt-4o")]),
    "siblings": ("a b", [event("a", span="1", parent="0"), event("b", span="2", parent="0")]),
    "a tool between": ("a b", [event("a", span="1"), event("b", span="3", parent="2 of a tool")]),
    "a chain of three": (
        "abc",
        [event("a", span="1"), event("b", span="2", parent="1", **SEVEN), event("c", span="3", parent="2")],
    ),
    "a child whose clock is behind": ("ab", [event("a", 5, span="1"), event("b", 0, span="2", parent="1")]),
    "a failure of which the parent does not know the model": (
        "ab",
        [
            event("a", span="1", is_error=True, model="unknown"),
            event("b", span="2", parent="1", is_error=True),
        ],
    ),
    "an answer of which the parent does not know the model": (
        "a b",
        [event("a", span="1", model="unknown"), event("b", span="2", parent="1", is_error=True)],
    ),
    "its own parent": ("a", [event("a", span="1", parent="1")]),
    "parents of each other": ("ab", [event("a", span="1", parent="2"), event("b", span="2", parent="1")]),
    "a parent with a failed try and the one it repeats": (
        "ac b",
        [
            event("a", span="1", **SEVEN),
            event("b", 1, span="2", parent="1", is_error=True),
            event("c", 2, span="3", parent="1", **SEVEN),
        ],
    ),
    "a parent that is none of its children": (
        "a b c",
        [
            event("a", span="1", input_tokens=15),
            event("b", 1, span="2", parent="1", **SEVEN),
            event("c", 2, span="3", parent="1", **EIGHT),
        ],
    ),
    "a parent without counts of several": (
        "a b c",
        [event("a", span="1"), *(event(name, span=name, parent="1", **SEVEN) for name in "bc")],
    ),
    "a parent of two that are one call": (
        "abc",
        [
            event("a", span="1"),
            *(event(name, span=name, parent="1", response_id="msg_1", **SEVEN) for name in "bc"),
        ],
    ),
    "inside out, though all began at once": (
        "abd c",
        [
            event("a", span="1", **SEVEN),
            event("b", span="2", parent="1"),
            event("c", span="3", parent="1", **EIGHT),
            event("d", span="4", parent="2", **SEVEN),
        ],
    ),
}


@pytest.mark.parametrize(("expected", "events"), [*ALIKE.values(), *STREAMS.values(), *SPANS.values()])
def test_events_are_one_call_or_not(expected, events):
    assert together(events) == together(list(reversed(events))) == expected.split()


@pytest.mark.parametrize("renamed", [str.lower, lambda name: {"a": "d", "b": "c", "c": "b", "d": "a"}[name]])
def test_of_spans_that_began_at_once_names_do_not_decide(renamed):
    _expected, events = SPANS["inside out, though all began at once"]
    found = together([replace(event, event_id=renamed(event.event_id)) for event in events])
    assert sorted(map(len, found)) == [1, 3]


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(events=HISTORIES, data=st.data())
def test_the_order_in_which_events_stand_does_not_matter(events, data):
    distinct = list({key_of(event): event for event in events}.values())
    assert together(data.draw(st.permutations(distinct))) == together(distinct)


@pytest.mark.parametrize("count", [MOST_ALIKE, MOST_ALIKE + 1])
@pytest.mark.parametrize("kind", ["answer", "alike", "children"])
def test_what_too_many_share_at_one_time_tells_nothing(kind, count):
    shared = {"answer": {"response_id": "chatcmpl-1"}, "alike": {"alike": "x"}, "children": {"parent": "1"}}[kind]
    answer = {"response_id": "msg_1"} if kind == "children" else {}
    events = [event(str(number), number / 2, **shared) for number in range(count)]
    parent = [event("parent", span="1", **answer)] if kind == "children" else []
    few = kind != "children" and count <= MOST_ALIKE
    assert len(calls([*parent, *events], CANONICAL)) == (1 if few else count + len(parent))
    assert len(hidden([*parent, *events])) == (0 if count <= MOST_ALIKE else count + len(parent))


def test_what_is_joined_already_stays_so_whatever_it_says():
    events = [answered("a", **SEVEN), answered("b", 900, "msg_2", **EIGHT)]
    assert together(events, [(key_of(events[0]), key_of(events[1]))]) == ["ab"]
    assert counted(events, lambda event: event).input_tokens == 7


def chain(count: int) -> list[UsageEvent]:
    """Spans, each inside the one before."""
    return [event(f"{place:03}", span=f"t-{place}", parent=f"t-{place - 1}", **SEVEN) for place in range(count)]


def answers_in_a_chain(count: int) -> list[UsageEvent]:
    """Answers that two spans tell of, the second of each around the first of the next: no span is deep."""
    ties = [Ties(span=f"t-{place}") if place % 2 else Ties(parent=f"t-{place - 1}") for place in range(count)]
    return [answered(f"{place:03}", answer=f"msg_{place // 2}", ties=tie, **SEVEN) for place, tie in enumerate(ties)]


def test_a_long_chain_of_spans_is_looked_at_a_few_times_each():
    many = 400
    asked = counting.calls(lambda: calls(chain(many), CANONICAL))
    assert asked["analytics.ledger.calls.key_of"] < 40 * many


@pytest.mark.parametrize(("count", "found"), [(MOST_DEEP, 1), (MOST_DEEP + 1, MOST_DEEP + 1)])
def test_of_spans_too_deep_inside_one_another_who_is_inside_whom_tells_nothing(count, found):
    spans = chain(count)
    assert len(calls(spans, CANONICAL)) == found
    assert hidden(spans) == (
        {(kind, key_of(span)) for span in spans for kind in ("span", "parent")} if found > 1 else set()
    )


def test_a_shallow_chain_beside_a_deep_one_is_one_call():
    beside = [event(f"b{place}", span=f"b-{place}", parent=f"b-{place - 1}", **SEVEN) for place in range(3)]
    found = calls([*chain(MOST_DEEP + 1), *beside], CANONICAL)
    assert sorted(map(len, found)) == [1] * (MOST_DEEP + 1) + [3]


def test_a_call_has_no_more_events_than_are_allowed_however_they_are_tied():
    assert list(map(len, calls(answers_in_a_chain(MOST_OF_CALL), CANONICAL))) == [MOST_OF_CALL]
    sizes = list(map(len, calls(answers_in_a_chain(3 * MOST_OF_CALL), CANONICAL)))
    assert max(sizes) <= MOST_OF_CALL
    assert sum(sizes) == 3 * MOST_OF_CALL


def test_what_became_of_the_events_of_a_large_call_is_found_in_a_few_looks_at_each():
    told = answers_in_a_chain(MOST_OF_CALL)
    asked = counting.calls(lambda: deduplicate(told, {}, CANONICAL, lambda event: event))
    looks = [count for name, count in asked.items() if name.startswith("analytics.ledger.deduplication.")]
    assert sum(looks) < 40 * len(told)
