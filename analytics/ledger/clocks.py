"""Organizations' clocks: the parameters of the rollup SQL."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from analytics.ledger import request_log
from analytics.ledger.zones import offsets

ALL_TIME = (date(1999, 1, 1), date(9999, 1, 1))
INSTANT = timedelta(microseconds=1)
DAY = timedelta(days=1)


# One after the other, sent together: the last sees what was committed while the first waited.
_LOCKED = f"""{request_log.LOCK};
SELECT o.id, o.time_zone, h.pruned_before FROM accounts_organization o
LEFT JOIN analytics_horizon h ON h.organization_id = o.id WHERE o.id = ANY(%s::bigint[])"""


@dataclass(frozen=True, slots=True)
class Locked:
    """What stays true of an organization until the end of the transaction: its reporting zone, and its horizon."""

    zone: ZoneInfo
    pruned_before: datetime | None  # None: the log has all of its requests


def lock(organizations: Iterable[int]) -> dict[int, Locked]:
    """The log's lock for these organizations (`request_log.lock`), and what stays true under it, asked for at once."""
    numbers = sorted(organizations)
    with connection.cursor() as cursor:
        cursor.execute(_LOCKED, [request_log.locks(numbers), numbers])
        while cursor.nextset():
            pass
        rows = cursor.fetchall()
    return {number: Locked(ZoneInfo(zone), before and before.astimezone(UTC)) for number, zone, before in rows}


def reporting_zones(organizations: Iterable[int]) -> dict[int, ZoneInfo]:
    """Read under the organizations' locks they stay true until the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, time_zone FROM accounts_organization WHERE id = ANY(%s)", [list(organizations)])
        return {number: ZoneInfo(zone) for number, zone in cursor.fetchall()}


def clocks(zones: dict[int, ZoneInfo], start: datetime, end: datetime) -> dict[str, Any]:
    """The parameters of `rollup_sql.CLOCK` for what happened in [start, end)."""
    rows = [
        (number, stretch.since, stretch.until, stretch.ahead)
        for number, zone in zones.items()
        for stretch in offsets(zone, start, end)
    ]
    columns = zip(*rows, strict=True) if rows else ((),) * 4
    names = ("clock_organization", "clock_since", "clock_until", "clock_ahead")
    return {name: list(column) for name, column in zip(names, columns, strict=True)}


def reach(organization_id: int, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """The part of [start, end) that holds this organization's requests; empty where there are none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(occurred_at), max(occurred_at) FROM analytics_request"
            " WHERE organization_id = %s AND occurred_at >= %s AND occurred_at < %s",
            [organization_id, start, end],
        )
        first, last = cursor.fetchone()
    return (first, last + INSTANT) if first else (start, start)
