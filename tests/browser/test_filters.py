"""Filters in a real browser: by keyboard alone, without scripts, on a phone, and in a link that is handed on."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ANALYTICS, PHONE

START = f"{ANALYTICS}?range=30d&groupBy=apiKey"
ADMIN = "priya@northwind.example"
ON_CHATBOT = "Project is Support Chatbot"


def total(page: Page) -> str:
    return page.locator("#cards .card-value .wide").first.inner_text()


def chips(page: Page) -> list[str]:
    return [" ".join(text.split()) for text in page.locator("#filters .chip-edit").all_inner_texts()]


def test_a_filter_is_added_edited_and_removed_by_keyboard_alone(visit):
    page = visit(START)
    whole = total(page)
    page.locator("#add-filter").focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="Add filter").wait_for()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#filter-by-project")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("searchbox", name="Find projects").wait_for()
    expect(page.get_by_role("searchbox", name="Find projects")).to_be_focused()
    page.keyboard.type("support")
    expect(page.locator(".option")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=ON_CHATBOT, exact=True).wait_for()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("#add-filter")).to_be_focused()
    assert page.url.endswith(f"{START}&project=proj_chatbot")
    assert total(page) != whole

    page.locator("#chip-project").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("searchbox", name="Find projects")).to_be_focused()
    expect(page.get_by_role("checkbox", name="Support Chatbot")).to_be_checked()
    page.get_by_role("checkbox", name="Document Search").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("#chip-project")).to_have_text("Project is any of 2 projects")
    expect(page.locator("#chip-project")).to_be_focused()

    page.locator("#remove-project").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_count(0)
    expect(page.locator("#add-filter")).to_be_focused()
    assert page.url.endswith(START)
    assert total(page) == whole


def test_escape_closes_and_returns_the_focus_and_changes_nothing(visit):
    page = visit(f"{START}&project=proj_chatbot")
    page.locator("#chip-project").click()
    page.get_by_role("checkbox", name="Document Search").check()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("#chip-project")).to_be_focused()
    assert chips(page) == [ON_CHATBOT]
    page.locator("#chip-project").click()
    expect(page.get_by_role("checkbox", name="Document Search")).not_to_be_checked()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#chip-project")).to_be_focused()


def test_a_search_keeps_what_is_ticked_and_the_way_back_leads_to_the_fields(visit):
    page = visit(START)
    page.locator("#add-filter").click()
    page.locator("#filter-by-member").click()
    page.get_by_role("checkbox", name="Aiko Tanaka").check()
    page.locator("#filter-find").fill("nobody is called this")
    page.get_by_text("No other members match").wait_for()
    expect(page.get_by_role("checkbox", name="Aiko Tanaka")).to_be_checked()
    page.get_by_role("button", name="Back to the fields").click()
    expect(page.locator("#filter-by-model")).to_be_focused()


def test_after_removal_the_focus_goes_to_the_next_chip_and_clear_all_clears(visit):
    page = visit(f"{START}&project=proj_chatbot&member=mem_northwind_aiko&model=claude-haiku-4-5")
    assert chips(page) == ["Model is claude-haiku-4-5", ON_CHATBOT, "Member is Aiko Tanaka"]
    page.get_by_role("link", name=f"Remove filter {ON_CHATBOT}").click()
    expect(page.locator("#chip-project")).to_have_count(0)
    expect(page.locator("#chip-member")).to_be_focused()
    page.get_by_role("link", name="Clear all").click()
    expect(page.locator(".chip")).to_have_count(0)
    expect(page.locator("#add-filter")).to_be_focused()
    page.go_back()
    expect(page.locator(".chip")).to_have_count(2)


def test_a_link_shows_another_admin_the_same_chips_and_numbers(visit):
    link = f"{START}&project=proj_chatbot&project=proj_northwind_none&model=claude-haiku-4-5"
    owner, admin = visit(link), visit(link, ADMIN)
    assert chips(owner) == chips(admin) == ["Model is claude-haiku-4-5", ON_CHATBOT]
    assert total(owner) == total(admin)


def test_without_javascript_filters_are_pages_and_forms(visit):
    page = visit(START, java_script_enabled=False)
    page.get_by_role("link", name="Add filter").click()
    page.get_by_role("link", name="Project", exact=True).click()
    page.locator("#filter-find").fill("support")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("checkbox", name="Support Chatbot").check()
    page.get_by_role("button", name="Apply").click()
    assert chips(page) == [ON_CHATBOT]
    assert page.url.endswith(f"{START}&project=proj_chatbot")
    page.get_by_role("link", name=re.compile("^Remove filter")).click()
    assert chips(page) == []


def test_a_list_that_cannot_be_loaded_says_so_and_the_page_stays(visit):
    page = visit(START, quiet=False)
    page.route("**/filters/**", lambda route: route.abort())
    before = total(page)
    page.locator("#add-filter").click()
    page.locator("#filter-by-model").click()
    page.get_by_role("alert").filter(has_text="Couldn't load the values").wait_for()
    page.keyboard.press("Escape")
    expect(page.locator("#add-filter")).to_be_focused()
    assert total(page) == before


@pytest.mark.parametrize("viewport", [PHONE, {"width": 320, "height": 640}], ids=["390", "320"])
def test_on_a_phone_the_dialog_is_a_sheet_at_the_bottom_edge(visit, viewport):
    page = visit(
        f"{START}&project=proj_chatbot&member=mem_northwind_aiko", viewport=viewport, has_touch=True, is_mobile=True
    )
    page.locator("#add-filter").click()
    page.locator("#filter-by-apiKey").click()
    page.get_by_role("checkbox").first.wait_for()
    box = page.get_by_role("dialog").bounding_box()
    assert (box["x"], box["y"] + box["height"], box["width"]) == (0, viewport["height"], viewport["width"])
    assert page.locator(".option").first.bounding_box()["height"] >= 44
    page.keyboard.press("Escape")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
