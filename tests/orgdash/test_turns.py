"""Usage and the probes are answered while pages are slow, and pages that find no turn are told to come again."""

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse

import psycopg
import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings

from orgdash import turns
from tests.analytics.conftest import workspace  # noqa: F401 - a fixture
from tests.analytics.processes import database_url, wait_until
from tests.browsers import enter
from tests.servers import gunicorn

SECRET = "sk-org-" + "d" * 40
KEY = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}
EVENT = {"id": "one", "timestamp": "2026-11-18T12:00:00Z", "provider": "openai", "model": "gpt-5.5"}
PAGE = "/organizations/org_acme/analytics/"
SLOW_PAGES = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND wait_event_type = 'Lock' AND query LIKE '%django_session%'"
)


@dataclass(frozen=True, slots=True)
class Site:
    """Plain gunicorn with four threads on the tests' own database, and how its owner and its sender sign in."""

    port: int
    owner: dict[str, str]

    def ask(self, path: str, body: object = None) -> HTTPResponse:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            method, sent = ("POST", json.dumps(body)) if body else ("GET", None)
            connection.request(method, path, sent, KEY if body else self.owner)
            response = connection.getresponse()
            response.body = response.read()
        return response


@pytest.fixture
def site(transactional_db, workspace, olga, tmp_path) -> Iterator[Site]:  # noqa: F811
    workspace.dora_key.set_secret(SECRET)
    workspace.dora_key.save()
    browser = enter(Client(), olga.user)
    more = {"DATABASE_URL": database_url(), "SECRET_KEY": os.environ["SECRET_KEY"]}
    with gunicorn(tmp_path, "--threads", "4", **more) as port:
        yield Site(port, {"Cookie": f"sessionid={browser.cookies['sessionid'].value}"})


@contextmanager
def locked(table: str) -> Iterator[Callable[[], int]]:
    """Whoever reads the table waits; gives how many do."""
    with psycopg.connect(database_url()) as holder, psycopg.connect(database_url(), autocommit=True) as watching:
        holder.execute(f"LOCK TABLE {table}")
        yield lambda: watching.execute(SLOW_PAGES).fetchone()[0]


@pytest.mark.slow
def test_while_pages_are_slow_usage_and_probes_are_answered_and_more_pages_told_to_come_again(site):
    with ThreadPoolExecutor(4) as people:
        with locked("django_session") as waiting:
            pages = [people.submit(site.ask, PAGE) for _ in range(4)]
            wait_until(lambda: waiting() >= 2)
            event = site.ask("/usage/events", EVENT)
            answers = [site.ask(path) for path in ("/healthz", "/static/css/tokens.css")]
            refused = site.ask("/analytics/activity")
            still = waiting()
        told = [page.result() for page in pages]
    assert (event.status, json.loads(event.body).get("recorded")) == (200, 1), event.body
    assert [answer.status for answer in answers] == [200, 200]
    assert still == 2  # that were being made all the while
    assert (refused.status, json.loads(refused.body)["code"]) == (503, "unavailable")
    busy = [page for page in told if turns.BUSY.encode() in page.body]
    assert [(page.status, page.headers["Retry-After"], page.headers["X-Frame-Options"]) for page in busy] == [
        (503, "5", "DENY")
    ] * 2
    # A turn is over when its page is, and when what is streamed has ended.
    assert [site.ask(path).status for path in (PAGE, f"{PAGE}export.csv") for _ in range(6)] == [200] * 12


def test_who_waits_for_a_turn_has_it_when_another_ends():
    pages = turns.Turns(turns.Room(at_once=1, waiting=1))
    assert pages.begin()
    with ThreadPoolExecutor(1) as people:
        waiting = people.submit(pages.begin)
        wait_until(lambda: not pages._present.acquire(blocking=False))
        assert not pages.begin()
        pages.end()
        assert waiting.result(5)


def test_a_page_that_breaks_gives_its_turn_back(monkeypatch):
    def breaks(_request: object) -> HttpResponse:
        raise SystemExit

    monkeypatch.setattr(turns, "_turns", pages := turns.Turns(turns.Room(at_once=1, waiting=0)))
    with pytest.raises(SystemExit):
        turns.pages_take_turns(breaks)(RequestFactory().get("/"))
    assert pages.begin()


@pytest.mark.parametrize(
    ("serves", "threads", "bounded"), [("all", 16, True), ("doors", 8, True), ("all", 1, False), ("pages", 8, False)]
)
def test_only_where_doors_share_the_threads_pages_are_bounded(serves, threads, bounded, monkeypatch):
    monkeypatch.setattr(turns, "_turns", None)
    with override_settings(SERVES=serves):
        turns.share(threads)
    assert (turns._turns is not None) is bounded


@pytest.mark.parametrize(("path", "status"), [("/accounts/login/", 421), ("/healthz", 200), ("/usage/events", 405)])
def test_the_server_of_doors_makes_no_pages_and_says_where_they_are(path, status):
    with override_settings(SERVES="doors"):
        assert Client().get(path).status_code == status
