"""The organization's page on a phone: what stands on it, and where."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import ANALYTICS, NARROW, PHONE

LINE = 20


@pytest.fixture
def phone(visit) -> Page:
    return visit(f"{ANALYTICS}?range=30d&groupBy=project", viewport=PHONE)


def test_what_changed_names_every_group_on_rows_of_two_lines(phone):
    names = phone.locator("#changes tr:not(thead tr) th .cut")
    assert names.all_inner_texts()[-2:] == ["Other (3)", "Total"]
    assert min(names.evaluate_all("all => all.map(one => one.offsetWidth)")) > LINE
    rows = phone.locator("#changes tbody tr, #changes tfoot tr")
    assert rows.count() == names.count()
    assert max(rows.evaluate_all("all => all.map(one => one.offsetHeight)")) <= 3 * LINE


def test_the_freshness_line_names_the_range_that_the_date_button_has_no_room_for(phone):
    line = phone.locator("#freshness")
    assert " ".join(line.inner_text().split()) == "Last 30 days, UTC Updated 2 min ago today is partial"
    assert line.bounding_box()["height"] <= 2 * LINE


@pytest.mark.parametrize("query", ["range=30d", "range=24h", "from=2025-12-20&to=2026-01-18"])
def test_the_date_button_shows_all_of_its_days(visit, query):
    page = visit(f"{ANALYTICS}?{query}", viewport=NARROW)
    for viewport in (NARROW, PHONE):
        page.set_viewport_size(viewport)
        hidden = page.locator("#range .range-days").evaluate("one => one.scrollWidth - one.clientWidth")
        assert hidden == 0, viewport
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
