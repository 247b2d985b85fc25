"""The only writer of usage: the request log and the sums, in one transaction, under the locks of `request_log`.

What nobody told of before is written by one statement. For everything else the rows that could change are read under
the lock, `deduplicate` decides, and one statement writes them, the sums getting the difference.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from django.db import IntegrityError, connection, transaction

from analytics.ledger import changes, clocks, entries, log_columns, prices, request_log
from analytics.ledger.calls import Key, key_of
from analytics.ledger.deduplication import Decided, Entry, deduplicate, unchanging
from analytics.ledger.log_columns import is_tied
from analytics.ledger.model_numbers import canonical_models, model_numbers
from analytics.ledger.prices import PriceBook
from analytics.ledger.usage_event import UsageEvent
from orgdash import prepared

FEW = 100  # events, for which PostgreSQL would take longer to plan a statement than to do what it says


@dataclass(frozen=True, slots=True)
class Conflict:
    """The event at `index` of those given says other things than what is known of it, in these fields."""

    index: int
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many events were what. `recorded`: new; `merged`: new, and of a call that others told of before."""

    recorded: int
    repeated: int = 0
    updated: int = 0
    merged: int = 0
    outdated: int = 0
    conflicts: tuple[Conflict, ...] = ()


class PrunedError(Exception):
    """Since the events were resolved, the log was pruned past one of them. Nothing is written; resolve them again."""


def record_events(events: Sequence[UsageEvent], quota_of: int | None = None) -> Recorded:
    """Write what is new or newer of `events` to the log and to the sums: all of it, or, on any error, nothing.

    Committed on return, so it refuses to run inside another transaction. Give it at most a few thousand at once.
    What has no cost gets an estimate here, if a price is known. PrunedError: an event is older than its organization's
    log, in which a repeat could be seen; TooManyModelsError: new models are more than the quota of `quota_of` has left.
    Nothing is written then; only `intake.resolve_and_record` deals with them.
    """
    if not events:
        return Recorded(0)
    book = prices.book_for({(event.provider, event.model) for event in events if event.cost is None})
    request_log.make_partitions(event.occurred_at for event in events)
    models = model_numbers({(event.provider, event.model) for event in events}, quota_of)
    instants = [event.occurred_at for event in events]
    try:
        with transaction.atomic(durable=True):
            zones = _lock(events)
            return _written(events, models, book, zones)
    except IntegrityError:
        if not request_log.missing_months(instants):
            raise
        raise PrunedError from None  # the month, of another organization's requests, went before the lock was there


def priced(event: UsageEvent, book: PriceBook) -> UsageEvent:
    """The event, with an estimate of its cost where its sender stated none and a price is known."""
    estimate = book.estimate(event) if event.cost is None else None
    return replace(event, cost=estimate.cost, cost_source=estimate.source) if estimate else event


def _lock(events: Sequence[UsageEvent]) -> dict[int, ZoneInfo]:
    """From here to the commit no request of their organizations goes from the log; PrunedError: of `events` one has.

    The organizations' reporting zones, which stay true until then.
    """
    locked = clocks.lock({event.organization_id for event in events})
    pruned = {number: one.pruned_before for number, one in locked.items() if one.pruned_before}
    if pruned and any(event.occurred_at < pruned.get(event.organization_id, event.occurred_at) for event in events):
        raise PrunedError
    return {number: one.zone for number, one in locked.items()}


def _written(
    events: Sequence[UsageEvent],
    models: Mapping[tuple[str, str], int],
    book: PriceBook,
    zones: dict[int, ZoneInfo],
) -> Recorded:
    tied, kin = entries.tied(events)
    alone = _alone(events, tied)
    known = _insert([priced(events[index], book) for index in alone], models, zones)
    decided = dict.fromkeys(alone, Decided("recorded"))
    rest = [index for index in range(len(events)) if index not in decided or key_of(events[index]) in known]
    if rest:
        decided |= zip(rest, _settled([events[index] for index in rest], kin, models), strict=True)
    entries.forget({event.organization_id for event in events})
    count = Counter(became.outcome for became in decided.values())
    conflicts = tuple(Conflict(index, decided[index].fields) for index in sorted(decided) if decided[index].fields)
    return Recorded(
        recorded=count["recorded"],
        repeated=count["repeated"],
        updated=count["updated"],
        merged=count["merged"],
        outdated=count["outdated"],
        conflicts=conflicts,
    )


def _alone(events: Sequence[UsageEvent], tied: set[int]) -> list[int]:
    """The places of the events that no other event can change: one of its key, and of its call, as far as is known.

    Those at `tied` are of a call that the log may know.
    """
    keys = [key_of(event) for event in events]
    often = {key for key, count in Counter(keys).items() if count > 1}
    ids = {index: _ids(event) for index, event in enumerate(events) if is_tied(event)}
    shared = {
        value for value, count in Counter(value for found in ids.values() for value in found).items() if count > 1
    }
    together = {index for index, found in ids.items() if not found.isdisjoint(shared)} | tied
    return [
        index
        for index, event in enumerate(events)
        if index not in together and keys[index] not in often and not event.void
    ]


def _ids(event: UsageEvent) -> set[tuple[object, ...]]:
    """What an event of the same call may have too: a span as its own or as the one around it."""
    ids = [("answer", event.response_id), ("alike", event.ties.alike)]
    ids += [("span", event.ties.span), ("span", event.ties.parent)]
    return {(event.organization_id, kind, value) for kind, value in ids if value}


def _insert(
    events: Sequence[UsageEvent], models: Mapping[tuple[str, str], int], zones: dict[int, ZoneInfo]
) -> set[Key]:
    """Write those that are not in the log, and their sums; the keys of the others."""
    if not events:
        return set()
    statement, given = log_columns.insert(events, models)
    instants = [event.occurred_at for event in events]
    ticking = clocks.clocks(zones, min(instants), max(instants) + clocks.INSTANT)
    with prepared.cursor() if len(events) <= FEW else connection.cursor() as cursor:
        cursor.execute(statement, given | ticking)
        count, *columns = cursor.fetchone()
    if count == len(events):
        return set()
    written = set(zip(*columns, strict=True)) if count else set()
    return {key_of(event) for event in events} - written


def _settled(
    events: Sequence[UsageEvent], tied: set[Key], models: Mapping[tuple[str, str], int]
) -> tuple[Decided, ...]:
    # What is sent again tells nothing new: what it hangs together with need not be read.
    stored = entries.read(map(key_of, events))
    decided = unchanging(events, stored)
    changing = [index for index in range(len(events)) if index not in decided]
    if changing:
        known = entries.reachable([events[index] for index in changing], stored, tied)
        decided |= zip(changing, _changed([events[index] for index in changing], known, models), strict=True)
    return tuple(decided[index] for index in range(len(events)))


def _changed(
    events: Sequence[UsageEvent], known: Mapping[Key, Entry], models: Mapping[tuple[str, str], int]
) -> tuple[Decided, ...]:
    names = {(event.provider, event.model) for event in events}
    names |= {(entry.said.provider, entry.said.model) for entry in known.values()}
    names |= {(entry.counted.provider, entry.counted.model) for entry in known.values() if entry.counted}
    book = prices.book_for(names)
    settled = deduplicate(events, known, canonical_models(names), lambda event: priced(event, book))
    changes.write(settled.changed, {**models, **model_numbers(names - models.keys())})
    return settled.decided
