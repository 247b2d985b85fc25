"""How finely the chart is cut: what is offered fits the window, and a bar leads to its own days, one step finer."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from analytics.dashboard import steps
from analytics.metrics import DIMENSIONS, METRICS
from analytics.reporting.query import Query
from analytics.windows import buckets, day_window, preset_window

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 18, 12, 30, tzinfo=UTC)


def question(window, bucket="day") -> Query:
    return Query(1, window, bucket, DIMENSIONS["model"], METRICS["cost"])


@pytest.mark.parametrize(
    ("last", "bucket", "offered"),
    [
        ("2026-01-01", "hour", ("hour",)),
        ("2026-01-01", "week", ("hour", "week")),  # a link may ask for it: the control shows what there is
        ("2026-01-07", "day", ("hour", "day")),
        ("2026-01-08", "day", ("hour", "day", "week")),
        ("2026-01-31", "day", ("hour", "day", "week")),
        ("2026-02-01", "day", ("day", "week", "month")),
        ("2027-01-01", "week", ("day", "week", "month")),
    ],
)
def test_only_what_fits_the_window_is_offered(last, bucket, offered):
    window = day_window(date(2026, 1, 1), date.fromisoformat(last), NEW_YORK)
    assert steps.sizes(question(window, bucket)) == offered


def test_the_last_24_hours_come_in_hours_alone():
    assert steps.sizes(question(preset_window("24h", NOW, NEW_YORK), "hour")) == ("hour",)


@pytest.mark.parametrize(
    ("bucket", "place", "first", "last", "finer"),
    [
        ("day", 3, "2026-10-31", "2026-10-31", "hour"),
        ("week", 0, "2026-10-28", "2026-11-01", "day"),  # cut off at the window's beginning, with a day of 25 hours
        ("week", 1, "2026-11-02", "2026-11-08", "day"),
        ("month", 1, "2026-11-01", "2026-11-20", "week"),
    ],
)
def test_a_bar_leads_to_its_own_days_one_step_finer(bucket, place, first, last, finer):
    query = question(day_window(date(2026, 10, 28), date(2026, 11, 20), NEW_YORK), bucket)
    opened = steps.opened(buckets(query.window, bucket)[place], query, "year")
    assert opened == {"range": None, "from": first, "to": last, "bucket": finer}


@pytest.mark.parametrize(("compare", "left"), [(None, False), ("none", False), ("2026-01-01", True)])
def test_a_day_that_was_compared_with_is_left_with_its_window(compare, left):
    query = question(day_window(date(2026, 11, 1), date(2026, 11, 20), NEW_YORK))
    opened = steps.opened(buckets(query.window, "day")[0], query, compare)
    assert ("compare" in opened) == left


def test_an_hour_leads_nowhere():
    query = question(day_window(date(2026, 11, 1), date(2026, 11, 1), NEW_YORK), "hour")
    assert steps.opened(buckets(query.window, "hour")[0], query, None) is None
