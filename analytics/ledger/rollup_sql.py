"""Requests → the five rollup tables, as SQL text. Composed once, so writing, rebuilding and comparing cannot disagree.

Every text here is made of constants of this code; values are parameters.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from analytics.metrics import SUMMED, TABLE_DIMENSIONS, Summed


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


# Rows of `source` with their hour and day.
ZONED = """(
        SELECT source.*, (date_trunc('hour', local) - ahead) AT TIME ZONE 'UTC' AS hour, local::date AS day
        FROM source
        LEFT JOIN clock
            ON clock.organization_id = source.organization_id AND occurred_at >= since AND occurred_at < until
        CROSS JOIN LATERAL (SELECT (occurred_at AT TIME ZONE 'UTC') + ahead AS local) AS there
    )"""


def grouped(sums: Iterable[Summed] = SUMMED, *, signed: bool = False) -> str:
    """Expects `source`, rows of the log (`signed`: that a `sign` of 1 or -1 adds or takes away), and `clock`.

    A row that no clock covers would give NULL buckets, which no table takes. An hour is the clock's; where clocks go
    back it keeps the offset it has.
    """
    amounts = {summed: f"sign * ({summed.amount})" if signed else summed.amount for summed in sums}
    columns = {summed.column: summed.total(amount) for summed, amount in amounts.items()}
    return f"""
grouped AS MATERIALIZED (
    SELECT organization_id, hour, day, date_trunc('month', day::timestamp)::date AS month,
           project_id, api_key_id, member_id, model_id,
           {", ".join(f"{value} AS {column}" for column, value in columns.items())}
    FROM {ZONED} AS zoned
    GROUP BY organization_id, hour, day, project_id, api_key_id, member_id, model_id
)"""


_DIMENSIONS = ", ".join(f"({dimension.number}::smallint, {dimension.column})" for dimension in TABLE_DIMENSIONS)
# Of a row a row for each dimension.
UNFOLDED = f"CROSS JOIN LATERAL (VALUES {_DIMENSIONS}) AS unfolded(dimension, key)"


def totals(sums: Iterable[Summed] = SUMMED) -> str:
    return ", ".join(f"{summed.total(summed.column)} AS {summed.column}" for summed in sums)


def rows(table: Rollup, sums: Iterable[Summed] = SUMMED, source: str = "") -> str:
    """The table's rows that follow from `grouped`, or from `source`, in the order of its primary key."""
    group = ", ".join(("organization_id", *table.key, *table.carried))
    source = source or (f"grouped {UNFOLDED}" if table.by_dimension else "grouped")
    return f"SELECT {group}, {totals(sums)} FROM {source} GROUP BY {group} ORDER BY {group}"


# Days and months are made of hours that are grouped already: fewer rows than those of every dimension of `grouped`.
_SOURCES = {"hour": "by_hour", "day": "by_day", "month": "by_day"}
_UNFOLDED = (
    ("by_hour", f"grouped {UNFOLDED}", "organization_id, dimension, key, hour, day, month"),
    ("by_day", "by_hour", "organization_id, dimension, key, day, month"),
)


def written(sums: Sequence[Summed] = SUMMED) -> str:
    """The CTEs that add what follows from `grouped` to all five tables."""
    columns = [summed.column for summed in sums]
    added = ", ".join(f"{column} = t.{column} + excluded.{column}" for column in columns)
    unfolded = [
        f"{name} AS MATERIALIZED (SELECT {group}, {totals(sums)} FROM {source} GROUP BY {group})"
        for name, source, group in _UNFOLDED
    ]
    tables = [
        f"{table.name}_written AS ("
        f"INSERT INTO {table.name} AS t (organization_id, {', '.join((*table.key, *table.carried, *columns))}) "
        f"{rows(table, sums, _SOURCES[table.bucket] if table.by_dimension else '')} "
        f"ON CONFLICT (organization_id, {', '.join(table.key)}) DO UPDATE SET {added})"
        for table in TABLES
    ]
    return ", ".join((*unfolded, *tables))


def emptied() -> str:
    """Deletes the rows that `grouped` touched and of which nothing is left: a row without requests is none."""
    return ", ".join(
        f"{table.name}_emptied AS ("
        f"DELETE FROM {table.name} AS t USING ({rows(table)}) AS touched "
        f"WHERE t.organization_id = touched.organization_id"
        f"{''.join(f' AND t.{column} = touched.{column}' for column in table.key)} AND t.request_count = 0)"
        for table in TABLES
    )
