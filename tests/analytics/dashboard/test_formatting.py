"""The visual spec's table of numbers, and what stands around it. More examples are doctests in the module itself."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from analytics.dashboard import formatting
from analytics.windows import buckets, day_window, preset_window

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 22, 14, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "$0.00"),
        ("1234.56", "$1,234.56"),
        ("0.05", "$0.05"),
        ("0.0049", "$0.0049"),
        ("0.0042", "$0.0042"),
        ("0.0000012", "$0.0000012"),
        ("0.00995", "$0.01"),
        ("0.00994", "$0.0099"),
        ("0.000000000001", "$0.0000000000010"),
        ("0.01", "$0.01"),
        ("999999999.995", "$1,000,000,000.00"),
        ("-12", "−$12.00"),
        ("-0.0042", "−$0.0042"),
    ],
)
def test_money(amount, text):
    assert formatting.money(Decimal(amount)) == text


@pytest.mark.parametrize(("amount", "text"), [("999999.99", "$999,999.99"), ("1234567", "$1.2M"), ("2e9", "$2.0B")])
def test_money_in_cards(amount, text):
    assert formatting.headline(Decimal(amount), "usd") == text


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (2_043_712, "2,043,712"), (9_999_999, "9,999,999"), (12_400_000, "12.4M")]
)
def test_requests(number, text):
    assert formatting.requests(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (8_412, "8,412"),
        (9_999, "9,999"),
        (10_000, "10.0K"),
        (16_400, "16.4K"),
        (999_949, "999.9K"),
        (999_950, "1.00M"),
        (999_995, "1.00M"),
        (299_230_000, "299.23M"),
        (1_020_000_000, "1.02B"),
        (999_999_999, "1.00B"),
        (5 * 10**15, "5,000.00T"),
    ],
)
def test_tokens(number, text):
    assert formatting.tokens(number) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(342, 1000, "34.2%"), (0, 1000, "0.0%"), (1, 10_000, "<0.1%"), (1, 1000, "0.1%"), (5, 5, "100.0%"), (0, 0, "–")],
)
def test_share(part, whole, text):
    assert formatting.share(part, whole) == text


@pytest.mark.parametrize(
    ("current", "before", "kind", "text", "spoken"),
    [
        (1171, 1000, "up", "17.1%", "up 17.1 percent"),
        (829, 1000, "down", "17.1%", "down 17.1 percent"),
        (5, 0, "new", "New", "new"),
        (0, 0, "none", "–", "not available"),
        (0, 5, "down", "100.0%", "down 100.0 percent"),
        (5, 5, "same", "0.0%", "unchanged"),
        (1099, 100, "up", "999.0%", "up 999.0 percent"),
        (11, 1, "up", ">999%", "up more than 999 percent"),
        (100_001, 100_000, "up", "<0.1%", "up less than 0.1 percent"),
    ],
)
def test_change(current, before, kind, text, spoken):
    found = formatting.change(Decimal(current), Decimal(before))
    assert (found.kind, found.text, found.spoken) == (kind, text, spoken)


@pytest.mark.parametrize(
    ("values", "unit", "labels"),
    [
        (("0", "200", "1000"), "usd", ("$0", "$200", "$1K")),
        (("0", "500", "1000", "1500"), "usd", ("$0", "$0.5K", "$1.0K", "$1.5K")),
        (("0", "20000", "40000"), "tokens", ("0", "20K", "40K")),
        (("0", "0.002", "0.004"), "usd", ("$0", "$0.002", "$0.004")),
        (("0", "0.5", "1"), "usd", ("$0", "$0.50", "$1.00")),
        (("0",), "usd", ("$0",)),
    ],
)
def test_ticks(values, unit, labels):
    assert formatting.ticks(tuple(map(Decimal, values)), unit) == labels


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (date(2026, 10, 24), date(2026, 11, 22), "Oct 24 – Nov 22, 2026"),
        (date(2025, 12, 20), date(2026, 1, 18), "Dec 20, 2025 – Jan 18, 2026"),
        (date(2026, 11, 22), date(2026, 11, 22), "Nov 22, 2026"),
    ],
)
def test_a_window_is_written_by_its_days(first, last, text):
    assert formatting.window(day_window(first, last, NEW_YORK), NOW) == text


def test_the_last_24_hours_are_written_by_the_clock():
    assert formatting.window(preset_window("24h", NOW, ZoneInfo("UTC")), NOW) == "Nov 21, 14:00 – Nov 22, 14:20"


def test_buckets_are_named_by_their_size():
    window = day_window(date(2026, 10, 28), date(2026, 11, 10), NEW_YORK)
    weeks, days = buckets(window, "week"), buckets(window, "day")
    assert [formatting.bucket_tick(one, "week", NEW_YORK) for one in weeks] == ["Oct 28", "Nov 2", "Nov 9"]
    assert [formatting.bucket_title(one, "week", NEW_YORK) for one in weeks][1] == "Nov 2 – 8, 2026"
    assert formatting.bucket_title(days[0], "day", NEW_YORK) == "Wed, Oct 28, 2026"


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
    assert formatting.bucket_span(first, size, NEW_YORK, beside) == text


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=59), "59 min ago"),
        (timedelta(hours=47), "47 h ago"),
        (timedelta(hours=49), "2 days ago"),
    ],
)
def test_how_long_ago(age, text):
    assert formatting.ago(NOW - age, NOW) == text
