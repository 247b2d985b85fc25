"""A card: a metric's total of the window, which part of it is estimated, and what it was before."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict

from analytics.dashboard import cards
from analytics.dashboard.cards import Card
from analytics.metrics import METRICS
from analytics.reporting import reports
from analytics.reporting.parameters import EVERYTHING, read_page
from analytics.reporting.sums import Pair
from tests.analytics.usage import use

pytestmark = pytest.mark.django_db


def card(workspace, now, metric: str = "cost", query: str = "", **totals) -> Card:
    """Of usage a day and eight days ago; `totals` are what the window's sums are said to be."""
    use(workspace.olga_key, now - timedelta(days=1), cost=Decimal(3))
    use(workspace.olga_key, now - timedelta(days=8), cost=Decimal(2))
    asked = read_page(QueryDict(query), workspace.organization, now, EVERYTHING)
    report = reports.build(asked.query, page_at=now)
    return cards.build(replace(report, totals=report.totals._replace(**totals)), METRICS[metric], now)


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(("metric", "now_and_before"), [("cost", (3, 2)), ("requests", (1, 1)), ("tokens", (150, 150))])
def test_it_has_the_windows_total_and_that_of_the_time_before(workspace, now, metric, now_and_before):
    found = card(workspace, now, metric)
    assert (found.value, found.change) == (now_and_before[0], Pair(*map(Decimal, now_and_before)))


@pytest.mark.usefixtures("history")
def test_nothing_to_compare_with_is_no_change(workspace, now):
    assert card(workspace, now, query="compare=none").change is None


def test_a_time_before_that_is_not_recorded_whole_is_no_change(workspace, now):
    assert card(workspace, now).change is None


def test_requests_of_which_none_is_priced_have_no_cost(workspace, now):
    assert card(workspace, now, cost=Decimal(0), unpriced_count=1).value is None


@pytest.mark.parametrize(("metric", "part"), [("cost", Pair(Decimal(2), Decimal(3))), ("requests", None)])
def test_the_part_that_is_estimated_is_told_of_cost_alone(workspace, now, metric, part):
    assert card(workspace, now, metric, estimated_cost=Decimal(2)).estimated == part


def test_where_nothing_is_estimated_no_part_is_told(workspace, now):
    assert card(workspace, now).estimated is None
