"""Writes rows of the log that change, and to the sums the difference: what counts now, less what counted before."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from analytics.ledger import rollup_sql
from analytics.ledger.calls import key_of
from analytics.ledger.clocks import INSTANT, clocks, reporting_zones
from analytics.ledger.deduplication import Entry
from analytics.ledger.entries import told
from analytics.ledger.log_columns import COLUMNS, COUNTED, KEY, TIES, array, is_tied, tie_row, unnested, values
from analytics.ledger.usage_event import UsageEvent

# How one event is counted and taken away: the columns that the sums are made of.
_CHANGE = {name: COLUMNS[name].kind for name in COUNTED} | {"model_id": "bigint", "sign": "integer"}

_ROW = {name: column.kind for name, column in COLUMNS.items()}
_ROW |= {"model_id": "bigint", "is_counted": "boolean", "told": "text"}

_LOG = f"""
INSERT INTO analytics_request ({", ".join(_ROW)})
SELECT {", ".join(f"{name}::jsonb" if name == "told" else name for name in _ROW)}
FROM {unnested(_ROW)} AS row({", ".join(_ROW)})
ON CONFLICT ({", ".join(KEY)}) DO UPDATE
SET {", ".join(f"{name} = excluded.{name}" for name in _ROW if name not in KEY)}"""

_TIES = f"""
INSERT INTO analytics_call ({", ".join(TIES)}) SELECT * FROM {unnested(TIES)}
ON CONFLICT ({", ".join(KEY)}) DO UPDATE
SET {", ".join(f"{name} = excluded.{name}" for name in TIES if name not in KEY)}"""

_UNTIED = f"""
DELETE FROM analytics_call USING unnest(%s::bigint[], %s::timestamptz[], %s::text[]) AS row({", ".join(KEY)})
WHERE {" AND ".join(f"analytics_call.{name} = row.{name}" for name in KEY)}"""

_SOURCE = f"source AS (SELECT * FROM {unnested(_CHANGE)} AS change({', '.join(_CHANGE)}))"
_GROUPED = f"{_SOURCE}, {rollup_sql.CLOCK}, {rollup_sql.grouped(signed=True)}"
_SUMS = f"WITH {_GROUPED}, {rollup_sql.written()} SELECT"
_EMPTIED = f"WITH {_GROUPED}, {rollup_sql.emptied()} SELECT"

_FRESHNESS = """
INSERT INTO analytics_freshness AS t (organization_id, newest_at, first_at)
SELECT organization_id, max(occurred_at), min(occurred_at) FILTER (WHERE is_counted)
FROM unnest(%(organization_id)s::bigint[], %(occurred_at)s::timestamptz[], %(is_counted)s::boolean[])
    AS row(organization_id, occurred_at, is_counted) GROUP BY organization_id ORDER BY organization_id
ON CONFLICT (organization_id) DO UPDATE SET newest_at = greatest(t.newest_at, excluded.newest_at),
    first_at = least(t.first_at, excluded.first_at)"""

_FIRST_ANEW = """
UPDATE analytics_freshness AS t SET first_at =
    (SELECT min(r.occurred_at) FROM analytics_request r WHERE r.organization_id = t.organization_id AND r.is_counted)
FROM unnest(%(organization_id)s::bigint[], %(occurred_at)s::timestamptz[], %(is_counted)s::boolean[])
    AS row(organization_id, occurred_at, is_counted)
WHERE t.organization_id = row.organization_id AND t.first_at = row.occurred_at AND NOT row.is_counted"""


def write(changed: Sequence[tuple[Entry | None, Entry]], models: Mapping[tuple[str, str], int]) -> None:
    """Inside the caller's transaction, under the log's lock. `models`: the number of every name among the entries."""
    if not changed:
        return
    after = [entry for _before, entry in changed]
    rows = _rows(after, models)
    signed = [
        *((-1, before.counted) for before, entry in changed if before and before.counted != entry.counted),
        *((1, entry.counted) for before, entry in changed if before is None or before.counted != entry.counted),
    ]
    counts = [(sign, event) for sign, event in signed if event]
    with connection.cursor() as cursor:
        cursor.execute(_LOG, rows)
        cursor.execute(_FRESHNESS, rows)
        if any(before and before.counted and not entry.counted for before, entry in changed):
            cursor.execute(_FIRST_ANEW, rows)
        if ties := [tie_row(entry.said) for before, entry in changed if _is_tied_anew(before, entry)]:
            columns = zip(TIES.items(), zip(*ties, strict=True), strict=True)
            cursor.execute(_TIES, {name: array(kind, column) for (name, kind), column in columns})
        untied = [before.said for before, entry in changed if before and is_tied(before.said) > is_tied(entry.said)]
        if keys := [key_of(event) for event in untied]:
            cursor.execute(_UNTIED, [list(column) for column in zip(*keys, strict=True)])
        if counts:
            given = _counts(counts, models)
            cursor.execute(_SUMS, given)
            if any(sign < 0 for sign, _event in counts):
                cursor.execute(_EMPTIED, given)


def _is_tied_anew(before: Entry | None, entry: Entry) -> bool:
    """Whether its event says anew by what it is known. What is forgotten of one that another row counts stays so."""
    forgotten = entry.counted_by is not None and not entry.tied
    return is_tied(entry.said) and not forgotten and (before is None or before.said != entry.said)


def _rows(after: Sequence[Entry], models: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    """As the log's columns: of a row that counts, what counts; of another, what its event says."""
    shown = [entry.counted or entry.said for entry in after]
    columns = values(shown, every=True)
    columns["model_id"] = [models[event.provider, event.model] for event in shown]
    columns["is_counted"] = [entry.counted is not None for entry in after]
    columns["told"] = [None if (kept := told(entry)) is None else json.dumps(kept) for entry in after]
    return {name: array(_ROW[name], column) for name, column in columns.items()}


def _counts(counts: Sequence[tuple[int, UsageEvent]], models: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    events = [event for _sign, event in counts]
    columns = values(events, every=True)
    columns["model_id"] = [models[event.provider, event.model] for event in events]
    columns["sign"] = [sign for sign, _event in counts]
    instants = [event.occurred_at for event in events]
    zones = reporting_zones({event.organization_id for event in events})
    return {name: array(kind, columns[name]) for name, kind in _CHANGE.items()} | clocks(
        zones, min(instants), max(instants) + INSTANT
    )
