"""Organizations' clocks, and where their days begin and end: the parameters of the rollup SQL."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from analytics.ledger import rollup_sql
from analytics.ledger.horizon import first_whole_day, horizons
from analytics.ledger.zones import offsets
from analytics.windows import midnight, month_start

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


def bounds(organization_id: int, first_day: date, end_day: date) -> dict[str, Any]:
    """The parameters of `rollup_sql.BOUNDS` and `rollup_sql.CLOCK` for those of these days that the log has whole."""
    (zone,) = reporting_zones([organization_id]).values()
    horizon = horizons([organization_id]).get(organization_id)
    checked_day = first_whole_day(horizon, zone) if horizon else ALL_TIME[0]
    first_day = max(first_day, checked_day)
    first_month, end_month = month_start(first_day), month_start(end_day - DAY, 1)
    if first_day >= end_day:
        end_day, end_month = first_day, first_month
    # A day more on both sides: where clocks go back across midnight, a day's events are not one run of instants.
    first, end = midnight(first_month, zone) - DAY, midnight(end_month, zone) + DAY
    edges = rollup_sql.Bounds(
        first_day=first_day,
        end_day=end_day,
        first_month=first_month,
        end_month=end_month,
        first_hour=midnight(first_day, zone),
        end_hour=midnight(end_day, zone),
        first_instant=first,
        end_instant=end,
        checked_day=checked_day,
    )
    logged = reach(organization_id, first, end)
    return {"organization": organization_id, **asdict(edges), **clocks({organization_id: zone}, *logged)}


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
