"""The product as it is run: gunicorn on a database of its own with the demo data, clock fixed, seen by Chromium."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from analytics.demo.cast import PASSWORD
from tests.prepared import copied, stop
from tests.servers import environment, gunicorn

ROOT = Path(__file__).resolve().parent.parent.parent
NOW = "2026-11-22T14:20:00Z"  # the pictures' now
DESKTOP, PHONE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}, {"width": 320, "height": 640}
OWNER, DEVELOPER, PRO_OWNER = "maya@northwind.example", "aiko@northwind.example", "sofia@lumen.example"
ANALYTICS = "/organizations/org_northwind/analytics/"
QUIET = "/organizations/org_quiet/analytics/"
INCOMING, QUIET_INCOMING = "/organizations/org_northwind/incoming/", "/organizations/org_quiet/incoming/"
# What is still to come is waited for with `wait_for` and `wait_for_url`: each look of an `expect` that does not find
# its element describes the whole page for a message, and a swap that is waited for so costs half as much again.
expect.set_options(timeout=20_000)  # ms: what comes comes on a busy machine too, only later
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


# In one program, as each would begin with loading all of Django.
DEMO = """
from django.core.management import call_command

call_command("migrate", verbosity=0)
call_command("seed_demo", if_empty=True)
call_command("load_workspace", {workspace!r})
"""
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
# Once for all copies, or PostgreSQL would go through each by itself while tests run.
VACUUM = """
from django.db import connection

connection.cursor().execute("VACUUM ANALYZE")
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
    fill(directory)


def add_demo_and_deliveries(directory: Path) -> None:
    fill(directory, DELIVERIES, VACUUM)


def fill(directory: Path, *more: str) -> None:
    workspace = directory / "quiet.json"
    workspace.write_text(json.dumps(NEVER_USED))
    commands = DEMO.format(workspace=str(workspace))
    Site("", directory).manage("shell", "--command", "\n".join([commands, *more]))


@contextmanager
def served(directory: Path) -> Iterator[Site]:
    """The product on the data in this directory."""
    own = {"DEBUG": "1", "ORGDASH_NOW": NOW, "DJANGO_SETTINGS_MODULE": "tests.browser.settings"}
    with gunicorn(directory, "--threads", "4", **own) as port:
        yield Site(f"http://127.0.0.1:{port}", directory)
    stop(directory)


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("site") / "data"
    copied(tmp_path_factory, "demo", add_demo_and_deliveries, directory)
    with served(directory) as site:
        yield site


def chromium() -> dict[str, object]:
    """How Playwright starts the system's own browser: the one without windows where it is there, at half the cost."""
    known = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    system = next(filter(None, map(shutil.which, known)), None)
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


# Timeouts and intervals are counted together.
REST = """() => {
  localStorage.clear();
  sessionStorage.clear();
  for (let timer = setTimeout(() => {}); timer > 0; timer -= 1) clearTimeout(timer);
  document.documentElement.style.display = "none";
}"""


@dataclass
class Tab:
    """A tab that goes from test to test: a process of its own for each would cost more than what they look at."""

    page: Page
    email: str | None
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def opened(cls, context: BrowserContext, email: str | None) -> "Tab":
        tab = cls(context.new_page(), email)
        tab.page.on("console", lambda message: tab.complaints.append(f"{message.type}: {message.text}"))
        tab.page.on("pageerror", lambda error: tab.complaints.append(f"uncaught: {error}"))
        return tab

    def dress(self, viewport: dict[str, int], options: dict[str, object]) -> None:
        usual = {"color_scheme": "light", "reduced_motion": "no-preference", "forced_colors": "none"}
        self.page.emulate_media(media="null", **{name: options.get(name, look) for name, look in usual.items()})
        self.page.set_viewport_size(viewport)

    def leave(self, session: dict | None) -> None:
        """What the test left is gone: routes, storage, cookies, other tabs. The page itself goes when another comes.

        Until then it is hidden and stands still: it would go on refreshing and be drawn anew for the next test's look.
        """
        context = self.page.context
        context.set_offline(False)
        for each in (context, self.page):
            each.unroute_all(behavior="ignoreErrors")
        for other in context.pages:
            if other is not self.page:
                other.close()
        self.page.mouse.move(0, 0)
        if not self.page.url.startswith("http"):  # the browser's own page of an address that did not answer
            self.page.goto("/healthz")
        self.page.evaluate(REST)
        context.clear_cookies()
        context.add_cookies(session["cookies"] if session else [])


@pytest.fixture(scope="session")
def tabs(browser: Browser, site: Site) -> Iterator[dict[str, Tab]]:
    """Those that wait for the next test, by whose they are and how their browser context was made."""
    waiting: dict[str, Tab] = {}
    yield waiting
    for tab in waiting.values():
        tab.page.context.close()  # or the server would wait for their connections


@pytest.fixture
def visit(browser: Browser, site: Site, signed_in, tabs) -> Iterator[Callable[..., Page]]:
    """Opens an address as a person of the demo; fails at the end if a browser console had anything to say.

    The tab is one that an earlier test used, emptied; `fresh` asks for a browser context that nobody used, which is for
    whoever changes what cannot be put back (a clock, a script in every page, a browser's settings) or counts bytes.
    """
    used: list[tuple[str | None, Tab]] = []
    watched: list[Tab] = []

    def open_page(path: str, email: str | None = OWNER, *, quiet: bool = True, fresh: bool = False, **options) -> Page:
        viewport = options.pop("viewport", DESKTOP)
        key = None if fresh else json.dumps([email, options], sort_keys=True)
        tab = tabs.pop(key, None) if key else None
        if tab is None:
            known = {"base_url": site.url, "locale": "en-US", "timezone_id": "UTC", "viewport": viewport}
            context = browser.new_context(storage_state=signed_in(email) if email else None, **known | options)
            tab = Tab.opened(context, email)
        used.append((key, tab))
        if quiet:
            watched.append(tab)
        tab.dress(viewport, options)
        tab.complaints.clear()  # of the page that the test before left
        tab.page.goto(path)
        return tab.page

    yield open_page
    complaints = [said for tab in watched for said in tab.complaints]
    for key, tab in used:
        if key is None or key in tabs or tab.page.is_closed():
            tab.page.context.close()
        else:
            tab.leave(signed_in(tab.email) if tab.email else None)
            tabs[key] = tab
    assert complaints == []
