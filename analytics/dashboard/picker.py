"""What the date picker's script is told: the window shown, and the days of each preset. No HTML, no database."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from analytics.reporting.comparisons import PERIODS, compare
from analytics.reporting.query import Query
from analytics.windows import FIRST_DAY, LAST_DAY, MAX_DAYS, ONE_DAY, PRESETS, Window, day_of, midnight, preset_window

WEST, EAST = timedelta(hours=-12), timedelta(hours=14)  # the offsets between which all zones lie
_UTC = ZoneInfo("UTC")


def picker(query: Query, reporting_zone: str, now: datetime) -> dict[str, Any]:
    """For static/js/date-range.js. Presets are given for every day that is today somewhere: zones change there.

    A preset has its days; one that is a calendar period, the days of the period before as well.
    """
    window, compared = query.window, query.comparison
    return {
        "now": now.astimezone(UTC).isoformat(),
        "preset": window.preset or "",
        "from": window.first_day.isoformat(),
        "to": window.last_day.isoformat(),
        "zone": window.zone.key,
        "reportingZone": reporting_zone,
        "compare": compared.kind if compared else "none",
        "compareDay": compared.window.first_day.isoformat() if compared and compared.kind == "day" else "",
        "presets": {today.isoformat(): _presets(today) for today in _todays(now)},
        "earliest": FIRST_DAY.isoformat(),
        "latest": LAST_DAY.isoformat(),
        "maxDays": MAX_DAYS,
    }


def _todays(now: datetime) -> list[date]:
    first, last = day_of(now + WEST, _UTC), day_of(now + EAST, _UTC)
    return [first + number * ONE_DAY for number in range((last - first).days + 1)]


@lru_cache(maxsize=16)
def _presets(today: date) -> dict[str, list[str]]:
    noon = midnight(today, _UTC) + timedelta(hours=12)
    return {preset: _days(preset_window(preset, noon, _UTC), noon) for preset in PRESETS}


def _days(window: Window, noon: datetime) -> list[str]:
    windows = [window]
    if window.preset in PERIODS:
        windows.append(compare(window, "previous", noon, _UTC).window)
    return [day.isoformat() for period in windows for day in (period.first_day, period.last_day)]
