"""The ranking: how wide a bar is, its share of the total, and what is not known of it."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from analytics.dashboard import ranking
from analytics.dashboard.charts import Band
from analytics.metrics import DIMENSIONS, EVERY_METRIC
from analytics.reporting.query import Query
from analytics.reporting.reports import Report
from analytics.reporting.sums import Group, Pair, Sums, total
from analytics.windows import preset_window

WINDOW = preset_window("7d", datetime(2026, 11, 18, 12, 30, tzinfo=UTC), ZoneInfo("UTC"))


def bars(metric: str, *sums: Sums) -> tuple[ranking.Bar, ...]:
    """The bars of groups a, b, … with these sums."""
    query = Query(1, WINDOW, "day", DIMENSIONS["model"], EVERY_METRIC[metric])
    report = Report(query, True, None, None, (), total(sums), (), (), (), None, None)
    bands = tuple(Band(Group("abc"[n], "abc"[n], one), n, ()) for n, one in enumerate(sums))
    return ranking.bars(bands, report)


def cost(dollars: str, estimated: str = "0", unpriced: int = 0) -> Sums:
    return Sums(2, 0, unpriced, cost=Decimal(dollars), estimated_cost=Decimal(estimated))


def test_a_bar_is_as_wide_as_its_part_of_the_largest_and_tells_its_share_of_the_total():
    found = bars("cost", cost("4"), cost("1"), cost("0"))
    assert [bar.band.label for bar in found] == ["a", "b", "c"]
    assert [bar.width for bar in found] == [100, 25, 0]
    assert [bar.share for bar in found] == [Pair(Decimal(4), Decimal(5)), Pair(Decimal(1), Decimal(5)), Pair(0, 5)]
    assert {bar.counts for bar in found} == {None}


def test_the_largest_need_not_be_the_first():
    assert [bar.width for bar in bars("cost", cost("1"), cost("2"))] == [50, 100]  # Other is last whatever its size


@pytest.mark.parametrize(("unpriced", "value", "width"), [(0, Decimal(0), 0), (1, Decimal(0), 0), (2, None, 0)])
def test_what_is_not_priced_has_no_value_and_is_not_zero(unpriced, value, width):
    bar = bars("cost", cost("1"), cost("0", unpriced=unpriced))[1]
    assert (bar.value, bar.width) == (value, width)


@pytest.mark.parametrize(("metric", "estimated"), [("cost", Decimal("0.5")), ("requests", 0), ("tokens", 0)])
def test_a_part_is_estimated_of_a_cost_alone(metric, estimated):
    assert bars(metric, cost("2", "0.5"))[0].estimated == estimated


@pytest.mark.parametrize(("metric", "value"), [("requests", 3), ("tokens", 17)])
def test_counts_are_counted(metric, value):
    (bar,) = bars(metric, Sums(3, input_tokens=10, output_tokens=7))
    assert (bar.value, bar.share, bar.width) == (value, Pair(value, value), 100)


def test_an_error_rate_tells_its_counts_and_has_no_share():
    first, second, third = bars("errorRate", Sums(4, 1), Sums(10, 1), Sums())
    assert [(bar.value, bar.counts, bar.share) for bar in (first, second, third)] == [
        (25, Pair(1, 4), None),
        (10, Pair(1, 10), None),
        (None, Pair(0, 0), None),
    ]
    assert [bar.width for bar in (first, second, third)] == [100, 40, 0]


def test_a_quotient_without_a_divisor_has_no_value():
    priced, empty = bars("costPerMillion", Sums(1, input_tokens=500_000, cost=Decimal(2)), Sums(1, cost=Decimal(2)))
    assert [(bar.value, bar.width, bar.counts) for bar in (priced, empty)] == [(4, 100, None), (None, 0, None)]


@pytest.mark.parametrize("metric", EVERY_METRIC)
def test_where_nothing_is_largest_no_bar_has_a_width(metric):
    assert bars(metric) == ()
    assert [bar.width for bar in bars(metric, Sums(), Sums())] == [0, 0]
