"""The only reader of the rollups; the request log is never read here.

Every statement is bounded by organization and by time. A `Reading` is one question to the tables: which rows
(organization, instants, filters) and what they are grouped by. Unfiltered questions read the usage tables of one
dimension, filtered ones the detail tables. Sums over a window come from the coarsest rows that fit (months, days,
hours); series come from days where every bucket begins at the reporting zone's midnight, else from hours.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from analytics.metrics import SUMMED, Dimension
from analytics.models import SUMS
from analytics.reporting.query import Filters
from analytics.reporting.sums import Group, Sums
from analytics.windows import FIRST_DAY, Bucket, Stretch, aligned, cover

CHUNK_ROWS = 500


@dataclass(frozen=True, slots=True)
class State:
    """What a report needs to know of the organization, from the report's own snapshot."""

    zone: ZoneInfo  # the reporting time zone
    data_through: datetime | None  # the newest event's instant, None before the first


@dataclass(frozen=True, slots=True)
class Reading:
    """Rows of one organization in [start, end), grouped by `dimension`, cut into `buckets` where a series is asked."""

    organization_id: int
    zone: ZoneInfo  # the reporting time zone
    dimension: Dimension
    filters: Filters
    start: datetime
    end: datetime
    buckets: tuple[Bucket, ...]
    found: dict[str, list[int]] | None = None  # what the filters name, by `resolved`; None: every answer looks it up

    @property
    def by_days(self) -> bool:
        """Whether rows by day can be put into the buckets."""
        return aligned([bucket.start for bucket in self.buckets], self.zone, "day")


def state(organization_id: int) -> State:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.time_zone, f.newest_at FROM accounts_organization o"
            " LEFT JOIN analytics_freshness f ON f.organization_id = o.id WHERE o.id = %s",
            [organization_id],
        )
        zone, newest = cursor.fetchone()
    return State(ZoneInfo(zone), newest)


def resolved(reading: Reading) -> Reading:
    """The same question with its filters looked up, once for all answers of one snapshot."""
    return replace(reading, found=_filtered(reading.organization_id, reading.filters))


def known_models(organization_id: int, names: tuple[str, ...]) -> set[str]:
    """Which of the canonical `names` this organization ever used."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT {_CANONICAL} FROM analytics_model m {_ALIAS} WHERE {_CANONICAL} = ANY(%s) AND EXISTS"
            " (SELECT FROM analytics_monthlyusage u WHERE u.organization_id = %s AND u.dimension = 1"
            " AND u.key = m.id AND u.month >= %s)",
            [list(names), organization_id, FIRST_DAY],
        )
        return {name for (name,) in cursor.fetchall()}


def used_models(organization_id: int, scope: Filters) -> list[str]:
    """The canonical models this organization ever used, by name; inside `scope` only, where it names anything."""
    source, size = (_detail(_filtered(organization_id, scope), 1), "day") if scope else (_usage(1), "month")
    used = (
        f"SELECT {source.key} FROM {source.tables[size]} t {source.joins}"
        f" WHERE t.organization_id = %s AND t.{size} >= %s AND {source.where}"
    )
    statement = (
        f'SELECT DISTINCT {_CANONICAL} COLLATE "C" FROM analytics_model m {_ALIAS} WHERE m.id IN ({used}) ORDER BY 1'
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [organization_id, FIRST_DAY, *source.values])
        return [name for (name,) in cursor.fetchall()]


def ranking(reading: Reading) -> list[Group]:
    """Every group with usage in [start, end), by cost descending, then key, with its sums over all of it."""
    cells, values = _window_cells(reading)
    naming = _NAMING[reading.dimension.key]
    statement = (
        f"SELECT {naming.columns}, array_agg(c.key), {_sums('c')} FROM ({cells}) c {naming.joins}"
        " GROUP BY 1, 2, 3, 4 ORDER BY sum(c.cost) DESC, 1"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [
            Group(key, label, Sums(*sums), status, last_four, tuple(numbers))
            for key, label, status, last_four, numbers, *sums in cursor.fetchall()
        ]


def standing(reading: Reading, at_most: int) -> tuple[str | None, ...]:
    """The keys of the groups of highest cost in [start, end), ties by key: the beginning of `ranking`, without sums."""
    cells, values = _window_cells(reading)
    naming = _NAMING[reading.dimension.key]
    statement = (
        f"SELECT {naming.columns} FROM ({cells}) c {naming.joins}"
        " GROUP BY 1, 2, 3, 4 ORDER BY sum(c.cost) DESC, 1 LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, at_most])
        return tuple(key for key, *_ in cursor.fetchall())


def whole(reading: Reading) -> list[Sums]:
    """All groups together, one entry per bucket, zeros included."""
    return _series(reading, 0, None).get(0, [Sums()] * len(reading.buckets))


def series(reading: Reading, groups: tuple[Group, ...]) -> list[list[Sums]]:
    """Each of `groups` (from `ranking`) over time: one list per group, one entry per bucket, zeros included."""
    numbers = [number for group in groups for number in group.numbers]
    by_number = _series(reading, reading.dimension.number, numbers)
    empty = [Sums()] * len(reading.buckets)
    rows = []
    for group in groups:
        first, *rest = (by_number.get(number, empty) for number in group.numbers)
        rows.append([sum(cells, start=Sums()) for cells in zip(first, *rest, strict=True)] if rest else first)
    return rows


def stream(reading: Reading) -> Iterator[tuple[int, Group]]:
    """Every group of every bucket as (index of the bucket, group), ascending, then by cost descending, then key.

    Read through a server-side cursor: memory does not grow with the answer. Needs an open `snapshot`.
    """
    cells, values = _cells(reading, reading.dimension.number, _series_stretches(reading), bucketed=True)
    naming = _NAMING[reading.dimension.key]
    statement = (
        f"SELECT c.bucket, {naming.columns}, {_sums('c')} FROM ({cells}) c {naming.joins}"
        " GROUP BY c.bucket, 2, 3, 4, 5 ORDER BY c.bucket, sum(c.cost) DESC, 2"
    )
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, values)
        while rows := cursor.fetchmany(CHUNK_ROWS):
            for bucket, key, label, status, last_four, *sums in rows:
                yield bucket - 1, Group(key, label, Sums(*sums), status, last_four)


# --- how the statements are composed ---

_COLUMNS = ", ".join(f"t.{name}" for name in SUMS)
_ALIAS = "LEFT JOIN analytics_modelalias a ON a.provider = m.provider AND a.name = m.name"
_CANONICAL = "coalesce(a.canonical, m.canonical)"


@dataclass(frozen=True, slots=True)
class _Naming:
    """How a dimension's numbers become key, label, status and last four; rows without a record stay, unnamed."""

    columns: str
    joins: str


_NAMING = {
    "model": _Naming(
        f"{_CANONICAL} COLLATE \"C\", {_CANONICAL}, '', ''", f"LEFT JOIN analytics_model m ON m.id = c.key {_ALIAS}"
    ),
    "project": _Naming(
        "p.public_id COLLATE \"C\", coalesce(p.name, 'Deleted project'),"
        " CASE p.status WHEN 'archived' THEN 'archived' ELSE '' END, ''",
        "LEFT JOIN accounts_project p ON p.id = c.key",
    ),
    "apiKey": _Naming(
        "k.public_id COLLATE \"C\", coalesce(k.description, 'Deleted API key'),"
        " CASE WHEN k.revoked_at IS NULL THEN '' ELSE 'revoked' END, coalesce(k.last_four, '')",
        "LEFT JOIN accounts_apikey k ON k.id = c.key",
    ),
    "user": _Naming(
        "s.public_id COLLATE \"C\", coalesce(u.name, 'Removed member'),"
        " CASE WHEN s.removed_at IS NULL THEN '' ELSE 'removed' END, ''",
        "LEFT JOIN accounts_membership s ON s.id = c.key LEFT JOIN accounts_user u ON u.id = s.user_id",
    ),
}


def _sums(table: str) -> str:
    """The sums of `table`'s columns, as the numbers they are: PostgreSQL sums whole ones into a numeric."""
    return ", ".join(
        f"sum({table}.{summed.column}){'' if summed.exact else '::bigint'} AS {summed.column}" for summed in SUMMED
    )


# Dimension number → the detail tables' column for it.
_DETAIL_KEY = {0: "0::bigint", 1: "t.model_id", 2: "t.project_id", 3: "t.api_key_id", 4: "owner.created_by_id"}


def _window_cells(reading: Reading) -> tuple[str, list[Any]]:
    """The sums of every key over the whole of [start, end), from the coarsest rows that fit."""
    stretches = cover(reading.start, reading.end, reading.zone, months=not reading.filters)
    return _cells(reading, reading.dimension.number, stretches, bucketed=False)


def _series_stretches(reading: Reading) -> tuple[Stretch, ...]:
    if reading.by_days:
        return cover(reading.start, reading.end, reading.zone, months=False)
    return (Stretch("hour", reading.start, reading.end),)


def _series(reading: Reading, dimension: int, numbers: list[int] | None) -> dict[int, list[Sums]]:
    cells, values = _cells(reading, dimension, _series_stretches(reading), bucketed=True, numbers=numbers)
    found: dict[int, list[Sums]] = {}
    with connection.cursor() as cursor:
        cursor.execute(cells, values)
        for bucket, key, *sums in cursor.fetchall():
            if key not in found:
                found[key] = [Sums()] * len(reading.buckets)
            found[key][bucket - 1] = Sums(*sums)
    return found


def _cells(
    reading: Reading,
    dimension: int,
    stretches: tuple[Stretch, ...],
    *,
    bucketed: bool,
    numbers: list[int] | None = None,
) -> tuple[str, list[Any]]:
    """The rows of all stretches, summed by bucket (if asked) and key, and the parameters; `numbers` keeps some keys.

    A bucket is its place among the buckets' beginnings, from 1: `width_bucket` finds it for days and hours alike.
    """
    source = _usage(dimension)
    if reading.filters:
        found = _filtered(reading.organization_id, reading.filters) if reading.found is None else reading.found
        source = _detail(found, dimension)
    where, bounds = source.where, source.values
    if numbers is not None:
        where, bounds = f"{where} AND {source.key} = ANY(%s)", [*bounds, numbers]
    parts, values = [], []
    for stretch in stretches:
        bucket, starts = _bucket(reading, stretch) if bucketed else ("", [])
        parts.append(
            f"SELECT {bucket} {source.key} AS key, {_COLUMNS} FROM {source.tables[stretch.size]} t {source.joins}"
            f" WHERE t.organization_id = %s AND t.{stretch.size} >= %s AND t.{stretch.size} < %s AND {where}"
        )
        values += [*starts, reading.organization_id, stretch.start, stretch.end, *bounds]
    by = "r.bucket, r.key" if bucketed else "r.key"
    return f"SELECT {by}, {_sums('r')} FROM ({' UNION ALL '.join(parts)}) r GROUP BY {by}", values


def _bucket(reading: Reading, stretch: Stretch) -> tuple[str, list[Any]]:
    if stretch.size == "day":
        days = [bucket.start.astimezone(reading.zone).date() for bucket in reading.buckets]
        return "width_bucket(t.day, %s::date[]) AS bucket,", [days]
    return "width_bucket(t.hour, %s::timestamptz[]) AS bucket,", [[bucket.start for bucket in reading.buckets]]


@dataclass(frozen=True, slots=True)
class _Source:
    tables: dict[str, str]
    key: str
    where: str
    values: list[Any]
    joins: str = ""


def _usage(dimension: int) -> _Source:
    tables = {size: f"analytics_{name}usage" for size, name in _TABLES.items()}
    return _Source(tables, "t.key", "t.dimension = %s", [dimension])


_TABLES = {"hour": "hourly", "day": "daily", "month": "monthly"}


def _detail(found: dict[str, list[int]], dimension: int) -> _Source:
    tables = {size: f"analytics_{_TABLES[size]}detail" for size in ("hour", "day")}
    where, values = ["true"], []
    for column, numbers in found.items():
        where.append(f"t.{column} = ANY(%s)")
        values.append(numbers)
    joins = "JOIN accounts_apikey owner ON owner.id = t.api_key_id" if dimension == 4 else ""
    return _Source(tables, _DETAIL_KEY[dimension], " AND ".join(where), values, joins)


def _filtered(organization_id: int, filters: Filters) -> dict[str, list[int]]:
    """Filters as the detail tables' columns. A key never changes its project or creator, so keys say it all; the
    project is named beside them because that is what the index knows."""
    found: dict[str, list[int]] = {}
    with connection.cursor() as cursor:
        if filters.project or filters.apiKey or filters.member:
            cursor.execute(
                "SELECT k.id, k.project_id FROM accounts_apikey k JOIN accounts_project p ON p.id = k.project_id"
                " JOIN accounts_membership s ON s.id = k.created_by_id WHERE p.organization_id = %(organization)s"
                " AND (%(project)s::text[] = '{}' OR p.public_id = ANY(%(project)s))"
                " AND (%(key)s::text[] = '{}' OR k.public_id = ANY(%(key)s))"
                " AND (%(member)s::text[] = '{}' OR s.public_id = ANY(%(member)s))",
                {
                    "organization": organization_id,
                    "project": list(filters.project),
                    "key": list(filters.apiKey),
                    "member": list(filters.member),
                },
            )
            rows = cursor.fetchall()
            found["project_id"] = sorted({project for _, project in rows})
            found["api_key_id"] = [key for key, _ in rows]
        if filters.model:
            cursor.execute(
                f"SELECT m.id FROM analytics_model m {_ALIAS} WHERE {_CANONICAL} = ANY(%s)", [list(filters.model)]
            )
            found["model_id"] = [number for (number,) in cursor.fetchall()]
    return found
