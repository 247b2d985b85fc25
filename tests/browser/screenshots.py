"""`make screenshots`: every page and state as people see it, from the demo data at a fixed clock, into screenshots/.

Two of them stand in the README. A viewport is made as high as its page before the picture is taken: a canvas that is
resized for a full-page picture is blank until it is drawn again.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import (
    ANALYTICS,
    DEVELOPER,
    OWNER,
    PRO_OWNER,
    QUIET,
    ROOT,
    Site,
    add_demo,
    chromium,
    served,
    sign_in,
)

OUT = ROOT / "screenshots"
README = ("01-analytics-light", "01-analytics-dark")
VIEW = f"{ANALYTICS}?range=30d&groupBy=project"


@dataclass(frozen=True)
class Shot:
    """`act` brings the page into its state after `path` is open."""

    name: str
    path: str
    email: str | None = OWNER
    width: int = 1440
    height: int = 900
    dark: bool = False
    whole: bool = True  # the whole page instead of the first screen
    act: Callable[[Page], None] = lambda page: None


def open_picker(page: Page) -> None:
    page.locator("#range").click()
    page.get_by_role("button", name="November 22, 2026", exact=True).focus()
    page.get_by_role("radio", name="Last 90 days", exact=True).hover()


def hover_series(page: Page) -> None:
    page.locator("#breakdown").get_by_role("link", name="Support Chatbot").click()
    page.get_by_role("heading", name="Cost by API key").wait_for()
    box = page.locator("#over-time").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.42, box["y"] + box["height"] * 0.8)


def hover_locked(page: Page) -> None:
    page.locator(".nav-link.locked").first.hover()
    page.wait_for_timeout(500)


def fail(page: Page) -> None:
    page.route("**/analytics/?*metric=tokens*", lambda route: route.fulfill(status=503, body=""))
    page.get_by_role("tab", name="Tokens").click()
    page.wait_for_timeout(800)


def wait_for_the_answer(page: Page) -> None:
    page.route("**/analytics/?*metric=tokens*", lambda _: None)  # never answered: the picture is of the wait
    page.get_by_role("tab", name="Tokens").click()
    page.wait_for_timeout(600)


def go_offline(page: Page) -> None:
    page.context.set_offline(True)
    page.wait_for_timeout(300)


def fail_to_sign_in(page: Page) -> None:
    page.get_by_label("Email").fill(OWNER)
    page.get_by_label("Password", exact=True).fill("not it")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").wait_for()


SHOTS = [
    Shot("01-analytics-light", VIEW),
    Shot("01-analytics-dark", VIEW, dark=True),
    Shot("01-analytics-mobile", VIEW, width=390, height=844),
    Shot("01-analytics-mobile-dark", VIEW, width=390, height=844, dark=True),
    Shot("01-analytics-900", VIEW, width=900),
    Shot("02-date-range", VIEW, act=open_picker, whole=False),
    Shot("02-date-range-dark", VIEW, act=open_picker, whole=False, dark=True),
    Shot("02-date-range-mobile", VIEW, width=390, height=844, act=open_picker, whole=False),
    Shot("03-api-key-filtered", VIEW, act=hover_series),
    Shot("03-api-key-filtered-dark", VIEW, act=hover_series, dark=True),
    Shot("04-upgrade", "/organizations/org_lumen/analytics/", PRO_OWNER),
    Shot("05-member-badges", ANALYTICS, DEVELOPER, act=hover_locked),
    Shot("06-empty", QUIET),
    Shot("06-empty-filters", f"{VIEW}&project=proj_sandbox&model=gemini-3-pro"),
    Shot("06-loading", VIEW, act=wait_for_the_answer),
    Shot("06-error", VIEW, act=fail),
    Shot("06-offline", VIEW, act=go_offline),
    Shot("07-sign-in", "/accounts/login/", None, whole=False),
    Shot("07-sign-in-failed", "/accounts/login/", None, whole=False, act=fail_to_sign_in),
    Shot("08-project", "/organizations/org_northwind/usage/", DEVELOPER),
    Shot("09-help", "/help/organization-analytics/"),
    Shot("09-help-litellm", "/help/send-usage/litellm/"),
    Shot("09-help-opentelemetry-390", "/help/send-usage/opentelemetry/", width=390),
    Shot("10-not-found", "/organizations/org_none/analytics/", whole=False),
]


def as_high_as_its_page(page: Page, shot: Shot) -> None:
    height = page.evaluate("document.querySelector('main').scrollHeight")
    page.set_viewport_size({"width": shot.width, "height": max(height, shot.height)})
    page.wait_for_timeout(200)


def take(browser: Browser, site: Site, state: dict | None, shot: Shot) -> None:
    context = browser.new_context(
        base_url=site.url,
        storage_state=state,
        viewport={"width": shot.width, "height": shot.height},
        color_scheme="dark" if shot.dark else "light",
        device_scale_factor=2 if shot.width < 640 else 1,
        locale="en-US",
        timezone_id="UTC",
    )
    page = context.new_page()
    page.goto(shot.path)
    if shot.whole:
        as_high_as_its_page(page, shot)
    shot.act(page)
    page.wait_for_timeout(400)
    if shot.whole:
        as_high_as_its_page(page, shot)
    page.screenshot(path=OUT / f"{shot.name}.png")
    context.close()


def take_all(browser: Browser, site: Site, only: list[str]) -> None:
    states: dict[str | None, dict | None] = {None: None}
    for email in (OWNER, DEVELOPER, PRO_OWNER):
        context = browser.new_context()
        sign_in(context.new_page(), site, email)
        states[email] = context.storage_state()
        context.close()
    for shot in SHOTS:
        if not only or any(shot.name.startswith(name) for name in only):
            take(browser, site, states[shot.email], shot)
            print(OUT / f"{shot.name}.png")
    browser.close()


def main(only: list[str]) -> None:
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        add_demo(Path(directory))
        with served(Path(directory)) as site, sync_playwright() as playwright:
            take_all(playwright.chromium.launch(**chromium()), site, only)
    shutil.rmtree(directory, ignore_errors=True)
    for name in README:
        if (OUT / f"{name}.png").exists():
            (ROOT / "docs" / "screenshots").mkdir(exist_ok=True)
            shutil.copy(OUT / f"{name}.png", ROOT / "docs" / "screenshots" / f"{name.removeprefix('01-')}.png")


if __name__ == "__main__":
    main(sys.argv[1:])
