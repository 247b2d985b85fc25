"""The product as clients meet it: gunicorn on a database of its own, the real clock, asked over HTTP alone."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.prepared import copied, migrated, stop
from tests.servers import ROOT, environment, gunicorn, manage

if TYPE_CHECKING:
    import httpx

collect_ignore_glob = ["*_calls.py"]  # programs: to look for doctests in them would run them
OWNER, PASSWORD = "owner@live.test", "correct horse battery staple"


@dataclass(frozen=True, slots=True)
class Live:
    """A running server. `browser` is the session of the owner of every organization on it."""

    directory: Path  # of its database: ORGDASH_DATA_DIR
    url: str
    browser: "httpx.Client"

    def load(self, *organizations: dict) -> None:
        """`load_workspace` with these organizations."""
        file = self.directory.parent / f"{organizations[0]['id']}.json"
        file.write_text(json.dumps({"organizations": organizations}))
        manage(self.directory, "load_workspace", str(file))

    def printed(self, *arguments: str) -> str:
        """What a management command prints on its standard output."""
        command = [sys.executable, "manage.py", *arguments]
        options = {"cwd": ROOT, "env": environment(self.directory), "text": True}
        return subprocess.run(command, check=True, capture_output=True, **options).stdout.strip()


@dataclass(frozen=True, slots=True)
class Company:
    """An organization on Enterprise with one project and one API key, and nothing used yet."""

    live: Live
    organization: str
    api_key: str
    secret: str

    def activity(self, **parameters: str) -> dict:
        """`GET /analytics/activity`, every number with its exact digits."""
        answer = self.live.browser.get("/analytics/activity", params={"organizationId": self.organization} | parameters)
        assert answer.status_code == 200, answer.text
        return json.loads(answer.text, parse_float=Decimal)

    def page(self, **parameters: str) -> str:
        """The analytics page, as HTML."""
        answer = self.live.browser.get(f"/organizations/{self.organization}/analytics/", params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.text


@pytest.fixture(scope="session")
def live(tmp_path_factory) -> Iterator[Live]:
    directory = tmp_path_factory.mktemp("live") / "data"
    copied(tmp_path_factory, "migrated", migrated, directory)
    with running(directory) as server:
        yield server


@contextmanager
def running(directory: Path) -> Iterator[Live]:
    """The server on the migrated database in this directory, until the end of the block."""
    import httpx  # here, so that this file can be read without the clients

    try:
        with gunicorn(directory, "--threads", "4", RATE_LIMIT="1000000") as port:
            url = f"http://127.0.0.1:{port}"
            with httpx.Client(base_url=url, trust_env=False, timeout=30) as browser:
                server = Live(directory, url, browser)
                server.load(workspace("org_first", "sk-org-first-" + "s" * 32))
                sign_in(browser)
                yield server
    finally:
        stop(directory)


# Founded by one command: each of its own would take more than most tests.
COMPANIES = (
    *("plain", "chunked", "broken-whole", "broken-length", "openapi", "two-tell", "otel-latest", "otel-older"),
    *("litellm-json-array", "litellm-ndjson", "litellm-single", "litellm-token"),
    *("help-events", "help-litellm-proxy", "help-litellm-package", "help-otel", "help-collector"),
)


@pytest.fixture(scope="session")
def found_company(live) -> Callable[[str], Company]:
    """Gives one of the COMPANIES; each is for one test."""
    companies = {name: _company(live, name) for name in COMPANIES}
    live.load(*(workspace(company.organization, company.secret) for company in companies.values()))
    return companies.pop


def founded(live: Live, name: str) -> Company:
    """A new company of this name: its public ids are `org_<name>`, `proj_<name>` and `key_<name>`."""
    company = _company(live, name)
    live.load(workspace(company.organization, company.secret))
    return company


def _company(live: Live, name: str) -> Company:
    return Company(live, f"org_{name}", f"key_{name}", f"sk-org-{name}-" + "s" * 32)


def workspace(organization: str, secret: str) -> dict:
    name = organization.removeprefix("org_")
    key = {"id": f"key_{name}", "description": "Gateway", "created_by": OWNER, "secret": secret}
    return {
        "id": organization,
        "name": name.title(),
        "plan": "enterprise",
        "members": [{"email": OWNER, "name": "Olga Owner", "role": "owner", "password": PASSWORD}],
        "projects": [{"id": f"proj_{name}", "name": "Production", "api_keys": [key]}],
    }


def sign_in(browser: "httpx.Client") -> None:
    browser.get("/accounts/login/")
    form = {"username": OWNER, "password": PASSWORD, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    assert browser.post("/accounts/login/", data=form).status_code == 302


def client_environment(**more: str) -> dict[str, str]:
    """Of a client in a process of its own: nothing of this server's, of the tests', or of a proxy."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | more
