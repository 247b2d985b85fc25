"""Days and instants as the visual spec writes them. More examples are doctests in the module itself."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from analytics.dashboard import dates
from analytics.reporting.keys import LastUse
from analytics.windows import buckets, day_window, preset_window

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 22, 14, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (date(2026, 10, 24), date(2026, 11, 22), "Oct 24 – Nov 22, 2026"),
        (date(2025, 12, 20), date(2026, 1, 18), "Dec 20, 2025 – Jan 18, 2026"),
        (date(2026, 11, 22), date(2026, 11, 22), "Nov 22, 2026"),
    ],
)
def test_a_window_is_written_by_its_days(first, last, text):
    assert dates.window(day_window(first, last, NEW_YORK), NOW) == text


@pytest.mark.parametrize(
    ("zone", "text"), [("UTC", "Nov 21, 14:00 – Nov 22, 14:20"), ("America/New_York", "Nov 21, 09:00 – Nov 22, 09:20")]
)
def test_the_last_24_hours_are_written_by_the_clock(zone, text):
    assert dates.window(preset_window("24h", NOW, ZoneInfo(zone)), NOW) == text


@pytest.mark.parametrize(
    ("window", "words", "length", "name"),
    [
        (preset_window("24h", NOW, NEW_YORK), "in the last 24 hours", "24 hours", "Last 24 hours"),
        (preset_window("today", NOW, NEW_YORK), "on Nov 22, 2026", "day", "Today"),
        (
            *(day_window(date(2025, 12, 31), date(2026, 1, 1), NEW_YORK), "from Dec 31, 2025 to Jan 1, 2026"),
            *("2 days", "Custom"),
        ),
    ],
    ids=["24h", "today", "two-years"],
)
def test_a_window_in_a_sentence(window, words, length, name):
    assert (dates.in_words(window), dates.length(window), dates.window_name(window)) == (words, length, name)


def test_the_day_of_an_instant_is_that_of_the_zones_clock():
    late = datetime(2026, 11, 22, 20, tzinfo=UTC)
    assert dates.day_in(late, ZoneInfo("Asia/Kolkata")) == "Nov 23, 2026"
    assert dates.day_in(late, NEW_YORK) == "Nov 22, 2026"


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (date(2026, 10, 24), date(2026, 11, 22), "Oct 24 – Nov 22"),
        (date(2025, 10, 24), date(2025, 11, 22), "Oct 24 – Nov 22, 2025"),
        (date(2025, 12, 20), date(2026, 1, 18), "Dec 20, 2025 – Jan 18, 2026"),
    ],
)
def test_a_year_that_is_clear_is_left_out_of_days(first, last, text):
    assert dates.short_days(day_window(first, last, NEW_YORK), 2026) == text


def test_the_days_of_a_clipped_week_end_by_the_zones_clock():
    (week,) = buckets(day_window(date(2025, 12, 29), date(2025, 12, 31), NEW_YORK), "week")
    assert dates.clipped_span(week, NEW_YORK) == "Dec 29 – 31"


def test_a_zone_is_named_by_its_city():
    assert dates.zone(ZoneInfo("America/Argentina/Buenos_Aires")) == "Buenos Aires"


def test_buckets_are_named_by_their_size():
    window = day_window(date(2026, 10, 28), date(2026, 11, 10), NEW_YORK)
    weeks, days = buckets(window, "week"), buckets(window, "day")
    assert [dates.bucket_tick(bucket, "week", NEW_YORK) for bucket in weeks] == ["Oct 28", "Nov 2", "Nov 9"]
    assert [dates.bucket_title(bucket, "week", NEW_YORK) for bucket in weeks][1] == "Nov 2 – 8, 2026"
    assert dates.bucket_title(days[0], "day", NEW_YORK) == "Wed, Oct 28, 2026"


@pytest.mark.parametrize(
    ("size", "year", "tick", "title"),
    [
        ("hour", False, "00:00", "Wed, Oct 28, 00:00"),
        ("hour", True, "00:00", "Wed, Oct 28, 00:00"),
        ("day", False, "Oct 28", "Wed, Oct 28, 2026"),
        ("day", True, "Oct 28, 2026", "Wed, Oct 28, 2026"),
        ("month", False, "Oct", "Oct 28 – 31, 2026"),
        ("month", True, "Oct 2026", "Oct 28 – 31, 2026"),
    ],
)
def test_a_bucket_on_the_axis_and_over_a_tooltip(size, year, tick, title):
    first = buckets(day_window(date(2026, 10, 28), date(2026, 11, 10), NEW_YORK), size)[0]
    assert dates.bucket_tick(first, size, NEW_YORK, year=year) == tick
    assert dates.bucket_title(first, size, NEW_YORK) == title


@pytest.mark.parametrize(
    ("size", "beside", "text"),
    [
        ("day", 2026, "Oct 28"),
        ("day", 2027, "Oct 28, 2026"),
        ("week", 2026, "Oct 28 – Nov 1"),
        ("hour", 2026, "Oct 28, 00:00"),
    ],
)
def test_a_bucket_beside_another_is_named_in_short_with_its_year_where_that_differs(size, beside, text):
    first = buckets(day_window(date(2026, 10, 28), date(2026, 11, 10), NEW_YORK), size)[0]
    assert dates.bucket_span(first, size, NEW_YORK, beside) == text


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 min ago"),
        (timedelta(minutes=59), "59 min ago"),
        (timedelta(minutes=60), "1 h ago"),
        (timedelta(hours=47), "47 h ago"),
        (timedelta(hours=48), "2 days ago"),
        (timedelta(hours=49), "2 days ago"),
    ],
)
def test_how_long_ago(age, text):
    assert dates.ago(NOW - age, NOW) == text


@pytest.mark.parametrize(
    ("used", "text"),
    [
        ("2026-11-20T14:21:00Z", "47 h ago"),
        ("2026-11-20T14:20:00Z", "Nov 20"),
        ("2026-11-19T03:00:00Z", "Nov 18"),  # by the clock of the zone
        ("2026-01-01T03:00:00Z", "Dec 31, 2025"),
    ],
)
def test_the_last_use_is_a_day_from_48_hours_on(used, text):
    assert dates.last_use(LastUse(datetime.fromisoformat(used)), NOW, NEW_YORK) == text


def test_the_year_of_a_last_use_is_left_out_where_it_is_the_zones_own():
    new_year = datetime(2027, 1, 1, 3, tzinfo=UTC)  # in New York it is still 2026
    assert dates.last_use(LastUse(new_year - timedelta(days=9)), new_year, NEW_YORK) == "Dec 22"
