"""The chart as a table: every bucket by every group, the chart's own texts, each row a link to its own days."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict

from analytics.dashboard.page import Page, build_page
from analytics.models import CostSource
from analytics.reporting import reports
from analytics.reporting.parameters import read_page
from tests.analytics.usage import use
from tests.kept import kept

pytestmark = pytest.mark.django_db


def page(workspace, now, query: str) -> Page:
    asked = read_page(QueryDict(query), workspace.organization, now)
    return build_page(reports.build(asked.query, page_at=now), asked, now)


@pytest.fixture
@kept
def two_models(workspace, now):
    use(workspace.olga_key, now - timedelta(days=1), model="a", cost=Decimal(3))
    use(workspace.olga_key, now - timedelta(days=1), model="b", cost=Decimal(1))
    return workspace


def test_every_bucket_has_a_row_with_every_group_and_the_total(two_models, now):
    rows = page(two_models, now, "range=7d").time_table.rows
    assert [row.title for row in rows][:2] == ["Thu, Nov 12, 2026", "Fri, Nov 13, 2026"]
    assert [[cell.text for cell in row.cells] for row in rows] == [["$0.00"] * 2] * 5 + [["$3.00", "$1.00"]] + [
        ["$0.00"] * 2
    ]
    assert [cell.share for cell in rows[5].cells] == ["75.0%", "25.0%"]
    assert rows[5].total.text == "$4.00"
    assert [row.note for row in rows][-2:] == ["", "partial, through 12:30"]


def test_a_row_leads_to_its_days_and_keeps_the_rest_of_the_view(two_models, now):
    shown = page(two_models, now, "range=30d&groupBy=project&metric=tokens&timezone=Asia/Tokyo&chart=table&bucket=week")
    link = QueryDict(shown.time_table.rows[1].link.removeprefix("?"))
    assert link.dict() == {
        "from": "2026-10-26",
        "to": "2026-11-01",
        "bucket": "day",
        "groupBy": "project",
        "metric": "tokens",
        "timezone": "Asia/Tokyo",
        "chart": "table",
    }
    assert page(two_models, now, "range=today").time_table.rows[0].link == ""


def test_a_long_table_comes_when_it_is_asked_for(two_models, now):
    assert len(page(two_models, now, "range=12m").time_table.rows) == 51
    assert page(two_models, now, "range=12m&bucket=day").time_table.rows == ()
    asked_for = page(two_models, now, "range=12m&bucket=day&chart=table").time_table
    assert (len(asked_for.rows), asked_for.shown) == (353, True)


def test_the_shares_of_many_buckets_come_when_they_are_asked_for(two_models, now):
    inline, asked_for = (page(two_models, now, f"range=12m{more}").time_table for more in ("", "&chart=table"))
    assert [table.later for table in (inline, asked_for)] == [True, False]
    assert [[cell.share for cell in table.rows[-1].cells] for table in (inline, asked_for)] == [
        [""] * 2,
        ["75.0%", "25.0%"],
    ]


def test_what_the_table_says_is_not_sent_a_second_time(two_models, now):
    shown = page(two_models, now, "range=7d")
    assert not {"texts", "shares"} & shown.drawing["series"][0].keys()
    assert not {"titles", "totals"} & shown.drawing.keys()
    assert len(page(two_models, now, "range=12m&bucket=day").drawing["titles"]) == 353
    assert shown.drawing["series"][0]["values"][5] == 3
    assert shown.chart["totals"][5] == "$4.00"


def test_what_is_estimated_is_marked_in_its_cell_and_in_the_total(two_models, now):
    use(two_models.olga_key, now - timedelta(days=2), model="b", cost=Decimal(2), cost_source=CostSource.CATALOGUE)
    row = page(two_models, now, "range=7d").time_table.rows[4]
    assert [cell.estimated for cell in (*row.cells, row.total)] == [False, True, True]
