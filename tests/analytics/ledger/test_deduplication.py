"""A call told twice and oftener, in every order: what counts follows from what is known, not from who came first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise, permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.ledger.calls import key_of
from analytics.ledger.deduplication import SAID, Entry, deduplicate, unchanging
from analytics.ledger.usage_event import Ties, UsageEvent
from tests.analytics.ledger.told import BLANK, KNOWS, SENDERS, TEN, Call, Prices, counted, estimated

PRICES = Prices(Decimal("0.000002"))
CANONICAL = {
    ("openai", "gpt-5.5"): "gpt-5.5",
    ("azure", "azure/gpt-5.5"): "gpt-5.5",
    ("unknown", "gpt-5.5"): "gpt-5.5",
    ("openai", "gpt-4o"): "gpt-4o",
    ("openai", "unknown"): "unknown",
}


def rows(entries: Mapping[tuple, Entry]) -> list[tuple]:
    """All that counts of some rows of the log."""
    return [
        (key, entry.counted, entry.counted_by, entry.others, entry.said.void) for key, entry in sorted(entries.items())
    ]


class Log:
    """The request log in memory: every batch may read all of it."""

    def __init__(self, prices: Prices = PRICES) -> None:
        self.entries: dict[tuple, Entry] = {}
        self.prices = prices

    def take(self, *events: UsageEvent) -> list[tuple[str, tuple[str, ...]]]:
        settled = deduplicate(events, self.entries, CANONICAL, lambda event: estimated(event, self.prices))
        self.entries |= {key_of(after.said): after for _before, after in settled.changed}
        return [(became.outcome, became.fields) for became in settled.decided]

    @property
    def counted(self) -> list[UsageEvent]:
        return [entry.counted for _key, entry in sorted(self.entries.items()) if entry.counted]

    @property
    def rows(self) -> list[tuple]:
        return rows(self.entries)


def splits(events: Sequence) -> Iterable[list[Sequence]]:
    """Every way to cut a sequence into batches."""
    for cuts in product((False, True), repeat=len(events) - 1):
        edges = [0, *(place for place, cut in enumerate(cuts, 1) if cut), len(events)]
        yield [events[start:end] for start, end in pairwise(edges)]


def every_way(events: Sequence[UsageEvent]) -> Iterable[Log]:
    """The log after every order of the events, in every split into batches, and all of it sent again."""
    for order in permutations(events):
        for batches in splits(order):
            log = Log()
            for batch in batches:
                log.take(*batch)
            before = log.rows
            assert {outcome for outcome, _fields in log.take(*order)} == {"repeated"}
            assert log.rows == before
            yield log


@pytest.mark.parametrize("answer", ["msg_1", ""])
@pytest.mark.parametrize(("one", "other"), list(product(KNOWS, KNOWS)))
def test_a_call_told_by_a_span_and_the_one_inside_is_counted_once(one, other, answer):
    told = [Call(answer=answer).told("span", one), Call(answer=answer).told("child", other)]
    assert all(log.counted == [counted(told, PRICES)] for log in every_way(told))


@pytest.mark.parametrize(("first", "second"), [pair for pair in product(SENDERS, SENDERS) if pair[0] < pair[1]])
@pytest.mark.parametrize(("one", "other"), list(product(KNOWS, KNOWS)))
def test_a_call_that_two_tell_of_is_counted_once_with_what_either_knows(first, second, one, other):
    call = Call(answer="msg_1")
    told = [call.told(first, one), call.told(second, other)]
    assert all(log.counted == [counted(told, PRICES)] for log in every_way(told))


@pytest.mark.parametrize("known", [("counts", "a cost", "an error"), ("nothing", "counts and a cost", "counts")])
@pytest.mark.parametrize("senders", list(permutations(SENDERS, 3)))
def test_a_call_that_three_tell_of_is_counted_once(senders, known):
    told = [Call(answer="msg_1").told(sender, knows) for sender, knows in zip(senders, known, strict=True)]
    assert all(log.counted == [counted(told, PRICES)] for log in every_way(told))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_receipt_names_costs_that_differ_and_counts_the_second_as_merged(order):
    told = [Call(answer="msg_1").told(sender, "a cost") for sender in ("gateway", "litellm")]
    log = Log()
    assert log.take(told[order[0]]) == [("recorded", ())]
    assert log.take(told[order[1]]) == [("merged", ("cost_usd",))]
    assert [event.cost for event in log.counted] == [Decimal("0.2")]  # the gateway that charges


@pytest.mark.parametrize("field", [name for name in SAID if name not in ("cost_usd", "api_key")])
def test_the_same_event_with_another_value_contradicts_and_the_first_stays(field):
    other = {
        **dict.fromkeys(("provider", "model"), "other"),
        **{"service_tier": "batch", "status": True, "response_id": "x", "ended_at": TEN + timedelta(seconds=9)},
    }
    event = Call().told("gateway", "counts")
    log = Log()
    log.take(event)
    changed = replace(event, **{SAID[field]: other.get(field, 7)})
    assert log.take(changed) == [("conflicting", (field,))]
    assert log.counted == [counted([event], PRICES)]


WORDS = {
    "a cost where none was known": ({}, {"cost": Decimal(3)}, ("updated", ())),
    "a cost left out again": ({"cost": Decimal(3)}, {}, ("repeated", ())),
    "another cost": ({"cost": Decimal(3)}, {"cost": Decimal(4)}, ("conflicting", ("cost_usd",))),
    "a cost and something else": ({}, {"cost": Decimal(3), "is_error": True}, ("conflicting", ("cost_usd", "status"))),
    "a higher revision": ({"revision": 1}, {"revision": 2, "output_tokens": 9}, ("updated", ())),
    "a lower revision": ({"revision": 2}, {"revision": 1, "output_tokens": 9}, ("outdated", ())),
    "void": ({"revision": 1}, {"revision": 2, "void": True}, ("updated", ())),
    "void of the same revision": ({"revision": 1}, {"revision": 1, "void": True}, ("conflicting", ("void",))),
    "void again": ({"revision": 1, "void": True}, {"revision": 1, "void": True}, ("repeated", ())),
    "late, after the void": ({"revision": 2, "void": True}, {"revision": 1}, ("outdated", ())),
    "back after the void": ({"revision": 2, "void": True}, {"revision": 3}, ("updated", ())),
}


@pytest.mark.parametrize(("known", "new", "became"), WORDS.values(), ids=WORDS)
def test_what_is_told_after_what_is_known_becomes(known, new, became):
    event = Call().told("gateway", "counts")
    log = Log()
    log.take(replace(event, **known))
    assert log.take(replace(event, **new)) == [became]


def test_an_estimate_stays_what_it_was_while_nothing_else_changes():
    told = [Call(answer="msg_1").told(sender, "counts") for sender in ("gateway", "log")]
    log = Log()
    log.take(told[0])
    before = log.counted[0].cost
    free = deduplicate(told[1:], log.entries, CANONICAL, lambda event: replace(event, cost=Decimal(99)))
    assert [entry.counted.cost for _before, entry in free.changed if entry.counted] == [before]


def test_what_was_merged_stays_merged_when_nobody_knows_why_any_more():
    told = [Call(answer="msg_1").told(*pair) for pair in (("gateway", "counts"), ("log", "a cost"))]
    log = Log()
    log.take(*told)
    forgetful = {
        key: replace(entry, tied=False, said=replace(entry.said, ties=Ties(), response_id=""))
        for key, entry in log.entries.items()
    }
    for place, changes in ((0, {"is_error": True}), (1, {"output_tokens": 9, "input_tokens": 9})):
        log.entries = forgetful
        assert log.take(replace(told[place], revision=1, **changes))[0][0] == "updated"
        assert [event.cost for event in log.counted] == [Decimal("0.5")]


def test_a_call_whose_row_is_pruned_is_not_counted_anew():
    told = [Call(answer="msg_1").told(*pair) for pair in (("gateway", "counts"), ("span", "counts"), ("log", "a cost"))]
    log = Log()
    log.take(*told[:2])
    del log.entries[key_of(told[0])]
    assert log.take(told[2]) == [("merged", ())]
    assert log.counted == []
    assert log.take(replace(told[1], revision=1, is_error=True)) == [("updated", ())]
    assert log.counted == []


# --- whatever events there are ---

FEW = st.sampled_from
VERSIONS = st.builds(
    lambda name, at, answer, alike, span, parent, counts, model, length, **said: replace(
        BLANK,
        occurred_at=TEN + timedelta(seconds=at),
        ended_at=TEN + timedelta(seconds=at + length),
        response_id=answer,
        event_id=name,
        ties=Ties(span, parent, alike, said.pop("charges"), said.pop("overcounts")),
        provider=model[0],
        model=model[1],
        input_tokens=min(counts, 8),
        output_tokens=counts,
        **said,
    ),
    name=FEW("abcd"),
    at=FEW([0, 0.5, 2, 5]),
    length=FEW([0, 1, 4]),
    answer=FEW(["", "msg_1", "msg_1", "msg_2"]),
    alike=FEW(["", "", "x"]),
    span=FEW(["", "s1", "s2", "s3"]),
    parent=FEW(["", "s1", "s2"]),
    counts=FEW([0, 7, 8, 9]),
    reasoning_tokens=FEW([0, 0, 1]),
    model=FEW(sorted(CANONICAL)),
    charges=st.booleans(),
    overcounts=st.booleans(),
    cost=FEW([None, Decimal(1), Decimal(2)]),
    is_error=st.booleans(),
    revision=FEW([0, 1, 2]),
    void=FEW([False, False, False, True]),
)


def _version(event: UsageEvent) -> tuple:
    return (*key_of(event), event.revision)


HISTORIES = st.lists(VERSIONS, min_size=1, max_size=9, unique_by=_version)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(events=HISTORIES, data=st.data())
def test_no_order_and_no_split_into_batches_matters(events, data):
    whole, parted = Log(), Log()
    whole.take(*events)
    order = data.draw(st.permutations(events))
    cut = data.draw(st.integers(0, len(events)))
    for batch in (order[:cut], *([event] for event in order[cut:])):
        parted.take(*batch)
    assert parted.rows == whole.rows


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(events=HISTORIES, data=st.data())
def test_what_tells_nothing_new_can_be_left_out(events, data):
    log = Log()
    log.take(*events)
    sent = data.draw(st.lists(FEW(events) | VERSIONS, max_size=9))
    early = unchanging(sent, log.entries)
    whole, rest = (
        deduplicate(some, log.entries, CANONICAL, lambda event: estimated(event, PRICES))
        for some in (sent, [event for place, event in enumerate(sent) if place not in early])
    )
    assert {place: whole.decided[place] for place in early} == early
    assert rest.changed == whole.changed
