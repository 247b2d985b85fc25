"""Swaps in a real browser: what a person sees while an answer is on its way, and when none comes."""

import re
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import ANALYTICS, OWNER, sign_in
from tests.browser.test_organization import shown

START = f"{ANALYTICS}?range=30d&groupBy=project"
SHIFTS = """() => {
  window.shifted = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) window.shifted += one.value; })
    .observe({type: "layout-shift"});
}"""


@pytest.fixture
def page(visit) -> Page:
    return visit(START, quiet=False)


def answer(page: Page, part: str, *, status: int = 0) -> None:
    """Every swap whose address has `part` in it is answered with `status`; 0 is no answer at all."""

    def swap(route: Route) -> None:
        if "hx-request" not in route.request.headers:
            route.fallback()
        elif status:
            route.fulfill(status=status, body="<p>$0.00</p>", headers={"X-Request-ID": "8f2c41d7"})
        else:
            route.abort()

    page.route(re.compile(part), swap)


@dataclass
class Held:
    """Requests that wait until a test lets them go on."""

    page: Page
    routes: list[Route] = field(default_factory=list)

    def first(self) -> Route:
        """The first that waits; on a busy machine it comes only a while after what else a click does."""
        for _ in range(1_000):
            if self.routes:
                return self.routes.pop(0)
            self.page.wait_for_timeout(20)
        raise AssertionError("no request came in 20 seconds")


def hold(page: Page, part: str) -> Held:
    """Requests with `part` in their address wait from now on."""
    held = Held(page)
    page.route(re.compile(part), lambda route: held.routes.append(route))  # noqa: PLW0108 - it tells one from the other
    return held


def tab(page: Page, name: str):
    return page.get_by_role("tab", name=name)


def test_a_slow_answer_dims_the_old_numbers_under_a_line_and_moves_the_tab_at_once(visit):
    page = visit(START)
    before = shown(page)
    held = hold(page, "metric=tokens")
    page.evaluate(SHIFTS)
    tab(page, "Tokens").click()
    expect(tab(page, "Tokens")).to_have_attribute("aria-selected", "true")
    expect(tab(page, "Cost")).to_have_attribute("aria-selected", "false")
    expect(page.locator("#dashboard")).to_have_attribute("aria-busy", "true")
    page.locator(".progress").wait_for()
    expect(page.locator("#cards")).to_have_css("opacity", "0.6")
    assert shown(page) == before
    page.wait_for_timeout(600)  # what moves later than half a second after a click counts as a shift
    held.first().continue_()
    page.get_by_role("heading", name="Tokens over time").wait_for()
    expect(page.locator("#dashboard")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator(".progress")).to_be_hidden()
    expect(page.locator("#cards")).to_have_css("opacity", "1")
    expect(tab(page, "Tokens")).to_be_focused()
    assert page.evaluate("window.shifted") == 0


def test_what_is_answered_within_150_ms_shows_nothing_of_it(visit):
    page = visit(START, fresh=True)
    page.clock.install(time=0)
    page.clock.pause_at(60_000)  # from here on time passes only when the test says so
    page.evaluate(SEEN)
    held = hold(page, "metric=requests")
    tab(page, "Requests").click()
    expect(tab(page, "Requests")).to_have_attribute("aria-selected", "true")
    page.clock.run_for(149)
    held.first().fulfill(body=FAST)
    expect(page.locator("#notes")).to_have_text("fast")
    page.clock.run_for(1_000)
    assert page.evaluate("window.seen") == []


SEEN = """() => { window.seen = [];
  const seen = (all) => window.seen.push(...all.map((one) => one.attributeName));
  new MutationObserver(seen).observe(document.getElementById("dashboard"), {attributeFilter: ["aria-busy"]}) }"""
FAST = '<div id="dashboard"><div id="notes" class="notes">fast</div></div>'


LEFT = "() => { window.left = 0; document.addEventListener('htmx:beforeCleanupElement', () => { window.left += 1 }) }"


def test_a_swap_takes_leave_of_its_parts_and_not_of_every_element_in_them(page):
    """htmx sends two events to each of which it does: thousands, in which the browser can do nothing else."""
    parts = len(page.locator("#dashboard").get_attribute("hx-select-oob").split(","))
    page.evaluate(LEFT)
    tab(page, "Tokens").click()
    page.get_by_role("heading", name="Tokens over time").wait_for()
    assert page.evaluate("document.querySelectorAll('#table *').length") > 10 * parts
    assert 0 < page.evaluate("window.left") <= parts


def test_of_two_fast_clicks_the_last_wins_although_the_first_answers_last(visit):
    page = visit(START)
    held = hold(page, "metric=tokens")
    tab(page, "Tokens").click()
    tab(page, "Requests").click()
    page.get_by_role("heading", name="Requests over time").wait_for()
    held.first().continue_()
    assert held.routes == []
    page.wait_for_timeout(600)
    page.get_by_role("heading", name="Requests over time").wait_for()
    expect(tab(page, "Requests")).to_have_attribute("aria-selected", "true")
    assert "metric=requests" in page.url
    assert page.locator(".failure, .toast").count() == 0


@pytest.mark.parametrize(
    ("status", "why", "named"),
    [
        (500, "The server answered with an error.", "^Request 8f2c41d7$"),
        (503, "The server answered with an error.", "^Request 8f2c41d7$"),
        (0, "The server could not be reached.", "^$"),  # an id of what never came there would lead nowhere
    ],
)
def test_a_failed_swap_keeps_the_numbers_moves_the_tab_back_and_offers_to_try_again(page, status, why, named):
    before, address = shown(page), page.url
    answer(page, "metric=tokens", status=status)
    tab(page, "Tokens").click()
    failure = page.locator("#failure")
    failure.wait_for()
    expect(failure).to_contain_text(f"{why} Your dates and filters are kept.")
    expect(failure.locator(".request-id")).to_have_text(re.compile(named))
    expect(page.get_by_role("alert")).to_contain_text("Couldn't load usage")
    expect(tab(page, "Cost")).to_have_attribute("aria-selected", "true")
    expect(tab(page, "Tokens")).to_be_focused()
    assert (shown(page), page.url) == (before, address)
    expect(failure.get_by_role("button", name="Narrow the date range")).to_be_hidden()
    failure.get_by_role("button", name="Try again").click()
    failure.get_by_role("button", name="Narrow the date range").wait_for()
    page.unroute_all()
    failure.get_by_role("button", name="Try again").click()
    page.get_by_role("heading", name="Tokens over time").wait_for()
    expect(page.locator(".failure, .toast")).to_have_count(0)
    assert "metric=tokens" in page.url
    assert page.evaluate("document.activeElement !== document.body")


def test_an_answer_that_takes_ten_seconds_is_given_up(page):
    assert page.evaluate("htmx.config.timeout") == 10_000
    page.evaluate("htmx.config.timeout = 300")
    hold(page, "metric=tokens")
    tab(page, "Tokens").click()
    page.locator("#failure").wait_for()
    expect(page.locator("#failure")).to_contain_text(
        "The query took longer than 10 seconds. Your dates and filters are"
    )
    expect(page.locator("#failure .request-id")).to_have_text(re.compile("^Request [0-9a-f]{32}$"))


def test_a_failed_back_keeps_the_numbers_too(page):
    tab(page, "Tokens").click()
    page.get_by_role("heading", name="Tokens over time").wait_for()
    before = shown(page)
    answer(page, "analytics", status=500)
    page.go_back()
    page.locator("#failure").wait_for()
    assert shown(page) == before
    page.unroute_all()
    page.locator("#failure").get_by_role("button", name="Try again").click()
    page.get_by_role("heading", name="Cost over time").wait_for()
    assert page.url.endswith("groupBy=project")


@pytest.mark.parametrize("leave", ["click", "back"])
def test_after_the_session_ended_a_swap_and_back_lead_to_the_whole_sign_in_page(visit, site, leave):
    page = visit(START, None, quiet=False)
    sign_in(page, site, OWNER)
    page.goto(START)
    tab(page, "Tokens").click()
    page.get_by_role("heading", name="Tokens over time").wait_for()
    page.context.clear_cookies()
    {"click": lambda: tab(page, "Cost").click(), "back": page.go_back}[leave]()
    page.get_by_role("heading", name="Sign in").wait_for()
    assert page.locator("#dashboard, #sidebar").count() == 0


def test_scrolling_and_the_place_of_the_keyboard_stay(page):
    page.set_viewport_size({"width": 1440, "height": 500})
    tab(page, "Requests").focus()
    page.mouse.wheel(0, 200)
    page.wait_for_function("scrollY >= 200")
    place = page.evaluate("scrollY")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Requests over time").wait_for()
    assert page.evaluate("scrollY") == place
    expect(tab(page, "Requests")).to_be_focused()


def test_focus_on_what_a_swap_takes_away_goes_to_what_stood_around_it(page):
    page.evaluate(
        """() => { const one = document.querySelector("#cards .card"); one.tabIndex = 0; one.focus();
        htmx.ajax("GET", location.href, {source: "#dashboard", swap: "none"}) }"""
    )
    expect(page.locator("#cards")).to_be_focused()


def test_offline_keeps_the_chart_and_says_once_from_when_the_numbers_are(page):
    page.context.set_offline(True)
    toast = page.locator(".toast")
    toast.wait_for()
    expect(toast).to_contain_text("You're offline.Showing usage from 14:20 UTC.")
    expect(page.locator("#freshness")).to_contain_text("Offline. Showing usage from 14:20 UTC")
    toast.get_by_role("button", name="Close").click()
    before = shown(page)
    tab(page, "Tokens").click()
    expect(toast).to_have_count(1)
    expect(toast).to_contain_text("You're offline.Showing usage from 14:20 UTC.")
    expect(tab(page, "Cost")).to_have_attribute("aria-selected", "true")
    assert shown(page) == before
    expect(page.locator("#failure")).to_have_count(0)
    page.context.set_offline(False)
    page.get_by_text("You're back online.").wait_for()
    expect(page.locator("#freshness")).to_contain_text("Updated")
    expect(page.locator("#failure")).to_have_count(0)
