"""Nothing to show, and how fresh: what the server says in each case."""

from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from tests.analytics.usage import use
from tests.browsers import enter
from tests.kept import kept

pytestmark = pytest.mark.django_db

URL = "/organizations/org_acme/analytics/"


@pytest.fixture
@kept
def owner(workspace, olga) -> Client:
    return enter(Client(), olga.user)


def text(response) -> str:
    return unescape(response.content.decode())


def test_before_the_first_event_the_page_has_a_line_that_sends_one(owner):
    page = text(owner.get(URL))
    assert "curl -X POST http://testserver/usage/events" in page
    assert '"timestamp": "2026-11-18T12:30:00Z"' in page
    assert "No events received yet" in page
    assert "This page refreshes by itself" in page
    assert "Show last 12 months" not in page
    assert "This page refreshes by itself" not in text(owner.get(f"{URL}?range=last-month"))


@pytest.mark.parametrize(("query", "offered"), [("range=7d", True), ("range=12m", False)])
def test_a_window_without_usage_offers_a_longer_one_if_there_is_one(owner, workspace, now, query, offered):
    use(workspace.olga_key, now - timedelta(days=500))
    page = text(owner.get(f"{URL}?{query}"))
    assert "No usage from" in page
    assert ("Show last 12 months" in page) is offered
    assert "curl" not in page
    assert 'data-opens="range"' in page


def test_no_usage_for_the_filters_names_them_and_the_dates(owner, workspace, now):
    use(workspace.olga_key, now - timedelta(days=500))
    page = text(owner.get(f"{URL}?from=2026-11-12&to=2026-11-18&model=gpt-5.5&project={workspace.chat.public_id}"))
    assert f"<p>Model is gpt-5.5, Project is {workspace.chat.name}, Nov 12 – 18, 2026.</p>" in page


@pytest.mark.parametrize(
    ("minutes", "state", "said"),
    [
        (0, "fresh", "just now"),
        (9, "fresh", "9 min ago"),
        (10, "aging", "10 min ago"),
        (15, "aging", "15 min ago"),
        (42, "delayed", "42 min ago"),
    ],
)
def test_the_freshness_line_says_how_old_the_newest_event_is(owner, workspace, now, minutes, state, said):
    newest = now - timedelta(minutes=minutes)
    use(workspace.olga_key, newest)
    page = text(owner.get(URL))
    assert f'role="status" data-state="{state}"' in page
    assert f'Updated <time datetime="{newest.isoformat()}">{said}</time>' in page
    assert ("; new events are delayed" in page) is (state == "delayed")


@pytest.mark.parametrize(("query", "live"), [("range=7d", True), ("range=last-month", False)])
def test_only_a_range_that_includes_now_is_refreshed(owner, query, live):
    assert (" data-live" in text(owner.get(f"{URL}?{query}"))) is live
