"""Rows of the log as entries: those of given events, and of all that could tell of the same calls."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from analytics.ledger.calls import GRACE, MOST_ALIKE, MOST_DEEP, Crowds, Key, crowded, key_of
from analytics.ledger.deduplication import Entry
from analytics.ledger.log_columns import is_tied, tie_row
from analytics.ledger.usage_event import TOKENS, Ties, UsageEvent
from analytics.models import BEFORE_ALL, CostSource
from orgdash import prepared

MOST_ENTRIES = 20_000  # that one batch looks at, however its events are tied
MOST_NEAR = 200  # of an answer's id, those that end soonest: more than share it at one time where it tells anything
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


def _like(column: str, wanted: str, also: str = "") -> str:
    """Events whose `column` is what the wanted one has as `wanted`."""
    return f"""
    SELECT c.organization_id, c.occurred_at, c.event_id FROM analytics_call c
    WHERE c.organization_id = wanted.organization_id AND c.{column} = wanted.{wanted} AND c.{column} <> ''{also}"""


def _alike(column: str) -> str:
    """Those with the same id whose times overlap.

    Looked for among those that end soonest after the wanted one began: of an id that a server gives again and again
    there are thousands, and all of them would be looked at for each.
    """
    ended = (
        f" AND c.ended_at >= wanted.since - interval '{GRACE.total_seconds()} s' ORDER BY c.ended_at LIMIT {MOST_NEAR}"
    )
    begun = f"occurred_at <= wanted.until + interval '{GRACE.total_seconds()} s'"
    return f"SELECT * FROM ({_like(column, column, ended)}) AS near WHERE {begun}"


_LIKE = {
    "answer": _alike("answer"),
    "alike": _alike("alike"),
    "parent": _like("span", "parent"),
    "span": _like("parent", "span"),
}
_EACH = " UNION ALL ".join(
    f"SELECT like_it.*, number FROM wanted CROSS JOIN LATERAL ({like} LIMIT {MOST_ALIKE + 1}) AS like_it"
    f" WHERE wanted.{own} <> ''"
    for own, like in _LIKE.items()
)
# Each event and each place once: thousands may have the same twenty.
_TIED = f"""
WITH wanted AS (
    SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[], %s::text[],
                         %s::text[])
        WITH ORDINALITY AS wanted(organization_id, since, until, answer, span, parent, alike, number)
), found AS MATERIALIZED ({_EACH})
SELECT DISTINCT organization_id, occurred_at, event_id, NULL::bigint FROM found
UNION ALL SELECT DISTINCT NULL::bigint, NULL::timestamptz, NULL, number FROM found"""


def read(keys: Iterable[Key]) -> dict[Key, Entry]:
    """The rows of these events, of those that the log has. Read under the log's lock they stay so."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_READ, [list(column) for column in zip(*wanted, strict=True)])
        entries = map(_entry, cursor.fetchall())
        return {key_of(entry.said): entry for entry in entries}


def tied(events: Sequence[UsageEvent]) -> tuple[set[int], set[Key]]:
    """The events of the log with an id of the call of one of these, or whose span is around or inside its own; and the
    places of the events that have such.

    Of an id that too many share not all of them, but more than `MOST_ALIKE`.
    """
    places = [place for place, event in enumerate(events) if is_tied(event)]
    numbers, found = _tied([_ties(events[place], Crowds()) for place in places])
    return {places[number] for number in numbers}, found


def _ties(event: UsageEvent, crowds: Crowds) -> tuple[object, ...]:
    """Organization, begin, end and ids, as `_TIED` wants them; without those that tell nothing."""
    organization, since, _id, until, *ids = tie_row(event)
    named = zip(("answer", "span", "parent", "alike"), ids, strict=True)
    return (
        organization,
        since,
        until,
        *("" if value and crowds.hide(kind, event) else value for kind, value in named),
    )


def _tied(wanted: Sequence[tuple[object, ...]]) -> tuple[set[int], set[Key]]:
    """The places of those that are tied to events of the log, and those events."""
    if not wanted:
        return set(), set()
    with connection.cursor() as cursor:
        cursor.execute(_TIED, [list(column) for column in zip(*wanted, strict=True)])
        rows = cursor.fetchall()
    return {row[3] - 1 for row in rows if row[3]}, {row[:3] for row in rows if not row[3]}


def reachable(events: Sequence[UsageEvent], stored: Mapping[Key, Entry], first: Iterable[Key]) -> dict[Key, Entry]:
    """The rows of the events and of `first`, and whatever they are tied to, however far, within reason.

    `stored` has those rows of the events that the log has: they are not read again. Of a call that is counted all rows
    are among them, or none. Of a crowd nobody looks for the rest.
    """
    known: dict[Key, Entry] = {}
    seen: set[Key] = set()
    said = {key_of(event): event for event in events}
    sent = set(said)
    frontier = sent | set(first)
    crowds, enough, steps = Crowds(), MOST_ALIKE, 0
    while frontier := frontier - seen:
        seen |= frontier
        found = {key: stored[key] for key in frontier & stored.keys()}
        found |= read(frontier - stored.keys() - sent)
        known |= found
        frontier = {entry.counted_by for entry in found.values() if entry.counted_by}
        frontier |= {key for entry in found.values() for key in entry.others}
        steps += 1
        if steps <= MOST_STEPS and len(known) < MOST_ENTRIES:
            said |= {key: entry.said for key, entry in found.items()}
            if len(said) > enough:
                # Not at each step: where each finds a few of thousands, all of them would be looked at each time.
                crowds, enough = crowded(said.values()), len(said) * 3 // 2
            frontier |= _tied([_ties(entry.said, crowds) for entry in found.values() if is_tied(entry.said)])[1]
    return known


def forget(organizations: Iterable[int]) -> None:
    """Drop, a little at a time, by what events of more than a week ago were known."""
    with prepared.cursor() as cursor:
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
