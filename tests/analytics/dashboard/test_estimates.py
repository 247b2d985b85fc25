"""What of a cost is estimated: on the card, before amounts, in a column, in the chart and under the table."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from analytics.models import CostSource
from orgdash.version import CATALOGUE, catalogue_version
from tests.analytics.usage import use
from tests.browsers import enter

pytestmark = pytest.mark.django_db

URL = "/organizations/org_acme/analytics/"
HIDDEN = r'<span class="visually-hidden">, includes (\S+) estimated</span>'


@pytest.fixture
def ask(olga):
    client = enter(Client(), olga.user)

    def ask(query=""):
        response = client.get(f"{URL}?{query}")
        return response.context["page"], " ".join(response.content.decode().split())

    return ask


@pytest.fixture
def spend(workspace, now):
    def spend(**models: tuple[str | None, str | None]):
        """Each model's cost as sent, and what of its cost is estimated."""
        for model, (sent, estimated) in models.items():
            day = now - timedelta(days=1)
            if sent:
                use(workspace.olga_key, day, model=model, cost=Decimal(sent))
            if estimated:
                cost, source = Decimal(estimated), CostSource.CATALOGUE
                use(workspace.olga_key, day, model=model, cost=cost, cost_source=source)

    return spend


@pytest.mark.parametrize(
    ("sent", "estimated", "link", "title", "note"),
    [
        ("7", "3", "$3.00 estimated", "$3.00 of $10.00 is estimated", "A part is estimated: $3.00 of $10.00 (30.0%)"),
        (None, "3", "all estimated", "All of $3.00 is estimated", "All of it is estimated: $3.00"),
    ],
)
def test_the_card_its_popover_and_the_note_say_how_much_and_from_where(ask, spend, sent, estimated, link, title, note):
    spend(a=(sent, estimated))
    _, page = ask("range=7d")
    assert re.search(rf'<a id="estimated" [^>]*#estimate-note">{re.escape(link)}</a>', page)
    assert f'<h2 id="estimate-title">{title}</h2>' in page
    sources = f"this site’s price book, else from public list prices ({CATALOGUE} {catalogue_version()})."
    assert f"No sender said what it cost. Computed from {sources} What you pay may differ." in page
    assert f"{note}, from {sources}" in page


def test_where_nothing_is_estimated_nothing_is_said(ask, spend):
    spend(a=("7", None))
    page, text = ask()
    said = re.sub(r'<div id="meaning-[^>]*>[^<]*</div>', "", text)  # the meanings of columns that may come with a swap
    assert "estimate" not in said.replace("css/", "")
    assert 'class="about"' not in text
    assert [head.key for head in page.table.heads][:2] == ["cost", "share"]
    assert "estimated" not in page.chart
    assert "estimated" not in page.chart["series"][0]


def test_the_sign_stands_before_every_amount_with_an_estimated_part(ask, spend):
    spend(a=("7", "3"), b=(None, "2"), c=("1", None))
    page, text = ask()
    assert re.findall(HIDDEN, text.split('id="ranking"')[1].split("</ol>")[0]) == ["$3.00", "$2.00"]
    assert re.findall(HIDDEN, text.split("<tbody>")[-1]) == ["$3.00", "$2.00", "$5.00"]
    assert text.count('<span class="about" aria-hidden="true">≈ </span>') == 2 + 3 + 1
    cells = {row.group.label: row.cells[1].value for row in page.table.rows}
    assert cells == {"a": Decimal(3), "b": Decimal(2), "c": Decimal(0)}
    assert '<span aria-hidden="true">–</span><span class="visually-hidden">none</span>' in text


def test_the_chart_says_how_much_of_each_bucket_is_estimated(ask, spend):
    spend(a=("7", "3"), c=("1", None))
    page, _ = ask("range=7d")
    assert page.chart["estimated"] == ["", "", "", "", "", "$3.00", ""]
    assert [series.get("estimated") for series in page.chart["series"]] == [page.chart["estimated"], None]


@pytest.mark.parametrize("metric", ["requests", "tokens"])
def test_on_other_tabs_only_the_card_and_the_column_know_of_it(ask, spend, metric):
    spend(a=("7", "3"))
    page, text = ask(f"metric={metric}")
    assert 'id="estimated"' in text
    assert 'class="about"' not in text
    assert "estimate-note" not in text.replace("#estimate-note", "")
    keys = [head.key for head in page.table.heads]
    assert keys.index("estimatedCost") == keys.index("cost") + 1
    assert "estimated" not in page.chart


@pytest.mark.parametrize(("query", "order"), [("sort=-estimatedCost", "bac"), ("sort=estimatedCost", "cab")])
def test_rows_are_sorted_by_what_is_estimated(ask, spend, query, order):
    spend(a=("7", "3"), b=(None, "4"), c=("1", None))
    page, _ = ask(query)
    assert "".join(row.group.label for row in page.table.rows) == order


def test_a_link_that_sorts_by_it_holds_where_nothing_is_estimated(ask, spend):
    spend(a=("7", None))
    page, _ = ask("sort=-estimatedCost")
    assert page.table.active.key == "estimatedCost"


@pytest.mark.parametrize(("on", "said"), [(True, False), (False, True)])
def test_the_help_page_says_where_prices_come_from_and_whether_the_catalogue_is_on(client, settings, on, said):
    settings.CATALOGUE = on
    page = client.get("/help/organization-analytics/").content.decode()
    places = [
        page.index(f"<dt>{term}</dt>")
        for term in ("1. The sender", "2. The price book", "3. The catalogue", "4. Nobody")
    ]
    assert places == sorted(places)
    assert ("The catalogue is turned off on this site." in page) is said
