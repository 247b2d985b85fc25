"""Titles say what is shown, after a swap and on Back too; on paper there is everything but the controls."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ANALYTICS


def test_the_title_says_what_is_shown_after_a_swap_and_on_back(visit):
    page = visit(f"{ANALYTICS}?range=30d&groupBy=project")
    first = "Cost by project, Oct 24 – Nov 22, 2026 · Northwind Labs · orgdash"
    expect(page).to_have_title(first)
    page.get_by_role("tab", name="Tokens").click()
    expect(page).to_have_title(first.replace("Cost", "Tokens"))
    page.go_back()
    expect(page).to_have_title(first)


def test_on_paper_a_dark_page_is_black_on_white_without_controls_and_with_every_column(visit):
    page = visit(f"{ANALYTICS}?range=30d&groupBy=project", color_scheme="dark")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.set_viewport_size({"width": 1032, "height": 800})
    not_for_paper = page.locator("#toolbar, #controls, .sidebar, #table-search, .ask, .key-chip, .spark")
    expect(not_for_paper.filter(visible=True)).to_have_count(0)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('#table td')).color") == "rgb(0, 0, 0)"
    assert page.evaluate("document.getElementById('table').scrollWidth") <= 1032
    expect(page.locator("#table tbody tr").first.locator(".column-errorRate")).to_have_text(re.compile("%"))
    page.locator("#over-time").wait_for()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.documentElement.dataset.theme") is None


LAST_RULE = (
    """() => [...[...document.styleSheets].find((one) => one.href.includes("/print")).cssRules].at(-1).cssText"""
)
MEET = """() => [...document.querySelectorAll("#table tbody tr")].filter((row) => {
  const name = row.querySelector(".name .entity").getBoundingClientRect();
  return name.right > row.cells[1].getBoundingClientRect().left + 1;
}).length"""


# How many lines the longest name has; how wide the chart is drawn, and its box, and how it fits into that.
LINES = """() => Math.max(...[...document.querySelectorAll("#table .entity > .cut")].map((name) =>
  Math.round(name.getBoundingClientRect().height / parseFloat(getComputedStyle(name).lineHeight))))"""
DRAWN = """() => { const { width, canvas } = Chart.getChart("over-time");
  return [width, canvas.parentElement.clientWidth, getComputedStyle(canvas).objectFit]; }"""
# Until the chart has followed its box: that is seen in one frame and drawn in the next.
SETTLED = """async () => { for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame) }"""


@pytest.mark.parametrize(("width", "height"), [(703, 1000), (1032, 703)], ids=["upright", "lying"])
def test_every_sheet_says_what_is_shown_and_no_name_lies_over_a_number(visit, width, height):
    page = visit(f"{ANALYTICS}?range=30d&groupBy=apiKey&project=proj_chatbot&timezone=Asia/Tokyo")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate(SETTLED)
    before = page.evaluate(LAST_RULE)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    said = "Cost by API key, Oct 24 – Nov 22, 2026, Asia/Tokyo; Project is Support Chatbot"
    assert f'content: "{said}"' in page.evaluate(LAST_RULE)
    expect(page.locator("#on-paper")).to_have_text(said)
    assert page.evaluate(MEET) == 0
    assert page.evaluate(LINES) <= 2
    drawn, _, fitted = page.evaluate(DRAWN)
    assert (drawn, fitted) == (660, "contain")
    assert page.evaluate("document.getElementById('table').scrollWidth") <= width
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(LAST_RULE) == before
    page.emulate_media(media="screen")
    page.wait_for_function(f"() => {{ const [drawn, box] = ({DRAWN})(); return drawn === box; }}")
