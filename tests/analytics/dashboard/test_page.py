"""The page's parts that are no chart and no table."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict

from analytics.dashboard.page import Page, build_page
from analytics.metrics import METRICS, QUOTIENTS
from analytics.reporting import reports
from analytics.reporting.columns import measured
from analytics.reporting.parameters import EVERYTHING, read_page
from analytics.reporting.query import Filters
from tests.analytics.usage import use

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("history")]


def page(workspace, now, query: str = "", scope: Filters = EVERYTHING) -> Page:
    asked = read_page(QueryDict(query), workspace.organization, now, scope)
    return build_page(reports.build(asked.query, page_at=now), asked, now)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(-11, "ahead"), (-9, "fresh"), (0, "fresh"), (9, "fresh"), (10, "aging"), (15, "aging"), (16, "delayed")],
)
def test_the_newest_event_is_fresh_for_ten_minutes_and_delayed_after_fifteen(workspace, now, minutes, said):
    use(workspace.olga_key, now - timedelta(minutes=minutes))
    assert page(workspace, now).freshness == said


def test_there_is_a_card_for_every_metric(workspace, now):
    assert [card.metric for card in page(workspace, now).cards] == list(METRICS.values())


def test_a_bar_is_as_wide_as_its_part_of_the_largest(workspace, now):
    use(workspace.olga_key, now - timedelta(days=1), model="a", cost=Decimal(4))
    use(workspace.olga_key, now - timedelta(days=1), model="b", cost=Decimal(1))
    assert [(bar.band.label, bar.width) for bar in page(workspace, now).bars] == [("a", 100), ("b", 25)]


def test_the_page_names_itself_by_what_it_shows(workspace, now):
    shown = page(workspace, now, "metric=tokens&groupBy=apiKey&from=2026-10-24&to=2026-11-22")
    assert shown.title == "Tokens by API key, Oct 24 – Nov 22, 2026"


@pytest.mark.parametrize("scope", [EVERYTHING, Filters(project=("proj_chat",))])
def test_what_the_page_fixes_is_not_offered(workspace, now, scope):
    shown = page(workspace, now, scope=scope)
    assert shown.scoped == bool(scope)
    assert ("project" in [dimension.key for dimension in shown.dimensions]) == (not scope)


@pytest.mark.parametrize(
    ("query", "links"),
    [
        (
            "range=30d&metric=tokens",
            [
                ("Oct 20 – Nov 18, 2026", "?metric=tokens&from=2026-10-20&to=2026-11-18"),
                ("Always last 30 days", "?metric=tokens&range=30d"),
            ],
        ),
        ("", [("Nov 12 – 18, 2026", "?from=2026-11-12&to=2026-11-18"), ("Always last 7 days", "?range=7d")]),
        ("range=24h", [("Always last 24 hours", "?range=24h")]),  # no days are these hours
        ("from=2026-01-01&to=2026-01-02", [("Jan 1 – 2, 2026", "?from=2026-01-01&to=2026-01-02")]),
    ],
)
def test_a_link_for_others_has_fixed_days_or_always_the_latest(workspace, now, query, links):
    assert list(page(workspace, now, query).lasting_links) == links


@pytest.mark.parametrize("metric", QUOTIENTS)
def test_a_quotient_is_a_metric_of_its_own_under_more(workspace, now, metric):
    use(workspace.olga_key, now - timedelta(days=1), is_error=True)
    found = page(workspace, now, f"metric={metric}&groupBy=project")
    assert found.query.metric.key == metric
    (bar,) = found.bars
    assert (bar.share, bar.value) == (None, measured(found.report.totals, QUOTIENTS[metric]))
    assert (bar.counts is not None) is (metric == "errorRate")
    assert found.changes is None
