"""The tag of a page: another for every minute, hour or day that the page tells of, the same while nothing passed."""

from datetime import datetime, timedelta

import pytest
from django.test import RequestFactory

from analytics.dashboard import page_tag
from tests.analytics.usage import use
from tests.kept import kept

pytestmark = pytest.mark.django_db

ENDED, TODAY = "from=2026-11-10&to=2026-11-16", "range=7d"


@pytest.fixture
@kept
def used(workspace) -> None:
    """Two days ago, so that the page tells its age in days."""
    use(workspace.olga_key, "2026-11-16T10:00")


@pytest.fixture
def tag(olga):
    def tag(query: str, now: datetime) -> str:
        return page_tag.tag(RequestFactory().get(f"/?{query}"), olga, now)[0]

    return tag


@pytest.mark.parametrize("query", [ENDED, TODAY, "", f"{ENDED}&groupBy=apiKey"])
def test_before_the_first_event_a_page_has_no_tag(query, tag, now, workspace):
    assert tag(query, now) == ""


@pytest.mark.parametrize(
    ("query", "later", "same"),
    [
        (ENDED, timedelta(minutes=59), True),
        (ENDED, timedelta(hours=11, minutes=29), True),
        (ENDED, timedelta(hours=11, minutes=30), False),  # tomorrow
        (TODAY, timedelta(seconds=59), True),
        (TODAY, timedelta(minutes=1), False),  # it tells the time
        (f"{ENDED}&groupBy=apiKey", timedelta(seconds=59), True),
        (f"{ENDED}&groupBy=apiKey", timedelta(minutes=1), False),  # it tells when a key was used last
        (f"{ENDED}&groupBy=project,apiKey", timedelta(minutes=1), False),
        (f"{ENDED}&groupBy=project", timedelta(minutes=1), True),
        (f"{ENDED}&timezone=Asia/Kathmandu", timedelta(hours=5, minutes=44), True),
        (f"{ENDED}&timezone=Asia/Kathmandu", timedelta(hours=5, minutes=45), False),  # tomorrow there
    ],
)
def test_time_that_passes_changes_the_tag_where_the_page_tells_of_it(query, later, same, tag, now, used):
    assert (tag(query, now) == tag(query, now + later)) is same


@pytest.mark.parametrize(("minutes", "later", "same"), [(0, 0, True), (5, 1, False), (-5, 1, False)])
def test_how_long_ago_the_newest_event_was_or_how_far_ahead_is_in_it(minutes, later, same, tag, now, used, workspace):
    use(workspace.olga_key, now - timedelta(minutes=minutes))
    assert (tag(ENDED, now) == tag(ENDED, now + timedelta(minutes=later))) is same


def test_each_address_has_its_own(tag, now, used):
    assert len({tag(query, now) for query in (ENDED, TODAY, "", f"{ENDED}&groupBy=project")}) == 4


def test_another_event_makes_another(tag, now, used, workspace):
    before = tag(ENDED, now)
    use(workspace.olga_key, "2026-11-16T09:00")
    assert tag(ENDED, now) != before


@pytest.mark.parametrize(
    ("query", "given"),
    [
        ("", {}),
        ("range=30d&groupBy=user&sort=name", {"range": "30d", "groupBy": "user"}),
        ("range=fortnight&groupBy=planet", {}),
        (
            "from=2026-11-10&to=2026-11-16&timezone=Asia/Tokyo",
            {"from": "2026-11-10", "to": "2026-11-16"} | {"timezone": "Asia/Tokyo"},
        ),
    ],
)
def test_what_the_link_says_of_the_view_comes_with_it(query, given, olga, now, used):
    assert dict(page_tag.tag(RequestFactory().get(f"/?{query}"), olga, now)[1]) == given
