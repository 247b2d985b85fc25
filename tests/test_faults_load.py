"""Under senders that never stop: PostgreSQL killed and frozen, another zone, the same keys, a large export.

`make faults` runs it and prints its figures. Nothing answered may be lost, nothing may count twice.
"""

import json
import random
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from threading import Barrier, Event

import psutil
import psycopg
import pytest

from tests import test_faults
from tests.servers import ROOT, environment, fetch, gunicorn, manage
from tests.test_faults import SECRETS, SENDERS, WORKSPACE, Sender, _postgres, batch, expected, keep_sending, totals
from tests.test_faults_database import SESSION, embedded, url

server = test_faults.server  # a fixture
TOKEN = "at-org-" + "t" * 40


@contextmanager
def senders_at_work(port: int, newest: datetime) -> Iterator[list[Sender]]:
    """Four of them, until the end of the block; then all that they began is answered."""
    over, senders = Event(), [Sender(*one) for one in SENDERS]
    with ThreadPoolExecutor(len(senders)) as pool:
        sending = [pool.submit(keep_sending, port, one, newest, over) for one in senders]
        try:
            yield senders
        finally:
            over.set()
        for one in sending:
            one.result(90)


def assert_all_is_counted_once(server, senders: list[Sender], newest: datetime) -> int:
    """How many requests were answered as recorded or known."""
    for organization, key in (("org_chat", "key_chat"), ("org_search", "key_search")):
        wanted = expected(key, senders, newest)
        found = totals(server, organization, newest)
        assert {name: found[name] for name in wanted} == wanted
    manage(server.directory, "reconcile")
    return sum(one.batches for one in senders) * test_faults.BATCH


def until_answered_again(senders: list[Sender]) -> float:
    """Seconds until each of them has two more answers: the first may have been on its way."""
    began, before = time.monotonic(), [one.batches for one in senders]
    while any(one.batches < count + 2 for one, count in zip(senders, before, strict=True)):
        assert time.monotonic() < began + 60, "it did not recover by itself"
        time.sleep(0.01)
    return time.monotonic() - began


def kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def freeze(processes: list[psutil.Process]) -> None:
    for name, seconds in ((signal.SIGSTOP, random.uniform(1, 4)), (signal.SIGCONT, 0)):
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(name)
        time.sleep(seconds)


@pytest.mark.parametrize(("what", "times"), [(kill, 6), (freeze, 4)])
def test_postgresql_killed_and_frozen_under_load_loses_nothing_and_comes_back(what, times, server, record_property):
    newest, waits = datetime.now(UTC).replace(microsecond=0), []
    with senders_at_work(server.port, newest) as senders:
        until_answered_again(senders)
        for _ in range(times):
            time.sleep(random.uniform(0.1, 0.6))
            what(_postgres(server.directory))
            waits.append(until_answered_again(senders))
    events = assert_all_is_counted_once(server, senders, newest)
    said = f"{times} x {what.__name__} under four senders: all answered again after at most {max(waits):.1f} s"
    record_property("said", f"{said}; {events} events, each counted once")


def test_other_zones_under_writers_leave_the_sums_right(server, tmp_path, record_property):
    newest, began = datetime.now(UTC).replace(microsecond=0), time.monotonic()
    zones = ("Asia/Kolkata", "UTC", "Pacific/Apia", "America/New_York")
    with senders_at_work(server.port, newest) as senders:
        for zone in zones:
            until_answered_again(senders)
            chat, search = WORKSPACE["organizations"]
            changed = {"organizations": [chat | {"time_zone": zone}, search]}
            (tmp_path / "zone.json").write_text(json.dumps(changed))
            manage(server.directory, "load_workspace", str(tmp_path / "zone.json"))
    events = assert_all_is_counted_once(server, senders, newest)
    seconds = time.monotonic() - began
    record_property(
        "said", f"{len(zones)} other zones in {seconds:.0f} s under four senders: {events} events, sums right"
    )


# --- one server, several faults ---


class Site:
    def __init__(self, directory: Path, port: int) -> None:
        self.directory, self.port = directory, port

    def post(self, path: str, body: object, secret: str) -> tuple[int, dict]:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
            connection.request("POST", path, json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())


def prepared(directory: Path) -> None:
    manage(directory, "migrate", "--verbosity", "0")
    (directory / "workspace.json").write_text(json.dumps(WORKSPACE))
    manage(directory, "load_workspace", str(directory / "workspace.json"))
    manage(directory, "shell", "--no-imports", "-c", MAKE_TOKEN)


@contextmanager
def site(directory: Path) -> Iterator[Site]:
    prepared(directory)
    with gunicorn(directory, "--threads", "8", DATABASE_URL=url(directory), RATE_LIMIT="1000000") as port:
        yield Site(directory, port)
    embedded(directory, "stop")


MAKE_TOKEN = (
    "from accounts.models import *; AccessToken.objects.create(organization=Organization.objects.get("
    f"public_id='org_chat'), scope='usage:write', creates_keys=True, token_hash=hash_secret('{TOKEN}'))"
)


def payload(number: int, key: str) -> dict:
    """As LiteLLM logs a call, as far as it matters."""
    now = time.time()
    names = {"user_api_key_alias": key, "user_api_key_team_alias": f"team of {key}"}
    return {
        "id": f"call-{number}-{key}",
        "status": "success",
        "call_type": "acompletion",
        "custom_llm_provider": "openai",
        "model": "gpt-5.5",
        "prompt_tokens": 1,
        "completion_tokens": 1,
        "response_cost": 0.5,
        "startTime": now,
        "endTime": now,
        "metadata": names,
    }


def test_sixteen_writers_that_miss_the_same_keys_make_each_once(tmp_path, record_property):
    with site(tmp_path) as one, ThreadPoolExecutor(16) as pool:
        together = Barrier(16)

        def send(number: int) -> tuple[int, dict]:
            together.wait(30)
            return one.post("/usage/litellm", [payload(number, f"key {n}") for n in range(20)], TOKEN)

        answers = list(pool.map(send, range(16)))
        made = "SELECT count(*), count(DISTINCT description) FROM accounts_apikey WHERE description LIKE 'key %'"
        teams = "SELECT count(*), count(DISTINCT name) FROM accounts_project WHERE name LIKE 'team of %'"
        with psycopg.connect(url(tmp_path)) as control:
            found = [control.execute(statement).fetchone() for statement in (made, teams)]
        manage(tmp_path, "reconcile")
    assert [(status, answer.get("recorded")) for status, answer in answers] == [(200, 20)] * 16
    assert found == [(20, 20)] * 2
    record_property("said", "16 writers that missed the same 20 keys: 20 keys, 20 projects, 320 events")


# --- a snapshot that is held ---

EXPORT = "/organizations/org_chat/analytics/export.csv?range=12m&groupBy=model"
MANY = 400  # models, of which each day has some


def session(directory: Path) -> str:
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", SESSION]
    given = environment(directory, DATABASE_URL=url(directory))
    return subprocess.run(command, cwd=ROOT, env=given, check=True, capture_output=True, text=True).stdout.strip()


def many_rows(one: Site, newest: datetime) -> None:
    for day in range(60):
        at = (newest - timedelta(days=day + 1)).isoformat()
        events = [
            {**batch("many", 0, newest)[0], "id": f"many-{day}-{n}", "timestamp": at, "model": f"many-{n}"}
            for n in range(MANY)
        ]
        assert one.post("/usage/events", events, SECRETS["key_chat"])[0] == 200


def test_a_large_export_while_writers_write_is_whole_and_stops_nobody(tmp_path, record_property):
    newest = datetime.now(UTC).replace(microsecond=0)
    with site(tmp_path) as one:
        many_rows(one, newest)
        cookie, numbers, files = f"sessionid={session(tmp_path)}", iter(range(10**6)), []

        def a_batch() -> float:
            """Milliseconds of one that changes the same rows of this hour as the one before."""
            number = next(numbers)
            events = [
                {**told, "id": f"hot-{number}-{n}", "timestamp": newest.isoformat(), "model": "hot"}
                for n, told in enumerate(batch("hot", 1, newest))
            ]
            began = time.monotonic()
            assert one.post("/usage/events", events, SECRETS["key_chat"])[0] == 200
            return (time.monotonic() - began) * 1000

        def export() -> None:
            answer = fetch(one.port, EXPORT, Cookie=cookie)
            files.append((answer.status, answer.body))

        alone = during(a_batch, lambda over: over.wait(10))
        exporting = during(a_batch, lambda over: [export() for _ in iter(over.is_set, True)])
        with psycopg.connect(url(tmp_path)) as held:
            held.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            held.execute("SELECT count(*) FROM analytics_hourlyusage")
            snapshot = during(a_batch, lambda over: over.wait(10))
            blocks = blocks_of(tmp_path, a_batch)
        freed = during(a_batch, lambda over: over.wait(10))
        blocks = blocks_of(tmp_path, a_batch), blocks
        manage(tmp_path, "reconcile")
    assert len(files) > 0
    assert {status for status, _ in files} == {200}
    (lines,) = {body.count(b"many-") for _, body in files}
    assert lines >= MANY
    figures = {"alone": alone, "beside exports": exporting, "beside a held snapshot": snapshot, "after it": freed}
    said = ", ".join(f"{name} {statistics.median(times):.0f} ms" for name, times in figures.items())
    said += "; {:.0f} blocks read for one, beside a snapshot held for some 10 s {:.0f}".format(*blocks)
    record_property("said", f"a batch of {test_faults.BATCH} events into the same rows: {said}; {len(files)} exports")


def blocks_of(directory: Path, measured: Callable[[], float], times: int = 40) -> float:
    """Of 8 KB, that one of many reads: unlike its time this is the same on a machine that does other things too."""
    statement = "SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = 'orgdash'"
    with psycopg.connect(url(directory), autocommit=True) as control:
        time.sleep(2)  # what a connection did is counted a moment after
        (before,) = control.execute(statement).fetchone()
        for _ in range(times):
            measured()
        time.sleep(2)
        (after,) = control.execute(statement).fetchone()
    return float(after - before) / times


def during(measured: Callable[[], float], work: Callable[[Event], object], seconds: float = 10) -> list[float]:
    """What is measured again and again while `work` goes on."""
    over, end = Event(), time.monotonic() + seconds
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work, over)
        times = []
        while time.monotonic() < end:
            times.append(measured())
        over.set()
        working.result(60)
    return times
