"""Rows of the log as entries: those of given events, and of all that could tell of the same calls."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from analytics.ledger.calls import GRACE, MOST_ALIKE, MOST_DEEP, Crowds, Key, crowded, key_of
from analytics.ledger.log_columns import is_tied, tie_row
from analytics.ledger.settle import Entry
from analytics.ledger.usage_event import TOKENS, Ties, UsageEvent
from analytics.models import BEFORE_ALL, CostSource

MOST_ENTRIES = 20_000  # that one batch looks at, however its events are tied
MOST_STEPS = 2 * MOST_DEEP  # from one event to what it is tied to, and from that on
FORGOTTEN_AFTER = "7 days"
FORGOTTEN_AT_ONCE = 2000

# What of a counted row is the call's, and may be other than what the row's own event says.
_OF_CALL = ("provider", "model", *TOKENS, "service_tier", "is_error")

_COLUMNS = (
    *("organization_id", "occurred_at", "event_id", "project_id", "api_key_id", "member_id", "input_tokens"),
    *("output_tokens", "cached_input_tokens", "cost", "is_error", "cache_write_tokens", "cache_write_1h_tokens"),
    *("reasoning_tokens", "audio_input_tokens", "audio_output_tokens", "service_tier", "cost_source", "response_id"),
    *("ended_at", "revision"),
)

_READ = f"""
SELECT {", ".join(f"t.{column}" for column in _COLUMNS)}, coalesce(m.provider, ''), coalesce(m.name, ''),
       t.is_void, t.is_counted, t.charges, t.overcounts, t.is_sum, t.told, c.span, c.parent,
       c.alike
FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[]) AS wanted(organization_id, occurred_at, event_id)
JOIN analytics_request t USING (organization_id, occurred_at, event_id)
LEFT JOIN analytics_model m ON m.id = t.model_id
LEFT JOIN analytics_call c USING (organization_id, occurred_at, event_id)"""


def _alike(column: str, wanted: str, *, in_time: bool) -> str:
    """Events whose `column` is what the wanted one has as `wanted`; of the answer's ids only where times overlap."""
    overlapping = (
        f" AND c.occurred_at <= wanted.until + interval '{GRACE.total_seconds()} s'"
        f" AND c.ended_at >= wanted.since - interval '{GRACE.total_seconds()} s'"
        if in_time
        else ""
    )
    return f"""
SELECT found.*, number FROM wanted CROSS JOIN LATERAL (
    SELECT c.organization_id, c.occurred_at, c.event_id FROM analytics_call c
    WHERE c.organization_id = wanted.organization_id AND c.{column} = wanted.{wanted} AND c.{column} <> ''{overlapping}
    LIMIT {MOST_ALIKE + 1}
) AS found WHERE wanted.{wanted} <> ''"""


_LIKE = (
    _alike("answer", "answer", in_time=True),
    _alike("alike", "alike", in_time=True),
    _alike("span", "parent", in_time=False),
    _alike("parent", "span", in_time=False),
)
_TIED = f"""
WITH wanted AS (
    SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[], %s::text[],
                         %s::text[])
        WITH ORDINALITY AS wanted(organization_id, since, until, answer, span, parent, alike, number)
)
{" UNION ALL ".join(_LIKE)}"""


def read(keys: Iterable[Key]) -> dict[Key, Entry]:
    """The rows of these events, of those that the log has. Read under the log's lock they stay so."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_READ, [list(column) for column in zip(*wanted, strict=True)])
        entries = map(_entry, cursor.fetchall())
        return {key_of(entry.said): entry for entry in entries}


def tied(events: Sequence[UsageEvent]) -> dict[int, set[Key]]:
    """Place of an event → the events of the log with an id of its call, or whose span is around or inside its own.

    Of an id that too many share not all of them, but more than `MOST_ALIKE`.
    """
    return _tied([(place, _ties(event, Crowds())) for place, event in enumerate(events) if is_tied(event)])


def _ties(event: UsageEvent, crowds: Crowds) -> tuple[object, ...]:
    """Organization, begin, end and ids, as `_TIED` wants them; without those that tell nothing."""
    organization, since, _id, until, *ids = tie_row(event)
    named = zip(("answer", "span", "parent", "alike"), ids, strict=True)
    return organization, since, until, *("" if value and crowds.hide(kind, event) else value for kind, value in named)


def _tied(wanted: Sequence[tuple[int, tuple[object, ...]]]) -> dict[int, set[Key]]:
    found: dict[int, set[Key]] = {}
    if not wanted:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_TIED, [list(column) for column in zip(*(ties for _place, ties in wanted), strict=True)])
        for organization, instant, event_id, number in cursor.fetchall():
            found.setdefault(wanted[number - 1][0], set()).add((organization, instant, event_id))
    return found


def reachable(events: Sequence[UsageEvent], first: Iterable[Key]) -> dict[Key, Entry]:
    """The rows of the events and of `first`, and whatever they are tied to, however far, within reason.

    Of a call that is counted all rows are among them, or none. Of a crowd nobody looks for the rest.
    """
    known: dict[Key, Entry] = {}
    seen: set[Key] = set()
    said = {key_of(event): event for event in events}
    frontier = said.keys() | set(first)
    crowds, enough, steps = Crowds(), MOST_ALIKE, 0
    while frontier := frontier - seen:
        seen |= frontier
        found = read(frontier)
        known |= found
        frontier = {entry.counted_by for entry in found.values() if entry.counted_by}
        frontier |= {key for entry in found.values() for key in entry.others}
        steps += 1
        if steps <= MOST_STEPS and len(known) < MOST_ENTRIES:
            said |= {key: entry.said for key, entry in found.items()}
            if len(said) > enough:
                # Not at each step: where each finds a few of thousands, all of them would be looked at each time.
                crowds, enough = crowded(said.values()), len(said) * 3 // 2
            ties = [(0, _ties(entry.said, crowds)) for entry in found.values() if is_tied(entry.said)]
            frontier |= _tied(ties).get(0, set())
    return known


def forget(organizations: Iterable[int]) -> None:
    """Drop, a little at a time, by what events of more than a week ago were known."""
    with connection.cursor() as cursor:
        cursor.execute(
            # Joined: with "= ANY" beside the second lock's own bound the planner takes the organization's rows for few.
            "DELETE FROM analytics_call WHERE ctid = ANY(ARRAY(SELECT c.ctid FROM unnest(%s::bigint[]) AS whose(id)"
            " JOIN analytics_call c ON c.organization_id = whose.id"
            f" WHERE c.recorded_at < now() - interval '{FORGOTTEN_AFTER}' AND c.recorded_at >= '{BEFORE_ALL}'"
            f" LIMIT {FORGOTTEN_AT_ONCE}))",
            [sorted(organizations)],
        )


def told(entry: Entry) -> dict[str, Any] | None:
    """JSON of what an entry is beside its numbers: what its event says, which rows it counts, or which counts it."""
    if entry.counted_by:
        return {"by": _named(entry.counted_by)}
    if entry.counted is None:
        return None
    kept: dict[str, Any] = {"of": [_named(key) for key in entry.others]} if entry.others else {}
    said, counted = ({name: getattr(event, name) for name in _OF_CALL} for event in (entry.said, entry.counted))
    if said != counted or not _is_own_cost(entry.said, entry.counted):
        kept["said"] = said | {"cost": None if entry.said.cost is None else str(entry.said.cost)}
    return kept or None


def _named(key: Key) -> list[str]:
    """Within its organization."""
    return [key[1].isoformat(), key[2]]


def _is_own_cost(said: UsageEvent, counted: UsageEvent) -> bool:
    """Whether the cost that counts is what the event states, or an estimate where it states none."""
    if said.cost is None:
        return counted.cost is None or counted.cost_source != CostSource.SENT
    return counted.cost == said.cost


def _entry(row: tuple[Any, ...]) -> Entry:
    values = dict(zip(_COLUMNS, row, strict=False))
    provider, model, is_void, is_counted, *known, told_, span, parent, alike = row[len(_COLUMNS) :]
    source = CostSource(values["cost_source"])
    values |= {"provider": provider, "model": model, "void": is_void, "cost_source": source}
    ties = Ties(span or "", parent or "", alike or "", *known)
    event = UsageEvent(**values, ties=ties)
    kept = json.loads(told_) if told_ else {}  # Django leaves JSON to whoever reads it
    by = _key(event.organization_id, kept["by"]) if "by" in kept else None
    others = tuple(_key(event.organization_id, named) for named in kept.get("of", ()))
    return Entry(_said(event, kept.get("said")), event if is_counted else None, by, others, tied=span is not None)


def _said(event: UsageEvent, kept: Mapping[str, Any] | None) -> UsageEvent:
    """What the row's own event says: its estimate is not of it."""
    if kept:
        cost = None if kept["cost"] is None else Decimal(kept["cost"])
        return replace(event, **{name: kept[name] for name in _OF_CALL}, cost=cost, cost_source=CostSource.SENT)
    if event.cost_source != CostSource.SENT:
        return replace(event, cost=None, cost_source=CostSource.SENT)
    return event


def _key(organization_id: int, named: Sequence[str]) -> Key:
    return organization_id, datetime.fromisoformat(named[0]), named[1]
