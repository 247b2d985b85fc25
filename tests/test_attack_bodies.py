"""Every attack body against a real worker: what it is answered, and what it costs. Part of `make faults`.

The answers alone are in tests/analytics/ingest/test_body.py.
"""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import psutil
import pytest

from tests.analytics.processes import wait_until
from tests.attacks import ATTACKS, JSON, LITELLM, MOST, Body, shared
from tests.prepared import stop
from tests.servers import fetch, gunicorn, manage
from tests.test_faults import SECRETS, WORKSPACE

SECONDS, MEGABYTES = 5, 300
EVERY = {**ATTACKS, **MOST, **shared()}


@dataclass
class Worker:
    port: int
    process: psutil.Process
    before: float  # the most memory it had when it had done one small thing

    @property
    def most(self) -> float:
        return _status(self.process.pid, "VmHWM")

    @property
    def seconds(self) -> float:
        """Of its processors: the machine may be busy with something else."""
        used = self.process.cpu_times()
        return used.user + used.system


def _status(pid: int, name: str) -> float:
    """In megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith(name))


def post(port: int, body: Body) -> tuple[int, bytes, float]:
    """The status, the answer, and after how many seconds it came."""
    sent, headers = body.sent()
    began = time.monotonic()
    with closing(HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
        connection.request("POST", body.path, sent, {"Authorization": f"Bearer {SECRETS['key_chat']}"} | headers)
        response = connection.getresponse()
        return response.status, response.read(), time.monotonic() - began


@pytest.fixture(scope="module")
def directory(tmp_path_factory) -> Iterator[Path]:
    made = tmp_path_factory.mktemp("attacked")
    (made / "workspace.json").write_text(json.dumps(WORKSPACE))
    manage(made, "migrate", "--verbosity", "0")
    manage(made, "load_workspace", str(made / "workspace.json"))
    yield made
    stop(made)


def workers_of(port: int) -> list[psutil.Process]:
    """Those of the gunicorn that listens there."""
    mine = psutil.Process().children()
    listening = [one for one in mine if any(place.laddr.port == port for place in one.net_connections())]
    return listening[0].children()


@pytest.fixture(scope="module")
def worker(directory) -> Iterator[Worker]:
    with gunicorn(directory, "--threads", "4", "--timeout", "120", as_installed=True, RATE_LIMIT="100000") as port:
        assert post(port, MOST["events: a thousand"])[0] == 200
        process = workers_of(port)[0]
        yield Worker(port, process, _status(process.pid, "VmHWM"))


@pytest.mark.parametrize("name", EVERY)
def test_it_takes_no_worker_long_and_little_memory(name, worker, record_property):
    began = worker.seconds
    with ThreadPoolExecutor(1) as another:
        waiting = another.submit(post, worker.port, EVERY[name])
        assert fetch(worker.port, "/healthz").status == 200
        status, answer, waited = waiting.result()
    took, grown = worker.seconds - began, worker.most - worker.before
    record_property(
        "said",
        f"{name}: {status}, {took:.2f} s ({waited:.2f} s by the clock), at most {grown:.0f} MB so far",
    )
    assert status in EVERY[name].right, answer[:300]
    assert took < SECONDS
    assert grown < MEGABYTES
    assert worker.process.is_running()


def test_a_worker_past_its_memory_answers_503_and_goes_on(directory):
    """It has room for its own data and 50 MB more; the body needs some 100."""
    large = Body(LITELLM, JSON, lambda: b'[{"id":"%s"}]' % (b"a" * 31_000_000), (503,))
    with gunicorn(directory, as_installed=True, WORKER_MEMORY="0") as port:
        assert post(port, MOST["events: a thousand"])[0] == 200
        usual = _status(workers_of(port)[0].pid, "VmData")
    with gunicorn(directory, "--workers", "2", as_installed=True, WORKER_MEMORY=str(int(usual) + 50)) as port:
        wait_until(lambda: len(workers_of(port)) == 2)  # the second may start after the first answers
        before = {one.pid for one in workers_of(port)}
        answers = [post(port, large) for _ in range(4)]
        assert {status for status, *_ in answers} == {503}
        assert b"The server has no memory for this now." in answers[0][1]
        assert [post(port, MOST["events: a thousand"])[0] for _ in range(4)] == [200] * 4
        assert fetch(port, "/healthz").status == 200
        assert {one.pid for one in workers_of(port)} == before
