"""The only writer of usage: the request log and the sums, in one transaction, under the locks of `request_log`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from operator import attrgetter

from django.db import IntegrityError, connection, transaction

from analytics import prices, request_log, unfold
from analytics.canonical import canonical
from analytics.clocks import DAY, EVER, INSTANT, bounds, clocks, reporting_zones
from analytics.horizon import first_whole_day, horizons
from analytics.models import Dimension, Model
from analytics.snapshot import snapshot
from analytics.usage_event import UsageEvent

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
      AND (input_tokens + output_tokens > 0 OR is_error OR rate.input + rate.cached + rate.output = 0)
    RETURNING t.*
), {unfold.CLOCK}, {unfold.GROUPED_LATER}, {unfold.written(bounded=False)}
SELECT count(*) FROM source"""

# Of a log that is pruned to its end the newest event is not known from it, and stays what it is.
_FORGET = """
DELETE FROM analytics_freshness WHERE organization_id = %(organization)s
AND (EXISTS (SELECT FROM analytics_request WHERE organization_id = %(organization)s)
     OR NOT EXISTS (SELECT FROM analytics_horizon WHERE organization_id = %(organization)s))"""

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


class PrunedError(Exception):
    """Since the events were resolved, the log was pruned past one of them. Nothing is written; resolve them again."""


def record(events: Sequence[UsageEvent]) -> Recorded:
    """Write what is new of `events` to the log and to the sums: all of it, or, on any error, nothing.

    Committed on return, so it refuses to run inside another transaction. Give it at most a few thousand at once.
    Of events with the same organization, instant and id the first is kept. What has no cost gets one here, if the price
    book knows it. PrunedError: one is older than its organization's log, in which a repeat could be seen; `intake.take`
    never raises it.
    """
    if not events:
        return Recorded(0, 0)
    events = prices.priced(events)
    request_log.make_partitions(event.occurred_at for event in events)
    models = _model_numbers({(event.provider, event.model) for event in events})
    columns = map(_array, _LOG.values(), zip(*map(_logged, events), strict=True))
    given = dict(zip(_LOG, columns, strict=True)) | {"model_id": [models[one.provider, one.model] for one in events]}
    instants = [event.occurred_at for event in events]
    organizations = {event.organization_id for event in events}
    try:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            _lock(organizations, events)
            zones = reporting_zones(organizations)
            cursor.execute(_RECORD, given | clocks(zones, min(instants), max(instants) + INSTANT))
            (recorded,) = cursor.fetchone()
    except IntegrityError:
        if not request_log.missing_months(instants):
            raise
        raise PrunedError from None  # the month, of another organization's requests, went before the lock was there
    return Recorded(recorded, len(events) - recorded)


def _lock(organizations: set[int], events: Iterable[UsageEvent]) -> None:
    """From here to the commit no request of these organizations goes from the log; PrunedError: of `events` one has."""
    request_log.lock(organizations)
    pruned = horizons(organizations)
    if any(event.occurred_at < pruned.get(event.organization_id, event.occurred_at) for event in events):
        raise PrunedError


def backfill(events: Iterable[UsageEvent]) -> None:
    """A whole history at once, of any length: the log by COPY, then the sums of its organizations rebuilt.

    Faster than `record`, and part of the caller's transaction; but an event that the log has already is an error, and
    so is an organization whose log is pruned: PrunedError.
    """
    remaining = iter(events)
    organizations: set[int] = set()
    with transaction.atomic(), connection.cursor() as cursor:
        while batch := list(islice(remaining, BACKFILL_BATCH)):
            request_log.make_partitions(event.occurred_at for event in batch)
            models = _model_numbers({(event.provider, event.model) for event in batch})
            here = {event.organization_id for event in batch}
            request_log.lock(here - organizations)
            organizations |= here
            if horizons(here):
                raise PrunedError
            with cursor.copy(f"COPY analytics_request ({', '.join(_LOG)}, model_id) FROM STDIN") as copy:
                for event in batch:
                    copy.write_row((*_logged(event), models[event.provider, event.model]))
        for organization_id in sorted(organizations):
            rebuild(organization_id)


def rebuild(organization_id: int, first_day: date = EVER[0], end_day: date = EVER[1]) -> None:
    """Write the sums of these days anew from the log, under the same lock; readers see before or after, never between.

    Days are the reporting zone's, `end_day` is not included; of months, the whole ones around them. Days that the log
    has not whole any more stay as they are, and a month is the sum of such days and of the others.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        request_log.lock({organization_id})
        given = bounds(organization_id, first_day, end_day)
        for table in unfold.TABLES:
            cursor.execute(
                f"WITH {unfold.BOUNDS} DELETE FROM {table.name} "
                f"WHERE organization_id = %(organization)s AND {unfold.within(table)}",
                given,
            )
        cursor.execute(_REBUILD, given)
        cursor.execute(_FORGET, given)
        cursor.execute(_REFRESH, given)


def unpriced_days(organization_id: int) -> list[date]:
    """The days (UTC) on which a request of this organization may lack a cost, the oldest first; of those in the log.

    Known by the hours of the sums. One that crosses midnight, in a zone of half hours, stands for both days.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT (instant AT TIME ZONE 'UTC')::date FROM analytics_hourlyusage AS t"
            " CROSS JOIN LATERAL (VALUES (hour), (hour + interval '59:59.999999')) AS edge(instant)"
            " LEFT JOIN analytics_horizon AS pruned ON pruned.organization_id = t.organization_id"
            " WHERE t.organization_id = %s AND dimension = %s AND key = 0 AND unpriced_count > 0"
            " AND instant >= coalesce(pruned_before, '-infinity') ORDER BY 1",
            [organization_id, Dimension.ORGANIZATION],
        )
        return [day for (day,) in cursor.fetchall()]


def known_rates() -> list[prices.ModelRate]:
    """What every model as sent costs, by the price book as it is now: for `reprice`, day after day."""
    return prices.model_rates(Model.objects.values_list("pk", "provider", "name"))


def reprice(organization_id: int, day: date, rates: Sequence[prices.ModelRate]) -> int:
    """Give a cost to the requests of one day (UTC) that have none and whose price is known; how many they were.

    One transaction, the sums included. A cost that was sent, or given before, is never changed.
    """
    if not rates:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        request_log.lock({organization_id})
        begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
        given = clocks(reporting_zones({organization_id}), begin, begin + DAY) | {
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


def checked_from(organization_id: int) -> tuple[datetime, date] | None:
    """Before which instant the log is pruned, and the first day that it has whole; None: it has everything."""
    horizon = horizons([organization_id]).get(organization_id)
    return (horizon, first_whole_day(horizon, reporting_zones([organization_id])[organization_id])) if horizon else None


def differences(organization_id: int, first_day: date = EVER[0], end_day: date = EVER[1]) -> list[Difference]:
    """Where the sums of these days (and the freshness) are not what the log says. Bounds as in `rebuild`.

    Ordered by table, bucket, dimension, key, column. Read in one snapshot; writers are not held up.
    """
    with snapshot(), connection.cursor() as cursor:
        request_log.keep_partitions()
        cursor.execute(unfold.DIFFERENCES, bounds(organization_id, first_day, end_day))
        found = cursor.fetchall()
    labels = {number: label.lower() for number, label in Dimension.choices} | {None: "API key × model"}
    return [Difference(table, labels[dimension], *rest) for table, dimension, *rest in found]


def _array(kind: str, values: Sequence[object]) -> object:
    """A parameter for `kind[]`: psycopg's own way, item by item, is ten times slower where nothing needs quotes."""
    if kind == "text":
        return list(values)
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


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
