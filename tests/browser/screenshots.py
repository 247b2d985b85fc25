"""`make screenshots`: every page and state as people see it, from the demo data at a fixed clock, into screenshots/.

Those that the README shows are kept in docs/screenshots/, made small by the browser. A viewport is made as high as its
page before the picture is taken: a canvas that is resized for a full-page picture is blank until it is drawn again.
"""

import base64
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
KEPT = ROOT / "docs" / "screenshots"
# What the README shows: name here → name there.
README = {
    "01-analytics-light": "analytics-light",
    "01-analytics-dark": "analytics-dark",
    "01-analytics-mobile": "analytics-phone",
    "02-date-range": "dates",
    "03-api-key-filtered": "one-project-by-key",
    "04-upgrade": "upgrade",
    "05-member-badges": "no-access",
    "06-empty": "before-the-first-event",
    "06-empty-filters": "filters-without-usage",
    "06-error": "error",
    "07-sign-in": "sign-in",
    "11-why": "why",
    "12-two-levels": "two-levels",
    "23-estimated-cost": "estimated",
    "24-comparison-before-history": "before-history",
}
# A picture as WebP, as wide as it is or this wide.
SMALLER = """async ([picture, widest]) => {
  const image = new Image();
  image.src = `data:image/png;base64,${picture}`;
  await image.decode();
  const scale = Math.min(1, widest / image.width);
  const canvas = new OffscreenCanvas(image.width * scale, image.height * scale);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const small = await canvas.convertToBlob({type: "image/webp", quality: 0.82});
  return [...new Uint8Array(await small.arrayBuffer())];
}"""
WIDEST, WIDEST_OF_PHONES = 1200, 520
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
    part: str = ""  # the selector of what alone is taken
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


def open_estimate(page: Page) -> None:
    page.locator("#estimated").click()


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
    Shot("11-why", f"{VIEW}&why=rows", part="#changes"),
    Shot("12-two-levels", f"{VIEW},model&open=proj_chatbot", part="#breakdown"),
    Shot("23-estimated-cost", VIEW, act=open_estimate, whole=False),
    Shot("24-comparison-before-history", f"{ANALYTICS}?range=year&groupBy=project&compare=year"),
    Shot("24-comparison-before-history-mobile", f"{ANALYTICS}?range=year&compare=year", width=390, height=844),
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
    taken = page.locator(shot.part) if shot.part else page
    keep(page, shot.name, taken.screenshot(path=OUT / f"{shot.name}.png"))
    context.close()


def keep(page: Page, name: str, picture: bytes) -> None:
    """The picture for the README, if it shows it."""
    if name in README:
        blank = page.context.new_page()  # without the product's content security policy
        widest = WIDEST_OF_PHONES if "mobile" in name else WIDEST
        small = blank.evaluate(SMALLER, [base64.b64encode(picture).decode(), widest])
        (KEPT / f"{README[name]}.webp").write_bytes(bytes(small))


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
    for directory in (OUT, KEPT):
        directory.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        add_demo(Path(directory))
        with served(Path(directory)) as site, sync_playwright() as playwright:
            take_all(playwright.chromium.launch(**chromium()), site, only)
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
