"""Today's numbers every minute, in place, and never in somebody's way."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ANALYTICS
from tests.browser.test_swaps import SEEN

LIVE = f"{ANALYTICS}?range=30d&groupBy=project"
PAST = f"{ANALYTICS}?range=last-month&groupBy=project"
MINUTE = 60_100


@pytest.fixture
def watch(visit):
    """Opens a page whose clock stands still; `asked` gathers the addresses of its swaps."""

    def opened(path: str) -> tuple[Page, list[str]]:
        page = visit("/healthz", quiet=False, fresh=True)
        page.clock.install(time=0)
        page.goto(path)
        page.clock.pause_at(30)
        asked: list[str] = []
        page.on("request", lambda one: asked.append(one.url) if "hx-request" in one.headers else None)
        return page, asked

    return opened


def minute(page: Page) -> None:
    page.clock.run_for(MINUTE)
    page.wait_for_timeout(400)


def test_todays_numbers_come_anew_every_minute_without_a_trace(watch):
    page, asked = watch(LIVE)
    page.get_by_role("tab", name="Cost").focus()
    before = page.evaluate("history.length")
    page.route(re.compile("range=30d"), lambda route: route.fulfill(body=NEW))
    page.evaluate(SEEN)
    asked.clear()
    minute(page)
    expect(page.locator("#cards")).to_have_text("$1.00")
    assert len(asked) == 1
    minute(page)
    assert len(asked) == 2
    assert page.evaluate("window.seen") == []
    assert page.evaluate("history.length") == before
    expect(page.get_by_role("tab", name="Cost")).to_be_focused()


NEW = '<div id="dashboard"><dl id="cards" class="cards"><div><dt></dt><dd>$1.00</dd></div></dl></div>'


@pytest.mark.parametrize(
    ("path", "disturbed", "then"),
    [
        (PAST, "() => {}", "body"),
        (LIVE, "() => Object.defineProperty(document, 'visibilityState', {value: 'hidden'})", "body"),
        (LIVE, "() => document.getElementById('range').click()", "#picker[open]"),
        (LIVE, "() => getSelection().selectAllChildren(document.getElementById('cards'))", "body"),
        (LIVE, "() => { const row = document.querySelector('#breakdown tr'); row.tabIndex = 0; row.focus() }", "body"),
        (LIVE, "() => document.dispatchEvent(new CustomEvent('orgdash:failed'))", "body"),
    ],
    ids=["range is over", "not seen", "picker open", "text is marked", "a row is held", "failing"],
)
def test_nothing_is_refreshed_while(watch, path, disturbed, then):
    page, asked = watch(path)
    asked.clear()
    page.clock.resume()
    page.evaluate(disturbed)
    page.locator(then).wait_for()  # the picker's script is fetched first, and waits for a frame
    minute(page)
    minute(page)
    assert asked == []


def test_a_failed_refresh_keeps_the_numbers_and_says_from_when_they_are(watch):
    page, asked = watch(LIVE)
    asked.clear()
    page.route(re.compile("range=30d"), lambda route: route.fulfill(status=500, body="$0.00"))
    minute(page)
    expect(page.locator("#freshness")).to_contain_text("Couldn't refresh. Showing usage from 14:20 UTC")
    expect(page.locator("#freshness")).to_have_attribute("data-state", "delayed")
    assert "$0.00" not in page.locator("#cards").inner_text()
    assert page.locator("#failure, .toast").count() == 0
    minute(page)
    assert len(asked) == 1


def test_the_age_of_the_numbers_grows_and_turns_to_delayed(watch):
    page, _ = watch(PAST)
    time = page.locator("#freshness time")
    before = time.inner_text()
    for _ in range(20):
        page.clock.run_for(MINUTE)
    expect(page.locator("#freshness")).to_contain_text("; new events are delayed")
    assert re.fullmatch(r"2\d min ago", time.inner_text())
    assert before != time.inner_text()
