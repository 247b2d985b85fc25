"""What becomes of events that the log may know: new, replaced, merged, repeated, contradicting, out of date. Pure.

An `Entry` is a row of the log: what its event says, and what counts for it. The result does not depend on the order in
which events come, nor on how they are spread over batches.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from analytics.ledger.calls import Key, calls, key_of
from analytics.ledger.merging import Estimate, costs_differ, counted
from analytics.ledger.usage_event import TOKENS, UsageEvent
from analytics.models import CostSource

Outcome = Literal["recorded", "updated", "merged", "repeated", "outdated", "conflicting"]

# What an event says, by the names of its fields as they are sent.
SAID = {
    "api_key": "api_key_id",
    "provider": "provider",
    "model": "model",
    **{name: name for name in TOKENS},
    "service_tier": "service_tier",
    "cost_usd": "cost",
    "status": "is_error",
    "response_id": "response_id",
    "ended_at": "ended_at",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the log. `counted` is what the sums have of it; None: it is void, or `counted_by` counts its call.

    `others` are those that the row counts beside its own event.
    """

    said: UsageEvent
    counted: UsageEvent | None
    counted_by: Key | None = None
    others: tuple[Key, ...] = ()
    tied: bool = True  # False: by what it was known as one of several is forgotten


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one event; `fields` are those that contradict what is known."""

    outcome: Outcome
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """One `Decided` for each event, in order, and the rows that change: (before, after), before None of a new one."""

    decided: tuple[Decided, ...]
    changed: tuple[tuple[Entry | None, Entry], ...]


def deduplicate(
    events: Sequence[UsageEvent],
    known: Mapping[Key, Entry],
    canonical: Mapping[tuple[str, str], str],
    estimate: Estimate,
) -> Settled:
    """`known` has every row of the log that the events, or what they are tied to, can change."""
    said = {key: entry.said for key, entry in known.items()}
    decided: list[Decided] = []
    came: dict[Key, int] = dict.fromkeys(known, -1)
    for index, event in enumerate(events):
        key = key_of(event)
        outcome, said[key] = decide(said.get(key), event)
        came.setdefault(key, index)
        decided.append(outcome)
    after = _entries(said, known, canonical, estimate)
    in_call: dict[Key, list[Key]] = {}
    for key, entry in after.items():
        in_call.setdefault(entry.counted_by or key, []).append(key)
    # Once for each call, not for each of its events: thousands may be of one.
    earliest = {by: min((came[key], key) for key in members) for by, members in in_call.items()}
    differ = {by for by, members in in_call.items() if costs_differ(said[key] for key in members if not said[key].void)}
    for index, event in enumerate(events):
        key = key_of(event)
        by = after[key].counted_by or key
        came_first, first = earliest[by]
        if decided[index].outcome == "recorded" and first != key and came_first < index:
            decided[index] = Decided("merged")
        joins = decided[index].outcome in ("merged", "updated") and len(in_call[by]) > 1
        if joins and by in differ:
            decided[index] = replace(decided[index], fields=("cost_usd",))
    changed = tuple((known.get(key), entry) for key, entry in sorted(after.items()) if known.get(key) != entry)
    return Settled(tuple(decided), changed)


def unchanging(events: Sequence[UsageEvent], stored: Mapping[Key, Entry]) -> dict[int, Decided]:
    """What became of those, by their places, that tell nothing new of a row of the log: no row changes with them."""
    decided = {
        index: decide(stored[key_of(event)].said, event)[0]
        for index, event in enumerate(events)
        if key_of(event) in stored
    }
    changing = {key_of(events[index]) for index, outcome in decided.items() if outcome.outcome == "updated"}
    return {index: outcome for index, outcome in decided.items() if key_of(events[index]) not in changing}


def decide(stored: UsageEvent | None, event: UsageEvent) -> tuple[Decided, UsageEvent]:
    """What becomes of `event` where `stored` is known under its key, and what is known then."""
    if stored is None:
        return Decided("recorded"), event
    if event.revision < stored.revision:
        return Decided("outdated"), stored
    if event.revision > stored.revision:
        # What takes it out of the sums need not repeat what it was.
        return Decided("updated"), replace(stored, revision=event.revision, void=True) if event.void else event
    return _again(stored, event)


def _again(stored: UsageEvent, event: UsageEvent) -> tuple[Decided, UsageEvent]:
    """The same event in the same revision: what it leaves open contradicts nothing."""
    if event.void or stored.void:
        return (Decided("repeated") if event.void == stored.void else Decided("conflicting", ("void",))), stored
    fields = tuple(
        name
        for name, field in SAID.items()
        if getattr(event, field) != getattr(stored, field) and not (field == "cost" and event.cost is None)
    )
    if fields == ("cost_usd",) and stored.cost is None:
        return Decided("updated"), replace(stored, cost=event.cost)
    return (Decided("conflicting", fields) if fields else Decided("repeated")), stored


def _entries(
    said: Mapping[Key, UsageEvent],
    known: Mapping[Key, Entry],
    canonical: Mapping[tuple[str, str], str],
    estimate: Estimate,
) -> dict[Key, Entry]:
    """The rows as they must be now."""
    after = {key: Entry(event, None) for key, event in said.items() if event.void}
    told = [event for event in said.values() if not event.void]
    # The row that counts a call may be pruned from the log: it counts on, and nothing can change it.
    pruned = {key: entry.counted_by for key, entry in known.items() if entry.counted_by not in said}
    for call in calls(told, canonical, _forgotten(known)):
        members = tuple(map(key_of, call))
        if by := min(filter(None, map(pruned.get, members)), default=None):
            after |= {key: Entry(said[key], None, by) for key in members}
            continue
        first, *others = members
        counts = _kept(counted(call, lambda event: event), known.get(first), estimate)
        after |= {key: Entry(said[key], None, first) for key in others}
        after[first] = Entry(said[first], counts, others=tuple(others))
    # Whether it is forgotten by what a row is known is no change of the row.
    return {key: replace(entry, tied=known[key].tied) if key in known else entry for key, entry in after.items()}


def _forgotten(known: Mapping[Key, Entry]) -> list[tuple[Key, Key]]:
    """Pairs that are one call, and of which at least one does not know any more why."""
    pairs = [(key, other) for key, entry in known.items() for other in entry.others]
    return [(key, other) for key, other in pairs if not (known[key].tied and other in known and known[other].tied)]


def _kept(counts: UsageEvent, stored: Entry | None, estimate: Estimate) -> UsageEvent:
    """With its estimate; and that stays as it was, whatever prices are today, where nothing else changed."""
    if counts.cost is not None:
        return counts
    before = stored.counted if stored else None
    if before and replace(before, cost=None, cost_source=CostSource.SENT) == counts:
        stated = before.cost is not None and before.cost_source == CostSource.SENT
        if not stated:
            return before
    return estimate(counts)
