"""The only writer of usage: the request log and the sums, in one transaction.

Locks: one advisory lock per organization, taken in ascending order before anything is read. Whoever holds it is the
organization's only writer, and the reporting zone read after it stays true until the commit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from analytics import prices, unfold
from analytics.canonical import canonical
from analytics.events import UsageEvent
from analytics.models import Dimension, Model
from analytics.snapshot import snapshot
from analytics.windows import midnight, month_start
from analytics.zones import offsets

# Upper halves of the 64-bit advisory locks, so that ours do not meet anybody's; below comes the organization's number.
_ORGANIZATION_LOCK = 0x6F726764 << 32
_PARTITION_LOCK = 0x70617274 << 32

EVER = (date(1999, 1, 1), date(9999, 1, 1))

# The log's columns: type, and where an event has the value (the model's number is found first).
_LOG = {
    "organization_id": "bigint",
    "occurred_at": "timestamptz",
    "event_id": "text",
    "project_id": "bigint",
    "api_key_id": "bigint",
    "member_id": "bigint",
    "is_error": "boolean",
    "input_tokens": "bigint",
    "output_tokens": "bigint",
    "cached_input_tokens": "bigint",
    "cost": "numeric",
}

_logged = attrgetter(*_LOG)
BACKFILL_BATCH = 5000
_INSTANT = timedelta(microseconds=1)
_DAY = timedelta(days=1)

_RECORD = f"""
WITH source AS (
    INSERT INTO analytics_request ({", ".join(_LOG)}, model_id)
    SELECT * FROM unnest({", ".join(f"%({name})s::{kind}[]" for name, kind in _LOG.items())}, %(model_id)s::bigint[])
    ON CONFLICT DO NOTHING
    RETURNING *
), {unfold.CLOCK}, {unfold.GROUPED}, {unfold.written(bounded=False)}, freshness AS (
    INSERT INTO analytics_freshness AS t (organization_id, newest_at)
    SELECT organization_id, max(occurred_at) FROM source GROUP BY organization_id ORDER BY organization_id
    ON CONFLICT (organization_id) DO UPDATE SET newest_at = greatest(t.newest_at, excluded.newest_at)
)
SELECT count(*) FROM source"""

_REBUILD = (
    f"WITH {unfold.BOUNDS}, {unfold.LOGGED}, {unfold.CLOCK}, {unfold.GROUPED}, {unfold.written(bounded=True)} SELECT"
)

# Models and their rates in, requests that had no cost out, with the sums that follow.
_REPRICE = f"""
WITH rate AS (
    SELECT * FROM unnest(%(model)s::bigint[], %(since)s::date[], %(until)s::date[], %(input)s::numeric[],
                         %(cached)s::numeric[], %(output)s::numeric[])
        AS rate(model_id, since, until, input, cached, output)
), source AS (
    UPDATE analytics_request AS t
    SET cost = ((input_tokens - cached_input_tokens) * rate.input + cached_input_tokens * rate.cached
                + output_tokens * rate.output) * 0.000001
    FROM rate
    WHERE t.organization_id = %(organization)s AND t.cost IS NULL AND t.model_id = rate.model_id
      AND t.occurred_at >= greatest(rate.since, %(day)s::date)::timestamp AT TIME ZONE 'UTC'
      AND t.occurred_at < least(rate.until, %(day)s::date + 1)::timestamp AT TIME ZONE 'UTC'
    RETURNING t.*
), {unfold.CLOCK}, {unfold.GROUPED_LATER}, {unfold.written(bounded=False)}
SELECT count(*) FROM source"""

_REFRESH = """
INSERT INTO analytics_freshness (organization_id, newest_at)
SELECT organization_id, max(occurred_at) FROM analytics_request
WHERE organization_id = %(organization)s GROUP BY organization_id"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many events were new, and how many were in the log already or twice among those given."""

    recorded: int
    repeated: int


@dataclass(frozen=True, slots=True)
class Difference:
    """One column of one row of the sums that is not what the log says; None: there is no such row."""

    table: str
    dimension: str
    key: str  # public ids; a model as sent
    bucket: str  # an hour as its first instant, in UTC; a day or a month by its first day
    column: str
    stored: str | None
    expected: str | None

    def __str__(self) -> str:
        found, wanted = self.stored or "nothing", self.expected or "nothing"
        return f"{self.table}, {self.dimension} {self.key}, {self.bucket}: {self.column} is {found}, log says {wanted}"


def record(events: Sequence[UsageEvent]) -> Recorded:
    """Write what is new of `events` to the log and to the sums: all of it, or, on any error, nothing.

    Committed on return, so it refuses to run inside another transaction. Give it at most a few thousand at once.
    Of events with the same organization, instant and id the first is kept. What has no cost gets one here, if the price
    book knows it.
    """
    if not events:
        return Recorded(0, 0)
    events = prices.priced(events)
    _make_partitions(event.occurred_at for event in events)
    models = _model_numbers({(event.provider, event.model) for event in events})
    columns = map(_array, _LOG.values(), zip(*map(_logged, events), strict=True))
    given = dict(zip(_LOG, columns, strict=True)) | {"model_id": [models[one.provider, one.model] for one in events]}
    instants = [event.occurred_at for event in events]
    organizations = {event.organization_id for event in events}
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        _lock(organizations)
        cursor.execute(_RECORD, given | _clocks(organizations, min(instants), max(instants) + _INSTANT))
        (recorded,) = cursor.fetchone()
    return Recorded(recorded, len(events) - recorded)


def backfill(events: Iterable[UsageEvent]) -> None:
    """A whole history at once, of any length: the log by COPY, then the sums of its organizations rebuilt.

    Faster than `record`, and part of the caller's transaction; but an event that the log has already is an error.
    """
    remaining = iter(events)
    organizations: set[int] = set()
    with transaction.atomic(), connection.cursor() as cursor:
        while batch := list(islice(remaining, BACKFILL_BATCH)):
            _make_partitions(event.occurred_at for event in batch)
            models = _model_numbers({(event.provider, event.model) for event in batch})
            here = {event.organization_id for event in batch}
            _lock(here - organizations)
            organizations |= here
            with cursor.copy(f"COPY analytics_request ({', '.join(_LOG)}, model_id) FROM STDIN") as copy:
                for event in batch:
                    copy.write_row((*_logged(event), models[event.provider, event.model]))
        for organization_id in sorted(organizations):
            rebuild(organization_id)


def rebuild(organization_id: int, first_day: date = EVER[0], end_day: date = EVER[1]) -> None:
    """Write the sums of these days anew from the log, under the same lock; readers see before or after, never between.

    Days are the reporting zone's, `end_day` is not included; of months, the whole ones around them.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        _lock({organization_id})
        given = _bounds(organization_id, first_day, end_day)
        for table in unfold.TABLES:
            cursor.execute(
                f"WITH {unfold.BOUNDS} DELETE FROM {table.name} "
                f"WHERE organization_id = %(organization)s AND {unfold.within(table)}",
                given,
            )
        cursor.execute(_REBUILD, given)
        cursor.execute("DELETE FROM analytics_freshness WHERE organization_id = %(organization)s", given)
        cursor.execute(_REFRESH, given)


def unpriced_days(organization_id: int) -> list[date]:
    """The days (UTC) of the log on which a request of this organization has no cost, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT (occurred_at AT TIME ZONE 'UTC')::date FROM analytics_request"
            " WHERE organization_id = %s AND cost IS NULL ORDER BY 1",
            [organization_id],
        )
        return [day for (day,) in cursor.fetchall()]


def reprice(organization_id: int, day: date) -> int:
    """Give a cost to the requests of one day (UTC) that have none and whose price is known now; how many they were.

    One transaction, the sums included. A cost that was sent, or given before, is never changed.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        _lock({organization_id})
        rates = prices.model_rates(Model.objects.values_list("pk", "provider", "name"))
        if not rates:
            return 0
        begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
        given = _clocks({organization_id}, begin, begin + _DAY) | {
            "organization": organization_id,
            "day": day,
            "model": [one.model_id for one in rates],
            "since": [one.rate.valid_from for one in rates],
            "until": [one.until for one in rates],
            "input": [one.rate.input for one in rates],
            "cached": [one.rate.cached_input for one in rates],
            "output": [one.rate.output for one in rates],
        }
        cursor.execute(_REPRICE, given)
        (priced,) = cursor.fetchone()
    return priced


def differences(organization_id: int, first_day: date = EVER[0], end_day: date = EVER[1]) -> list[Difference]:
    """Where the sums of these days (and the freshness) are not what the log says. Bounds as in `rebuild`.

    Ordered by table, bucket, dimension, key, column. Read in one snapshot; writers are not held up.
    """
    with snapshot(), connection.cursor() as cursor:
        cursor.execute(unfold.DIFFERENCES, _bounds(organization_id, first_day, end_day))
        found = cursor.fetchall()
    labels = {number: label.lower() for number, label in Dimension.choices} | {None: "API key × model"}
    return [Difference(table, labels[dimension], *rest) for table, dimension, *rest in found]


def _array(kind: str, values: Sequence[object]) -> object:
    """A parameter for `kind[]`: psycopg's own way, item by item, is ten times slower where nothing needs quotes."""
    if kind == "text":
        return list(values)
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


def _zones(organizations: Iterable[int]) -> dict[int, ZoneInfo]:
    """The reporting zones. Read under the organizations' locks they stay true until the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, time_zone FROM accounts_organization WHERE id = ANY(%s)", [list(organizations)])
        return {number: ZoneInfo(zone) for number, zone in cursor.fetchall()}


def _clocks(organizations: Iterable[int], start: datetime, end: datetime) -> dict[str, Any]:
    """The parameters of `unfold.CLOCK` for what happened in [start, end)."""
    rows = [
        (number, one.since, one.until, one.ahead)
        for number, zone in _zones(organizations).items()
        for one in offsets(zone, start, end)
    ]
    columns = zip(*rows, strict=True) if rows else ((),) * 4
    names = ("clock_organization", "clock_since", "clock_until", "clock_ahead")
    return {name: list(column) for name, column in zip(names, columns, strict=True)}


def _bounds(organization_id: int, first_day: date, end_day: date) -> dict[str, Any]:
    """The parameters of `unfold.BOUNDS` and `unfold.CLOCK` for these days of the reporting zone."""
    (zone,) = _zones([organization_id]).values()
    first_month, end_month = month_start(first_day), month_start(end_day - _DAY, 1)
    # A day more on both sides: where clocks go back across midnight, a day's events are not one run of instants.
    first, end = midnight(first_month, zone) - _DAY, midnight(end_month, zone) + _DAY
    edges = (first_day, end_day, first_month, end_month)
    edges = (*edges, midnight(first_day, zone), midnight(end_day, zone), first, end)
    logged = _reach(organization_id, first, end)
    return {
        "organization": organization_id,
        **dict(zip(unfold.EDGES, edges, strict=True)),
        **_clocks([organization_id], *logged),
    }


def _reach(organization_id: int, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """The part of [start, end) that holds this organization's requests; empty where there are none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(occurred_at), max(occurred_at) FROM analytics_request"
            " WHERE organization_id = %s AND occurred_at >= %s AND occurred_at < %s",
            [organization_id, start, end],
        )
        first, last = cursor.fetchone()
    return (first, last + _INSTANT) if first else (start, start)


def _lock(organizations: set[int]) -> None:
    """Until the end of the transaction. In ascending order, so that two writers never wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key",
            [[_ORGANIZATION_LOCK + number for number in sorted(organizations)]],
        )


def _model_numbers(names: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """(provider, model) as sent → number of its Model row, made where there is none.

    New rows are committed by themselves, before the events: they are shared by all organizations, and a writer of one
    would otherwise wait for a writer of another.
    """
    known = _known_models(names)
    missing = sorted(names - known.keys())
    if not missing:
        return known
    with transaction.atomic():
        Model.objects.bulk_create(
            [Model(provider=provider, name=name, canonical=canonical(name)) for provider, name in missing],
            ignore_conflicts=True,
        )
    return _known_models(names)


def _known_models(names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT provider, name, id FROM analytics_model "
            "JOIN unnest(%s::text[], %s::text[]) AS sent(provider, name) USING (provider, name)",
            [list(column) for column in zip(*names, strict=True)],
        )
        return {(provider, name): number for provider, name, number in cursor.fetchall()}


def _make_partitions(instants: Iterable[datetime]) -> None:
    """The log's monthly partitions (UTC) for these instants, where missing.

    In a transaction of their own, and attached rather than created in place: that takes no lock that a writer or a
    reader of the log would wait for.
    """
    months = {(moment.year, moment.month) for moment in {instant.astimezone(UTC) for instant in instants}}
    wanted = {f"analytics_request_{year:04d}_{month:02d}": (year, month) for year, month in months}
    if not _missing_tables(wanted):
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PARTITION_LOCK])
        for name in _missing_tables(wanted):  # another writer may have made them meanwhile
            year, month = wanted[name]
            first, stop = (
                datetime(year, month, 1, tzinfo=UTC),
                datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC),
            )
            cursor.execute(f"CREATE TABLE {name} (LIKE analytics_request INCLUDING ALL)")
            cursor.execute(
                f"ALTER TABLE analytics_request ATTACH PARTITION {name} FOR VALUES FROM (%s) TO (%s)", [first, stop]
            )


def _missing_tables(names: Iterable[str]) -> list[str]:
    with connection.cursor() as cursor:
        # Not to_regclass: it answers from a cache that does not see what was committed while this transaction waited.
        cursor.execute(
            "SELECT name FROM unnest(%s::text[]) AS name WHERE NOT EXISTS ("
            "SELECT FROM pg_class JOIN pg_inherits ON inhrelid = pg_class.oid "
            "WHERE relname = name AND inhparent = 'analytics_request'::regclass) ORDER BY name",
            [list(names)],
        )
        return [name for (name,) in cursor.fetchall()]
