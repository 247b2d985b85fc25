"""The log's columns, and the statement that writes what is new: to the log, to what ties calls, to the sums."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from analytics.ledger import rollup_sql
from analytics.ledger.calls import end_of
from analytics.ledger.usage_event import STANDARD, UsageEvent


@dataclass(frozen=True, slots=True)
class Column:
    """Its PostgreSQL type, where an event has its value, and the value that the table gives it by itself."""

    kind: str
    source: str
    default: object = ...


# The model's number is found first, and stands beside these.
COLUMNS: dict[str, Column] = {
    "organization_id": Column("bigint", "organization_id"),
    "occurred_at": Column("timestamptz", "occurred_at"),
    "event_id": Column("text", "event_id"),
    "project_id": Column("bigint", "project_id"),
    "api_key_id": Column("bigint", "api_key_id"),
    "member_id": Column("bigint", "member_id"),
    "is_error": Column("boolean", "is_error"),
    "input_tokens": Column("bigint", "input_tokens"),
    "output_tokens": Column("bigint", "output_tokens"),
    "cached_input_tokens": Column("bigint", "cached_input_tokens"),
    "cost": Column("numeric", "cost"),
    "cache_write_tokens": Column("bigint", "cache_write_tokens", 0),
    "cache_write_1h_tokens": Column("bigint", "cache_write_1h_tokens", 0),
    "reasoning_tokens": Column("bigint", "reasoning_tokens", 0),
    "audio_input_tokens": Column("bigint", "audio_input_tokens", 0),
    "audio_output_tokens": Column("bigint", "audio_output_tokens", 0),
    "service_tier": Column("text", "service_tier", STANDARD),
    "cost_source": Column("smallint", "cost_source", 0),
    "response_id": Column("text", "response_id", ""),
    "ended_at": Column("timestamptz", "ended_at", None),
    "revision": Column("integer", "revision", 0),
    "is_void": Column("boolean", "void", False),
    "charges": Column("boolean", "ties.charges", False),
    "overcounts": Column("boolean", "ties.overcounts", False),
    "is_sum": Column("boolean", "ties.is_sum", False),
}
# Of which the sums are made, beside the model's number.
COUNTED = (
    *("organization_id", "occurred_at", "project_id", "api_key_id", "member_id", "is_error", "input_tokens"),
    *("output_tokens", "cached_input_tokens", "cost", "cache_write_tokens", "reasoning_tokens", "cost_source"),
)
KEY = ("organization_id", "occurred_at", "event_id")
TIES = {
    "organization_id": "bigint",
    "occurred_at": "timestamptz",
    "event_id": "text",
    "ended_at": "timestamptz",
    "answer": "text",
    "span": "text",
    "parent": "text",
    "alike": "text",
}


def values(events: Sequence[UsageEvent], *, every: bool = False) -> dict[str, list[Any]]:
    """Column → the events' values. Of what has a default only the columns in which an event has another value."""
    given = {}
    for name, column in COLUMNS.items():
        found = list(map(attrgetter(column.source), events))
        if every or column.default is ... or found.count(column.default) < len(found):
            given[name] = found
    if "cost_source" in given:
        given["cost_source"] = list(map(int, given["cost_source"]))
    return given


def array(kind: str, column: Sequence[object]) -> list[Any] | str:
    """A parameter for `kind[]`: psycopg's own way, item by item, is ten times slower where nothing must be escaped."""
    if kind == "text":
        return _texts(column)
    return "{" + ",".join("NULL" if value is None else str(value) for value in column) + "}"


def _texts(column: Sequence[Any]) -> list[Any] | str:
    if not column or None in column:
        return list(column)
    joined = '","'.join(column)
    escaped = "\\" in joined or joined.count('"') != 2 * (len(column) - 1)
    return list(column) if escaped else f'{{"{joined}"}}'


def unnested(kinds: Mapping[str, str], prefix: str = "") -> str:
    """The arrays that are parameters named after the columns, as rows."""
    return f"unnest({', '.join(f'%({prefix}{name})s::{kind}[]' for name, kind in kinds.items())})"


def insert(events: Sequence[UsageEvent], models: Mapping[tuple[str, str], int]) -> tuple[str, dict[str, Any]]:
    """The statement that writes what of `events` the log does not have, and its parameters but for the clocks'.

    It answers how many it wrote, and, where that is not all, the keys of those, as three arrays.
    """
    columns = values(events)
    kinds = {name: COLUMNS[name].kind for name in columns} | {"model_id": "bigint"}
    columns["model_id"] = [models[event.provider, event.model] for event in events]
    given = {name: array(kinds[name], column) for name, column in columns.items()}
    tied, ties = _tied(events)
    sums = rollup_sql.sums_without(COLUMNS.keys() - columns.keys())  # each costs something in every table
    keys = ", ".join(f"CASE WHEN count < %(all)s::bigint THEN ARRAY(SELECT {name} FROM source) END" for name in KEY)
    statement = f"""
WITH source AS (
    INSERT INTO analytics_request ({", ".join(kinds)}) SELECT * FROM {unnested(kinds)}
    ON CONFLICT DO NOTHING
    RETURNING event_id, model_id, {", ".join(COUNTED)}
), {rollup_sql.CLOCK}, {rollup_sql.grouped(sums)}, {rollup_sql.written(sums)}, {FRESHNESS}{tied}
SELECT count, {keys}
FROM (SELECT count(*) FROM source) AS written"""
    return statement, given | ties | {"all": len(events)}


FRESHNESS = """freshness AS (
    INSERT INTO analytics_freshness AS t (organization_id, newest_at, first_at)
    SELECT organization_id, max(occurred_at), min(occurred_at) FROM source
    GROUP BY organization_id ORDER BY organization_id
    ON CONFLICT (organization_id) DO UPDATE SET newest_at = greatest(t.newest_at, excluded.newest_at),
        first_at = least(t.first_at, excluded.first_at)
)"""


def _tied(events: Sequence[UsageEvent]) -> tuple[str, dict[str, Any]]:
    """What writes by what the new events are known, and its parameters; nothing where no event is tied."""
    rows = [tie_row(event) for event in events if is_tied(event)]
    if not rows:
        return "", {}
    columns = zip(TIES.items(), zip(*rows, strict=True), strict=True)
    given = {f"tie_{name}": array(kind, column) for (name, kind), column in columns}
    statement = f""", tied AS (
    INSERT INTO analytics_call ({", ".join(TIES)})
    SELECT tie.* FROM {unnested(TIES, "tie_")} AS tie({", ".join(TIES)})
    JOIN source USING (organization_id, occurred_at, event_id)
    ON CONFLICT DO NOTHING
)"""
    return statement, given


def is_tied(event: UsageEvent) -> bool:
    """Whether anything of it could be in another event of the same call."""
    return bool(event.response_id or event.ties.span or event.ties.parent or event.ties.alike)


def tie_row(event: UsageEvent) -> tuple[object, ...]:
    """Its row of what ties calls, in the order of `TIES`."""
    ties = event.ties
    key = (event.organization_id, event.occurred_at, event.event_id)
    return *key, end_of(event), event.response_id, ties.span, ties.parent, ties.alike
