"""The table in a real browser: sorting keeps the place, typing loses no letter, names drill down, phones."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ANALYTICS, DESKTOP, PHONE
from tests.browser.test_swaps import hold

PROJECTS = f"{ANALYTICS}?range=30d&groupBy=project"
KEYS = f"{ANALYTICS}?range=30d&groupBy=apiKey"


def names(page: Page) -> list[str]:
    return page.locator("#table tbody .entity > .cut").all_inner_texts()


def test_sorting_keeps_focus_and_the_rest_of_the_page(visit):
    page = visit(PROJECTS)
    ranked = names(page)
    page.evaluate("window.untouched = document.getElementById('table-scroller')")
    head = page.locator("#sort-errorRate")
    head.focus()
    page.keyboard.press("Enter")
    expect(page.locator("th.column-errorRate")).to_have_attribute("aria-sort", "descending")
    expect(page.locator("#sort-errorRate")).to_be_focused()
    assert page.evaluate("untouched === document.getElementById('table-scroller')")
    assert page.locator("#table [aria-sort]").count() == 1
    assert sorted(names(page)) == sorted(ranked) != names(page)
    page.keyboard.press("Enter")
    expect(page.locator("th.column-errorRate")).to_have_attribute("aria-sort", "ascending")
    assert "sort=errorRate" in page.url
    page.go_back()
    expect(page.locator("th.column-errorRate")).to_have_attribute("aria-sort", "descending")


def test_every_column_fits_at_1440_and_head_and_total_stay_in_sight(visit):
    page = visit(PROJECTS)
    heads = page.locator("#table thead th")
    assert heads.filter(visible=True).count() == heads.count() >= 14
    assert page.evaluate(
        "document.getElementById('table').offsetWidth <= document.getElementById('breakdown').clientWidth"
    )
    page.set_viewport_size({"width": 1440, "height": 400})
    page.locator("#table tbody tr").nth(5).scroll_into_view_if_needed()
    expect(heads.first).to_be_in_viewport()
    expect(page.locator("#table tfoot th")).to_be_in_viewport()


def test_a_chip_narrows_the_keys_by_the_keyboard_and_a_head_says_what_it_means(visit):
    page = visit(KEYS)
    total = page.locator("#table tfoot").inner_text()
    chip = page.locator("#keys-unused")
    chip.focus()
    page.keyboard.press("Enter")
    expect(chip).to_have_attribute("aria-current", "true")
    expect(chip).to_be_focused()
    assert names(page) == ["old-migration", "mobile-legacy"]  # never used comes first
    assert "keys=unused" in page.url
    assert page.locator("#table tfoot").inner_text() == total
    ask = page.get_by_role("button", name="What Last used means").first
    ask.focus()
    page.keyboard.press("Enter")
    meaning = page.locator("#meaning-lastUsed")
    expect(meaning).to_be_in_viewport()
    expect(ask).to_have_accessible_description(meaning.inner_text())
    page.keyboard.press("Escape")
    expect(meaning).to_be_hidden()
    chip.click()
    expect(page.locator("#breakdown-count")).to_have_text(re.compile(r"^\s*41 API keys, 2 without usage"))
    assert "keys=" not in page.url


def test_heads_are_called_by_their_labels_alone_and_what_explains_them_by_its_own(visit):
    page = visit(PROJECTS)
    labels = ["Project", *map(str.strip, page.locator("#columns-menu label").all_text_contents())]
    assert called(page, "columnheader") == labels
    assert set(called(page, "button")) >= {f"What {label} means" for label in labels[1:]}
    page.locator("#sort-cost").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="What Cost means").first).to_be_focused()


def called(page: Page, role: str) -> list[str]:
    """The names of all of this role in the table, as Chromium tells them to assistive technology."""
    session = page.context.new_cdp_session(page)
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    table = session.send("DOM.querySelector", {"nodeId": root, "selector": "#table"})["nodeId"]
    nodes = session.send("Accessibility.queryAXTree", {"nodeId": table, "role": role})["nodes"]
    return [node["name"]["value"] for node in nodes if not node["ignored"]]


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_chips_say_where_they_stand_what_they_mean_in_the_words_of_the_help_page(visit, viewport):
    page = visit("/help/organization-analytics/")
    chips = ("Unused 30 days", "New", "Revoked", "Errors up")
    said = {chip: page.locator(f"dt:text-is('{chip}') + dd").inner_text() for chip in chips}
    page.set_viewport_size(viewport)
    page.goto(KEYS)
    for chip in chips:
        ask = page.locator("#key-chips").get_by_role("button", name=f"What {chip} means", exact=True)
        expect(ask).to_have_accessible_description(said[chip])
        ask.press("Enter")
        meaning = page.locator(".meaning:popover-open")
        expect(meaning).to_have_text(said[chip])
        box = meaning.bounding_box()
        assert 0 <= box["x"] <= box["x"] + box["width"] <= viewport["width"]
        page.keyboard.press("Escape")
        expect(meaning).to_have_count(0)


def test_a_phone_chooses_columns_and_is_told_what_they_mean(visit):
    page = visit(f"{KEYS}&keys=errorsUp&sort=-errorRate", viewport=PHONE)
    expect(page.locator("#table tbody .lead")).to_contain_text("was")  # the rate before
    page.locator("#sort-menu-button").click()
    expect(page.locator("#columns-help")).to_have_attribute("href", "/help/organization-analytics/#columns")
    page.keyboard.press("Escape")
    page.locator("#columns-button").click()
    boxes = page.locator("#columns-menu input")
    boxes.evaluate_all("boxes => { for (const box of boxes) box.checked = box.value === 'createdBy'; }")
    page.get_by_role("button", name="Show these").click()
    cell = page.locator("#table tbody .column-createdBy")
    expect(cell).to_be_in_viewport()
    assert cell.evaluate("cell => getComputedStyle(cell, '::before').content") == '"Created by"'
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_row_opens_in_place_and_the_link_keeps_it(visit):
    page = visit(f"{PROJECTS},model")
    toggle = page.locator("#open-1")
    toggle.focus()
    page.keyboard.press("Enter")
    expect(toggle).to_have_attribute("aria-expanded", "true")
    expect(toggle).to_be_focused()
    assert page.locator("#table .part").count() > 1
    assert "open=" in page.url


def test_a_link_to_a_sort_shows_the_column_it_sorts_by(visit):
    page = visit(f"{PROJECTS}&sort=-errorRate")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    expect(page.locator("#table tbody .column-errorRate").last).to_be_in_viewport()
    expect(page.locator("#table tbody .entity").last).to_be_in_viewport()  # the name column stays in sight


def test_typing_while_an_answer_is_on_its_way_loses_no_letter(visit):
    page = visit(PROJECTS)
    total = page.locator("#table tfoot").inner_text()
    box = page.get_by_role("searchbox", name="Filter projects")
    held = hold(page, "/analytics/.*q=pro$")
    box.press_sequentially("pro")
    answer = held.first()
    box.evaluate("box => { box.value += 'duction'; }")  # typed, and not yet sent
    answer.continue_()
    expect(page.locator("#breakdown-count")).to_contain_text("1 of 11 projects")
    expect(box).to_have_value("production")
    box.dispatch_event("input")
    page.wait_for_url(re.compile("q=production"))
    expect(box).to_have_value("production")
    expect(box).to_be_focused()
    assert names(page) == ["Production API"]
    assert page.locator("#table tfoot").inner_text() == total
    page.reload()
    assert names(page) == ["Production API"]
    page.get_by_role("radio", name="Member").click()
    expect(page.get_by_role("searchbox", name="Filter members")).to_have_value("")


def test_a_name_in_the_table_narrows_the_page_to_it(visit):
    page = visit(PROJECTS)
    cost = page.locator("#table tbody tr", has_text="Support Chatbot").locator(".column-cost").inner_text()
    (cost, _) = re.findall(r"\$[0-9.,]+[0-9]", cost)  # the other is what of it is estimated
    page.locator("#table").get_by_role("link", name="Support Chatbot").click()
    expect(page.locator("#cards .card-value .wide").first).to_have_text(cost)
    expect(page.locator("#table thead .name")).to_contain_text("API key")
    expect(page.locator("body")).not_to_be_focused()
    page.go_back()
    expect(page.locator("#table thead .name")).to_contain_text("Project")


def test_a_phone_sorts_by_a_menu_and_shows_what_it_sorts_by(visit):
    page = visit(PROJECTS, viewport=PHONE)
    lead = page.locator("#table tbody .lead").first
    expect(lead).to_contain_text("$")
    page.locator("#sort-menu-button").click()
    page.locator("#sort-menu").get_by_role("link", name="Error rate").click()
    expect(page.locator("#sort-menu-button")).to_contain_text("Error rate")
    expect(page.locator("#sort-menu-button")).to_be_focused()
    expect(page.locator("#table tbody .lead").first).to_contain_text("%")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize(
    ("act", "said"), [("search", "1 of 11"), ("sort", "sort=-requests"), ("drill", "groupBy=apiKey")]
)
def test_without_javascript_the_table_works_as_links_and_a_form(visit, act, said):
    page = visit(PROJECTS, java_script_enabled=False)
    acts = {
        "search": lambda: (page.get_by_role("searchbox").fill("chatbot"), page.keyboard.press("Enter")),
        "sort": page.locator("#sort-requests").click,
        "drill": page.locator("#table").get_by_role("link", name="Support Chatbot").click,
    }
    acts[act]()
    page.wait_for_url(re.compile("q=chatbot|sort=-requests|groupBy=apiKey"))
    assert said in page.url + page.locator("#breakdown-count").inner_text()


def test_what_changed_leads_to_the_group_that_made_it(visit):
    page = visit(PROJECTS)
    rows = page.locator("#changes tbody tr")
    assert rows.count() == 9
    before, now = re.findall(r"\$[0-9.,]+", page.locator("#changes tfoot .before-now").inner_text())
    assert "through 14:00" in page.locator("#changes .panel-head .caption").inner_text()
    assert page.locator("#table tfoot .column-cost").inner_text().startswith("≈ $387.67")
    assert (before, now) == ("$354.73", "$387.44")
    page.get_by_role("switch", name="Compare").click()
    expect(page.locator("#changes h2")).to_have_count(0)
    expect(page.locator("#table thead .change")).to_have_count(0)
    page.get_by_role("switch", name="Compare").click()
    rows.first.get_by_role("link").click()
    expect(page.locator("#table thead .name")).to_contain_text("API key")
    expect(page.locator("#changes-title")).to_be_focused()
