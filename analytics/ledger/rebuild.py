"""The sums written anew from the log, month by month; and a whole history at once, log and sums."""

from collections.abc import Iterable
from datetime import date
from itertools import islice

from django.db import connection, transaction

from analytics.ledger import log_sql, months, prices, request_log
from analytics.ledger.clocks import ALL_TIME
from analytics.ledger.horizon import horizons
from analytics.ledger.log_columns import values
from analytics.ledger.model_numbers import model_numbers
from analytics.ledger.months import Days
from analytics.ledger.record import PrunedError, priced
from analytics.ledger.usage_event import UsageEvent

BACKFILL_BATCH = 5000

# Of a log that is pruned the first event is not known from it, nor, where that is to its end, the newest; they stay.
_FORGET = """
DELETE FROM analytics_freshness WHERE organization_id = %(organization)s
AND NOT EXISTS (SELECT FROM analytics_request WHERE organization_id = %(organization)s)
AND NOT EXISTS (SELECT FROM analytics_horizon WHERE organization_id = %(organization)s)"""

_REFRESH = """
INSERT INTO analytics_freshness AS t (organization_id, newest_at, first_at)
SELECT %(organization)s, newest, (SELECT min(occurred_at) FROM analytics_request
                                  WHERE organization_id = %(organization)s AND is_counted)
FROM (SELECT max(occurred_at) AS newest FROM analytics_request WHERE organization_id = %(organization)s) AS log
WHERE newest IS NOT NULL
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
    """Make the sums of these days, and the freshness, what the log says, a month at a time.

    Days are the reporting zone's, `end_day` is not included; of months, the whole ones around them. Days that the log
    has not whole any more stay as they are, and a month is the sum of such days and of the others.

    Who was killed half-way begins again: months that are right are read, and none of their rows is written.
    """
    for days in months.months(organization_id, first_day, end_day):
        rebuild_month(organization_id, days)
    refresh(organization_id)


def rebuild_month(organization_id: int, days: Days) -> int:
    """These days of one month, and how many rows of theirs were wrong.

    One transaction, under the lock of who writes: readers see the month before or after, never between.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        request_log.lock({organization_id})
        cursor.execute(log_sql.SETTINGS)
        portions, month = months.portions(organization_id, days)
        wrong = 0
        for statement, given in ((log_sql.MEND_PORTION, portions), (log_sql.MEND_MONTH, month)):
            for portion in given:
                cursor.execute(statement, portion)
                wrong += cursor.fetchone()[0]
        if wrong:
            refresh(organization_id)
    return wrong


def refresh(organization_id: int) -> None:
    """The newest and the first event's instants anew from the log, as far as that is known."""
    with transaction.atomic(), connection.cursor() as cursor:
        request_log.lock({organization_id})
        for statement in (_FORGET, _REFRESH, _TOUCH):
            cursor.execute(statement, {"organization": organization_id})
