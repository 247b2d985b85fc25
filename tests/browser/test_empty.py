"""Nothing to show, in a real browser: the line that sends the first event is copied, the dates are opened."""

import pytest
from playwright.sync_api import expect

from analytics.dashboard.senders import SENDERS
from tests.browser.conftest import ANALYTICS, NARROW, PHONE, QUIET

NOTHING = f"{ANALYTICS}?from=2020-01-01&to=2020-01-02"


def test_the_line_that_sends_the_first_event_is_copied(visit):
    page = visit(QUIET, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("status").filter(has_text="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("curl -X POST http://127.0.0.1:")
    assert copied == page.locator("#first-event").text_content()


def test_where_the_browser_does_not_copy_the_line_is_selected(visit):
    page = visit(QUIET)
    page.evaluate("delete Navigator.prototype.clipboard")  # as over plain HTTP
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("status").filter(has_text="Selected, not copied").wait_for()
    assert page.evaluate("getSelection().toString()").startswith("curl -X POST ")


def test_a_help_page_of_the_empty_page_gives_each_of_its_lines_to_copy(visit):
    page = visit(QUIET, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("link", name="LiteLLM").click()
    page.get_by_role("heading", name="Send usage from LiteLLM").wait_for()
    for title, block in (("Package: Python", "#litellm-package"), ("Proxy: config.yaml", "#litellm-proxy")):
        page.get_by_role("button", name=f"Copy: {title}").click()
        page.get_by_text("Put the secret of an API key in its place.").last.wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == page.locator(block).text_content()
    page.get_by_role("button", name="Copy: Access token for a gateway").click()
    page.get_by_text("Copied").last.wait_for()


@pytest.mark.parametrize("slug", SENDERS)
def test_no_help_page_scrolls_sideways_on_a_phone(visit, slug):
    page = visit(f"/help/send-usage/{slug}/", viewport=NARROW)
    for viewport in (NARROW, PHONE):
        page.set_viewport_size(viewport)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


@pytest.mark.parametrize("path", [NOTHING, f"{NOTHING}&model=gpt-5.5"], ids=["window", "filters"])
def test_change_dates_opens_the_picker_by_keyboard(visit, path):
    page = visit(path)
    page.get_by_role("link", name="Change dates").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Choose a date range")
    dialog.wait_for()
    assert page.evaluate("!!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("#range")).to_be_focused()


def test_clear_filters_brings_the_usage_back_and_keeps_the_dates(visit):
    page = visit(f"{ANALYTICS}?range=30d&project=proj_sandbox&model=gemini-3-pro")
    page.get_by_role("link", name="Clear filters").click()
    page.get_by_role("heading", name="Cost over time").wait_for()
    assert page.url.endswith("?range=30d")
