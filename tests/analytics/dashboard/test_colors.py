"""A group keeps its color: whatever window, metric and filters are, in chart and table alike."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.dashboard import charts, table
from analytics.dashboard.colors import color_slots
from analytics.metrics import METRICS
from analytics.reporting import reports
from analytics.reporting.columns import columns, default_sort
from analytics.reporting.query import Filters
from analytics.windows import day_window, preset_window
from tests.analytics.questions import ask
from tests.analytics.usage import use
from tests.kept import kept

pytestmark = pytest.mark.django_db
UTC = ZoneInfo("UTC")


@pytest.fixture
@kept
def a_year(workspace, now):
    """Cost over twelve months: model-01 $12 … model-12 $1. In the last days model-12 leads and model-00 $0.50 is new to
    the chart; zebra and antique were used only before the twelve months."""
    for number in range(1, 13):
        use(workspace.olga_key, now - timedelta(days=200), model=f"model-{number:02}", cost=Decimal(12 - number))
        use(workspace.olga_key, now - timedelta(days=1), model=f"model-{number:02}", input_tokens=number * 1000)
    use(workspace.search_key, now - timedelta(days=1), model="model-12", cost=Decimal("0.1"))
    for model in ("zebra", "antique", "model-01"):
        use(workspace.olga_key, now - timedelta(days=400), model=model)
    return workspace.organization


def colors(organization, now, window="7d", **options) -> dict[str, int]:
    window = preset_window(window, now, UTC) if isinstance(window, str) else window
    return color_slots(reports.build(ask(organization, window, now, **options), page_at=now))


@pytest.mark.parametrize("window", ["7d", "24h", "90d", "12m", "month", "year"])
@pytest.mark.parametrize("metric", METRICS)
def test_a_group_keeps_its_color_whatever_the_window_and_the_metric(a_year, now, window, metric):
    found = colors(a_year, now, window, metric=metric)
    owners = {f"model-{number:02}": number for number in range(1, 11)}
    assert {key: slot for key, slot in found.items() if key in owners} == {
        key: slot for key, slot in owners.items() if key in found
    }
    assert len(found) == len(set(found.values())) == 8


def test_groups_that_own_no_color_fill_those_unused_in_the_chart(a_year, now):
    found = colors(a_year, now, metric="tokens")
    assert {key: slot for key, slot in found.items() if key not in ("model-11", "model-12")} == {
        f"model-{number:02}": number for number in range(5, 11)
    }
    assert {found["model-11"], found["model-12"]} < {1, 2, 3, 4}


def test_a_group_that_owns_no_color_has_the_same_one_beside_fewer_others(a_year, now):
    year_ago = day_window((now - timedelta(days=401)).date(), (now - timedelta(days=399)).date(), UTC)
    found = colors(a_year, now, year_ago)
    assert (found["model-01"], len(set(found.values()))) == (1, 3)
    assert colors(a_year, now, year_ago, filters=Filters(model=("antique",))) == {"antique": found["antique"]}


def test_who_owns_a_color_at_equal_cost_is_settled_by_key(workspace, now):
    for model in ("delta", "alpha", "charlie"):
        use(workspace.olga_key, now - timedelta(days=1), model=model)
    assert colors(workspace.organization, now) == {"alpha": 1, "charlie": 2, "delta": 3}


@pytest.mark.parametrize("model", ["model-03", "model-08"])
def test_who_drills_down_meets_the_same_group_in_the_same_color(a_year, workspace, now, model):
    use(workspace.search_key, now - timedelta(days=1), model=model)
    inside = Filters(project=("proj_search",))
    assert colors(a_year, now, filters=inside)[model] == colors(a_year, now, "12m")[model] == int(model[-2:])


def test_who_owns_a_color_is_read_by_pages_only_in_one_statement(a_year, now):
    query = ask(a_year, preset_window("7d", now, UTC), now)
    with CaptureQueriesContext(connection) as plain:
        assert reports.build(query).color_owners == ()
    with CaptureQueriesContext(connection) as seen:
        assert len(reports.build(query, page_at=now).color_owners) == 10
    assert len(seen) == len(plain) + 1


def test_a_table_row_has_the_color_of_its_series_and_grey_when_it_is_part_of_other(a_year, now):
    report = reports.build(ask(a_year, preset_window("7d", now, UTC), now, metric="tokens"), page_at=now)
    bands = {band.key: band.slot for band in charts.bands(report)}
    assert bands[None] == 0
    assert {
        row.group.key: row.slot
        for row in table.rows_of(report, report.groups, default_sort(report.query), columns(report.query))
    } == {group.key: bands.get(group.key, 0) for group in report.groups}
