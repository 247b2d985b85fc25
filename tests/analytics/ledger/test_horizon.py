"""Up to where the log is pruned: of whom, and the first day that it has whole."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from analytics.ledger.horizon import first_whole_day, horizons
from analytics.models import Horizon

AUGUST = datetime(2026, 8, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("horizon", "zone", "day"),
    [
        ("2026-08-01T00:00Z", "UTC", "2026-08-01"),
        ("2026-08-01T00:00:00.000001Z", "UTC", "2026-08-02"),
        ("2026-08-01T00:00Z", "America/New_York", "2026-08-01"),  # there it is July still, and that day is cut
        ("2026-08-01T04:00Z", "America/New_York", "2026-08-01"),
        ("2026-08-01T04:00:01Z", "America/New_York", "2026-08-02"),
        ("2026-07-31T18:30Z", "Asia/Kolkata", "2026-08-01"),
        ("2026-08-01T00:00Z", "Asia/Kolkata", "2026-08-02"),
        ("2024-03-30T22:00Z", "Asia/Beirut", "2024-03-31"),  # a day that begins at one
        ("2011-12-30T10:00Z", "Pacific/Apia", "2011-12-31"),  # after the day that is not there
    ],
)
def test_the_first_day_that_the_log_has_whole_begins_at_the_horizon_or_after_it(horizon, zone, day):
    assert str(first_whole_day(datetime.fromisoformat(horizon), ZoneInfo(zone))) == day


@pytest.mark.django_db
def test_whose_log_is_pruned_has_a_horizon_in_utc_and_who_has_all_of_it_none(django_assert_num_queries):
    for number, before in ((7, AUGUST), (8, "2026-07-01T02:00+02:00"), (9, AUGUST)):
        Horizon.objects.create(organization_id=number, pruned_before=before)
    with django_assert_num_queries(1):
        found = horizons([8, 6, 7, 7])
    assert found == {7: AUGUST, 8: datetime(2026, 7, 1, tzinfo=UTC)}
    assert {before.tzinfo for before in found.values()} == {UTC}
    assert horizons([]) == {}
