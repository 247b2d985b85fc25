"""What a window is compared with, against a calendar of its own that counts days by hand."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise, product
from zoneinfo import ZoneInfo

import pytest

from analytics.reporting.comparisons import compare, counterparts, default_kind, shown_day
from analytics.windows import PRESETS, Window, buckets, day_window, preset_window

NEW_YORK, KOLKATA, UTC_ZONE = ZoneInfo("America/New_York"), ZoneInfo("Asia/Kolkata"), ZoneInfo("UTC")
KATHMANDU, LORD_HOWE, APIA = ZoneInfo("Asia/Kathmandu"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Apia")
NOW = datetime(2026, 11, 22, 14, 20, tzinfo=UTC)
LATE = datetime(2026, 11, 22, 18, 50, tzinfo=UTC)  # already the 23rd in Kolkata
# Clocks change at midnight, at one, two and three, by half an hour, on either half of the globe, or never.
ZONES = [
    *("UTC", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo"),
    *("Europe/Athens", "Asia/Kathmandu", "Pacific/Chatham", "America/Santiago"),
]
TWO_YEARS = [date(2027, 6, 1) + timedelta(days=number) for number in range(731)]  # with February 29, 2028


def month_days(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return [31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]


def day_by_day(first: date, count: int) -> date:
    """The last of `count` days from `first` on, stepping from month to month."""
    year, month, day = first.year, first.month, first.day + count - 1
    while day > month_days(year, month):
        day -= month_days(year, month)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return date(year, month, day)


def period_before(first: date, months: int) -> tuple[date, date]:
    """First and last day of as many months right before `first`, the first of a month."""
    places = [(first.year * 12 + first.month - 1 - back) for back in (months, 1)]
    (begin, begin_month), (year, month) = (divmod(place, 12) for place in places)
    return date(begin, begin_month + 1, 1), date(year, month + 1, month_days(year, month + 1))


def year_before(day: date) -> date:
    return date(day.year - 1, day.month, min(day.day, month_days(day.year - 1, day.month)))


MONTHS = {"month": 1, "quarter": 3, "year": 12, "last-month": 1, "last-quarter": 3, "last-year": 12}


def expected_days(kind: str, preset: str, first: date, last: date) -> tuple[date, date]:
    count = last.toordinal() - first.toordinal() + 1
    back = {"weekday": next(weeks * 7 for weeks in range(1, 60) if weeks * 7 >= count)}.get(kind, count)
    moved = tuple(date.fromordinal(day.toordinal() - back) for day in (first, last))
    earlier = tuple(
        date(day.year - 1, day.month, min(day.day, month_days(day.year - 1, day.month))) for day in (first, last)
    )
    begin, end = period_before(first, MONTHS[preset]) if preset in MONTHS else moved
    whole = preset.startswith("last-")
    period = (begin, end) if whole or preset not in MONTHS else (begin, min(end, day_by_day(begin, count)))
    return {"weekday": moved, "year": earlier, "previous": period}[kind]


@cache
def instant(day: date, clock: timedelta, zone: ZoneInfo) -> datetime:
    """The first instant at which the clock shows that; where it never does, how far it would have come."""
    naive = datetime.combine(day, time()) + clock
    noons = [naive.replace(tzinfo=zone) + timedelta(hours=hours) for hours in (-24, 24)]
    found = [(naive - noon.utcoffset()).replace(tzinfo=UTC) for noon in noons]
    right = [one for one in found if one.astimezone(zone).replace(tzinfo=None) == naive]
    return min(right) if right else found[0]


def full_hour(now: datetime, zone: ZoneInfo) -> tuple[datetime, timedelta]:
    """When the clock's hour began, and which hour it then showed."""
    began = now - timedelta(minutes=now.astimezone(zone).minute)
    return began, timedelta(hours=began.astimezone(zone).hour)


def moments(zone: ZoneInfo) -> Iterator[tuple[int, datetime]]:
    """An instant of every one of the days, at ever another time of the day, with the day's number."""
    for number, day in enumerate(TWO_YEARS):
        yield number, datetime(day.year, day.month, day.day, number * 7 % 24, number * 13 % 60, tzinfo=UTC)


KINDS = ("previous", "weekday", "year")


def kinds(window: Window, number: int) -> tuple[str, str]:
    """What the page compares with by itself, and one after the other of the other two."""
    usual = default_kind(window)
    return usual, [kind for kind in KINDS if kind != usual][number % 2]


@pytest.mark.slow
@pytest.mark.parametrize("zone", [ZoneInfo(name) for name in ZONES], ids=str)
def test_every_preset_on_every_day_of_two_years_is_compared_with_what_a_calendar_says(zone):
    for (number, now), preset in product(moments(zone), sorted(PRESETS.keys() - {"24h"})):
        (through, clock), window = full_hour(now, zone), preset_window(preset, now, zone)
        running = not preset.startswith("last-")
        for kind in kinds(window, number):
            first, last = expected_days(kind, preset, window.first_day, window.last_day)
            begin, end = (
                instant(first, timedelta(), zone),
                full_hour(instant(last, clock, zone), zone)[0]
                if running
                else instant(day_by_day(last, 2), timedelta(), zone),
            )
            found = compare(window, kind, now, zone)
            told = (found.window.first_day, found.window.last_day, found.window.start, found.window.end)
            assert told == (first, last, begin, max(begin, end)), (preset, kind, now)
            assert (found.shown.end, found.partial) == (through if running else window.end, running), (
                preset,
                kind,
                now,
            )


def hours_between(start: datetime, end: datetime, zone: ZoneInfo) -> int:
    """How many hours of the clock begin there; one that the clock shows twice counts twice."""
    half_hours = (start + timedelta(minutes=30 * step) for step in range((end - start) // timedelta(minutes=30)))
    return len({began for began, _ in (full_hour(instant, zone) for instant in half_hours) if began >= start})


@pytest.mark.slow
@pytest.mark.parametrize("zone", [ZoneInfo(name) for name in ZONES], ids=str)
def test_the_last_24_hours_of_every_day_of_two_years_are_compared_with_what_a_clock_says(zone):
    for number, now in moments(zone):
        window = preset_window("24h", now, zone)
        through, _ = full_hour(now, zone)
        began = window.start.astimezone(zone)
        assert (began.minute, hours_between(window.start, through, zone)) == (0, 24), now
        kind, day = (
            ("weekday", date.fromordinal(began.toordinal() - 7)),
            ("year", year_before(began.date())),
        )[number % 2]
        before, other = (compare(window, one, now, zone) for one in ("previous", kind))
        assert hours_between(before.window.start, window.start, zone) == 24, now
        same = full_hour(instant(day, timedelta(hours=began.hour), zone), zone)[0]
        assert other.window.start == same, (kind, now)
        for found in (before, other):
            assert (found.shown.start, found.shown.end, found.partial) == (window.start, through, True)
            assert found.window.end - found.window.start == through - window.start


@pytest.mark.parametrize("kind", ["previous", "weekday", "year"])
@pytest.mark.parametrize("preset", PRESETS)
def test_what_stands_beside_the_buckets_is_the_compared_window_without_gap_or_overlap(preset, kind):
    for zone, day in product((NEW_YORK, LORD_HOWE), TWO_YEARS[::53]):
        now = datetime(day.year, day.month, day.day, 9, 40, tzinfo=UTC)
        window = preset_window(preset, now, zone)
        size = "hour" if window.days <= 7 else "week" if window.days > 92 else "day"
        found = compare(window, kind, now, zone)
        beside = counterparts(found, buckets(window, size))
        assert 0 < len(beside) <= len(buckets(window, size))
        assert beside[0].start == found.window.start
        assert all(one.end == other.start for one, other in pairwise(beside))
        # The last days of a longer month have nothing beside them.
        assert found.window.end - beside[-1].end <= timedelta(days=3)


@pytest.mark.parametrize(
    ("preset", "now", "days"),
    [
        ("month", "2026-11-26T12:15Z", ("2026-10-01", "2026-10-26", "2026-10-26T12:00")),
        ("month", "2027-03-31T12:15Z", ("2027-02-01", "2027-02-28", "2027-02-28T12:00")),
        ("last-month", "2026-11-26T12:15Z", ("2026-09-01", "2026-09-30", "2026-10-01T00:00")),
        ("quarter", "2026-11-26T12:15Z", ("2026-07-01", "2026-08-26", "2026-08-26T12:00")),
        ("quarter", "2027-03-31T12:15Z", ("2026-10-01", "2026-12-29", "2026-12-29T12:00")),
        ("last-quarter", "2026-11-26T12:15Z", ("2026-04-01", "2026-06-30", "2026-07-01T00:00")),
        ("year", "2028-12-31T12:15Z", ("2027-01-01", "2027-12-31", "2027-12-31T12:00")),
        ("last-year", "2026-11-26T12:15Z", ("2024-01-01", "2024-12-31", "2025-01-01T00:00")),
        ("30d", "2026-11-26T12:15Z", ("2026-09-28", "2026-10-27", "2026-10-27T12:00")),
    ],
)
def test_a_calendar_period_is_compared_with_the_one_before(preset, now, days):
    moment = datetime.fromisoformat(now)
    before = compare(preset_window(preset, moment, UTC_ZONE), "previous", moment, UTC_ZONE).window
    assert (before.first_day.isoformat(), before.last_day.isoformat(), f"{before.end:%Y-%m-%dT%H:%M}") == days


@pytest.mark.parametrize(
    ("preset", "kind"),
    [("7d", "previous"), ("30d", "weekday"), ("90d", "weekday"), ("12m", "previous"), ("24h", "previous")]
    + [(preset, "previous") for preset in MONTHS],
)
def test_weekdays_are_compared_where_a_window_of_weeks_is_no_calendar_period(preset, kind):
    assert default_kind(preset_window(preset, NOW, UTC_ZONE)) == kind


@pytest.mark.parametrize(("days", "kind"), [(7, "previous"), (8, "weekday"), (92, "weekday"), (93, "previous")])
def test_windows_of_8_to_92_days_are_compared_by_weekday(days, kind):
    assert default_kind(day_window(date(2026, 1, 1), date(2026, 1, 1) + timedelta(days - 1), UTC_ZONE)) == kind


@pytest.mark.parametrize(
    ("zone", "now", "kind", "first", "last"),
    [
        (UTC_ZONE, NOW, "previous", "2026-11-17", "2026-11-19"),
        (NEW_YORK, datetime(2026, 11, 22, 2, tzinfo=UTC), "previous", "2026-11-18", "2026-11-19"),
        (KOLKATA, LATE, "previous", "2026-11-16", "2026-11-19"),
        (UTC_ZONE, NOW, "weekday", "2026-11-13", "2026-11-15"),
        (UTC_ZONE, NOW, "year", "2025-11-20", "2025-11-22"),
    ],
)
def test_days_to_come_are_left_out(zone, now, kind, first, last):
    found = compare(day_window(date(2026, 11, 20), date(2026, 11, 30), zone), kind, now, zone)
    assert (found.window.first_day.isoformat(), found.window.last_day.isoformat()) == (first, last)


def test_a_day_of_ones_own_begins_a_window_as_long():
    found = compare(preset_window("30d", NOW, UTC_ZONE), "day", NOW, UTC_ZONE, date(2025, 3, 1)).window
    assert (found.first_day, found.last_day, found.end) == (
        date(2025, 3, 1),
        date(2025, 3, 30),
        datetime(2025, 3, 30, 14, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("kind", "start"),
    [
        ("previous", "2026-11-20T14:00Z"),
        ("weekday", "2026-11-14T14:00Z"),
        ("year", "2025-11-21T14:00Z"),
        ("day", "2026-03-01T14:00Z"),
    ],
)
def test_24_full_hours_are_compared_with_24(kind, start):
    found = compare(preset_window("24h", NOW, UTC_ZONE), kind, NOW, UTC_ZONE, date(2026, 3, 1))
    assert found.window.start == datetime.fromisoformat(start)
    assert found.window.end - found.window.start == found.shown.end - found.shown.start == timedelta(hours=24)
    assert len(counterparts(found, buckets(preset_window("24h", NOW, UTC_ZONE), "hour"))) == 24


@pytest.mark.parametrize("kind", ["previous", "weekday", "year"])
def test_24_hours_begin_at_a_full_hour_also_where_clocks_change_by_half_of_one(kind):
    for minutes in range(0, 60 * 24 * 9, 421):
        now = datetime(2026, 4, 1, tzinfo=UTC) + timedelta(minutes=minutes)
        found = compare(preset_window("24h", now, LORD_HOWE), kind, now, LORD_HOWE).window
        assert buckets(found, "hour")[0].start == found.start


def test_the_last_full_hour_is_one_of_the_reporting_zones_clock():
    found = compare(preset_window("7d", NOW, KOLKATA), "previous", NOW, KATHMANDU)
    assert found.shown.end == datetime(2026, 11, 22, 14, 15, tzinfo=UTC)
    assert found.window.end == datetime(2026, 11, 15, 14, 15, tzinfo=UTC)


def test_in_the_first_hour_of_a_window_there_is_nothing_to_compare():
    now = datetime(2026, 11, 1, 0, 20, tzinfo=UTC)
    found = compare(preset_window("month", now, UTC_ZONE), "previous", now, UTC_ZONE)
    assert (found.shown.empty, found.window.empty) == (True, True)


def test_the_day_before_a_skipped_one_comes_before():
    skipped = day_window(date(2011, 12, 31), date(2011, 12, 31), APIA)
    assert compare(skipped, "previous", NOW, APIA).window.first_day == date(2011, 12, 29)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2028-02-29", "2028-03-31", ("2027-02-28", "2027-03-31")),
        ("2028-02-01", "2028-02-29", ("2027-02-01", "2027-02-28")),
        ("2026-05-01", "2026-05-31", ("2025-05-01", "2025-05-31")),
    ],
)
def test_a_year_earlier_has_the_same_dates_and_february_29_becomes_28(first, last, expected):
    window = day_window(date.fromisoformat(first), date.fromisoformat(last), UTC_ZONE)
    before = compare(window, "year", NOW, UTC_ZONE).window
    assert (before.first_day.isoformat(), before.last_day.isoformat()) == expected


@pytest.mark.parametrize("kind", ["previous", "weekday", "year", "day"])
def test_a_compared_day_leads_back_to_the_day_it_stands_beside(kind):
    window: Window = preset_window("90d", NOW, UTC_ZONE)
    found = compare(window, kind, NOW, UTC_ZONE, date(2026, 1, 5))
    for bucket, beside in zip(buckets(window, "day"), counterparts(found, buckets(window, "day")), strict=True):
        assert shown_day(found, beside.day) == bucket.day
