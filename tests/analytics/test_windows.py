"""Windows and buckets: what each preset names, and the spine against PostgreSQL's own clock arithmetic."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from analytics import windows
from analytics.windows import (
    Stretch,
    aligned,
    buckets,
    cover,
    day_of,
    day_window,
    default_bucket,
    hour_start,
    midnight,
    preset_window,
    whole_period,
)

ZONES = [
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "America/New_York",
    "Europe/Athens",
    "America/St_Johns",
    "UTC",
]
# The nights on which one of those zones changes its clocks in 2026, and quiet ones.
NIGHTS = [
    date(2026, 3, 8),
    date(2026, 3, 29),
    date(2026, 4, 5),
    date(2026, 9, 27),
    date(2026, 10, 4),
    date(2026, 10, 25),
    date(2026, 11, 1),
    date(2026, 6, 15),
]
NEW_YORK = ZoneInfo("America/New_York")
KOLKATA = ZoneInfo("Asia/Kolkata")  # its hours begin at half past those of UTC, its days on the UTC day before
UTC_ZONE = ZoneInfo("UTC")
NOW = datetime(2026, 11, 22, 14, 20, tzinfo=UTC)  # a Sunday
LATE = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)  # half past one on the 23rd in Kolkata


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("night", NIGHTS)
def test_python_buckets_equal_what_postgresql_groups_by(zone, night):
    window = day_window(night - timedelta(days=1), night + timedelta(days=1), ZoneInfo(zone))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(DISTINCT date_trunc('hour', t, %(zone)s)),"
            " array_agg(DISTINCT (t AT TIME ZONE %(zone)s)::date)"
            " FROM generate_series(%(start)s::timestamptz, %(end)s::timestamptz - interval '1 s', '5 min') t",
            {"zone": zone, "start": window.start, "end": window.end},
        )
        hours, days = cursor.fetchone()
    assert [bucket.start for bucket in buckets(window, "hour")] == sorted(hours)
    assert [bucket.day for bucket in buckets(window, "day")] == sorted(days)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("night", NIGHTS)
def test_every_instant_falls_into_the_bucket_of_its_local_day(zone, night):
    window = day_window(night - timedelta(days=1), night + timedelta(days=1), ZoneInfo(zone))
    days = buckets(window, "day")
    minutes = int((window.end - window.start).total_seconds() // 60)
    for minute in range(0, minutes, 5):
        instant = window.start + timedelta(minutes=minute)
        (bucket,) = [bucket for bucket in days if bucket.start <= instant < bucket.end]
        assert bucket.day == day_of(instant, window.zone)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 3, 9), 24), (date(2026, 11, 1), 25), (date(2026, 11, 2), 24)]
)
def test_a_day_has_23_24_or_25_hours(day, hours):
    assert len(buckets(day_window(day, day, NEW_YORK), "hour")) == hours


@pytest.mark.parametrize(
    ("zone", "day", "first"),
    [
        ("Africa/Cairo", date(2026, 4, 24), "2026-04-23T22:00:00+00:00"),  # midnight is skipped
        ("America/Havana", date(2026, 11, 1), "2026-11-01T04:00:00+00:00"),  # midnight comes twice: the first
        ("Asia/Kathmandu", date(2026, 6, 1), "2026-05-31T18:15:00+00:00"),
    ],
)
def test_a_day_begins_at_its_first_instant(zone, day, first):
    assert midnight(day, ZoneInfo(zone)).isoformat() == first


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        ("today", "2026-11-22", "2026-11-22"),
        ("24h", "2026-11-21", "2026-11-22"),
        ("7d", "2026-11-16", "2026-11-22"),
        ("30d", "2026-10-24", "2026-11-22"),
        ("90d", "2026-08-25", "2026-11-22"),
        ("month", "2026-11-01", "2026-11-22"),
        ("last-month", "2026-10-01", "2026-10-31"),
        ("quarter", "2026-10-01", "2026-11-22"),
        ("last-quarter", "2026-07-01", "2026-09-30"),
        ("year", "2026-01-01", "2026-11-22"),
        ("last-year", "2025-01-01", "2025-12-31"),
        ("12m", "2025-12-01", "2026-11-22"),
    ],
)
def test_presets_name_these_days(preset, first, last):
    window = preset_window(preset, NOW, UTC_ZONE)
    assert (window.first_day.isoformat(), window.last_day.isoformat(), window.preset) == (first, last, preset)


def test_every_preset_is_within_366_days_on_every_day_of_a_leap_year():
    for number in range(366):
        now = datetime(2028, 1, 1, 23, 59, tzinfo=UTC) + timedelta(days=number)
        assert all(preset_window(preset, now, UTC_ZONE).days <= windows.MAX_DAYS for preset in windows.PRESETS)


@pytest.mark.parametrize(
    ("preset", "zone", "first", "last"),
    [
        ("today", KOLKATA, "2026-11-23", "2026-11-23"),
        ("today", NEW_YORK, "2026-11-22", "2026-11-22"),
        ("24h", KOLKATA, "2026-11-22", "2026-11-23"),
        ("24h", NEW_YORK, "2026-11-21", "2026-11-22"),
    ],
)
def test_presets_begin_and_end_by_the_clock_of_the_zone_asked_for(preset, zone, first, last):
    window = preset_window(preset, LATE, zone)
    assert (window.first_day.isoformat(), window.last_day.isoformat(), window.zone) == (first, last, zone)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", ["2026-03-08", "2026-11-01", "2026-11-22"])
def test_24h_is_the_hour_that_began_24_h_ago_through_the_current_one(zone, day):
    now = datetime.fromisoformat(f"{day}T14:20:00+00:00")
    spine = buckets(preset_window("24h", now, ZoneInfo(zone)), "hour")
    assert len(spine) == 25
    assert spine[0].start == hour_start(now, ZoneInfo(zone)) - timedelta(hours=24)
    assert spine[-1].start <= now < spine[-1].end


@pytest.mark.parametrize(
    ("first", "last", "size", "days"),
    [
        ("2026-11-18", "2026-12-01", "week", ["2026-11-18", "2026-11-23", "2026-11-30"]),
        ("2026-11-16", "2026-11-22", "week", ["2026-11-16"]),
        ("2026-01-31", "2026-03-01", "month", ["2026-01-31", "2026-02-01", "2026-03-01"]),
        ("2025-12-15", "2026-01-15", "month", ["2025-12-15", "2026-01-01"]),
    ],
)
def test_weeks_and_months_are_clipped_to_the_window(first, last, size, days):
    window = day_window(date.fromisoformat(first), date.fromisoformat(last), NEW_YORK)
    spine = buckets(window, size)
    assert [bucket.day.isoformat() for bucket in spine] == days
    assert (spine[0].start, spine[-1].end) == (window.start, window.end)
    assert all(one.end == other.start for one, other in pairwise(spine))


@pytest.mark.parametrize(
    ("size", "first", "last", "whole"),
    [
        ("week", "2026-11-16", "2026-11-25", [True, False]),
        ("week", "2026-11-18", "2026-11-29", [False, True]),
        ("month", "2026-01-01", "2026-02-27", [True, False]),
        ("month", "2026-01-31", "2026-02-28", [False, True]),
        ("day", "2026-11-18", "2026-11-18", [True]),
    ],
)
def test_a_week_or_month_that_the_window_cuts_off_is_not_whole(size, first, last, whole):
    window = day_window(date.fromisoformat(first), date.fromisoformat(last), KOLKATA)
    assert [whole_period(bucket, size, KOLKATA) for bucket in buckets(window, size)] == whole


LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # its clocks change by half an hour
BOTH_CHANGES = [
    datetime(2026, month, day, hour, minute, tzinfo=UTC)
    for month, days in ((4, (4, 5)), (10, (3, 4)))
    for day in days
    for hour in range(24)
    for minute in (10, 40)
]


@pytest.mark.parametrize("now", BOTH_CHANGES, ids=datetime.isoformat)
def test_24h_has_25_true_hours_around_a_change_by_half_an_hour(now):
    window = preset_window("24h", now, LORD_HOWE)
    spine = buckets(window, "hour")
    assert len(spine) == 25
    assert (spine[0].start, spine[-1].end) == (window.start, window.end)
    assert all(one.end == other.start for one, other in pairwise(spine))
    assert window.start <= now < window.end
    # What was used is kept by the hour it falls in; every hour from the first through the current has its bucket.
    first = hour_start(now - timedelta(hours=24), LORD_HOWE)
    used = {hour_start(first + timedelta(minutes=5 * step), LORD_HOWE) for step in range(12 * 26)}
    wanted = {hour for hour in used if window.start <= hour <= hour_start(now, LORD_HOWE)}
    assert {bucket.start for bucket in spine} == wanted


APIA = ZoneInfo("Pacific/Apia")  # skipped December 30, 2011


@pytest.mark.parametrize(
    ("first", "last", "size", "days"),
    [
        ("2011-12-29", "2011-12-31", "day", ["2011-12-29", "2011-12-31"]),
        ("2011-12-30", "2012-01-02", "week", ["2011-12-31", "2012-01-02"]),
        ("2011-12-30", "2012-01-01", "month", ["2011-12-31", "2012-01-01"]),
        ("2011-12-29", "2011-12-31", "hour", ["2011-12-29"] * 24 + ["2011-12-31"] * 24),
        ("2011-12-30", "2011-12-30", "hour", []),
        ("2011-12-30", "2011-12-30", "day", []),
    ],
)
def test_a_day_that_its_zone_skipped_has_no_bucket(first, last, size, days):
    spine = buckets(day_window(date.fromisoformat(first), date.fromisoformat(last), APIA), size)
    assert [bucket.day.isoformat() for bucket in spine] == days
    assert all(bucket.start < bucket.end for bucket in spine)


def test_a_bucket_is_incomplete_while_now_is_before_its_end():
    (bucket,) = buckets(preset_window("today", NOW, UTC_ZONE), "day")
    assert bucket.incomplete(bucket.end - timedelta(microseconds=1))
    assert not bucket.incomplete(bucket.end)


@pytest.mark.parametrize(
    ("instant", "inside"),
    [
        ("2026-11-21T23:59:59.999999Z", False),
        ("2026-11-22T00:00:00Z", True),
        ("2026-11-22T23:59:59.999999Z", True),
        ("2026-11-23T00:00:00Z", False),
    ],
)
def test_a_window_has_its_start_and_not_its_end(instant, inside):
    assert preset_window("today", NOW, UTC_ZONE).contains(datetime.fromisoformat(instant)) is inside


@pytest.mark.parametrize(
    ("preset", "size"), [("today", "hour"), ("24h", "hour"), ("7d", "day"), ("90d", "day"), ("12m", "week")]
)
def test_the_page_draws_hours_to_48_h_days_to_92_and_weeks_beyond(preset, size):
    assert default_bucket(preset_window(preset, NOW, UTC_ZONE)) == size


@pytest.mark.parametrize(("days", "size"), [(1, "hour"), (2, "hour"), (3, "day"), (92, "day"), (93, "week")])
def test_what_the_page_draws_changes_after_2_and_after_92_days(days, size):
    first = date(2026, 6, 1)
    assert default_bucket(day_window(first, first + timedelta(days=days - 1), UTC_ZONE)) == size


def test_24h_is_drawn_in_hours_also_across_a_skipped_day():
    window = preset_window("24h", datetime(2011, 12, 30, 22, tzinfo=UTC), APIA)
    assert (window.days, default_bucket(window)) == (3, "hour")


instants = st.integers(0, 20 * 365 * 24 * 3600).map(
    lambda seconds: datetime(2010, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
hours = instants.map(lambda instant: instant.replace(minute=0, second=0, microsecond=0))


@given(start=hours, length=st.integers(1, 24 * 366), zone=st.sampled_from(ZONES), months=st.booleans())
def test_a_cover_is_the_window_without_gap_or_overlap(start, length, zone, months):
    """What is added less what is taken away: at its edges alone the sum changes, by one."""
    zone = ZoneInfo(zone)
    end = start + timedelta(hours=length)
    stretches = cover(start, end, zone, months=months)
    changes: dict[datetime, int] = {}
    for stretch in stretches:
        for edge, change in ((stretch.start, 1), (stretch.end, -1)):
            instant = edge if stretch.size == "hour" else midnight(edge, zone)
            changes[instant] = changes.get(instant, 0) + (-change if stretch.less else change)
    assert {instant: change for instant, change in changes.items() if change} == {start: 1, end: -1}
    assert months or not any(stretch.size == "month" or stretch.less for stretch in stretches)
    assert all(stretch.start.day == stretch.end.day == 1 for stretch in stretches if stretch.size == "month")
    days = sum((stretch.end - stretch.start).days for stretch in stretches if stretch.size == "day")
    assert not months or days <= 2 * 16  # half a month at either end


def test_a_year_is_covered_by_months_and_the_days_at_both_ends():
    window = day_window(date(2025, 11, 23), date(2026, 11, 14), NEW_YORK)
    assert cover(window.start, window.end, NEW_YORK, months=True) == (
        Stretch("day", date(2025, 11, 23), date(2025, 12, 1)),
        Stretch("month", date(2025, 12, 1), date(2026, 11, 1)),
        Stretch("day", date(2026, 11, 1), date(2026, 11, 15)),
    )


@pytest.mark.parametrize(
    ("first", "last", "stretches"),
    [
        ("10-02", "10-31", [("month", "10-01", "11-01", False), ("day", "10-01", "10-02", True)]),
        (
            *("10-03", "10-29"),
            [
                ("day", "10-01", "10-03", True),
                ("month", "10-01", "11-01", False),
                ("day", "10-30", "11-01", True),
            ],
        ),
        ("10-09", "10-24", [("day", "10-09", "10-25", False)]),
        ("10-01", "10-30", [("month", "10-01", "11-01", False), ("day", "10-31", "11-01", True)]),
        ("10-31", "11-30", [("day", "10-31", "11-01", False), ("month", "11-01", "12-01", False)]),
        (
            *("09-03", "10-05"),
            [
                ("day", "09-01", "09-03", True),
                ("month", "09-01", "10-01", False),
                ("day", "10-01", "10-06", False),
            ],
        ),
    ],
)
def test_days_that_a_month_has_besides_are_taken_away_where_they_are_fewer(first, last, stretches):
    window = day_window(date.fromisoformat(f"2026-{first}"), date.fromisoformat(f"2026-{last}"), NEW_YORK)
    found = cover(window.start, window.end, NEW_YORK, months=True)
    assert sorted((one.size, f"{one.start:%m-%d}", f"{one.end:%m-%d}", one.less) for one in found) == sorted(stretches)


@pytest.mark.parametrize(
    ("start", "end", "stretches"),
    [
        ("2026-01-01T00:00Z", "2026-04-01T00:00Z", [("month", "2026-01-01", "2026-04-01")]),
        ("2026-01-20T00:00Z", "2026-02-11T00:00Z", [("day", "2026-01-20", "2026-02-11")]),
        (
            *("2026-01-20T22:00Z", "2026-01-21T02:00Z"),
            [("hour", "2026-01-20T22:00:00+00:00", "2026-01-21T02:00:00+00:00")],
        ),
    ],
)
def test_what_one_stretch_covers_is_not_cut_in_two(start, end, stretches):
    found = cover(datetime.fromisoformat(start), datetime.fromisoformat(end), UTC_ZONE, months=True)
    assert [(one.size, one.start.isoformat(), one.end.isoformat()) for one in found] == stretches


def test_where_months_are_not_asked_for_whole_days_are_one_run_of_days():
    found = cover(datetime(2026, 1, 1, 22, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC), UTC_ZONE, months=False)
    assert found == (
        Stretch("hour", datetime(2026, 1, 1, 22, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)),
        Stretch("day", date(2026, 1, 2), date(2026, 4, 1)),
    )


@pytest.mark.parametrize(
    ("edge", "whole"),
    [
        ("2026-03-08T05:00Z", True),  # at one o'clock: that day has no midnight
        ("2026-03-08T06:00Z", False),
        ("2026-11-01T04:00Z", True),  # its first midnight; an hour later it is midnight again
        ("2026-11-01T05:00Z", False),
    ],
)
def test_a_day_begins_once_where_clocks_change_at_midnight(edge, whole):
    assert aligned([datetime.fromisoformat(edge)], ZoneInfo("America/Havana"), "day") is whole


@pytest.mark.parametrize(
    ("seen_from", "reporting", "size", "whole"),
    [
        ("UTC", "America/New_York", "hour", True),
        ("UTC", "Asia/Kolkata", "hour", False),
        ("Asia/Kolkata", "UTC", "hour", False),
        ("Asia/Kolkata", "Asia/Kathmandu", "hour", False),
        ("UTC", "America/New_York", "day", False),
        ("America/New_York", "America/New_York", "day", True),
        ("Asia/Kolkata", "Asia/Kolkata", "day", True),
    ],
)
def test_alignment_of_one_zones_days_with_anothers_hours_and_days(seen_from, reporting, size, whole):
    window = day_window(date(2026, 6, 1), date(2026, 6, 3), ZoneInfo(seen_from))
    edges = [bucket.start for bucket in buckets(window, "day")]
    assert aligned(edges, ZoneInfo(reporting), size) is whole
