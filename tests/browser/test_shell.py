"""The frame in a real browser: badges and locks, switchers by keyboard, the theme, the drawer, signing in."""

import pytest
from playwright.sync_api import Page, expect

from analytics.demo.cast import PASSWORD
from tests.browser.conftest import ANALYTICS, DEVELOPER, OWNER, PHONE

OWN_USAGE = "/organizations/org_northwind/usage/"
HELP = "/help/organization-analytics/"
LOCKED = "Analytics, Enterprise, owners and admins only"
BACKGROUND = "() => getComputedStyle(document.body).backgroundColor"
DARK, LIGHT = "rgb(14, 16, 20)", "rgb(248, 249, 251)"
# What stands before there is anything to paint, and when the HTML is read: a theme set later would be seen as a flash.
AT_FIRST = """() => {
  const note = (when) => (window.seen ??= {})[when] = document.documentElement.dataset.theme ?? "system";
  document.addEventListener("DOMContentLoaded", () => note("read"));
  new MutationObserver((changes, observer) => {
    if (!document.body) return;
    observer.disconnect();
    note("body");
  }).observe(document, {childList: true, subtree: true});
}"""


@pytest.fixture
def locked(visit) -> Page:
    return visit(OWN_USAGE, DEVELOPER)


def tooltip_after(page: Page, wait: int) -> bool:
    page.wait_for_timeout(wait)
    return page.locator(".tooltip").is_visible()


def test_a_developer_sees_the_badge_and_the_lock_and_the_link_leads_to_the_explanation(visit):
    page = visit(OWN_USAGE, DEVELOPER, quiet=False)  # Chromium reports the 403 itself
    link = page.get_by_role("link", name=LOCKED)
    expect(link.locator(".badge")).to_have_text("Enterprise")
    link.locator("svg").last.wait_for()
    expect(link).to_have_accessible_description("Only owners and admins can open this")
    link.focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="You can't open organization analytics").wait_for()
    expect(page.get_by_role("link", name=LOCKED)).to_have_attribute("aria-current", "page")


def test_the_tooltip_comes_300_ms_after_the_pointer_and_esc_hides_it(locked):
    locked.get_by_role("link", name=LOCKED).hover()
    assert not tooltip_after(locked, 50)
    assert tooltip_after(locked, 500)
    locked.keyboard.press("Escape")
    assert not tooltip_after(locked, 0)
    locked.mouse.move(800, 400)
    locked.get_by_role("link", name=LOCKED).hover()
    assert tooltip_after(locked, 500)


def test_the_tooltip_comes_with_the_keyboard_too(locked):
    locked.get_by_text("switch project").locator("..").focus()
    for _ in range(2):
        locked.keyboard.press("Tab")
    expect(locked.get_by_role("link", name=LOCKED)).to_be_focused()
    assert tooltip_after(locked, 500)
    locked.keyboard.press("Escape")
    assert not tooltip_after(locked, 0)


@pytest.mark.parametrize(
    ("switcher", "keys", "heading"),
    [
        ("switch organization", ["Enter", "ArrowDown", "Enter"], "Tanaka Lab"),
        ("switch project", ["Enter", "End", "Enter"], "Support Chatbot"),
    ],
)
def test_switchers_work_by_keyboard(locked, switcher, keys, heading):
    summary = locked.locator(".sidebar summary", has_text=switcher)
    expect(summary).to_have_attribute("aria-haspopup", "menu")
    summary.focus()
    for key in keys:
        locked.keyboard.press(key)
        locked.wait_for_timeout(50)
    expect(locked.locator(".sidebar summary", has_text=switcher)).to_contain_text(heading)
    assert OWN_USAGE not in locked.url


def test_esc_closes_a_switcher_and_gives_the_focus_back(locked):
    summary = locked.locator(".sidebar summary", has_text="switch organization")
    summary.focus()
    locked.keyboard.press("ArrowDown")
    expect(locked.get_by_role("menuitem").first).to_be_focused()
    locked.keyboard.press("Escape")
    expect(locked.get_by_role("menu")).to_have_count(0)
    expect(summary).to_be_focused()


def choose_theme(page: Page, name: str) -> None:
    page.locator(".person summary").click()
    page.get_by_role("button", name=name, exact=True).click()
    page.keyboard.press("Escape")


@pytest.mark.parametrize(
    ("system", "chosen", "background"),
    [("light", "dark", DARK), ("dark", "light", LIGHT), ("dark", "system", DARK), ("light", "system", LIGHT)],
)
def test_the_theme_is_remembered_and_stands_before_the_first_paint(visit, system, chosen, background):
    page = visit(HELP, color_scheme=system)
    choose_theme(page, chosen.capitalize())
    page.wait_for_timeout(100)
    assert page.evaluate(BACKGROUND) == background
    another = page.context.new_page()
    another.add_init_script(f"({AT_FIRST})()")
    for open_again in (lambda: another.goto(HELP), another.reload):
        open_again()
        assert another.evaluate("window.seen") == {"read": chosen, "body": chosen}
        assert another.evaluate(BACKGROUND) == background
    another.locator(".person summary").click()
    expect(another.get_by_role("button", name=chosen.capitalize(), exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1023, "height": 700}], ids=["390", "1023"])
def test_the_drawer_holds_the_focus_and_esc_gives_it_back(visit, viewport):
    page = visit(HELP, viewport=viewport)
    sidebar, opener = page.locator("#sidebar"), page.get_by_role("button", name="Open navigation")
    expect(sidebar).to_be_hidden()
    opener.focus()
    page.keyboard.press("Enter")
    sidebar.wait_for()
    expect(page.get_by_role("button", name="Close navigation")).to_be_focused()
    for _ in range(12):  # through all of it, and around
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('#sidebar')")
    assert page.evaluate("[...document.body.children].filter(part => !part.inert).map(part => part.id)") == ["sidebar"]
    page.keyboard.press("Escape")
    expect(sidebar).to_be_hidden()
    expect(opener).to_be_focused()
    assert page.locator("[inert]").count() == 0


def test_the_sidebar_is_a_column_from_1024_pixels_on(visit):
    page = visit(HELP, viewport={"width": 1024, "height": 700})
    page.locator("#sidebar").wait_for()
    expect(page.get_by_role("button", name="Open navigation")).to_be_hidden()


def test_the_first_tab_stop_skips_to_the_content(visit):
    page = visit(ANALYTICS)
    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="Skip to content")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("!!document.activeElement.closest('main')")


def test_the_password_can_be_seen_and_is_not_sent_as_plain_text(visit):
    page = visit("/accounts/login/", None)
    password, button = page.get_by_label("Password", exact=True), page.get_by_role("button", name="Show password")
    page.get_by_label("Email").fill(OWNER)
    password.fill(PASSWORD)
    for pressed, kind in (("false", "password"), ("true", "text"), ("false", "password"), ("true", "text")):
        expect(button).to_have_attribute("aria-pressed", pressed)
        expect(password).to_have_attribute("type", kind)
        button.click()
    button.click()
    page.evaluate("document.forms[0].addEventListener('submit', event => event.preventDefault())")
    password.press("Enter")
    expect(password).to_have_attribute("type", "password")


def test_a_failed_sign_in_leads_to_the_alert_keeps_the_email_and_clears_the_password(visit):
    page = visit("/accounts/login/", None)
    page.get_by_label("Email").fill(OWNER)
    page.get_by_label("Password", exact=True).fill("not it")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_have_text("Email or password is incorrect. Try again.")
    expect(page.get_by_label("Email")).to_have_value(OWNER)
    expect(page.get_by_label("Password", exact=True)).to_have_value("")
