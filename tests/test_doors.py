"""Usage and the probes are answered while pages are slow: by plain gunicorn, and by a server of their own."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings

from orgdash import turns
from tests.test_limits import EVENT, Site, prepared, url
from tests.test_server import ROOT, environment, fetch, free_port, gunicorn

SLOW_PAGES = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%django_session%'"


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("doors")
    with (
        prepared(directory) as session,
        gunicorn(directory, "--threads", "4", DATABASE_URL=url(directory)) as port,
    ):
        yield Site(directory, port, session)


def test_while_pages_are_slow_usage_and_probes_are_answered_and_more_pages_told_to_come_again(site):
    asked = ("/healthz", "/static/css/tokens.css")
    with ThreadPoolExecutor(4) as people, site.connect() as control, site.connect() as other:
        with other.transaction():
            other.execute("LOCK TABLE django_session")
            pages = [people.submit(site.ask, "a page") for _ in range(4)]
            until(lambda: control.execute(SLOW_PAGES).fetchone()[0] >= 2)
            event = site.ask("events", EVENT)
            answers = [site.fetch("GET", path) for path in asked]
            refused = site.fetch("GET", "/analytics/activity", headers={"Cookie": f"sessionid={site.session}"})
            still = control.execute(SLOW_PAGES).fetchone()[0]
        told = [page.result() for page in pages]
    assert (event.status, json.loads(event.body)["recorded"]) == (200, 1)
    assert [answer.status for answer in answers] == [200, 200]
    assert still == 2  # that were being made all the while
    assert (refused.status, json.loads(refused.body)["code"]) == (503, "unavailable")
    busy = [page for page in told if turns.BUSY.encode() in page.body]
    assert [(page.status, page.headers["Retry-After"], page.headers["X-Frame-Options"]) for page in busy] == [
        (503, "5", "DENY")
    ] * 2


def test_a_turn_is_over_when_the_page_is(site):
    assert [site.ask("a page").status for _ in range(6)] == [200] * 6
    assert [site.ask("a page's CSV").status for _ in range(6)] == [200] * 6


def test_who_waits_for_a_turn_has_it_when_another_ends():
    pages = turns.Turns(turns.Room(at_once=1, waiting=1))
    assert pages.begin()
    with ThreadPoolExecutor(1) as people:
        waiting = people.submit(pages.begin)
        until(lambda: not pages._present.acquire(blocking=False))
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


@contextmanager
def serving(directory: Path, *options: str, **more: str) -> Iterator[tuple[subprocess.Popen, int, int]]:
    pages, doors = free_port(), free_port()
    ports = ["--pages", f"127.0.0.1:{pages}", "--doors", f"127.0.0.1:{doors}", "--log-level", "warning"]
    command = [sys.executable, "-m", "orgdash.serve", *ports, "--page-workers", "1", "--door-workers", "1", *options]
    given = environment(directory, **more)
    with subprocess.Popen(command, cwd=ROOT, env=given, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process, pages, doors
        finally:
            process.terminate()


def answers(port: int) -> bool:
    try:
        return fetch(port, "/healthz").status == 200
    except OSError:
        return False


def family(process: subprocess.Popen) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def listening(process: psutil.Process) -> set[int]:
    return {connection.laddr.port for connection in process.net_connections() if connection.laddr}


def test_one_command_serves_pages_and_doors_apart_renews_their_workers_mends_what_dies_and_ends(tmp_path):
    with serving(tmp_path) as (process, pages, doors):
        until(lambda: answers(pages) and answers(doors))
        assert (fetch(pages, "/accounts/login/").status, fetch(doors, "/accounts/login/").status) == (200, 421)
        before = family(process)
        process.send_signal(signal.SIGHUP)
        until(lambda: len([one for one in family(process) if one not in before]) == 2)
        server = next(one for one in psutil.Process(process.pid).children() if doors in listening(one))
        server.kill()
        until(lambda: server not in family(process) and answers(doors))
        everything = family(process)
        process.terminate()
        assert process.wait(20) == 0
        assert psutil.wait_procs(everything, timeout=5)[1] == []
        said = process.stderr.read()
        assert "orgdash: the server of doors ended (-9)" in said
        assert "orgdash: the server of pages" not in said


def test_where_one_cannot_start_both_end_and_say_why(tmp_path):
    with serving(tmp_path, "--worker-class", "none") as (process, _pages, _doors):
        assert process.wait(40) == 1
        assert "class uri 'none' invalid" in process.stderr.read()


def test_a_bad_environment_is_one_line_of_words(tmp_path):
    with serving(tmp_path, SERVES="everything") as (process, _pages, _doors):
        assert process.wait(20) == 1
        assert process.stderr.read() == 'orgdash does not start: SERVES must be all, pages or doors, not "everything"\n'
