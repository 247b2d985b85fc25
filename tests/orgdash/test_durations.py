"""How long, as people type it to a command."""

from datetime import timedelta

import pytest

from orgdash.durations import duration


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30m", timedelta(minutes=30)),
        ("12h", timedelta(hours=12)),
        ("90d", timedelta(days=90)),
        ("4w", timedelta(days=28)),
        ("0d", timedelta()),
        ("999999w", timedelta(weeks=999_999)),
    ],
)
def test_a_number_and_its_unit_are_a_length_of_time(text, length):
    assert duration(text) == length


@pytest.mark.parametrize("text", ["", "d", "90", "90 d", "-1d", "1.5d", "90D", "90dd", "1000000d", "\u0669d", "90d\n"])
def test_anything_else_is_none(text):
    assert duration(text) is None
