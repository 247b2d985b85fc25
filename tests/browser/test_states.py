"""What happens to the page in a real browser: notices, nothing to show, failures, how fresh the numbers are."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ANALYTICS, INCOMING, NARROW

TOAST = "async ([kind, text, more]) => { (await import('/static/js/toasts.js')).toast(kind, text, more) }"


def toast(page: Page, kind: str, text: str, **more) -> None:
    page.evaluate(TOAST, [kind, text, more])


@pytest.fixture
def page(visit) -> Page:
    page = visit(INCOMING, fresh=True)  # of the pages that have notices one that is soon there
    page.clock.install(time=0)
    page.clock.pause_at(60_000)  # from here on time passes only when a test says so
    return page


@pytest.mark.parametrize(
    ("kind", "role", "left"), [("info", "status", 0), ("success", "status", 0), ("error", "alert", 1)]
)
def test_a_toast_leaves_after_five_seconds_unless_it_is_an_error(page, kind, role, left):
    page.locator("main a").first.focus()
    toast(page, kind, "Export ready", detail="11 rows, project by cost")
    shown = page.locator(".toast")
    expect(shown).to_have_attribute("role", role)
    expect(shown).to_contain_text("Export ready11 rows, project by cost")
    expect(page.locator("main a").first).to_be_focused()
    page.clock.run_for(4900)
    expect(shown).to_have_count(1)
    page.clock.run_for(200)
    expect(shown).to_have_count(left)


@pytest.mark.parametrize("stay", [Page.hover, Page.focus], ids=["pointer", "focus"])
def test_a_toast_waits_for_whoever_is_at_it(page, stay):
    toast(page, "info", "Still here")
    stay(page, ".toast-close")
    page.clock.run_for(20_000)
    expect(page.locator(".toast")).to_have_count(1)
    page.mouse.move(10, 10)
    page.locator("main a").first.focus()
    page.clock.run_for(5_100)
    expect(page.locator(".toast")).to_have_count(0)


def test_at_most_three_toasts_stand_and_errors_are_the_last_to_go(page):
    for number in range(4):
        toast(page, "error" if number == 0 else "info", f"Notice {number}")
    assert page.locator(".toast strong").all_inner_texts() == ["Notice 0", "Notice 2", "Notice 3"]


def test_a_toast_about_the_same_thing_takes_the_place_of_the_old_one(page):
    for text in ("Offline", "Online"):
        toast(page, "info", text, about="network")
    assert page.locator(".toast strong").all_inner_texts() == ["Online"]


def test_closing_a_toast_gives_the_focus_back(page):
    page.locator("main a").first.focus()
    toast(page, "error", "Couldn't export the CSV")
    page.locator(".toast-close").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_have_count(0)
    expect(page.locator("main a").first).to_be_focused()


def test_toasts_stand_in_the_corner_eight_pixels_apart(page):
    for text in ("One", "Two"):
        toast(page, "info", text)
    upper, lower = (page.locator(".toast").nth(index).bounding_box() for index in (0, 1))
    corner = page.evaluate("[document.body.clientWidth, innerHeight]")
    assert [lower["x"] + lower["width"], lower["y"] + lower["height"]] == [size - 24 for size in corner]
    assert (lower["width"], lower["y"] - upper["y"] - upper["height"]) == (376, 8)


def test_a_toast_fits_a_small_screen(visit):
    page = visit(ANALYTICS, viewport=NARROW)
    toast(page, "error", "Couldn't export the CSV", detail="Nothing was downloaded." * 5)
    box = page.locator(".toast").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= NARROW["width"]
