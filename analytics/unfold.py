"""Requests → the five rollup tables, as SQL text. Composed once, so writing, rebuilding and comparing cannot disagree.

Every text here is made of constants of this code; values are parameters.
"""

from dataclasses import dataclass

from analytics.models import SUMS, Dimension


@dataclass(frozen=True, slots=True)
class Table:
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
    Table("analytics_hourlyusage", ("dimension", "key", "hour"), "hour"),
    Table("analytics_dailyusage", ("dimension", "key", "day"), "day"),
    Table("analytics_monthlyusage", ("dimension", "key", "month"), "month"),
    Table("analytics_hourlydetail", ("hour", "api_key_id", "model_id"), "hour", ("project_id",)),
    Table("analytics_dailydetail", ("day", "api_key_id", "model_id"), "day", ("project_id",)),
)

# Expects `source`: rows of the log. The zone is read here, in the statement, hence after the organization's lock; an
# organization that is not there would give NULL buckets, which no table takes.
GROUPED = """
grouped AS MATERIALIZED (
    SELECT organization_id, hour, day, date_trunc('month', day::timestamp)::date AS month,
           project_id, api_key_id, member_id, model_id,
           count(*) AS request_count,
           count(*) FILTER (WHERE is_error) AS error_count,
           count(*) FILTER (WHERE cost IS NULL) AS unpriced_count,
           sum(input_tokens)::bigint AS input_tokens,
           sum(output_tokens)::bigint AS output_tokens,
           sum(cached_input_tokens)::bigint AS cached_input_tokens,
           coalesce(sum(cost), 0) AS cost
    FROM (
        SELECT source.*,
               date_trunc('hour', occurred_at, organization.time_zone) AS hour,
               (occurred_at AT TIME ZONE organization.time_zone)::date AS day
        FROM source LEFT JOIN accounts_organization organization ON organization.id = organization_id
    ) AS zoned
    GROUP BY organization_id, hour, day, project_id, api_key_id, member_id, model_id
)"""

# Parameters organization, first_day, end_day (exclusive), days of the reporting zone → the whole months around them.
# Whole months, because a monthly row can only be computed from all of its days.
BOUNDS = """
bounds AS (
    SELECT first, stop, first::timestamp AT TIME ZONE time_zone AS first_hour,
           stop::timestamp AT TIME ZONE time_zone AS stop_hour
    FROM accounts_organization, LATERAL (
        SELECT date_trunc('month', %(first_day)s::timestamp)::date AS first,
               date_trunc('month', %(end_day)s::timestamp + interval '1 month' - interval '1 day')::date AS stop
    ) AS months
    WHERE id = %(organization)s
)"""

# A day more on both sides: where clocks go back across midnight, a day's events are not one run of instants.
LOGGED = """
source AS (
    SELECT * FROM analytics_request
    WHERE organization_id = %(organization)s
      AND occurred_at >= (SELECT first_hour FROM bounds) - interval '1 day'
      AND occurred_at < (SELECT stop_hour FROM bounds) + interval '1 day'
)"""

_DIMENSIONS = ", ".join(
    f"({dimension.value}::smallint, {column})"
    for dimension, column in {
        Dimension.ORGANIZATION: "0::bigint",
        Dimension.MODEL: "model_id",
        Dimension.PROJECT: "project_id",
        Dimension.API_KEY: "api_key_id",
        Dimension.MEMBER: "member_id",
    }.items()
)


def within(table: Table) -> str:
    """The condition that a row's bucket lies in `bounds`."""
    first, stop = ("first_hour", "stop_hour") if table.bucket == "hour" else ("first", "stop")
    return f"{table.bucket} >= (SELECT {first} FROM bounds) AND {table.bucket} < (SELECT {stop} FROM bounds)"


def rows(table: Table, *, bounded: bool) -> str:
    """The table's rows that follow from `grouped`, in the order of its primary key."""
    unfolded = f" CROSS JOIN LATERAL (VALUES {_DIMENSIONS}) AS unfolded(dimension, key)" if table.by_dimension else ""
    group = ", ".join(("organization_id", *table.key, *table.carried))
    sums = ", ".join(f"sum({column})::bigint AS {column}" for column in SUMS if column != "cost")
    where = f" WHERE {within(table)}" if bounded else ""
    return f"SELECT {group}, {sums}, sum(cost) AS cost FROM grouped{unfolded}{where} GROUP BY {group} ORDER BY {group}"


def written(*, bounded: bool) -> str:
    """The CTEs that add what follows from `grouped` to all five tables."""
    added = ", ".join(f"{column} = t.{column} + excluded.{column}" for column in SUMS)
    return ", ".join(
        f"{table.name}_written AS ("
        f"INSERT INTO {table.name} AS t (organization_id, {', '.join((*table.key, *table.carried, *SUMS))}) "
        f"{rows(table, bounded=bounded)} "
        f"ON CONFLICT (organization_id, {', '.join(table.key)}) DO UPDATE SET {added})"
        for table in TABLES
    )
