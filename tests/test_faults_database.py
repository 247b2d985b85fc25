"""PostgreSQL stopped, frozen, full, locked or out of connections: 503 in words everywhere, and recovery by itself.

All real: gunicorn, a PostgreSQL of its own, and its processes stopped by signals.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.servers import ROOT, environment, gunicorn, manage
from tests.test_faults import SECRETS, WORKSPACE

SESSION = (
    "from django.test import Client; from accounts.models import User; c = Client();"
    "c.force_login(User.objects.get(email='owner@chat.test'), 'django.contrib.auth.backends.ModelBackend');"
    "print(c.cookies['sessionid'].value)"
)
EVENT = {"id": "one", "timestamp": "2026-11-18T12:00:00Z", "provider": "openai", "model": "gpt-5.5"}
EVENT |= {"input_tokens": 1, "output_tokens": 1}
KEY = {"Authorization": f"Bearer {SECRETS['key_chat']}", "Content-Type": "application/json"}
OTHER_KEY = {**KEY, "Authorization": f"Bearer {SECRETS['key_search']}"}
PAGE = "/organizations/org_chat/analytics/"
ASKED = {
    "a page": ("GET", PAGE, {}),
    "a page's CSV": ("GET", f"{PAGE}export.csv", {}),
    "the JSON": ("GET", "/analytics/activity?organization=org_chat", {}),
    "the admin": ("GET", "/admin/", {}),
    "events": ("POST", "/usage/events", KEY),
    "LiteLLM's": ("POST", "/usage/litellm", KEY),
    "spans": ("POST", "/v1/traces", KEY),
    "/readyz": ("GET", "/readyz", {}),
}


class Site:
    """A server with one owner and one API key, and what its PostgreSQL is made of."""

    def __init__(self, directory: Path, port: int, session: str) -> None:
        self.directory, self.port, self.session = directory, port, session

    def ask(self, what: str, body: object = EVENT) -> HTTPResponse:
        method, path, headers = {**ASKED, "events of another key": ("POST", "/usage/events", OTHER_KEY)}[what]
        sent = json.dumps(body if path == "/usage/events" else {}) if method == "POST" else None
        cookie = {} if headers else {"Cookie": f"sessionid={self.session}"}
        return self.fetch(method, path, sent, headers | cookie)

    def fetch(self, method: str, path: str, body: str | None = None, headers: dict[str, str] = {}) -> HTTPResponse:  # noqa: B006
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=50)) as connection:
            began = time.monotonic()
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            response.body, response.seconds = response.read(), time.monotonic() - began
        return response

    def postgres(self) -> list[psutil.Process]:
        postmaster = psutil.Process(int((self.directory / "postgres" / "postmaster.pid").read_text().split()[0]))
        return [postmaster, *postmaster.children(recursive=True)]

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(url(self.directory), autocommit=True, connect_timeout=5)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        stopped = self.postgres()
        for process in stopped:
            process.send_signal(signal.SIGSTOP)
        yield
        for process in reversed(stopped):
            process.send_signal(signal.SIGCONT)

    def until_it_serves(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while any(self.ask(what).status not in (200, 302) for what in ("a page", "events", "/readyz")):
            assert time.monotonic() < end, "it did not recover by itself"
            time.sleep(0.2)


def url(directory: Path) -> str:
    lines = (directory / "postgres" / "postmaster.pid").read_text().splitlines()
    return f"postgresql://postgres@/orgdash?host={lines[4]}"


@contextmanager
def prepared(directory: Path) -> Iterator[str]:
    """A database with one owner, whose session is given, and one API key."""
    manage(directory, "migrate", "--verbosity", "0")
    (directory / "workspace.json").write_text(json.dumps(WORKSPACE))
    manage(directory, "load_workspace", str(directory / "workspace.json"))
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", SESSION]
    given = environment(directory, DATABASE_URL=url(directory), RATE_LIMIT="1000000")
    session = subprocess.run(command, cwd=ROOT, env=given, check=True, capture_output=True, text=True).stdout.strip()
    yield session
    embedded(directory, "stop")


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Site]:
    """Its database has a DATABASE_URL: nothing starts it again but whoever stopped it."""
    directory = tmp_path_factory.mktemp("limits")
    with prepared(directory) as session:
        more = {"DATABASE_URL": url(directory), "RATE_LIMIT": "1000000"}
        with gunicorn(directory, "--threads", "4", **more) as port:
            yield Site(directory, port, session)


def embedded(directory: Path, word: str) -> None:
    command = [sys.executable, "-m", "orgdash.embedded", word]
    subprocess.run(command, cwd=ROOT, env=environment(directory), check=True, capture_output=True)


def assert_not_now(response: HTTPResponse, within: float) -> None:
    assert response.status == 503, response.body[:300]
    assert int(response.headers["Retry-After"]) > 0
    assert b"database" in response.body or b"Others have been" in response.body
    assert response.seconds < within


def test_when_postgresql_is_stopped_everything_says_so(site):
    site.until_it_serves(10)
    embedded(site.directory, "stop")
    answers = [site.ask(what) for what in ASKED]
    health = site.fetch("GET", "/healthz")
    embedded(site.directory, "start")
    site.until_it_serves(10)
    for answer in answers:
        assert_not_now(answer, within=2)
    assert health.status == 200


def test_when_postgresql_is_frozen_everything_says_so_and_healthz_answers(site, record_property):
    site.until_it_serves(10)
    for _ in range(8):  # every thread has a connection that worked a moment ago
        site.ask("a page")
    with site.frozen():
        answers = [site.ask(what) for what in ASKED]
        health = [site.fetch("GET", "/healthz") for _ in range(8)]
    thawed = time.monotonic()
    site.until_it_serves(12)
    recovered = time.monotonic() - thawed
    for answer in answers:
        assert_not_now(answer, within=6.5)
    assert [(one.status, one.seconds < 0.5) for one in health] == [(200, True)] * 8
    seconds = ", ".join(f"{what} {answer.seconds:.1f} s" for what, answer in zip(ASKED, answers, strict=True))
    record_property("said", f"frozen: 503 after {seconds}; served again {recovered:.1f} s after the thaw")


def test_a_statement_in_a_server_that_freezes_ends_too(site):
    """Nothing in PostgreSQL can end it then: the client's own limit does, here after 1 + 2 s."""
    code = (
        "import django; django.setup(); import os, signal, sys, psutil\n"
        "from django.db import connection, OperationalError\n"
        "from orgdash import database_limits\n"
        "database_limits.use(database_limits.Limits(statement=1, lock=1, idle=60))\n"
        "with connection.cursor() as cursor:\n"
        "    cursor.execute('SELECT pg_backend_pid()'); pid = cursor.fetchone()[0]\n"
        "    os.kill(pid, signal.SIGSTOP)\n"
        "    try: cursor.execute('SELECT 1')\n"
        "    except OperationalError as error: print(error)\n"
        "    finally: os.kill(pid, signal.SIGCONT)\n"
    )
    given = environment(site.directory, DATABASE_URL=url(site.directory), DJANGO_SETTINGS_MODULE="orgdash.settings")
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, timeout=20, check=False)
    assert done.stdout == "PostgreSQL did not answer in 3 s\n", done.stderr


def test_when_no_connection_is_left_everything_says_so(site):
    site.until_it_serves(10)
    with ExitStack() as held, site.connect() as control:
        control.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = 'orgdash' AND pid <> pg_backend_pid()"
        )
        with pytest.raises(psycopg.OperationalError, match="too many clients"):
            deque(held.enter_context(site.connect()) for _ in range(200))
        answers = [site.ask(what) for what in ASKED]
    site.until_it_serves(10)
    for answer in answers:
        assert_not_now(answer, within=2)


@pytest.mark.parametrize(
    ("what", "table", "within"),
    [("a page", "django_session", 7), ("/readyz", "django_migrations", 7)],
)
def test_what_waits_for_a_lock_gives_up(what, table, within, site):
    site.until_it_serves(10)
    with site.connect() as other, other.transaction():
        other.execute(f"LOCK TABLE {table}")
        assert_not_now(site.ask(what), within)
    site.until_it_serves(10)


def test_a_writer_that_waits_for_another_gives_up_after_30_seconds_and_says_why(site):
    site.until_it_serves(10)
    with site.connect() as other, other.transaction():
        other.execute("SELECT pg_advisory_xact_lock((x'6F726764'::bigint << 32) + id) FROM accounts_organization")
        response = site.ask("events", EVENT | {"id": "waits"})
    assert_not_now(response, within=31)
    assert response.seconds > 25
    assert json.loads(response.body)["code"] == "unavailable"
    assert "Others have been writing" in json.loads(response.body)["detail"]
    assert site.ask("events", EVENT | {"id": "waits"}).status == 200


@pytest.fixture
def small_disk(site) -> Iterator[Path]:
    """A file system of 2 MB for tables of PostgreSQL."""
    place = site.directory / "small"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)], check=False)
    if mounted.returncode:
        pytest.skip("nobody may mount a small file system here")
    owner = (site.directory / "postgres").stat()
    os.chown(place, owner.st_uid, owner.st_gid)
    place.chmod(0o700)
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_when_the_disk_is_full_senders_are_told_to_come_again(site, small_disk):
    site.until_it_serves(10)
    rows = "INSERT INTO accounts_ratewindow SELECT i::text, 1, now() FROM generate_series(1, 50000) i"
    with site.connect() as control:
        control.execute(f"CREATE TABLESPACE small LOCATION '{small_disk}'")
        control.execute("ALTER TABLE accounts_ratewindow SET TABLESPACE small")
        with pytest.raises(psycopg.errors.DiskFull):
            control.execute(rows)
        answer = site.ask("events of another key")
        control.execute("TRUNCATE accounts_ratewindow")
        control.execute("ALTER TABLE accounts_ratewindow SET TABLESPACE pg_default")
        control.execute("DROP TABLESPACE small")
    assert_not_now(answer, within=2)
    assert "no room" in json.loads(answer.body)["detail"]
    site.until_it_serves(10)
