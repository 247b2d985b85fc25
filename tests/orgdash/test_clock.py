"""The one clock: the real one in UTC, or the instant it was set to."""

from datetime import UTC, datetime, timedelta

from django.test import override_settings

from orgdash import clock

FIXED = datetime(2026, 11, 18, 12, 30, tzinfo=UTC)


def test_it_is_the_instant_it_was_set_to():
    with override_settings(ORGDASH_NOW=FIXED):
        assert clock.now() == FIXED


def test_it_goes_on_in_utc():
    with override_settings(ORGDASH_NOW=None):
        before, after = clock.now(), clock.now()
    assert before.utcoffset() == timedelta()
    assert FIXED < before <= after
