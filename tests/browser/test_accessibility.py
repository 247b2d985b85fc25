"""axe-core on every page and state, light and dark, desktop and phone: nothing to report. And what every page obeys."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import (
    ANALYTICS,
    DESKTOP,
    DEVELOPER,
    INCOMING,
    OWNER,
    PHONE,
    PRO_OWNER,
    QUIET,
    QUIET_INCOMING,
    ROOT,
)

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RUN = (ROOT / "tests" / "browser" / "axe.js").read_text()
DRAWN = "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
HELP = "/help/organization-analytics/"
SENDING = "/help/send-usage/"
LOOKS = [("light", DESKTOP), ("dark", DESKTOP), ("dark", PHONE), ("light", PHONE)]
PAGES = [
    ("organization", f"{ANALYTICS}?range=30d&groupBy=project", OWNER),
    ("keys", f"{ANALYTICS}?range=24h&groupBy=apiKey&metric=tokens&compare=none", OWNER),
    ("errors", f"{ANALYTICS}?range=month&groupBy=project&metric=errorRate", OWNER),
    ("history", f"{ANALYTICS}?range=year&compare=year", OWNER),
    ("notes", f"{ANALYTICS}?range=never&timezone=Asia/Kathmandu", OWNER),
    ("no usage ever", QUIET, OWNER),
    ("nothing in the window", f"{ANALYTICS}?from=2020-01-01&to=2020-01-02", OWNER),
    ("nothing for the filters", f"{ANALYTICS}?from=2020-01-01&to=2020-01-02&model=gpt-5.5", OWNER),
    ("project", "/organizations/org_northwind/projects/proj_chatbot/analytics/", DEVELOPER),
    ("own usage", "/organizations/org_northwind/usage/", DEVELOPER),
    ("no access", ANALYTICS, DEVELOPER),
    ("upgrade", "/organizations/org_lumen/analytics/", PRO_OWNER),
    ("incoming usage", INCOMING, OWNER),
    ("nothing incoming", QUIET_INCOMING, OWNER),
    ("help", HELP, OWNER),
    ("help, signed out", HELP, None),
    ("API reference", "/help/api/", OWNER),
    ("ways in", SENDING, OWNER),
    *((f"help of {slug}", f"{SENDING}{slug}/", OWNER) for slug in ("litellm", "events")),
    ("sign in", "/accounts/login/", None),
    ("password", "/accounts/password/", OWNER),
]
NO_ACCESS = (ANALYTICS, DEVELOPER)  # of this one alone Chromium itself reports the status, 403
STATES = {
    "failed": "() => { const control = document.getElementById('tab-tokens'); control.click() }",
    "sidebar menu": "() => document.querySelector('.person summary').click()",
    "picker": "() => document.getElementById('range').click()",
    "filter": "() => document.getElementById('add-filter').click()",
    "filter's values": "() => document.getElementById('chip-project').click()",
    "export": "() => document.querySelector('#export-menu summary').click()",
    "keys": "() => document.getElementById('shortcuts-button').click()",
    "chart as a table": "() => document.getElementById('chart-shape').click()",
}
OPENED = {
    "failed": "#failure",
    "sidebar menu": ".person[open]",
    "picker": "#picker[open]",
    "filter": "#filter-fields",
    "filter's values": "#filter-options",
    "export": "#export-menu[open]",
    "keys": "dialog.shortcuts",
    "chart as a table": "#time-table table",
}
# What a state opens and what opened it; the rest of the page is as in the first state, of which all is looked at.
PARTS = {
    "failed": "",
    "sidebar menu": ".person",
    "picker": "#range, #picker",
    "filter": "#add-filter, #filter",
    "filter's values": "#filters, #filter",
    "export": "#export-menu",
    "keys": "#shortcuts-button, dialog.shortcuts",
    "chart as a table": ".over-time",
}


KNOWN: set[str] = set()  # the looks whose contrast was right on a page before


def complaints(page: Page, looks: list[tuple[str, dict]] = LOOKS, parts: str = "") -> dict[str, list[str]]:
    """What axe says, by look, of the page or of its `parts`, which a selector finds; of colours always of all the page.

    A dark page is the light one in other colours: of it only they are asked about.
    """
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE.read_text())
    found = {}
    for scheme, viewport in looks:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size(viewport)
        page.evaluate(DRAWN)
        every = scheme == "light" or ("light", viewport) not in looks
        said = page.evaluate(RUN, {"all": every, "parts": parts, "known": sorted(KNOWN)})
        found[f"{scheme} {viewport['width']}"] = said["found"]
        if not said["found"]:
            KNOWN.update(said["looks"])
    return {look: said for look, said in found.items() if said}


@pytest.mark.parametrize(("path", "email"), [one[1:] for one in PAGES], ids=[one[0] for one in PAGES])
def test_axe_finds_nothing_the_policy_holds_and_the_console_is_silent_on_every_page(visit, path, email):
    page = visit("/healthz", email, quiet=(path, email) != NO_ACCESS)
    policy = page.goto(path).headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    assert page.locator("style, [style]:not(canvas), script:not([src]):not([type='application/json'])").count() == 0
    assert complaints(page) == {}


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_in_every_state(visit, state):
    page = visit(f"{ANALYTICS}?range=30d&groupBy=project&project=proj_chatbot&project=proj_sandbox", quiet=False)
    page.route("**/*metric=tokens*", lambda route: route.fulfill(status=500, body=""))
    page.evaluate(STATES[state])
    page.wait_for_timeout(400)
    page.locator(OPENED[state]).first.wait_for()
    assert complaints(page, [("light", PHONE), ("dark", DESKTOP)], PARTS[state]) == {}


def test_axe_finds_nothing_with_the_tooltip_open_and_a_series_hidden(visit):
    page = visit(f"{ANALYTICS}?range=30d&groupBy=project")
    page.get_by_role("group", name="Series").get_by_role("button").nth(1).click()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowLeft")
    page.locator(".chart-tooltip").wait_for()
    assert complaints(page, [look for look in LOOKS if look[1] == DESKTOP]) == {}
    page.locator(".chart-tooltip").wait_for()
