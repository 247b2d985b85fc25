"""Organization → Analytics in a real browser: it draws, swaps, goes back, works without scripts, fits small screens."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ANALYTICS, DEVELOPER, NARROW, PHONE, PRO_OWNER

PAGES = [ANALYTICS, "/organizations/org_northwind/usage/", f"{ANALYTICS}?range=30d&groupBy=apiKey"]

DRAWN = """() => {
  const chart = Chart.getChart("over-time");
  const canvas = document.getElementById("over-time");
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const colours = new Set();
  for (let i = 0; i < pixels.length; i += 4) if (pixels[i + 3] === 255) colours.add(pixels.slice(i, i + 3).join());
  return {series: chart.data.datasets.map((one) => one.label), colours: colours.size, type: chart.config.type};
}"""


def shown(page: Page) -> list[str]:
    """What the page says: cards, ranking and table."""
    return page.locator("#cards .card-value .wide, #ranking .bar-name, #breakdown tbody th").all_inner_texts()


def test_the_chart_is_drawn_with_the_series_of_the_ranking(visit):
    page = visit(f"{ANALYTICS}?range=30d&groupBy=project")
    drawn = page.evaluate(DRAWN)
    assert drawn["series"] == page.locator("#ranking .bar-name").all_inner_texts()
    assert len(drawn["series"]) == 9
    assert drawn["colours"] >= 9


def test_a_tab_swaps_the_numbers_in_place_and_pushes_the_address(visit):
    page = visit(f"{ANALYTICS}?range=30d&groupBy=project")
    page.evaluate("window.untouched = document.getElementById('over-time')")
    page.get_by_role("tab", name="Tokens").click()
    page.get_by_role("heading", name="Tokens over time").wait_for()
    expect(page.get_by_role("tab", name="Tokens")).to_have_attribute("aria-selected", "true")
    assert "metric=tokens" in page.url
    assert page.evaluate("window.untouched === document.getElementById('over-time')")
    assert page.evaluate(DRAWN)["series"] == page.locator("#ranking .bar-name").all_inner_texts()


def test_back_and_forward_restore_views(visit):
    page = visit(f"{ANALYTICS}?range=30d&groupBy=project")
    first = shown(page)
    page.get_by_role("radio", name="API key").click()
    page.get_by_role("heading", name="Cost by API key").wait_for()
    second = shown(page)
    page.go_back()
    page.get_by_role("heading", name="Cost by project").wait_for()
    assert shown(page) == first
    assert page.evaluate(DRAWN)["series"][0] == first[3]
    page.go_forward()
    page.get_by_role("heading", name="Cost by API key").wait_for()
    assert shown(page) == second != first


def test_no_number_stays_in_the_browsers_storage(visit):
    page = visit(ANALYTICS)
    page.get_by_role("tab", name="Tokens").click()
    page.get_by_role("heading", name="Tokens over time").wait_for()
    assert page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})").find("$") == -1


def test_focus_stays_on_the_control_that_was_used(visit):
    page = visit(ANALYTICS)
    page.get_by_role("tab", name="Cost").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Requests over time").wait_for()
    expect(page.get_by_role("tab", name="Requests")).to_be_focused()


@pytest.mark.parametrize("link", ["Requests", "Project"])
def test_without_javascript_every_control_is_a_link_and_the_table_has_the_numbers(visit, link):
    page = visit(ANALYTICS, java_script_enabled=False)
    before = page.locator("#breakdown tbody tr").count()
    assert before > 5
    page.locator(".tabs, .group-by").get_by_text(link, exact=True).click()
    page.get_by_role("heading", name=re.compile(link)).first.wait_for()
    assert re.search("metric=requests|groupBy=project", page.url)


@pytest.mark.parametrize("path", PAGES)
def test_a_small_screen_never_scrolls_sideways(visit, path):
    page = visit(path, viewport=NARROW)
    for viewport in (NARROW, PHONE):
        page.set_viewport_size(viewport)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


@pytest.mark.parametrize(
    ("path", "email", "said"),
    [
        (ANALYTICS, DEVELOPER, "You can't open organization analytics"),
        ("/organizations/org_lumen/analytics/", PRO_OWNER, "Usage across every project, in one place"),
        ("/organizations/org_lumen/usage/", PRO_OWNER, "Your usage"),
    ],
)
def test_other_people_see_their_own_page(visit, path, email, said):
    page = visit(path, email, quiet=False)
    page.get_by_role("heading", name=said).wait_for()


def test_signing_in_leads_to_the_page_that_was_asked_for(visit):
    page = visit(f"{ANALYTICS}?range=30d&groupBy=project", None)
    page.get_by_label("Email").fill("maya@northwind.example")
    page.get_by_label("Password", exact=True).fill("orgdash-demo")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Cost by project").wait_for()
