"""The visual spec's table of numbers, and what stands around it. More examples are doctests in the module itself."""

from decimal import Decimal

import pytest

from analytics.dashboard import formatting


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "$0.00"),
        ("1234.56", "$1,234.56"),
        ("1234.565", "$1,234.57"),
        ("0.05", "$0.05"),
        ("0.0049", "$0.0049"),
        ("0.0042", "$0.0042"),
        ("0.0000012", "$0.0000012"),
        ("0.00995", "$0.01"),
        ("0.00994", "$0.0099"),
        ("0.000000000001", "$0.0000000000010"),
        ("0.01", "$0.01"),
        ("0.125", "$0.13"),
        ("998.995", "$999.00"),
        ("999.995", "$1,000.00"),
        ("999999999.995", "$1,000,000,000.00"),
        ("-12", "−$12.00"),
        ("-0.0042", "−$0.0042"),
    ],
)
def test_money(amount, text):
    assert formatting.money(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("999999.99", "$999,999.99"),
        ("1234567", "$1.2M"),
        ("-1234567", "−$1.2M"),
        ("2e9", "$2.0B"),
        ("2e12", "$2.0T"),
    ],
)
def test_money_in_cards(amount, text):
    assert formatting.headline(Decimal(amount), "usd") == text


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (2_043_712, "2,043,712"), (9_999_999, "9,999,999"), (10_000_000, "10.0M")]
)
def test_requests(number, text):
    assert formatting.requests(number) == text


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        (Decimal(1_234_567), "usd", "$1.2M"),
        (9_999, "requests", "9,999"),
        (10_000, "requests", "10.0K"),
        (9_994_999, "requests", "9.99M"),
        (9_995_000, "requests", "10.0M"),
        (1_020_000_000, "requests", "1.02B"),
        (2 * 10**12, "requests", "2.00T"),
        (16_400, "tokens", "16.4K"),
    ],
)
def test_where_there_is_little_room(number, unit, text):
    assert formatting.short(number, unit) == text


@pytest.mark.parametrize(("value", "text"), [("0.5", "+$0.50"), ("-0.5", "−$0.50"), ("0", "$0.00")])
def test_a_change_of_money_has_its_sign(value, text):
    assert formatting.signed(Decimal(value), "usd") == text


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
    ("number", "text"), [("0", "0.0%"), ("0.09", "<0.1%"), ("0.1", "0.1%"), ("34.25", "34.3%"), ("100", "100.0%")]
)
def test_percentage(number, text):
    assert formatting.percentage(Decimal(number)) == text


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        (12_400_000, "requests", "12,400,000"),
        (1_020_000_001, "tokens", "1,020,000,001"),
        (Decimal("1234567.891"), "usd", "$1,234,567.89"),
        (Decimal("34.25"), "percent", "34.3%"),
    ],
)
def test_the_title_of_a_compact_number_has_every_digit(number, unit, text):
    assert formatting.exact(number, unit) == text


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
        ("10990.4", 1000, "up", "999.0%", "up 999.0 percent"),
        (1001, 1000, "up", "0.1%", "up 0.1 percent"),
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
        (("0", "50", "100"), "percent", ("0%", "50%", "100%")),
        (("0", "0.5", "1"), "percent", ("0%", "0.5%", "1.0%")),
    ],
)
def test_ticks(values, unit, labels):
    assert formatting.ticks(tuple(map(Decimal, values)), unit) == labels


@pytest.mark.parametrize(
    ("room", "name", "short"),
    [
        ({}, "x" * 31 + "y", "x" * 31 + "y"),
        ({}, "x" * 32 + "y", "x" * 16 + "…" + "x" * 14 + "y"),
        ({"at_most": 5}, "abcdefgh", "ab…gh"),
    ],
)
def test_a_long_name_loses_its_middle(room, name, short):
    assert formatting.middle(name, **room) == short


@pytest.mark.parametrize(("label", "text"), [("Project", "project"), ("API key", "API key"), ("IDs", "IDs")])
def test_a_label_in_a_sentence(label, text):
    assert formatting.in_text(label) == text
