"""The months of an organization, and each in portions: what is compared or written anew at once, in bounded memory.

A portion is a run of days with some 25,000 requests, or one day that has more. Days are those of the reporting zone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from analytics.ledger.clocks import DAY, clocks, reporting_zones
from analytics.ledger.horizon import first_whole_day, horizons
from analytics.ledger.rollup_sql import TABLES
from analytics.ledger.zones import offsets
from analytics.metrics import TABLE_DIMENSIONS
from analytics.windows import day_of, midnight, month_start

PORTION = 25_000  # requests

Given = dict[str, Any]  # parameters of `log_sql`


@dataclass(frozen=True, slots=True)
class Days:
    """Some days of one month, [first, end)."""

    first: date
    end: date


def months(organization_id: int, first_day: date, end_day: date) -> Iterator[Days]:
    """The days of [first_day, end_day) of every month that has requests or sums, the oldest first.

    Each is looked for when it is asked for, without a lock: what comes meanwhile is in the sums already.
    """
    month = month_start(first_day)
    while month < end_day and (found := _next(organization_id, month)):
        month = max(month, month_start(found))
        following = month_start(month, 1)
        if month < end_day:
            yield Days(max(first_day, month), min(end_day, following))
        month = following


def portions(organization_id: int, days: Days) -> tuple[list[Given], list[Given]]:
    """The parameters of `log_sql` for hours and days, portion by portion, and for the month around them, if any.

    Days that the log has not whole are left out. Under the log's lock it stays true until the end of the transaction.
    """
    (zone,) = reporting_zones([organization_id]).values()
    horizon = horizons([organization_id]).get(organization_id)
    whole = first_whole_day(horizon, zone) if horizon else date.min
    first = max(days.first, whole)
    if first >= days.end:
        return [], []
    month = month_start(days.first)
    around = _given(organization_id, zone, Days(max(month, whole), month_start(month, 1)))
    return [_given(organization_id, zone, cut) for cut in _cut(organization_id, zone, Days(first, days.end))], [around]


def _next(organization_id: int, month: date) -> date | None:
    """The first day from the beginning of a month on of which there is anything. One look into an index for each."""
    (zone,) = reporting_zones([organization_id]).values()
    given: Given = {"organization": organization_id, "day": month, "instant": midnight(month, zone)}
    with connection.cursor() as cursor:
        cursor.execute(_FIRST, given)
        instant, day = cursor.fetchone()
    return min((one for one in (instant and day_of(instant, zone), day) if one), default=None)


def _firsts(hourly: bool) -> str:
    """The first bucket of the tables by hour, or of the others."""
    edge, looks = "%(instant)s" if hourly else "%(day)s", []
    for table in TABLES:
        if (table.bucket == "hour") == hourly:
            look = f"SELECT min({table.bucket}) FROM {table.name} WHERE organization_id = %(organization)s"
            look += f" AND {table.bucket} >= {edge}"
            numbers = [one.number for one in TABLE_DIMENSIONS] if table.by_dimension else []
            looks += [f"{look} AND dimension = {number}" for number in numbers] or [look]
    return ", ".join(f"({look})" for look in looks)


_FIRST = f"""
SELECT least((SELECT min(occurred_at) FROM analytics_request
              WHERE organization_id = %(organization)s AND occurred_at >= %(instant)s), {_firsts(hourly=True)}),
       least({_firsts(hourly=False)})"""

# By days of UTC: only how many there are is asked.
_COUNTS = """
SELECT (occurred_at AT TIME ZONE 'UTC')::date, count(*) FROM analytics_request
WHERE organization_id = %s AND occurred_at >= %s AND occurred_at < %s GROUP BY 1"""


def _cut(organization_id: int, zone: ZoneInfo, days: Days) -> Iterator[Days]:
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [organization_id, *_instants(zone, days)])
        counts = dict(cursor.fetchall())
    first, requests = days.first, 0
    for number in range((days.end - days.first).days):
        day = days.first + number * DAY
        if requests and requests + counts.get(day, 0) > PORTION:
            yield Days(first, day)
            first, requests = day, 0
        requests += counts.get(day, 0)
    yield Days(first, days.end)


def _given(organization_id: int, zone: ZoneInfo, days: Days) -> Given:
    start, end = _instants(zone, days)
    return {
        "organization": organization_id,
        "first_day": days.first,
        "end_day": days.end,
        "first_month": month_start(days.first),
        "end_month": month_start(days.first, 1),
        "first_hour": midnight(days.first, zone),
        "end_hour": midnight(days.end, zone),
        "first_instant": start,
        "end_instant": end,
        **clocks({organization_id: zone}, start, end),
    }


def _instants(zone: ZoneInfo, days: Days) -> tuple[datetime, datetime]:
    """[start, end) in which everything of these days, and of their hours, happened.

    Where clocks change near midnight a day more on that side: going back across it, they cut a day in two.
    """
    start, end = midnight(days.first, zone), midnight(days.end, zone)
    before, after = ((DAY if len(offsets(zone, at - DAY, at + DAY)) > 1 else timedelta()) for at in (start, end))
    return start - before, end + after
