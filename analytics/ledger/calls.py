"""Which events tell of the same call, and what the call was. Pure: events in, calls out, whatever their order.

Two events tell of the same call where they share the answer's id (or what else is alike in the same call only), their
canonical model and their time, or where one's span is the other's parent; never where their token counts contradict.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate, groupby, islice

from analytics.ledger.usage_event import UsageEvent

GRACE = timedelta(seconds=1)  # between the clocks of two senders
UNKNOWN = "unknown"  # the model of a failed call of which nobody knows it
UNNAMED = frozenset((UNKNOWN, "litellm"))  # providers that say only that nobody knew it
MOST_ALIKE = 20  # what more events than that share at one time tells no call from another
MOST_DEEP = 20  # spans of one chain, each inside the one before; in a longer one, who is inside whom tells nothing
MOST_OF_CALL = 400  # events of one call, however they are tied: no more are joined

Key = tuple[int, datetime, str]
Span = tuple[int, str]  # organization and id
Counts = tuple[int, int]


def key_of(event: UsageEvent) -> Key:
    """By what an event is known: organization, instant, id. Keys of one organization sort by time, then id."""
    return event.organization_id, event.occurred_at, event.event_id


def end_of(event: UsageEvent) -> datetime:
    return event.ended_at or event.occurred_at


def counts_of(event: UsageEvent) -> Counts | None:
    """Input and output tokens; None where the event knows none."""
    counts = event.input_tokens, event.output_tokens
    return counts if any(counts) else None


def spoken_of(event: UsageEvent) -> Counts | None:
    """The counts without the thinking, which some senders leave out; None where the event knows of none."""
    spoken = event.output_tokens - event.reasoning_tokens
    return (event.input_tokens, spoken) if event.reasoning_tokens and spoken > 0 else None


def overlap(event: UsageEvent, other: UsageEvent) -> bool:
    """Whether the two happened at the same time, give or take a second."""
    return event.occurred_at <= end_of(other) + GRACE and other.occurred_at <= end_of(event) + GRACE


@dataclass(slots=True)
class _Groups:
    """Events put together, one call a group. Two groups whose counts contradict never become one.

    Counts that differ by the thinking, of which one side knows nothing, do not; nor do those of a sender that counts
    the first event of a stream twice, where they are that much more. `loose` are groups with such counts alone.
    """

    root: dict[Key, Key]
    counts: dict[Key, Counts | None]
    spoken: dict[Key, Counts | None]
    members: dict[Key, list[UsageEvent]] = field(default_factory=dict)
    loose: set[Key] = field(default_factory=set)

    @classmethod
    def of(cls, events: Iterable[UsageEvent]) -> "_Groups":
        groups = cls({}, {}, {})
        for event in events:
            key = key_of(event)
            groups.root[key], groups.members[key] = key, [event]
            groups.counts[key], groups.spoken[key] = counts_of(event), spoken_of(event)
            groups.loose.update({key} if event.ties.overcounts else ())
        return groups

    def of_event(self, event: UsageEvent) -> Key:
        """Each is looked up by way of those it was joined to; the way is shortened while it is gone."""
        key = key_of(event)
        while (further := self.root[key]) != key:
            self.root[key] = key = self.root[further]
        return key

    def agree(self, first: Key, second: Key) -> bool:
        counts, others = self.counts[first], self.counts[second]
        if counts is None or others is None or counts == others:
            return True
        if (first in self.loose) != (second in self.loose):
            more, exact = (counts, others) if first in self.loose else (others, counts)
            return more[0] == exact[0] and exact[1] < more[1] <= 2 * exact[1]
        spoken = self.spoken[first], self.spoken[second]
        return spoken in ((others, None), (None, counts))

    def may_join(self, first: Key, second: Key) -> bool:
        few = len(self.members[first]) + len(self.members[second]) <= MOST_OF_CALL
        return few and self.agree(first, second)

    def join(self, event: UsageEvent, other: UsageEvent, *, whatever: bool = False) -> None:
        first, second = sorted((self.of_event(event), self.of_event(other)))
        if first == second or not (whatever or self.may_join(first, second)):
            return
        exact = self.counts[second] is not None and second not in self.loose
        if self.counts[first] in (None, self.spoken[second]) or (first in self.loose and exact):
            self.counts[first] = self.counts[second]
            (self.loose.add if second in self.loose else self.loose.discard)(first)
        self.spoken[first] = self.spoken[first] or self.spoken[second]
        self.root[second] = first
        fewer, more = sorted((self.members[first], self.members.pop(second)), key=len)
        more.extend(fewer)  # not the other way: of a chain of thousands each would be moved thousands of times
        self.members[first] = more


def calls(
    events: Sequence[UsageEvent], canonical: Mapping[tuple[str, str], str], joined: Iterable[tuple[Key, Key]] = ()
) -> list[list[UsageEvent]]:
    """The events of each call, the earliest first. `joined` pairs are one call whatever they say.

    `canonical` is the canonical model of every provider and name among the events.
    """
    ordered = sorted(events, key=key_of)
    groups = _Groups.of(ordered)
    known = {key_of(event): event for event in ordered}
    for key, other in sorted(joined):
        if key in known and other in known:
            groups.join(known[key], known[other], whatever=True)
    names = {key_of(event): canonical[event.provider, event.model] for event in ordered}
    for kind in KINDS:
        for chain in _chains(ordered, kind):
            if len(chain) <= MOST_ALIKE:
                for same in _of_each_model(chain, names):
                    _join_in_time(same, groups)
    _join_spans(ordered, names, groups)
    return [sorted(members, key=key_of) for members in groups.members.values()]


# What only events of the same call have in common, each within one organization.
KINDS: dict[str, Callable[[UsageEvent], str]] = {
    "answer": lambda event: event.response_id,
    "alike": lambda event: event.ties.alike,
}


@dataclass(frozen=True, slots=True)
class Crowds:
    """The ids that tell nothing among some events: too many of them share one, or they are too deep in one another."""

    alike: frozenset[tuple[str, Key]] = frozenset()  # of `KINDS`, and the event that has it
    parents: frozenset[Span] = frozenset()
    deep: frozenset[Span] = frozenset()

    def hide(self, kind: str, event: UsageEvent) -> bool:
        """Whether the event's id of this kind tells nothing."""
        own, around = _spans_of(event)
        if kind == "span":
            return own in self.parents or own in self.deep
        if kind == "parent":
            return around in self.parents or around in self.deep or own in self.deep
        return (kind, key_of(event)) in self.alike


def crowded(events: Iterable[UsageEvent]) -> Crowds:
    ordered = sorted(events, key=key_of)
    chains = [(kind, chain) for kind in KINDS for chain in _chains(ordered, kind)]
    below = _below(ordered)
    return Crowds(
        frozenset((kind, key_of(event)) for kind, chain in chains if len(chain) > MOST_ALIKE for event in chain),
        frozenset(span for span, children in below.items() if len(children) > MOST_ALIKE),
        _deep(_inside_out(ordered)) if len(below) >= MOST_DEEP else frozenset(),
    )


def _chains(ordered: Iterable[UsageEvent], kind: str) -> list[list[UsageEvent]]:
    """Events that share an id of this kind, as far as each overlaps with one before it."""
    shared: dict[tuple[int, str], list[UsageEvent]] = defaultdict(list)
    for event in ordered:
        if value := KINDS[kind](event):
            shared[event.organization_id, value].append(event)
    chains: list[list[UsageEvent]] = []
    for _id, events in sorted(shared.items()):
        longest = None
        for event in events:
            if longest is None or not overlap(longest, event):
                chains.append([])
            chains[-1].append(event)
            longest = event if longest is None else max(longest, event, key=end_of)
    return chains


def _of_each_model(chain: Iterable[UsageEvent], names: Mapping[Key, str]) -> list[list[UsageEvent]]:
    by_name = sorted(chain, key=lambda event: names[key_of(event)])
    return [list(alike) for _name, alike in groupby(by_name, key=lambda event: names[key_of(event)])]


def _join_in_time(same: Sequence[UsageEvent], groups: _Groups) -> None:
    """Those that overlap and have the same counts; then those without counts, those that know of thinking, and those
    that overcount."""
    alike: dict[Counts | None, list[UsageEvent]] = defaultdict(list)
    thinking: dict[Counts, list[UsageEvent]] = {}
    for event in same:
        alike[counts_of(event)].append(event)
    for events in alike.values():
        longest = events[0]
        for event in events[1:]:
            if overlap(longest, event):
                groups.join(longest, event)
            longest = max(longest, event, key=end_of)
    told = [event for event in same if counts_of(event)]
    _join_first(alike.get(None, ()), told, groups)
    for event in told:
        if spoken := spoken_of(event):
            thinking.setdefault(spoken, []).append(event)
    for spoken, events in thinking.items():
        _join_first(events, [event for event in alike.get(spoken, ()) if not event.reasoning_tokens], groups)
    _join_first((one for one in told if one.ties.overcounts), [one for one in told if not one.ties.overcounts], groups)


def _join_first(events: Iterable[UsageEvent], others: Sequence[UsageEvent], groups: _Groups) -> None:
    """Each with the first of the others that it overlaps and does not contradict; those are in order."""
    ends = list(accumulate(map(end_of, others), max))  # so far: the first that reaches an instant is found by halving
    for event in events:
        for other in islice(others, bisect_left(ends, event.occurred_at - GRACE), None):
            if other.occurred_at > end_of(event) + GRACE:
                break
            if overlap(other, event) and groups.agree(groups.of_event(other), groups.of_event(event)):
                groups.join(other, event)
                break


def names_no_model(event: UsageEvent) -> bool:
    """Whether it failed, and its sender does not know the model that was asked."""
    return event.is_error and event.model == UNKNOWN


def _of_one_model(event: UsageEvent, other: UsageEvent, names: Mapping[Key, str]) -> bool:
    return names[key_of(event)] == names[key_of(other)] or names_no_model(event) or names_no_model(other)


def _below(events: Iterable[UsageEvent]) -> dict[Span, list[UsageEvent]]:
    """The events right inside each span."""
    below: dict[Span, list[UsageEvent]] = defaultdict(list)
    for event in events:
        if event.ties.parent:
            below[event.organization_id, event.ties.parent].append(event)
    return below


def _inside_out(events: Sequence[UsageEvent]) -> list[UsageEvent]:
    """Those with a span, the innermost first: whatever their clocks say of who began before whom."""
    around = {(event.organization_id, event.ties.span): event for event in reversed(events) if event.ties.span}
    depths: dict[Key, int] = {}
    for event in around.values():
        path: dict[Key, None] = {}
        outer: UsageEvent | None = event
        while outer and key_of(outer) not in depths and key_of(outer) not in path:
            path[key_of(outer)] = None
            outer = around.get((outer.organization_id, outer.ties.parent)) if outer.ties.parent else None
        depth = depths.get(key_of(outer), 0) if outer else 0
        for further, key in enumerate(reversed(path), 1):
            depths[key] = depth + further
    spans = [event for event in events if event.ties.span]
    return sorted(spans, key=lambda event: (depths.get(key_of(event), 0), key_of(event)), reverse=True)


def _spans_of(event: UsageEvent) -> tuple[Span, Span]:
    """Its own, and the one around it."""
    return (event.organization_id, event.ties.span), (event.organization_id, event.ties.parent)


def _deep(inside_out: Sequence[UsageEvent]) -> frozenset[Span]:
    """Those on a way of more than `MOST_DEEP`, from the outermost, which may be of no event here, to an innermost."""
    within, around = Counter[Span](), Counter[Span]()
    ways = list(map(_spans_of, inside_out))
    for span, parent in ways:
        within[parent] = max(within[parent], within[span] + 1)
    for span, parent in reversed(ways):
        around[span] = max(around[span], around[parent] + 1)
    return frozenset(span for span in {*within, *around} if span[1] and around[span] + within[span] > MOST_DEEP)


def _join_spans(events: Sequence[UsageEvent], names: Mapping[Key, str], groups: _Groups) -> None:
    """Parent and child spans, from the inside out. Of several calls below a span it is the one whose counts it has."""
    below = _below(events)
    inside_out = _inside_out(events) if below else []
    deep = _deep(inside_out)
    for parent in inside_out:
        inside = below.get((parent.organization_id, parent.ties.span), ())
        if len(inside) > MOST_ALIKE or (parent.organization_id, parent.ties.span) in deep:
            continue
        children = [child for child in inside if child is not parent and _of_one_model(child, parent, names)]
        found = {groups.of_event(child): child for child in reversed(children)}
        if not found or groups.of_event(parent) in found:
            continue
        if len(found) > 1:
            here = groups.of_event(parent)
            known = {key: child for key, child in found.items() if groups.counts[here] and groups.counts[key]}
            found = {key: child for key, child in known.items() if groups.agree(key, here)}
        if found:
            groups.join(parent, found[min(found)])
