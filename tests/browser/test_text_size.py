"""Who has larger letters set in the browser gets them, and a page that has room for them."""

import re

import pytest

from tests.browser.conftest import ANALYTICS, DESKTOP, PHONE, ROOT

NORMAL, LARGE = 16, 24
# Of every text that stands directly in an element its size, by the place of the element on the page.
SIZES = """() => [...document.querySelectorAll("main *")]
  .filter((one) => [...one.childNodes].some(({ nodeType, data }) => nodeType === 3 && data.trim()))
  .filter((one) => !one.closest("#estimated, svg, noscript, .card-value"))
  .map((one) => parseFloat(getComputedStyle(one).fontSize))"""
# Paper has its own sizes.
STYLES = [path for path in (ROOT / "static" / "css").glob("*.css") if path.stem != "print"]


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["1440", "390"])
def test_larger_letters_enlarge_every_text_and_the_page_has_room_for_them(visit, viewport):
    page = visit(f"{ANALYTICS}?range=30d&metric=costPerMillion", viewport=viewport, fresh=True)
    before = page.evaluate(SIZES)
    browser = page.context.new_cdp_session(page)
    browser.send("Page.enable")
    browser.send("Page.setFontSizes", {"fontSizes": {"standard": LARGE}})
    page.reload()
    after = page.evaluate(SIZES)
    assert after == pytest.approx([size * LARGE / NORMAL for size in before], rel=0.01)
    assert page.evaluate("Chart.getChart('over-time').scales.y.options.ticks.font.size") == 12 * LARGE / NORMAL
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.stem)
def test_no_style_fixes_the_size_of_text(path):
    assert re.findall(r"(?:font-size|font|line-height):[^;}]*\dpx[^;}]*", path.read_text()) == []
