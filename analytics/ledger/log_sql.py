"""What the sums must be by the log, and where they are not, as SQL text: of a portion's hours and days, or of a month.

Parameters are those of `months`. They stand in the text as they are, so that PostgreSQL plans for them.
"""

from analytics.ledger.rollup_sql import CLOCK, TABLES, UNFOLDED, ZONED, Rollup
from analytics.metrics import DIMENSIONS, ORGANIZATION, SUMMED
from analytics.models import SUMS

PORTION = tuple(table for table in TABLES if table.bucket != "month")
MONTH = tuple(table for table in TABLES if table.bucket == "month")

# For this transaction: a portion fits in it, and is too short for its plan to be compiled.
SETTINGS = "SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)"

_SOURCE = """
source AS (
    SELECT * FROM analytics_request
    WHERE organization_id = %(organization)s AND is_counted
      AND occurred_at >= %(first_instant)s AND occurred_at < %(end_instant)s
)"""

_ADDED = ", ".join(
    f"{one.total(one.amount if one.exact else f'{one.amount}::bigint')} AS {one.column}" for one in SUMMED
)
_TOTALS = ", ".join(f"{one.total(one.column)} AS {one.column}" for one in SUMMED)

# Each hour belongs to one day but where clocks go back across midnight.
_GROUPED = f"""
grouped AS MATERIALIZED (
    SELECT hour, day, project_id, api_key_id, member_id, model_id, {_ADDED} FROM {ZONED} AS zoned
    GROUP BY hour, day, project_id, api_key_id, member_id, model_id
), usage AS MATERIALIZED (
    SELECT dimension, key, hour, day, {_TOTALS} FROM grouped {UNFOLDED} GROUP BY dimension, key, hour, day
)"""

# Of a month the days that the log has not whole, as they are, and of the log the others.
_MONTHS_DAYS = f"""
whole AS (
    SELECT project_id, api_key_id, member_id, model_id, {_ADDED}
    FROM {ZONED} AS zoned WHERE day >= %(first_day)s AND day < %(end_day)s
    GROUP BY project_id, api_key_id, member_id, model_id
), days AS (
    SELECT dimension, key, {", ".join(SUMS)} FROM whole {UNFOLDED}
    UNION ALL
    SELECT dimension, key, {", ".join(SUMS)} FROM analytics_dailyusage
    WHERE organization_id = %(organization)s AND day >= %(first_month)s AND day < %(first_day)s
)"""

_OF_A_PORTION = f"WITH {_SOURCE}, {CLOCK}, {_GROUPED}"
_OF_A_MONTH = f"WITH {_SOURCE}, {CLOCK}, {_MONTHS_DAYS}"


def _within(table: Rollup) -> str:
    return f"t.{table.bucket} >= %(first_{table.bucket})s AND t.{table.bucket} < %(end_{table.bucket})s"


def _stored(table: Rollup) -> str:
    rows = f"SELECT * FROM {table.name} t WHERE t.organization_id = %(organization)s AND {_within(table)}"
    return f"({rows}) AS stored"


def _expected(table: Rollup) -> str:
    group = ", ".join((*table.key, *table.carried))
    if table.bucket == "month":
        rows = f"SELECT dimension, key, %(first_month)s AS month, {_TOTALS} FROM days GROUP BY {group}"
    else:
        source = "usage" if table.by_dimension else "grouped"
        rows = f"SELECT {group}, {_TOTALS} FROM {source} t WHERE {_within(table)} GROUP BY {group}"
    return f"({rows}) AS expected"


def _differ(columns: tuple[str, ...]) -> str:
    stored, expected = (", ".join(f"{side}.{column}" for column in columns) for side in ("stored", "expected"))
    return f"({stored}) IS DISTINCT FROM ({expected})"


def _mended(table: Rollup) -> str:
    """The CTEs that find the table's wrong rows, and delete, change or add them: what is right stays untouched."""
    name, values = table.name, (*table.carried, *SUMS)
    key = f"t.organization_id = %(organization)s AND {_within(table)}"
    key += "".join(f" AND t.{column} = w.{column}" for column in table.key)
    columns = ", ".join((*table.key, *values))
    return f"""
{name}_wrong AS MATERIALIZED (
    SELECT stored.organization_id IS NOT NULL AS is_there, {", ".join(table.key)},
           {", ".join(f"expected.{column}" for column in values)}
    FROM {_stored(table)} FULL JOIN {_expected(table)} USING ({", ".join(table.key)}) WHERE {_differ(values)}
), {name}_gone AS (
    DELETE FROM {name} t USING {name}_wrong w WHERE {key} AND w.request_count IS NULL
), {name}_changed AS (
    UPDATE {name} t SET {", ".join(f"{column} = w.{column}" for column in values)} FROM {name}_wrong w
    WHERE {key} AND w.is_there AND w.request_count IS NOT NULL
), {name}_added AS (
    INSERT INTO {name} (organization_id, {columns}) SELECT %(organization)s, {columns} FROM {name}_wrong
    WHERE NOT is_there ORDER BY {", ".join(table.key)}
)"""


def _mend(of: str, tables: tuple[Rollup, ...]) -> str:
    counts = " + ".join(f"(SELECT count(*) FROM {table.name}_wrong)" for table in tables)
    return f"{', '.join((of, *map(_mended, tables)))} SELECT {counts}"


# Each writes what is wrong anew and answers how many rows that were.
MEND_PORTION, MEND_MONTH = _mend(_OF_A_PORTION, PORTION), _mend(_OF_A_MONTH, MONTH)


def _compared(table: Rollup) -> str:
    """A row for every column of the table whose stored value is not the one that is expected."""
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
    FROM {_stored(table)} FULL JOIN {_expected(table)} USING ({", ".join((*table.key, *table.carried))})
    CROSS JOIN LATERAL (VALUES {values}) AS value(name, stored, expected)
    WHERE {_differ(SUMS)} AND value.stored IS DISTINCT FROM value.expected"""


# The newest and the first event are compared over all time: they say how far the whole log reaches. Of a log that is
# pruned what is kept is all that is known of the first, and, where that is to its end, of the newest.
_FRESHNESS = """
    SELECT 'freshness' AS table_label, 0::smallint AS dimension, 0::bigint AS number, NULL::bigint AS model_id,
           '-' AS bucket, value.name, value.stored::text, value.expected::text
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

_MODEL, _PROJECT, _API_KEY, _MEMBER = (DIMENSIONS[key].number for key in ("model", "project", "apiKey", "user"))

_NAMED = f"""
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


def _named(of: str, *compared: str) -> str:
    return f"{of} found AS ({' UNION ALL '.join(compared)}) {_NAMED}"


# Rows: table, dimension (NULL: API key × model), key, bucket, column, stored, expected.
COMPARE_PORTION = _named(f"{_OF_A_PORTION},", *map(_compared, PORTION))
COMPARE_MONTH = _named(f"{_OF_A_MONTH},", *map(_compared, MONTH))
COMPARE_FRESHNESS = _named("WITH", _FRESHNESS)
