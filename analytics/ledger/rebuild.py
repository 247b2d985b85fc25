"""The sums of some days written anew from the log; and a whole history at once, log and sums."""

from collections.abc import Iterable
from datetime import date
from itertools import islice

from django.db import connection, transaction

from analytics.ledger import prices, request_log, rollup_sql
from analytics.ledger.clocks import ALL_TIME, bounds
from analytics.ledger.horizon import horizons
from analytics.ledger.log_columns import values
from analytics.ledger.model_numbers import model_numbers
from analytics.ledger.record import PrunedError, priced
from analytics.ledger.usage_event import UsageEvent

BACKFILL_BATCH = 5000

_REBUILD = ", ".join(
    (
        f"WITH {rollup_sql.BOUNDS}",
        rollup_sql.LOGGED,
        rollup_sql.CLOCK,
        rollup_sql.grouped(),
        f"{rollup_sql.written(bounded=True)} SELECT",
    )
)

# Of a log that is pruned the first event is not known from it, nor, where that is to its end, the newest; they stay.
_FORGET = """
DELETE FROM analytics_freshness WHERE organization_id = %(organization)s
AND NOT EXISTS (SELECT FROM analytics_request WHERE organization_id = %(organization)s)
AND NOT EXISTS (SELECT FROM analytics_horizon WHERE organization_id = %(organization)s)"""

_REFRESH = """
INSERT INTO analytics_freshness AS t (organization_id, newest_at, first_at)
SELECT organization_id, max(occurred_at), min(occurred_at) FILTER (WHERE is_counted) FROM analytics_request
WHERE organization_id = %(organization)s GROUP BY organization_id
ON CONFLICT (organization_id) DO UPDATE SET newest_at = excluded.newest_at,
    first_at = CASE WHEN EXISTS (SELECT FROM analytics_horizon h WHERE h.organization_id = t.organization_id)
        THEN t.first_at ELSE excluded.first_at END"""

# Whoever changes sums writes this row, by which readers see it (`unchanged`).
_TOUCH = "UPDATE analytics_freshness SET newest_at = newest_at WHERE organization_id = %(organization)s"


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
            models = model_numbers({(event.provider, event.model) for event in batch})
            here = {event.organization_id for event in batch}
            request_log.lock(here - organizations)
            organizations |= here
            if horizons(here):
                raise PrunedError
            book = prices.book_for({(event.provider, event.model) for event in batch if event.cost is None})
            columns = values([priced(event, book) for event in batch], every=True)
            columns["model_id"] = [models[event.provider, event.model] for event in batch]
            with cursor.copy(f"COPY analytics_request ({', '.join(columns)}) FROM STDIN") as copy:
                for row in zip(*columns.values(), strict=True):
                    copy.write_row(row)
        for organization_id in sorted(organizations):
            rebuild(organization_id)


def rebuild(organization_id: int, first_day: date = ALL_TIME[0], end_day: date = ALL_TIME[1]) -> None:
    """Write the sums of these days anew from the log, under the same lock; readers see before or after, never between.

    Days are the reporting zone's, `end_day` is not included; of months, the whole ones around them. Days that the log
    has not whole any more stay as they are, and a month is the sum of such days and of the others.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        request_log.lock({organization_id})
        given = bounds(organization_id, first_day, end_day)
        for table in rollup_sql.TABLES:
            cursor.execute(
                f"WITH {rollup_sql.BOUNDS} DELETE FROM {table.name} "
                f"WHERE organization_id = %(organization)s AND {rollup_sql.within(table)}",
                given,
            )
        cursor.execute(_REBUILD, given)
        cursor.execute(_FORGET, given)
        cursor.execute(_REFRESH, given)
        cursor.execute(_TOUCH, given)
