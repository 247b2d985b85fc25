"""Why, row by row: asked for in What changed by one click, and on paper as it is on the screen."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ANALYTICS, DESKTOP, PHONE

PROJECTS = f"{ANALYTICS}?from=2026-10-24&to=2026-11-22&groupBy=project"


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["1440", "390"])
def test_one_click_tells_the_causes_of_each_row_within_the_page(visit, viewport):
    page = visit(PROJECTS, viewport=viewport)
    expect(page.locator("#changes .row-why")).to_have_count(0)
    page.get_by_role("link", name="Why, row by row").press("Enter")
    reasons = page.locator("#changes .row-why td")
    expect(reasons.first).to_contain_text("tokens")
    assert reasons.count() == page.locator("#changes tbody tr:not(.row-why)").count()
    expect(page.get_by_role("link", name="Only the whole")).to_be_focused()
    assert page.url.endswith("why=rows")
    cut = reasons.evaluate_all("all => all.filter(one => one.scrollWidth > one.clientWidth).length")
    assert cut == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    page.emulate_media(media="print")
    reasons.last.wait_for()
