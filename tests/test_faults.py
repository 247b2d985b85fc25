"""Kill -9 at random points under four senders that retry: nothing answered is lost, nothing counts twice.

`make faults` kills a hundred times; `make test` leaves this to it.
"""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from threading import Event

import psutil
import pytest

from tests.prepared import stop
from tests.servers import ROOT, environment, fetch, free_port, manage

KILLS = int(os.environ.get("ORGDASH_TEST_KILLS", "30"))
OF_EVERYTHING = 10  # every tenth time PostgreSQL dies too
BATCH = 40
DAYS = 300  # how far back events lie: a kill meets new partitions and new models as well
SECRETS = {"key_chat": "sk-org-" + "a" * 40, "key_search": "sk-org-" + "b" * 40}
WORKSPACE = {
    "organizations": [
        {
            "id": f"org_{name}",
            "name": name.title(),
            "plan": "enterprise",
            "time_zone": zone,
            "members": [{"email": f"owner@{name}.test", "name": "Olga Owner", "role": "owner"}],
            "projects": [
                {
                    "id": f"proj_{name}",
                    "name": name,
                    "api_keys": [
                        {
                            "id": f"key_{name}",
                            "description": f"{name} key",
                            "created_by": f"owner@{name}.test",
                            "secret": SECRETS[f"key_{name}"],
                        }
                    ],
                }
            ],
        }
        for name, zone in (("chat", "America/New_York"), ("search", "Asia/Kolkata"))
    ]
}
# Whose key, and which stream of events: two senders of one organization send the very same, at the same time.
SENDERS = (("key_chat", "first"), ("key_chat", "first"), ("key_chat", "second"), ("key_search", "third"))


@dataclass
class Sender:
    """What one sender was told."""

    key: str
    stream: str
    batches: int = 0
    recorded: int = 0
    unanswered: int = 0  # connections that broke after the batch was sent


@dataclass
class Server:
    """gunicorn, killed and begun anew on the same port."""

    port: int
    directory: Path
    forking: subprocess.Popen
    group: int = field(default=0)

    def begin(self) -> None:
        self.forking.stdin.write("\n")
        self.forking.stdin.flush()
        self.group = int(self.forking.stdout.readline())
        _until(lambda: _listens(self.port))

    def kill(self, everything: bool) -> None:
        victims = _postgres(self.directory) if everything else []
        os.killpg(self.group, signal.SIGKILL)
        for process in victims:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        # A killed listener may take a moment to be gone; the next would find its port taken.
        _until(lambda: not _listens(self.port))


def _postgres(directory: Path) -> list[psutil.Process]:
    try:
        postmaster = psutil.Process(int((directory / "postgres" / "postmaster.pid").read_text().split()[0]))
    except (FileNotFoundError, psutil.NoSuchProcess):
        return []  # it has not come back from the last kill
    return [postmaster, *postmaster.children(recursive=True)]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


@pytest.fixture
def server(tmp_path) -> Iterator[Server]:
    (tmp_path / "workspace.json").write_text(json.dumps(WORKSPACE))
    manage(tmp_path, "migrate", "--verbosity", "0")
    manage(tmp_path, "load_workspace", str(tmp_path / "workspace.json"))
    with _forking(tmp_path, free_port()) as one:
        yield one
    stop(tmp_path)


@contextmanager
def _forking(directory: Path, port: int) -> Iterator[Server]:
    command = [sys.executable, "-m", "tests.forking", str(port)]
    given = environment(directory, RATE_LIMIT="1000000", DJANGO_SETTINGS_MODULE="orgdash.settings")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=given, **pipes) as process:
        one = Server(port, directory, process)
        one.begin()
        yield one
        os.killpg(one.group, signal.SIGTERM)
        process.stdin.close()


def batch(stream: str, number: int, newest: datetime) -> list[dict]:
    """The events of a batch: always the same for the same stream and number."""
    dice = random.Random(f"{stream} {number}")
    return [
        {
            "id": f"{stream}-{number}-{n}",
            "timestamp": (newest - timedelta(seconds=dice.randrange(DAYS * 86_400))).isoformat(),
            "provider": "openai",
            "model": f"model-{dice.randrange(number // 20 + 2)}",
            "input_tokens": dice.randrange(10_000),
            "output_tokens": dice.randrange(1000),
            "cost_usd": f"{dice.randrange(10**9) / 10**12:.12f}",
            "status": dice.choice(["success", "success", "error"]),
        }
        for n in range(BATCH)
    ]


def send(port: int, sender: Sender, events: list[dict]) -> None:
    """Until it is answered, however often that takes."""
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        sent = False
        try:
            connection.request(
                "POST", "/usage/events", json.dumps(events), {"Authorization": f"Bearer {SECRETS[sender.key]}"}
            )
            sent = True
            response = connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, HTTPException, json.JSONDecodeError):
            sender.unanswered += sent
            time.sleep(0.01)
            continue
        finally:
            connection.close()
        if response.status < 500:
            assert (response.status, answer["refused"]) == (200, []), answer
            assert answer["recorded"] + answer["repeated"] == len(events)
            sender.recorded += answer["recorded"]
            return
        time.sleep(0.05)


def keep_sending(port: int, sender: Sender, newest: datetime, over: Event) -> Sender:
    for number in count():
        if over.is_set():
            break
        send(port, sender, batch(sender.stream, number, newest))
        sender.batches = number + 1
    return sender


def expected(key: str, senders: list[Sender], newest: datetime) -> dict[str, object]:
    """The totals of everything that was answered, each event once."""
    answered = {(one.stream, number) for one in senders if one.key == key for number in range(one.batches)}
    events = [event for stream, number in answered for event in batch(stream, number, newest)]
    return {
        "requestCount": len(events),
        "cost": sum((Decimal(event["cost_usd"]) for event in events), Decimal(0)),
        "inputTokens": sum(event["input_tokens"] for event in events),
        "outputTokens": sum(event["output_tokens"] for event in events),
        "errorCount": sum(event["status"] == "error" for event in events),
        "unpricedRequestCount": 0,
        "estimatedCost": 0,
    }


def totals(server: Server, organization: str, newest: datetime) -> dict[str, object]:
    made = subprocess.run(
        [sys.executable, "manage.py", "create_token", "--organization", organization, "--scope", "analytics:read"],
        cwd=ROOT,
        env=environment(server.directory),
        check=True,
        capture_output=True,
        text=True,
    )
    days = f"from={newest.date() - timedelta(days=DAYS + 2)}&to={newest.date() + timedelta(days=1)}"
    path = f"/analytics/activity?organizationId={organization}&groupBy=apiKey&{days}"
    answer = fetch(server.port, path, Authorization=f"Bearer {made.stdout.split()[-1]}")
    assert answer.status == 200, answer.body
    return json.loads(answer.body, parse_float=Decimal, parse_int=int)["totals"]


def test_kills_lose_nothing_that_was_answered_and_count_nothing_twice(server):
    newest, over = datetime.now(UTC).replace(microsecond=0), Event()
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    dice = random.Random(seed)
    with ThreadPoolExecutor(len(SENDERS)) as pool:
        sending = [pool.submit(keep_sending, server.port, Sender(*one), newest, over) for one in SENDERS]
        try:
            for number in range(1, KILLS + 1):
                time.sleep(dice.uniform(0, 0.5))
                server.kill(everything=number % OF_EVERYTHING == 0)
                server.begin()
        finally:
            over.set()
        senders = [one.result(60) for one in sending]
    print(*senders, sep="\n")
    # Kills met batches on their way, or they proved nothing.
    assert sum(one.unanswered for one in senders) > KILLS
    assert min(one.batches for one in senders) > KILLS / 10
    for organization, key in (("org_chat", "key_chat"), ("org_search", "key_search")):
        wanted = expected(key, senders, newest)
        found = totals(server, organization, newest)
        assert {name: found[name] for name in wanted} == wanted
        # What nobody was told of may be there, too; what was told is never more than what is there.
        assert sum(one.recorded for one in senders if one.key == key) <= wanted["requestCount"]
    manage(server.directory, "reconcile")
