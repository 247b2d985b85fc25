"""Single keys for what is used most, and colours that the system chooses."""

from playwright.sync_api import expect

from tests.browser.conftest import ANALYTICS

PROJECTS = f"{ANALYTICS}?range=30d&groupBy=project"


def test_one_key_does_what_is_done_most(visit):
    page = visit(PROJECTS)
    for key, then, opener in (("d", "#picker[open]", "#range"), ("f", "#filter[open]", "#add-filter")):
        page.keyboard.press(key)
        page.locator(then).wait_for()
        page.keyboard.press("Escape")
        expect(page.locator(opener)).to_be_focused()  # or it would take the focus from what the next key goes to
    for key, then in {"g": "#group-by-project:focus", "c": "#compare[aria-checked=false]", "/": "#q:focus"}.items():
        page.keyboard.press(key)
        page.locator(then).wait_for()


def test_the_question_mark_shows_the_keys_and_turns_them_off_for_good(visit):
    page = visit(PROJECTS)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    assert dialog.locator("kbd").all_inner_texts() == ["/", "d", "f", "g", "c", "?"]
    dialog.get_by_role("checkbox").uncheck()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    page.reload()
    page.keyboard.press("/")
    expect(page.locator("#q")).not_to_be_focused()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    dialog.get_by_role("checkbox").check()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()


def test_who_types_types(visit):
    page = visit(PROJECTS)
    page.keyboard.press("/")
    page.keyboard.type("chat?")
    expect(page.locator("#q")).to_have_value("chat?")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_with_the_systems_colours_swatches_keep_theirs_and_what_is_chosen_has_an_edge(visit):
    page = visit(f"{PROJECTS}&metric=errorRate")
    page.emulate_media(forced_colors="active")
    assert page.locator("#more-metrics-button").evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    page = visit(PROJECTS)
    colours = "all => all.map((one) => getComputedStyle(one).backgroundColor)"
    before = page.locator("#table .swatch").evaluate_all(colours)
    page.emulate_media(forced_colors="active")
    assert page.locator("#table .swatch").evaluate_all(colours) == before
    chosen = page.locator("#tab-cost, #group-by-project, #bucket-day, .nav-link[aria-current]")
    assert chosen.evaluate_all("all => all.map((one) => getComputedStyle(one).outlineStyle)") == ["solid"] * 4
    track = page.locator("#compare .track")
    on = track.evaluate("one => getComputedStyle(one).backgroundColor")
    page.locator("#compare").click()
    expect(page.locator("#compare")).to_have_attribute("aria-checked", "false")
    assert page.locator("#compare .track").evaluate("one => getComputedStyle(one).backgroundColor") != on
