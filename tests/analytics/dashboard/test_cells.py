"""The table's rows as HTML: every name in them is escaped, every link is the one the page would make."""

from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.http import QueryDict

from accounts.models import Project
from analytics.dashboard import cells
from analytics.dashboard.page import Page, build_page
from analytics.dashboard.pieces import to
from analytics.models import CostSource
from analytics.reporting import reports
from analytics.reporting.parameters import read_page
from tests.analytics.usage import use
from tests.kept import kept

pytestmark = pytest.mark.django_db
PATH = "/organizations/org_acme/analytics/"
HARD = '<b>it\'s</b> & "co"'
ESCAPED = "&lt;b&gt;it&#x27;s&lt;/b&gt; &amp; &quot;co&quot;"


@pytest.fixture
def ask(workspace, now):
    def ask(query: str) -> Page:
        asked = read_page(QueryDict(query), workspace.organization, now)
        return build_page(reports.build(asked.query, page_at=now), asked, now)

    return ask


@pytest.fixture
@kept
def used(workspace, now) -> None:
    tokens = {"input_tokens": 20_000, "output_tokens": 200}
    for key, cost in ((workspace.olga_key, Decimal("12.5")), (workspace.search_key, None)):
        use(key, now - timedelta(days=1), model="m", cost=cost, is_error=True, **tokens)


@pytest.mark.parametrize("query", ["groupBy=project", "groupBy=project,model", "groupBy=project&columns=cost"])
def test_a_name_is_escaped_wherever_it_stands(ask, used, query):
    Project.objects.filter(public_id="proj_chat").update(name=HARD)
    html = cells.rows(ask(f"{query}&open=proj_chat"), PATH)
    assert HARD not in html
    assert f"<bdi>{ESCAPED}</bdi>" in html
    assert f'title="{ESCAPED}"' in html


@pytest.mark.parametrize("view", ["", "project=proj_chat&", "model=m&metric=tokens&sort=name&compare=none&"])
@pytest.mark.parametrize("key", ["proj_chat", "a/b c", "é&=+%", '"<', "\x00"])
def test_the_link_of_a_row_is_the_one_that_the_page_makes(ask, used, view, key):
    shown = ask(f"{view}groupBy=project")
    assert cells._leads(shown, PATH)(key) == to(PATH, shown.drill(key))


def test_a_row_says_what_its_columns_say(ask, used):
    html = unescape(cells.rows(ask("groupBy=project&range=7d"), PATH))
    for piece in (
        '<td class="usd column-cost lead">$12.50\n</td>',
        '<td class="usd column-cost lead"><span class="not-priced">Not priced</span></td>',
        '<rect class="bar-fill" width="100.00%" height="4" rx="2"/></svg><span class="share-text">100.0%</span>',
        '<span class="wide" title="20,200">20.2K</span><span class="narrow">20.2K<span class="unit"> tok</span></span>',
        '<td class="percent column-errorRate"><span title="1 of 1">100.0%</span></td>',
    ):
        assert piece in html, piece


def test_the_total_has_no_bar_and_a_cell_for_every_column(ask, used):
    shown = ask("groupBy=project&range=7d")
    html = cells.total(shown)
    assert "<svg" not in html
    assert html.count("<td ") == len(shown.table.heads)


def test_an_archived_project_and_an_open_row_say_so(ask, used):
    Project.objects.filter(public_id="proj_chat").update(status="archived")
    html = cells.rows(ask("groupBy=project,model&open=proj_chat"), PATH)
    assert '<span class="badge">Archived</span>' in html
    assert [html.count(f'aria-expanded="{state}"') for state in ("true", "false")] == [1, 1]
    assert html.count('<tr class="part">') == 1


def test_a_bucket_of_the_chart_is_a_row_with_a_cell_for_each_series_and_the_total(ask, used):
    Project.objects.filter(public_id="proj_search").update(name=HARD)
    shown = ask("range=7d&groupBy=project")
    html = unescape(cells.time_rows(shown))
    assert html.count("<tr>") == len(shown.time_table.rows) == 7
    assert html.count("<td") == 7 * (len(shown.bands) + 1)
    assert '<th scope="row"><a href="?' in html
    assert '<td data-share="100.0%">$12.50</td><td data-share="0.0%">$0.00</td><td>$12.50</td></tr>' in html
    assert '<span class="caption">partial, through 12:30</span></th>' in html


def test_what_is_estimated_says_so_in_its_bucket(ask, workspace, now):
    use(workspace.olga_key, now, model="m", cost=Decimal(1), cost_source=CostSource.BOOK)
    assert cells.time_rows(ask("range=today")).count('<td class="about"') == 2
