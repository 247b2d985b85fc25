"""What the page says of a comparison: the choices with their days, the words, and where history begins."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.test import Client

from analytics.dashboard import comparing
from analytics.reporting.parameters import read_page
from tests.analytics.usage import use
from tests.browsers import enter

pytestmark = pytest.mark.django_db
URL = "/organizations/org_acme/analytics/"


def asked(workspace, now, query: str):
    return read_page(QueryDict(query), workspace.organization, now).query


def text(olga, query: str) -> str:
    client = enter(Client(), olga.user)
    return " ".join(client.get(f"{URL}?{query}").content.decode().split())


def test_every_choice_says_which_days_it_means(workspace, now):
    found = comparing.choices(asked(workspace, now, "range=month"), now)
    assert [(choice.value, choice.days) for choice in found] == [
        ("previous", "Oct 1 – 18"),
        ("weekday", "Oct 11 – 28"),
        ("year", "Nov 1 – 18, 2025"),
    ]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("range=month", "in the month before"),
        ("range=last-quarter", "in the quarter before"),
        ("range=7d", "in the previous 7 days"),
        ("range=30d", "from Sep 15 to Oct 14, 2026"),
        ("range=30d&compare=year", "a year earlier"),
        ("range=7d&compare=2026-03-01", "from Mar 1 to Mar 7, 2026"),
        ("range=7d&compare=none", ""),
    ],
)
def test_the_compared_window_is_named_inside_a_sentence(workspace, now, query, words):
    assert comparing.words(asked(workspace, now, query)) == words


def test_where_history_begins_inside_the_compared_window_no_percentage_is_shown(workspace, olga, now):
    for days in (380, 200, 1):  # November 3, 2025, and later
        use(workspace.olga_key, now - timedelta(days=days))
    page = text(olga, "range=quarter&compare=year&groupBy=project")
    assert "Usage is recorded since Nov 3, 2025." in page
    assert "Recorded only since" in page
    assert "no comparison: usage is recorded since Nov 3, 2025" in page
    assert '<span class="visually-hidden">not recorded</span>' in page
    assert "What changed" not in page
    assert "groupBy=project&amp;compare=year&amp;from=2026-11-03&amp;to=2026-11-18" in page
    assert ">Compare Nov 3 – 18 with a year earlier<" in page
    assert ">Compare with the previous period<" in page
    assert "A year earlier, from Nov 3, 2025" in page
    assert page.index("Group by") < page.index("Usage is recorded since") < page.index("Cost over time")


def test_where_nothing_of_the_compared_window_is_recorded_usage_is_new(workspace, olga, now):
    use(workspace.olga_key, now - timedelta(days=2))
    assert "<strong>New</strong> since Nov 16, 2026" in text(olga, "range=7d")
    assert "in the previous 7 days" in text(olga, "range=7d&metric=tokens")


@pytest.mark.usefixtures("history")
def test_cards_name_the_days_and_the_panel_through_when(workspace, olga, now):
    use(workspace.olga_key, now - timedelta(days=8))
    use(workspace.olga_key, now - timedelta(minutes=10))
    page = text(olga, "range=7d")
    assert "vs Nov 5 – 11" in page
    assert "compared with Nov 5 – 11, 2026, both through 12:00" in page


@pytest.mark.usefixtures("history")
def test_in_the_first_hour_there_is_nothing_to_compare_yet(workspace, olga, now, settings):
    settings.ORGDASH_NOW = now.replace(hour=0, minute=20)
    use(workspace.olga_key, now.replace(hour=0, minute=10))
    page = text(olga, "range=today")
    assert "Nothing to compare yet" in page
