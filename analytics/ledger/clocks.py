"""Organizations' clocks: the parameters of the rollup SQL."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from analytics.ledger.zones import offsets

ALL_TIME = (date(1999, 1, 1), date(9999, 1, 1))
INSTANT = timedelta(microseconds=1)
DAY = timedelta(days=1)


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
