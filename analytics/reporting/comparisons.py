"""Which window another is compared with. Pure; `now` is always an argument.

Like is compared with like: of a window that now is in, both end with the last full hour of the reporting zone's clock.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from zoneinfo import ZoneInfo

from analytics.reporting.query import Comparison, ComparisonKind
from analytics.windows import (
    ONE_DAY,
    Bucket,
    Window,
    day_of,
    day_window,
    hour_start,
    hours_before,
    midnight,
    month_start,
)

# Presets that are a calendar period, and its months.
PERIODS = {"month": 1, "last-month": 1, "quarter": 3, "last-quarter": 3, "year": 12, "last-year": 12}
WEEK_DAYS = 7
WEEKDAY_DAYS = range(8, 93)  # the lengths of windows of which weekdays are compared if nothing else is asked for


def default_kind(window: Window) -> ComparisonKind:
    """What the page compares with if the link does not say."""
    return "weekday" if window.days in WEEKDAY_DAYS and window.preset not in PERIODS else "previous"


def compare(
    window: Window, kind: ComparisonKind, now: datetime, reporting: ZoneInfo, chosen: date | None = None
) -> Comparison:
    """What `window` is compared with at `now`. `reporting` is the zone whose hours are kept; `chosen`: of kind "day".

    >>> utc, now = ZoneInfo("UTC"), datetime(2026, 11, 26, 12, 15, tzinfo=UTC)
    >>> month = day_window(date(2026, 11, 1), date(2026, 11, 26), utc, "month")
    >>> before = compare(month, "previous", now, utc).window
    >>> before.first_day.isoformat(), before.end.isoformat()
    ('2026-10-01', '2026-10-26T12:00:00+00:00')
    """
    partial = window.contains(now)
    through = max(window.start, hour_start(now, reporting)) if partial else window.end
    if window.preset == "24h":
        shown = replace(window, end=through)
        start = _start_of_hours(window, kind, chosen)
        end = start + (through - window.start)
        first, last = day_of(start, window.zone), day_of(max(start, end - timedelta.resolution), window.zone)
        return Comparison(kind, Window(start, end, first, last, window.zone), shown, partial)
    elapsed = day_window(window.first_day, min(window.last_day, day_of(now, window.zone)), window.zone, window.preset)
    elapsed = elapsed if partial else window
    before = _compared_days(elapsed, kind, chosen)
    if not partial:
        return Comparison(kind, before, window)
    # In an hour of the reporting zone's clock that began before midnight nothing of the last day is over yet.
    into = max(through, midnight(elapsed.last_day, window.zone)).astimezone(window.zone)
    end = hour_start(_at(before.last_day, into, window.zone), reporting)
    before = replace(before, end=max(before.start, min(end, before.end)))
    return Comparison(kind, before, replace(elapsed, end=through), partial)


def counterparts(comparison: Comparison, spine: tuple[Bucket, ...]) -> tuple[Bucket, ...]:
    """What each bucket of the window shown is compared with, from the first on; where that ends, they end.

    By the clock and the number of the day, in a year earlier by the date. Together they never overlap; of an hour that
    a clock change leaves out one begins and ends at once.
    """
    found, counterpart = [], cache(partial(_counterpart, comparison))  # where one ends the next begins
    for bucket in spine:
        start, end = counterpart(bucket.start), counterpart(bucket.end)
        if bucket.start >= comparison.shown.end or start >= comparison.window.end:
            break
        found.append(Bucket(start, max(start, end), day_of(start, comparison.window.zone)))
    return tuple(found)


def shown_day(comparison: Comparison, day: date) -> date:
    """The day of the window shown that `day` of the compared one is compared with."""
    if comparison.kind == "year":
        return date(day.year + 1, 3, 1) if (day.month, day.day) == (2, 29) else _years(day, 1)
    return comparison.shown.first_day + (day - comparison.window.first_day)


def _compared_days(elapsed: Window, kind: ComparisonKind, chosen: date | None) -> Window:
    """Whole days; the preset tells which are a calendar period."""
    first, last, days = elapsed.first_day, elapsed.last_day, elapsed.days
    match kind:
        case "year":
            return day_window(_years(first, -1), _years(last, -1), elapsed.zone)
        case "weekday":
            back = -(-days // WEEK_DAYS) * WEEK_DAYS * ONE_DAY
            return day_window(first - back, last - back, elapsed.zone)
        case "day" if chosen:
            return day_window(chosen, chosen + (days - 1) * ONE_DAY, elapsed.zone)
    end = day_of(elapsed.start - timedelta.resolution, elapsed.zone)  # a skipped day is nobody's day before
    if elapsed.preset not in PERIODS:
        return day_window(end - (days - 1) * ONE_DAY, end, elapsed.zone)
    begin = month_start(first, -PERIODS[elapsed.preset])
    # A day that the period before does not have is its last one.
    running = not elapsed.preset.startswith("last-")
    return day_window(begin, min(begin + (days - 1) * ONE_DAY, end) if running else end, elapsed.zone)


def _start_of_hours(window: Window, kind: ComparisonKind, chosen: date | None) -> datetime:
    """Where what the last 24 hours are compared with begins: at the full hour of their first one."""
    local = window.start.astimezone(window.zone)
    match kind:
        case "year":
            day = _years(local.date(), -1)
        case "weekday":
            day = local.date() - WEEK_DAYS * ONE_DAY
        case "day" if chosen:
            day = chosen
        case _:
            return hours_before(window.start, 24, window.zone)
    return hour_start(_at(day, local, window.zone), window.zone)


def _counterpart(comparison: Comparison, instant: datetime) -> datetime:
    """The instant of the compared window that `instant` of the window shown is compared with."""
    window, shown = comparison.window, comparison.shown
    if comparison.partial and instant >= shown.end:
        return window.end
    if shown.preset == "24h":
        found = hour_start(instant + (window.start - shown.start), window.zone)
    else:
        local = instant.astimezone(window.zone)
        found = _at(_compared_day(comparison, local.date()), local, window.zone)
    return min(max(found, window.start), window.end)


def _compared_day(comparison: Comparison, day: date) -> date:
    """As `shown_day`, the other way round; February 29 falls together with what follows it."""
    if comparison.kind == "year":
        return date(day.year - 1, 3, 1) if (day.month, day.day) == (2, 29) else _years(day, -1)
    return comparison.window.first_day + (day - comparison.shown.first_day)


def _years(day: date, years: int) -> date:
    """The same date so many years on; February 29 becomes 28."""
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + years, day=28 if leap else day.day)


def _at(day: date, local: datetime, zone: ZoneInfo) -> datetime:
    """The instant of `day` at which the clock shows what `local` does."""
    return datetime.combine(day, local.time(), zone).astimezone(UTC)
