"""The only writer of usage: the request log and the sums, in one transaction, under the locks of `request_log`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from django.db import IntegrityError, connection, transaction

from analytics.ledger import prices, request_log, rollup_sql
from analytics.ledger.clocks import INSTANT, clocks, reporting_zones
from analytics.ledger.horizon import horizons
from analytics.ledger.model_numbers import model_numbers
from analytics.ledger.usage_event import UsageEvent

# The log's columns: type, and where an event has the value (the model's number is found first).
LOG_COLUMNS = {
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

log_values = attrgetter(*LOG_COLUMNS)

_PARAMETERS = ", ".join(f"%({name})s::{kind}[]" for name, kind in LOG_COLUMNS.items())
_RECORD = f"""
WITH source AS (
    INSERT INTO analytics_request ({", ".join(LOG_COLUMNS)}, model_id)
    SELECT * FROM unnest({_PARAMETERS}, %(model_id)s::bigint[])
    ON CONFLICT DO NOTHING
    RETURNING *
), {rollup_sql.CLOCK}, {rollup_sql.GROUPED}, {rollup_sql.written(bounded=False)}, freshness AS (
    INSERT INTO analytics_freshness AS t (organization_id, newest_at)
    SELECT organization_id, max(occurred_at) FROM source GROUP BY organization_id ORDER BY organization_id
    ON CONFLICT (organization_id) DO UPDATE SET newest_at = greatest(t.newest_at, excluded.newest_at)
)
SELECT count(*) FROM source"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many events were new, and how many were in the log already or twice among those given."""

    recorded: int
    repeated: int


class PrunedError(Exception):
    """Since the events were resolved, the log was pruned past one of them. Nothing is written; resolve them again."""


def record_events(events: Sequence[UsageEvent]) -> Recorded:
    """Write what is new of `events` to the log and to the sums: all of it, or, on any error, nothing.

    Committed on return, so it refuses to run inside another transaction. Give it at most a few thousand at once.
    Of events with the same organization, instant and id the first is kept. What has no cost gets one here, if the price
    book knows it. PrunedError: one is older than its organization's log, in which a repeat could be seen; only
    `intake.resolve_and_record` deals with it.
    """
    if not events:
        return Recorded(0, 0)
    events = prices.priced(events)
    request_log.make_partitions(event.occurred_at for event in events)
    models = model_numbers({(event.provider, event.model) for event in events})
    columns = map(_array, LOG_COLUMNS.values(), zip(*map(log_values, events), strict=True))
    numbers = [models[event.provider, event.model] for event in events]
    given = dict(zip(LOG_COLUMNS, columns, strict=True)) | {"model_id": numbers}
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


def _array(kind: str, values: Sequence[object]) -> object:
    """A parameter for `kind[]`: psycopg's own way, item by item, is ten times slower where nothing needs quotes."""
    if kind == "text":
        return list(values)
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"
