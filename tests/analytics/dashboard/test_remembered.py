"""The view one looked at last is the one to begin with; a link always wins."""

import pytest
from django.test import Client

from analytics.dashboard.remembered import COOKIE
from tests.browsers import enter
from tests.kept import kept

pytestmark = pytest.mark.django_db

PAGE = "/organizations/org_acme/analytics/"
PROJECT = "/organizations/org_acme/projects/proj_chat/analytics/"


@pytest.fixture
@kept
def browser(workspace, olga) -> Client:
    return enter(Client(), olga.user)


def test_range_zone_and_grouping_are_remembered_and_nothing_else(browser):
    assert browser.get(PAGE).status_code == 200  # nothing yet
    browser.get(f"{PAGE}?range=30d&timezone=Asia/Tokyo&groupBy=project&metric=tokens")
    assert browser.get(PAGE).url == f"{PAGE}?range=30d&timezone=Asia%2FTokyo&groupBy=project"
    browser.get(f"{PAGE}?from=2026-01-01&to=2026-01-31&groupBy=apiKey")
    assert browser.get(PAGE).url == f"{PAGE}?range=30d&timezone=Asia%2FTokyo&groupBy=apiKey"


def test_a_link_always_wins(browser):
    browser.get(f"{PAGE}?range=30d&groupBy=project")
    shown = browser.get(f"{PAGE}?metric=tokens").context["page"].query
    assert (shown.window.preset, shown.dimension.key) == ("7d", "model")
    assert browser.get(PAGE, headers={"HX-Request": "true"}).status_code == 200


def test_a_page_that_fixes_the_grouping_leaves_it_out(browser):
    browser.get(f"{PAGE}?range=30d&groupBy=project")
    assert browser.get(PROJECT).url == f"{PROJECT}?range=30d"


def test_what_is_remembered_belongs_to_one_person(browser, adam):
    browser.get(f"{PAGE}?range=30d")
    enter(browser, adam.user)
    assert browser.get(PAGE).status_code == 200


@pytest.mark.parametrize("text", ["range=never", "groupBy=colour&timezone=Mars", "from=2026-01-01", "%00"])
def test_what_cannot_be_used_is_forgotten(browser, olga, text):
    browser.cookies[COOKIE] = f"{olga.public_id}?{text}"
    assert browser.get(PAGE).status_code == 200
