"""Old months of the request log are dropped whole; the sums stay.

An organization of which a month held requests gets a horizon at that month's end: what it sends of earlier times is
refused, because nobody could say whether it was counted. One that had none there loses nothing, and gets none: its
history can still come in, in a partition made anew.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from time import sleep

from django.db import OperationalError, connection, transaction
from psycopg import errors

from analytics.ledger.request_log import Month, months

TRIES = 60
PAUSE = 1.0  # seconds between two, in which whoever waited goes on

# Writers wait behind whoever waits for the log, so that is given up before it can be taken for a deadlock (one second).
# For the month alone nobody waits; that is long enough for a running autovacuum to make way.
_FOR_THE_MONTH, _FOR_THE_LOG = "5s", "500ms"


class LogBusyError(Exception):
    """The log was in use all the time; what was dropped before is dropped."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A month that is gone from the log: how many requests it held, by organization."""

    month: Month
    requests: Counter[int]


def old_months(before: datetime) -> list[Month]:
    """The months of the log that were over at `before`, the oldest first."""
    return [month for month in months() if month.end <= before]


def counted(month: Month) -> Dropped:
    """What dropping it would drop."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT organization_id, count(*) FROM {month.table} GROUP BY 1 ORDER BY 1")
        return Dropped(month, Counter(dict(cursor.fetchall())))


def drop(month: Month) -> Dropped:
    """Drop a month and raise the horizon of the organizations that had requests in it, in one transaction.

    Who is writing into it ends first. Who comes later finds the horizon, which is read under a lock that excludes this.
    LogBusyError: somebody reads or writes the log for long.
    """
    for attempt in range(TRIES):
        sleep(PAUSE if attempt else 0)
        try:
            return _drop(month)
        except OperationalError as error:
            if not isinstance(error.__cause__, errors.LockNotAvailable | errors.DeadlockDetected):
                raise
    raise LogBusyError


def _drop(month: Month) -> Dropped:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [_FOR_THE_MONTH])
        cursor.execute(f"LOCK TABLE {month.table} IN SHARE MODE")
        dropped = counted(month)
        cursor.execute(
            "INSERT INTO analytics_horizon AS t (organization_id, pruned_before)"
            " SELECT organization_id, %s FROM unnest(%s::bigint[]) AS organization_id"
            " ON CONFLICT (organization_id) DO UPDATE"
            " SET pruned_before = greatest(t.pruned_before, excluded.pruned_before)",
            [month.end, list(dropped.requests)],
        )
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [_FOR_THE_LOG])
        cursor.execute(f"DROP TABLE {month.table}")
    return dropped
