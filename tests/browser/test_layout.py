"""The pages from 320 to 1600 px, every 40, with the widest and the narrowest font that a system may have as its own."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import (
    ANALYTICS,
    DESKTOP,
    DEVELOPER,
    INCOMING,
    OWNER,
    PRO_OWNER,
    QUIET_INCOMING,
    ROOT,
    chromium,
)

WIDTHS = sorted(
    {*range(320, 1601, 40), 639, 799, 1023, 1024, 1199, 1366}
)  # and where a rule of the styles begins or ends
FAULTS = (Path(__file__).parent / "layout.js").read_text()
# The demo's company is small: the longest that the cards can say stands in its place.
LONGEST = """() => document.querySelectorAll(".card").forEach((card, index) => {
  card.querySelector(".card-value .wide").textContent = ["$999,999.99", "9,999,999", "299.23M"][index];
  card.querySelector(".card-value .narrow").textContent = ["$999,999.99", "999.9K", "299.23M"][index];
  for (const link of card.querySelectorAll("#estimated")) link.textContent = "$999,999.99 estimated";
})"""
# Where everything stands is asked, not how it looks: what is fully transparent is laid out and never painted.
UNSEEN = "document.documentElement.style.opacity = 0"
# `make test` unpacks them here: a font that the system had would change what every other test sees.
FONTS = ROOT / ".venv" / "fonts"
FONTCONFIG = """<?xml version="1.0"?>
<fontconfig>
  <dir>{directory}</dir>
  <cachedir>{directory}/cache</cachedir>
  <alias><family>sans-serif</family><prefer><family>{sans}</family></prefer></alias>
  <alias><family>system-ui</family><prefer><family>{sans}</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>{mono}</family></prefer></alias>
</fontconfig>
"""
FAMILIES = {  # the system's font, its mono, and their files
    "wide": ("DejaVu Sans", "DejaVu Sans Mono", "DejaVuSans*.ttf"),
    "narrow": ("Liberation Sans Narrow", "Liberation Sans Narrow", "Liberation*.ttf"),
}
PAGES = {
    "by project": (f"{ANALYTICS}?range=30d&groupBy=project", OWNER),
    "by API key, one filter, nothing a year ago": (
        f"{ANALYTICS}?from=2025-11-28&to=2026-01-20&compare=year&groupBy=apiKey&project=proj_chatbot",
        OWNER,
    ),
    "long dates, two filters": (
        f"{ANALYTICS}?from=2025-12-20&to=2026-11-22&groupBy=member&project=proj_chatbot&model=gpt-5.5",
        OWNER,
    ),
    "nothing matches": (f"{ANALYTICS}?range=30d&project=proj_sandbox&model=gemini-3-pro", OWNER),
    "one project": ("/organizations/org_northwind/projects/proj_chatbot/analytics/", OWNER),
    "own usage": ("/organizations/org_northwind/usage/", DEVELOPER),
    "incoming usage": (INCOMING, OWNER),
    "incoming usage of one": (f"{INCOMING}?endpoint=/usage/events&sender=", OWNER),
    "nothing incoming": (QUIET_INCOMING, OWNER),
    "upgrade": ("/organizations/org_lumen/analytics/", PRO_OWNER),
    "not allowed": (ANALYTICS, DEVELOPER),
    "sign-in": ("/accounts/login/", None),
}


@pytest.fixture(scope="module", params=FAMILIES)
def font_browser(request, playwright, tmp_path_factory) -> Iterator[Browser]:
    """Chromium on a system that has one font, and bars for scrolling."""
    sans, mono, files = FAMILIES[request.param]
    directory = tmp_path_factory.mktemp(request.param)
    found = [
        file for file in FONTS.rglob(files) if file.stem.startswith((sans.replace(" ", ""), mono.replace(" ", "")))
    ]
    if not found:
        pytest.skip(f"{sans} is not in {FONTS}: `make fonts` brings it from Debian")
    for file in found:
        (directory / file.name).symlink_to(file)
    configuration = directory / "fonts.conf"
    configuration.write_text(FONTCONFIG.format(directory=directory, sans=sans, mono=mono))
    system = os.environ | {"FONTCONFIG_FILE": str(configuration)}
    browser = playwright.chromium.launch(**chromium(), env=system, ignore_default_args=["--hide-scrollbars"])
    page = browser.new_page()
    page.set_content("<h1 style='font-family: system-ui'>Analytics</h1>")
    assert fonts_of(page) == {sans}
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def page_of(font_browser, site, signed_in) -> Callable[[str | None], Page]:
    """Somebody's tab in that browser, of the usual size; it stays for their next page, for which it has the files."""
    tabs: dict[str | None, Page] = {}

    def opened(email: str | None) -> Page:
        if email not in tabs:
            state = signed_in(email) if email else None
            known = {"base_url": site.url, "storage_state": state, "locale": "en-US", "timezone_id": "UTC"}
            # What moves would be drawn at every width.
            tabs[email] = font_browser.new_context(**known, reduced_motion="reduce").new_page()
        tabs[email].set_viewport_size(DESKTOP)
        return tabs[email]

    return opened


def fonts_of(page: Page) -> set[str]:
    """The fonts that the title is drawn with."""
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    title = session.send("DOM.querySelector", {"nodeId": root, "selector": "h1"})["nodeId"]
    return {font["familyName"] for font in session.send("CSS.getPlatformFontsForNode", {"nodeId": title})["fonts"]}


@pytest.mark.parametrize("name", PAGES)
def test_no_page_spills_overlaps_or_scrolls_sideways_at_any_width(page_of, name):
    path, email = PAGES[name]
    page = page_of(email)
    page.goto(path)
    page.evaluate(LONGEST)
    page.evaluate(UNSEEN)
    session = page.context.new_cdp_session(page)
    faults = {}
    for width in WIDTHS:
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        session.send("Emulation.setDeviceMetricsOverride", size)  # Playwright's own waits for a picture each time
        faults[width] = page.evaluate(FAULTS)
    session.detach()
    assert {width: found for width, found in faults.items() if found} == {}
