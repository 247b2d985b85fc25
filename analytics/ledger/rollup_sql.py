"""Requests → the five rollup tables, as SQL text. Composed once, so writing, rebuilding and comparing cannot disagree.

Every text here is made of constants of this code; values are parameters.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, get_type_hints

from analytics.metrics import DIMENSIONS, ORGANIZATION, SUMMED, TABLE_DIMENSIONS, Summed
from analytics.models import SUMS


@dataclass(frozen=True, slots=True)
class Rollup:
    """A rollup table: its primary key after the organization, the bucket among it, and columns that follow from it."""

    name: str
    key: tuple[str, ...]
    bucket: str
    carried: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return self.name.removeprefix("analytics_").replace("ly", "ly ", 1)

    @property
    def by_dimension(self) -> bool:
        """Usage tables hold each dimension by itself; detail tables hold project × API key × model."""
        return "dimension" in self.key


TABLES = (
    Rollup("analytics_hourlyusage", ("dimension", "key", "hour"), "hour"),
    Rollup("analytics_dailyusage", ("dimension", "key", "day"), "day"),
    Rollup("analytics_monthlyusage", ("dimension", "key", "month"), "month"),
    Rollup("analytics_hourlydetail", ("hour", "api_key_id", "model_id"), "hour", ("project_id",)),
    Rollup("analytics_dailydetail", ("day", "api_key_id", "model_id"), "day", ("project_id",)),
)


def _total(amount: str, *, exact: bool) -> str:
    """Their sum as the number it is: PostgreSQL sums whole ones into a numeric."""
    return f"sum({amount})" if exact else f"sum({amount})::bigint"


def sums_without(absent: Collection[str]) -> tuple[Summed, ...]:
    """What rows of the log add to that say nothing (zero, or nobody) in these columns."""
    return tuple(summed for summed in SUMMED if not set(absent).intersection(re.findall(r"\w+", summed.amount)))


# The clocks of the organizations of `source`, from Python's zone data: parameters clock_organization, clock_since,
# clock_until, clock_ahead, arrays of the same length.
CLOCK = """
clock AS (
    SELECT * FROM unnest(%(clock_organization)s::bigint[], %(clock_since)s::timestamptz[],
                         %(clock_until)s::timestamptz[], %(clock_ahead)s::interval[])
        AS clock(organization_id, since, until, ahead)
)"""


def grouped(sums: Iterable[Summed] = SUMMED, *, signed: bool = False) -> str:
    """Expects `source`, rows of the log (`signed`: that a `sign` of 1 or -1 adds or takes away), and `clock`.

    A row that no clock covers would give NULL buckets, which no table takes. An hour is the clock's; where clocks go
    back it keeps the offset it has.
    """
    amounts = {summed: f"sign * ({summed.amount})" if signed else summed.amount for summed in sums}
    columns = {summed.column: _total(amount, exact=summed.exact) for summed, amount in amounts.items()}
    return f"""
grouped AS MATERIALIZED (
    SELECT organization_id, hour, day, date_trunc('month', day::timestamp)::date AS month,
           project_id, api_key_id, member_id, model_id,
           {", ".join(f"{value} AS {column}" for column, value in columns.items())}
    FROM (
        SELECT source.*, (date_trunc('hour', local) - ahead) AT TIME ZONE 'UTC' AS hour, local::date AS day
        FROM source
        LEFT JOIN clock
            ON clock.organization_id = source.organization_id AND occurred_at >= since AND occurred_at < until
        CROSS JOIN LATERAL (SELECT (occurred_at AT TIME ZONE 'UTC') + ahead AS local) AS there
    ) AS zoned
    GROUP BY organization_id, hour, day, project_id, api_key_id, member_id, model_id
)"""


Day = Annotated[date, "date"]
Instant = Annotated[datetime, "timestamptz"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The edges of each kind of bucket for some days of the reporting zone, and their types in SQL; ends exclusive.

    Months are the whole ones around those days, because a monthly row can only be computed from all of its days. Days
    before checked_day are pruned from the log, in part at least; what their months need of them are their own rows.
    """

    first_day: Day
    end_day: Day
    first_month: Day
    end_month: Day
    first_hour: Instant
    end_hour: Instant
    first_instant: Instant
    end_instant: Instant
    checked_day: Day


_EDGES = {name: hint.__metadata__[0] for name, hint in get_type_hints(Bounds, include_extras=True).items()}

# Parameters: the fields of `Bounds`, by name, and organization.
BOUNDS = f"""
bounds AS (
    SELECT {", ".join(f"%({edge})s::{kind} AS {edge}" for edge, kind in _EDGES.items())}
)"""

LOGGED = """
source AS (
    SELECT * FROM analytics_request
    WHERE organization_id = %(organization)s AND is_counted
      AND occurred_at >= (SELECT first_instant FROM bounds) AND occurred_at < (SELECT end_instant FROM bounds)
)"""

_DIMENSIONS = ", ".join(f"({dimension.number}::smallint, {dimension.column})" for dimension in TABLE_DIMENSIONS)
_MODEL, _PROJECT, _API_KEY, _MEMBER = (DIMENSIONS[key].number for key in ("model", "project", "apiKey", "user"))


def within(table: Rollup) -> str:
    """The condition that a row's bucket lies in `bounds`."""
    first, end = f"(SELECT first_{table.bucket} FROM bounds)", f"(SELECT end_{table.bucket} FROM bounds)"
    return f"{table.bucket} >= {first} AND {table.bucket} < {end}"


def totals(sums: Iterable[Summed] = SUMMED) -> str:
    return ", ".join(f"{_total(summed.column, exact=summed.exact)} AS {summed.column}" for summed in sums)


# A month's days that the log has not whole, as they are, and of the log the others.
_MONTHS_DAYS = f"""(
    SELECT organization_id, dimension, key, month, {", ".join(SUMS)}
    FROM grouped CROSS JOIN LATERAL (VALUES {_DIMENSIONS}) AS unfolded(dimension, key)
    WHERE day >= (SELECT checked_day FROM bounds)
    UNION ALL
    SELECT organization_id, dimension, key, date_trunc('month', day::timestamp)::date, {", ".join(SUMS)}
    FROM analytics_dailyusage
    WHERE organization_id = %(organization)s
      AND day >= (SELECT first_month FROM bounds) AND day < (SELECT checked_day FROM bounds)
) AS days"""


def rows(table: Rollup, sums: Iterable[Summed] = SUMMED, *, bounded: bool) -> str:
    """The table's rows that follow from `grouped`, in the order of its primary key."""
    unfolded = f" CROSS JOIN LATERAL (VALUES {_DIMENSIONS}) AS unfolded(dimension, key)" if table.by_dimension else ""
    group = ", ".join(("organization_id", *table.key, *table.carried))
    source = _MONTHS_DAYS if bounded and table.bucket == "month" else f"grouped{unfolded}"
    where = f" WHERE {within(table)}" if bounded else ""
    return f"SELECT {group}, {totals(sums)} FROM {source}{where} GROUP BY {group} ORDER BY {group}"


def written(sums: Sequence[Summed] = SUMMED, *, bounded: bool) -> str:
    """The CTEs that add what follows from `grouped` to all five tables."""
    columns = [summed.column for summed in sums]
    added = ", ".join(f"{column} = t.{column} + excluded.{column}" for column in columns)
    return ", ".join(
        f"{table.name}_written AS ("
        f"INSERT INTO {table.name} AS t (organization_id, {', '.join((*table.key, *table.carried, *columns))}) "
        f"{rows(table, sums, bounded=bounded)} "
        f"ON CONFLICT (organization_id, {', '.join(table.key)}) DO UPDATE SET {added})"
        for table in TABLES
    )


def emptied() -> str:
    """Deletes the rows that `grouped` touched and of which nothing is left: a row without requests is none."""
    return ", ".join(
        f"{table.name}_emptied AS ("
        f"DELETE FROM {table.name} AS t USING ({rows(table, bounded=False)}) AS touched "
        f"WHERE t.organization_id = touched.organization_id"
        f"{''.join(f' AND t.{column} = touched.{column}' for column in table.key)} AND t.request_count = 0)"
        for table in TABLES
    )


def _compared(table: Rollup) -> str:
    """A row for every column of the table whose stored value is not the one that follows from `grouped`."""
    # No row at all differs from a row of zeros by its request count alone, and is told apart by it.
    values = ", ".join(
        f"('{column}', stored.{column}, expected.{column})"
        if column == "request_count"
        else f"('{column}', coalesce(stored.{column}, 0), coalesce(expected.{column}, 0))"
        for column in SUMS
    )
    dimension, number, model = (
        ("dimension", "key", "NULL::bigint") if table.by_dimension else ("NULL::smallint", "api_key_id", "model_id")
    )
    instant = f"to_char({table.bucket} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
    return f"""
    SELECT '{table.label}' AS table_label, {dimension} AS dimension, {number} AS number, {model} AS model_id,
           {instant if table.bucket == "hour" else f"{table.bucket}::text"} AS bucket,
           value.name, value.stored::text, value.expected::text
    FROM (SELECT * FROM {table.name} WHERE organization_id = %(organization)s AND {within(table)}) AS stored
    FULL JOIN ({rows(table, bounded=True)}) AS expected USING ({", ".join((*table.key, *table.carried))})
    CROSS JOIN LATERAL (VALUES {values}) AS value(name, stored, expected)
    WHERE value.stored IS DISTINCT FROM value.expected"""


# The newest and the first event are compared over all time: they say how far the whole log reaches. Of a log that is
# pruned what is kept is all that is known of the first, and, where that is to its end, of the newest.
_FRESHNESS_COMPARED = """
    SELECT 'freshness', 0::smallint, 0, NULL, '-', value.name, value.stored::text, value.expected::text
    FROM (SELECT max(newest_at) AS newest, max(first_at) AS first FROM analytics_freshness
          WHERE organization_id = %(organization)s) AS kept
    CROSS JOIN (SELECT EXISTS (SELECT FROM analytics_horizon WHERE organization_id = %(organization)s) AS pruned) AS log
    CROSS JOIN LATERAL (VALUES
        ('newest_at', newest, coalesce(
            (SELECT max(occurred_at) FROM analytics_request WHERE organization_id = %(organization)s),
            CASE WHEN pruned THEN newest END)),
        ('first_at', first, CASE WHEN pruned THEN first ELSE
            (SELECT min(occurred_at) FROM analytics_request WHERE organization_id = %(organization)s AND is_counted)
            END)) AS value(name, stored, expected)
    WHERE value.stored IS DISTINCT FROM value.expected"""

DIFFERENCES = f"""
WITH {BOUNDS}, {LOGGED}, {CLOCK}, {grouped()}, found AS (
    {" UNION ALL ".join((*map(_compared, TABLES), _FRESHNESS_COMPARED))}
)
SELECT table_label, dimension,
       coalesce(nullif(concat_ws(' × ', organization.public_id, project.public_id, api_key.public_id, member.public_id,
                                 model.provider || ' · ' || model.name), ''), '#' || number),
       bucket, found.name, stored, expected
FROM found
LEFT JOIN accounts_organization organization
    ON dimension = {ORGANIZATION.number} AND number = 0 AND organization.id = %(organization)s
LEFT JOIN accounts_project project ON dimension = {_PROJECT} AND project.id = number
LEFT JOIN accounts_apikey api_key ON (dimension = {_API_KEY} OR dimension IS NULL) AND api_key.id = number
LEFT JOIN accounts_membership member ON dimension = {_MEMBER} AND member.id = number
LEFT JOIN analytics_model model ON model.id = CASE dimension WHEN {_MODEL} THEN number ELSE model_id END
ORDER BY table_label, bucket, dimension, 3, found.name"""
