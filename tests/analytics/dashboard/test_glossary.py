"""The help page: every number of the page is explained, for anyone, inside the frame for who is signed in."""

import re
from dataclasses import replace
from html import unescape

import pytest
from django.http import QueryDict
from django.test import Client

from analytics.metrics import DIMENSIONS, METRICS
from analytics.reporting import columns
from analytics.reporting.parameters import read_page
from tests.browsers import enter
from tests.servers import ROOT

HELP = "/help/organization-analytics/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def terms() -> set[str]:
    return {unescape(term).lower() for term in re.findall("<dt>(.*?)</dt>", Client().get(HELP).content.decode())}


def test_every_metric_and_dimension_is_explained(terms):
    registered = [*METRICS.values(), *DIMENSIONS.values()]
    assert [metric.label for metric in registered if metric.label.lower() not in terms] == []


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.key)
@pytest.mark.parametrize("compare", ["previous", "year", "none"])
def test_every_column_of_the_table_is_explained(terms, workspace, now, metric, compare):
    query = read_page(QueryDict(f"compare={compare}&groupBy=apiKey"), workspace.organization, now).query
    shown = columns.columns(replace(query, metric=metric))
    assert len(shown) >= 5
    assert [column.label for column in shown if column.label.lower().split(" vs ")[0] not in terms] == []


@pytest.mark.parametrize(
    "word",
    [
        "Other",
        "What changed",
        "Not priced",
        "Partial",
        "Updated",
        "Another time zone",
        "Revoked and archived",
        "Errors up",
    ],
)
def test_words_and_signs_of_the_page_are_explained(terms, word):
    assert word.lower() in terms


def test_a_request_that_is_not_priced_is_called_so_everywhere():
    """On the pages and where their numbers are explained. Who sends without a cost, and lists, are another matter."""
    texts = {path: path.read_text() for path in [*(ROOT / "templates").rglob("*.html"), ROOT / "docs" / "metrics.md"]}
    texts["help"] = unescape(Client().get(HELP).content.decode())
    other = re.compile(r"without a price|requests? without (?:a )?cost|(?:has|have) (?:a|no) (?:price|cost)\b")
    assert {str(name): other.findall(text) for name, text in texts.items() if other.search(text)} == {}


@pytest.mark.parametrize(
    ("who", "framed"), [("nobody", False), ("owner", True), ("developer", True), ("stranger", True)]
)
def test_anyone_reads_it_and_members_inside_the_frame(workspace, olga, dora, stan, who, framed):
    client = Client()
    for user in {"owner": [olga.user], "developer": [dora.user], "stranger": [stan]}.get(who, []):
        enter(client, user)
    response = client.get(HELP)
    assert (response.status_code, 'id="sidebar"' in response.content.decode()) == (200, framed)


@pytest.mark.parametrize("path", ["analytics/", "usage/", "projects/proj_chat/analytics/"])
def test_every_page_of_numbers_leads_to_it(workspace, olga, path):
    client = enter(Client(), olga.user)
    assert f'href="{HELP}"' in client.get(f"/organizations/org_acme/{path}").content.decode()
