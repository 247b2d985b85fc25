"""The window's own parameters: which days and hours they name, how these are cut and what they are compared with."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict

from analytics.reporting.date_range import read_bucket, read_comparison, read_window
from analytics.reporting.parameters import read_json, read_page, write
from analytics.windows import PRESETS, day_window
from tests.analytics.questions import parser

UTC_ZONE = ZoneInfo("UTC")


def days(first: str, last: str):
    return day_window(date.fromisoformat(first), date.fromisoformat(last), UTC_ZONE)


# --- the window ---


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "field", "named"),
    [
        ("from=2026-02-30&to=2026-03-01", "from", "2026-02-30"),
        ("from=20260201&to=2026-03-01", "from", "20260201"),
        ("from=2026-02-01&to=2026-W10-1", "to", "2026-W10-1"),
        ("from=2026-02-01", "to", "to is missing"),
        ("to=2026-02-01", "from", "from is missing"),
        ("from=2026-02-02&to=2026-02-01", "from", "2026-02-02"),
        ("from=2025-01-01&to=2026-01-02", "to", "367 days"),
        ("from=1999-12-31&to=2000-01-02", "from", "1999-12-31"),
        ("from=2100-12-30&to=2101-01-01", "to", "2101-01-01"),
        ("from=2011-12-30&to=2011-12-31&timezone=Pacific/Apia", "from", '"2011-12-30" does not exist in Pacific/Apia'),
        ("from=2011-12-29&to=2011-12-30&timezone=Pacific/Apia&bucket=hour", "to", "2011-12-30"),
        ("from=2026-02-01&to=2026-02-02&range=7d", "range", "7d"),
        ("range=8d", "range", "8d"),
        ("timezone=Mars/Olympus", "timezone", "Mars/Olympus"),
        ("timezone=utc", "timezone", "utc"),
        ("timezone=Factory", "timezone", "Factory"),
        ("timezone=../../etc/passwd", "timezone", "passwd"),
        ("bucket=minute", "bucket", "minute"),
        ("range=24h&bucket=day", "bucket", "24h"),
        ("range=90d&bucket=hour", "bucket", "31 days"),
        ("range=7d&range=7d", "range", "2 times"),
        ("timezone=UTC&timezone=UTC", "timezone", "2 times"),
    ],
)
def test_what_names_no_window_or_bucket_is_noted_with_field_and_value(text, field, named, acme, now):
    for read in (read_page, read_json):
        (note,) = read(QueryDict(text), acme, now).notes
        assert note.field == field
        assert named in note.message


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_taken(preset):
    asked = parser(f"range={preset}")
    assert (read_window(asked).preset, asked.notes) == (preset, [])


@pytest.mark.parametrize(
    ("first", "last", "length"),
    [
        ("2026-02-01", "2026-02-01", 1),
        ("2000-01-01", "2000-01-02", 2),
        ("2100-12-31", "2100-12-31", 1),
        ("2025-01-01", "2026-01-01", 366),
    ],
)
def test_days_are_taken_with_both_ends(first, last, length):
    asked = parser(f"from={first}&to={last}")
    window = read_window(asked)
    assert (window.first_day.isoformat(), window.last_day.isoformat(), window.days) == (first, last, length)
    assert (window.preset, asked.notes) == (None, [])


@pytest.mark.parametrize(
    ("text", "zone"), [("", "Asia/Tokyo"), ("timezone=Europe/Athens", "Europe/Athens"), ("timezone=Mars", "Asia/Tokyo")]
)
def test_a_window_is_in_the_zone_asked_for_else_in_that_of_the_organization(text, zone):
    assert read_window(parser(f"from=2026-02-01&to=2026-02-02&{text}", "Asia/Tokyo")).zone.key == zone


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("range=8d", ["range"]),
        ("from=2026-02-01", ["to"]),
        ("from=2026-02-30&to=2026-02-31", ["from", "to"]),
        ("from=2026-02-02&to=2026-02-01&timezone=Mars", ["timezone", "from"]),
    ],
)
def test_where_no_window_is_named_it_is_seven_days_and_every_reason_is_told(text, fields):
    asked = parser(text)
    assert read_window(asked).preset == "7d"
    assert [note.field for note in asked.notes] == fields


def test_beside_days_a_range_is_ignored_and_the_days_are_taken():
    asked = parser("range=30d&from=2026-02-01&to=2026-02-02")
    assert read_window(asked).days == 2
    assert [note.field for note in asked.notes] == ["range"]


# --- how it is cut ---


@pytest.mark.parametrize(
    ("last", "size", "noted"), [("2026-01-31", "hour", []), ("2026-02-01", "day", ['"hour" is possible up to 31 days'])]
)
def test_hours_are_possible_up_to_31_days(last, size, noted):
    asked = parser("bucket=hour")
    assert read_bucket(asked, days("2026-01-01", last), "day") == size
    assert [note.message.split(";")[0] for note in asked.notes] == noted


@pytest.mark.parametrize(
    ("text", "size", "notes"), [("", "hour", 0), ("bucket=hour", "hour", 0), ("bucket=week", "hour", 1)]
)
def test_24_hours_are_cut_in_hours_alone(text, size, notes):
    asked = parser(f"range=24h&{text}")
    assert (read_bucket(asked, read_window(asked), "day"), len(asked.notes)) == (size, notes)


@pytest.mark.parametrize(
    ("text", "page", "json"),
    [
        ("range=24h", "hour", "hour"),
        ("range=today", "hour", "day"),
        ("range=30d", "day", "day"),
        ("range=12m", "week", "day"),
        ("range=12m&bucket=month", "month", "month"),
        ("from=2026-11-01&to=2026-12-01&bucket=hour", "hour", "hour"),
    ],
)
def test_buckets_fit_the_window_on_the_page_and_are_days_in_json(text, page, json, workspace, now):
    assert read_page(QueryDict(text), workspace.organization, now).query.bucket == page
    assert read_json(QueryDict(text), workspace.organization, now).query.bucket == json


def test_the_window_stays_when_only_the_zone_is_bad(workspace, now):
    asked = read_page(QueryDict("range=30d&timezone=Nowhere"), workspace.organization, now)
    assert asked.query.window.preset == "30d"


@pytest.mark.parametrize(
    ("compare", "first_day"),
    [
        ("previous", "2026-11-11"),
        ("weekday", "2026-11-11"),
        ("year", "2025-11-18"),
        ("", "2026-11-11"),
        ("2026-03-01", "2026-03-01"),
        ("year&compare=", "2025-11-18"),  # the form without scripts: its list, then its day
        ("year&compare=2026-03-01", "2026-03-01"),
    ],
)
def test_the_page_compares_with_a_window_of_the_same_days(compare, first_day, workspace, now):
    later = datetime(2027, 1, 1, tzinfo=UTC)
    params = QueryDict(f"from=2026-11-18&to=2026-11-24&compare={compare}")
    asked = read_page(params, workspace.organization, later)
    assert asked.query.comparison.window.first_day.isoformat() == first_day


@pytest.mark.parametrize(
    ("compare", "said"),
    [
        ("twin", 'twin" is not one of previous, weekday, year, none, nor a day such as 2026-06-20'),
        ("2026-02-30", "is not a day"),
        ("1999-12-31", "is not between 2000 and 2100"),
        ("year&compare=none", "compare is given 2 times"),
        ("year&compare=twin", "twin"),
    ],
)
def test_a_comparison_that_is_none_is_noted_and_the_default_shown(compare, said, workspace, now):
    asked = read_page(QueryDict(f"range=30d&compare={compare}"), workspace.organization, now)
    assert said in asked.notes[0].message
    assert asked.query.comparison.kind == "weekday"
    assert "compare" not in write(asked)


def test_none_compares_with_nothing(workspace, now):
    asked = read_page(QueryDict("compare=none"), workspace.organization, now)
    assert asked.query.comparison is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [("range=today", "previous"), ("range=30d", "weekday"), ("range=month", "previous"), ("compare=", "previous")],
)
def test_what_is_compared_with_unless_it_is_said_hangs_on_the_window(text, kind):
    asked = parser(text)
    assert read_comparison(asked, read_window(asked)).kind == kind


def test_a_comparison_from_a_day_on_begins_in_the_windows_zone():
    asked = parser("compare=2026-03-01")
    found = read_comparison(asked, day_window(date(2026, 11, 2), date(2026, 11, 3), ZoneInfo("Asia/Tokyo")))
    assert (found.kind, found.window.start) == ("day", datetime(2026, 2, 28, 15, tzinfo=UTC))


def test_a_comparison_with_a_day_that_the_zone_skipped_is_noted():
    asked = parser("compare=2011-12-30&timezone=Pacific/Apia")
    assert read_comparison(asked, read_window(asked)).kind == "previous"
    assert [note.message for note in asked.notes] == [
        '"2011-12-30" does not exist in Pacific/Apia, which skipped that day'
    ]
