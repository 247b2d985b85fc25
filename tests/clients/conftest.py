"""The product as clients meet it: gunicorn on a database of its own, the real clock, asked over HTTP alone."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from orgdash.embedded import DATABASE
from tests.clients.founding import COMPANIES, OWNER, PASSWORD, found, secret
from tests.prepared import copied, migrated, stop
from tests.servers import gunicorn

if TYPE_CHECKING:
    import httpx

collect_ignore_glob = ["*_calls.py", "*_hook.py"]  # of programs: to look for doctests in them would run them


@dataclass(frozen=True, slots=True)
class Live:
    """A running server. `browser` is the session of the owner of every organization on it."""

    directory: Path  # of its database: ORGDASH_DATA_DIR
    url: str
    browser: "httpx.Client"

    def token(self, name: str) -> str:
        """One of the TOKENS."""
        return (self.directory / name).read_text().strip()

    def everything_stored(self) -> str:
        """Every row of every table, as text."""
        _, _, _, port, host, *_ = (self.directory / "postgres" / "postmaster.pid").read_text().splitlines()
        with psycopg.connect(host=host, port=port, user="postgres", dbname=DATABASE) as connection:
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            rows = " UNION ALL ".join(f'SELECT t::text FROM "{name}" AS t' for (name,) in tables)
            return "\n".join(row for (row,) in connection.execute(rows))


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

    def to_copy(self, slug: str) -> dict[str, str]:
        """What a help page gives to copy, by its name, with this company's secret in its place."""
        from tests.analytics.dashboard.test_senders import commands  # which only pytest can import

        page = self.live.browser.get(f"/help/send-usage/{slug}/")
        assert page.status_code == 200
        return {name: text.replace("sk-org-…", self.secret) for name, text in commands(page.text).items()}

    def page(self, **parameters: str) -> str:
        """The analytics page, as HTML."""
        answer = self.live.browser.get(f"/organizations/{self.organization}/analytics/", params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.text


@pytest.fixture(scope="session")
def live(tmp_path_factory) -> Iterator[Live]:
    def founded_on_migrated(directory: Path) -> None:
        directory.rmdir()
        copied(tmp_path_factory, "migrated", migrated, directory)
        found(directory)

    directory = tmp_path_factory.mktemp("live") / "data"
    copied(tmp_path_factory, "founded", founded_on_migrated, directory)
    with running(directory) as server:
        yield server


@contextmanager
def running(directory: Path) -> Iterator[Live]:
    """The server on the database in this directory, which has companies, until the end of the block."""
    import httpx  # here, so that this file can be read without the clients

    try:
        with gunicorn(directory, "--threads", "4", RATE_LIMIT="1000000") as port:
            url = f"http://127.0.0.1:{port}"
            with httpx.Client(base_url=url, trust_env=False, timeout=30) as browser:
                sign_in(browser)
                yield Live(directory, url, browser)
    finally:
        stop(directory)


@pytest.fixture(scope="session")
def found_company(live) -> Callable[[str], Company]:
    """Gives one of the COMPANIES; each is for one test."""
    return {name: _company(live, name) for name in COMPANIES}.pop


def founded(live: Live, name: str) -> Company:
    """A new company of this name."""
    found(live.directory, name)
    return _company(live, name)


def _company(live: Live, name: str) -> Company:
    return Company(live, f"org_{name}", f"key_{name}", secret(name))


def sign_in(browser: "httpx.Client") -> None:
    browser.get("/accounts/login/")
    form = {"username": OWNER, "password": PASSWORD, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    assert browser.post("/accounts/login/", data=form).status_code == 302


def client_environment(**more: str) -> dict[str, str]:
    """Of a client in a process of its own: nothing of this server's, of the tests', or of a proxy."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | more
