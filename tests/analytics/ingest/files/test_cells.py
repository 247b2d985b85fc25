"""What stands in a cell of an export: whole numbers, amounts, times; and what is refused, by its column."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from analytics.ingest.decoding import EventError
from analytics.ingest.files import cells


def refused(read, *arguments) -> str:
    with pytest.raises(EventError) as error:
        read(*arguments)
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "number"),
    [("10", 10), ("10.0", 10), ("10.", 10), ("007", 7), ("-3", -3), ("0.000", 0), ("9" * 30, 10**30 - 1)],
)
def test_a_whole_number_is_read_also_as_a_spreadsheet_writes_it(text, number):
    assert cells.whole({"n": text}, "n") == number


@pytest.mark.parametrize("text", ["", "1.5", "1e3", "1,000", "+1", " 1", "٣", "NaN", "9" * 31])
def test_what_is_no_whole_number_is_refused(text):
    assert refused(cells.whole, {"n": text}, "n") == f'n: must be a whole number, got "{text}"'


def test_what_is_summed_up_first_must_not_be_negative():
    assert cells.positive({"n": "0"}, "n") == 0
    assert refused(cells.positive, {"n": "-1.0"}, "n") == "n: must not be negative, got -1"


@pytest.mark.parametrize(("row", "number"), [({}, 0), ({"n": ""}, 0), ({"n": "7.0"}, 7)])
def test_a_number_that_is_not_there_is_0(row, number):
    assert cells.whole_or_none(row, "n") == number


def test_a_number_that_is_there_must_be_one():
    assert refused(cells.whole_or_none, {"n": "-"}, "n") == 'n: must be a whole number, got "-"'


@pytest.mark.parametrize(
    ("row", "dollars"),
    [
        ({}, None),
        ({"cost": ""}, None),
        ({"cost": "0"}, "0"),
        ({"cost": "-0.0"}, "0"),
        ({"cost": "1.095e-05"}, "0.00001095"),
        ({"cost": "0.30000000000000004"}, "0.3"),
        ({"cost": "0.0000000000025"}, "0.000000000002"),  # half to even
        ({"cost": "0.0000000000015"}, "0.000000000002"),
        ({"cost": "1000000"}, "1000000"),
    ],
)
def test_an_amount_is_dollars_to_twelve_places_and_none_where_none_is_said(row, dollars):
    assert cells.amount(row, "cost") == (dollars and Decimal(dollars))


@pytest.mark.parametrize("text", ["-0.01", "1000000.01", "$1", "1,5", "1e999", "NaN", "Infinity", "."])
def test_what_is_no_amount_is_refused(text):
    assert refused(cells.amount, {"cost": text}, "cost") == f'cost: must be an amount from 0 to 1000000, got "{text}"'


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-06-20", "2026-06-20T00:00:00Z"),
        ("2026-06-20 23:30", "2026-06-20T23:30:00Z"),
        ("2026-06-20T23:30:01", "2026-06-20T23:30:01Z"),
        ("2026-06-20 23:30:01.123456789", "2026-06-20T23:30:01.123456789Z"),
        ("2026-06-20T23:30:01Z", "2026-06-20T23:30:01Z"),
        ("2026-06-20 23:30:01+02", "2026-06-20T23:30:01+02:00"),
        ("2026-06-20 23:30-0530", "2026-06-20T23:30:00-05:30"),
        ("2026-06-20T23:30:01.5+05:45", "2026-06-20T23:30:01.5+05:45"),
    ],
)
def test_a_time_is_utc_unless_it_has_an_offset(text, instant):
    assert cells.moment({"at": text}, "at") == instant


@pytest.mark.parametrize(
    "text", ["", "06/20/2026", "2026-06-20 23", "2026-06-20T23:30:00 UTC", "2026-6-20", "1781998200"]
)
def test_what_is_no_time_is_refused(text):
    said = f'at: must be a time like 2026-06-20 23:30:00, got "{text}"'
    assert refused(cells.moment, {"at": text}, "at") == said


NOON = datetime(2026, 6, 20, 12, tzinfo=UTC)


def test_a_sum_is_over_once_its_end_is_reached():
    cells.ended(NOON, NOON, {"day": "2026-06-20"}, "day")
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    said = refused(cells.ended, NOON + timedelta(seconds=1), tokyo, {"day": "2026-06-20"}, "day")
    assert said == 'day: had not ended when the file was written, 2026-06-20 12:00 UTC, got "2026-06-20"'


@pytest.mark.parametrize(
    ("text", "instant"),
    [("0", "1970-01-01T00:00:00+00:00"), ("1759622400.0", "2025-10-05T00:00:00+00:00")],
)
def test_seconds_are_counted_from_1970(text, instant):
    assert cells.seconds({"at": text}, "at").isoformat() == instant


@pytest.mark.parametrize("text", ["9" * 30, "-99999999999999", "999999999999"])
def test_seconds_that_no_date_has_are_refused(text):
    assert refused(cells.seconds, {"at": text}, "at") == f'at: must be seconds since 1970, got "{text}"'
