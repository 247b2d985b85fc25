"""The product as it is run: gunicorn on a database of its own with the demo data, clock fixed, seen by Chromium."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from analytics.demo.cast import PASSWORD
from tests.prepared import copied, stop
from tests.test_server import environment, gunicorn

ROOT = Path(__file__).resolve().parent.parent.parent
NOW = "2026-11-22T14:20:00Z"  # the pictures' now
DESKTOP, PHONE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}, {"width": 320, "height": 640}
OWNER, DEVELOPER, PRO_OWNER = "maya@northwind.example", "aiko@northwind.example", "sofia@lumen.example"
ANALYTICS = "/organizations/org_northwind/analytics/"
QUIET = "/organizations/org_quiet/analytics/"
INCOMING, QUIET_INCOMING = "/organizations/org_northwind/incoming/", "/organizations/org_quiet/incoming/"
NEVER_USED = {
    "organizations": [
        {
            "id": "org_quiet",
            "name": "Harbor Works",
            "plan": "enterprise",
            "members": [{"email": OWNER, "name": "Maya Okafor", "role": "owner"}],
        }
    ]
}


DELIVERIES = """
from datetime import timedelta
from accounts.models import AccessToken, ApiKey, Organization
from analytics.dashboard.incoming import COUNTS
from analytics.models import Delivery
from orgdash import clock

organization = Organization.objects.get(public_id="org_northwind")
name = "LiteLLM proxy " + "of all " * 20
token = AccessToken.objects.create(organization=organization, scope="usage:write", name=name)
keys = list(ApiKey.objects.filter(project__organization=organization)[:4])
field, reason = "metadata.user_api_key_team_alias" * 3, "must be text " * 15
long = [{"what": "refused", "field": field, "reason": reason, "count": 1000}]
short = [{"what": what, "field": "cost_usd", "reason": "is required", "count": 1} for what in ("mended", "conflicting")]
for number in range(12):
    key = keys[number % 4]
    Delivery.objects.create(**(dict.fromkeys(COUNTS, number * 81 % 7) | {
        "organization_id": organization.pk, "answered_at": clock.now() - timedelta(minutes=number),
        "request_id": str(number), "endpoint": ("/usage/events", "/v1/logs", "/usage/litellm")[number % 3],
        "error_status": (None, None, 413, 500)[number % 4],
        "api_key_id": key.pk if number % 5 else None, "access_token_id": None if number % 5 else token.pk,
        "named": (long, short, [])[number % 3]}))
"""


@dataclass(frozen=True)
class Site:
    url: str
    directory: Path

    def manage(self, *arguments: str, stdin: str | None = None) -> str:
        """Runs a management command on the site's database; returns what it printed."""
        command = [sys.executable, "manage.py", *arguments]
        more = {"DEBUG": "1", "ORGDASH_NOW": NOW, "CATALOGUE": "1"}
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment(self.directory, **more),
            check=True,
            capture_output=True,
            text=True,
            input=stdin,
        )
        return done.stdout


def add_demo(directory: Path) -> None:
    """The demo, and an organization that never sent an event."""
    site = Site("", directory)
    site.manage("migrate", "--verbosity", "0")
    site.manage("seed_demo", "--if-empty")
    workspace = directory / "quiet.json"
    workspace.write_text(json.dumps(NEVER_USED))
    site.manage("load_workspace", str(workspace))


def add_demo_and_deliveries(directory: Path) -> None:
    add_demo(directory)
    Site("", directory).manage("shell", "-c", DELIVERIES)


@contextmanager
def served(directory: Path) -> Iterator[Site]:
    """The product on the data in this directory."""
    with gunicorn(directory, "--threads", "4", DEBUG="1", ORGDASH_NOW=NOW) as port:
        yield Site(f"http://127.0.0.1:{port}", directory)
    stop(directory)


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("site") / "data"
    copied(tmp_path_factory, "demo", add_demo_and_deliveries, directory)
    with served(directory) as site:
        yield site


def chromium() -> dict[str, object]:
    """How Playwright starts the system's own browser."""
    system = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert system, "the browser tests need Chromium: install your system's package 'chromium'"
    # Running as root, as CI does, Chromium has no sandbox to offer.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": system, "args": sandbox}


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    return chromium()


def sign_in(page: Page, site: Site, email: str) -> None:
    page.goto(f"{site.url}/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/accounts/login" not in url)


@pytest.fixture(scope="session")
def signed_in(browser: Browser, site: Site) -> Callable[[str], dict]:
    """The stored session of a person of the demo; each signs in once."""
    states: dict[str, dict] = {}

    def state(email: str) -> dict:
        if email not in states:
            context = browser.new_context()
            sign_in(context.new_page(), site, email)
            states[email] = context.storage_state()
            context.close()
        return states[email]

    return state


@pytest.fixture
def visit(browser: Browser, site: Site, signed_in) -> Iterator[Callable[..., Page]]:
    """Opens an address as a person of the demo; fails at the end if a browser console had anything to say."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(path: str, email: str | None = OWNER, *, quiet: bool = True, **options) -> Page:
        context = browser.new_context(
            storage_state=signed_in(email) if email else None,
            **{"base_url": site.url, "viewport": DESKTOP, "locale": "en-US", "timezone_id": "UTC", **options},
        )
        contexts.append(context)
        page = context.new_page()
        if quiet:
            page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
            page.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
