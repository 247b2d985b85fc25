"""`make load`: pages, JSON and usage over 64 connections for a minute, against a real start on the demo's data.

Prints what it saw, and whose the processors were meanwhile: the client has the same ones. Exit 1 where one answer was
not 200, or where more than one in a hundred requests to a door took over a second. `--plain` starts one gunicorn that
serves everything; `--seconds N`; `--small` plants a hundredth.
"""

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import aiohttp
import psutil

from tools.restore_drill import ROOT, SMALL, embedded, manage, run

CONNECTIONS = {"page": 24, "json": 12, "door": 28}
GOAL = 1.0  # seconds that 99 of 100 requests to a door take at most
EVENTS = 10  # of a request
BROKEN = "no answer"
ORGANIZATION = "org_northwind"
SENDERS = 4  # organizations that send, two projects each
SESSION = (
    "from django.test import Client; from accounts.models import Membership; c = Client();"
    f"m = Membership.objects.filter(organization__public_id='{ORGANIZATION}', role='owner').first();"
    "c.force_login(m.user, 'django.contrib.auth.backends.ModelBackend'); print(c.cookies['sessionid'].value)"
)
PAGES = [
    f"/organizations/{ORGANIZATION}/analytics/?range={days}&groupBy={group}"
    for days in ("7d", "30d", "90d")
    for group in ("model", "project", "member")
]
REPORTS = [
    f"/analytics/activity?organizationId={ORGANIZATION}&groupBy={group}&range={days}"
    for days in ("7d", "30d", "90d")
    for group in ("model", "project", "user")
]


@dataclass(slots=True)
class Seen:
    """What came of the requests of one kind, in seconds and by status."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)

    def quantile(self, percent: int) -> float:
        return statistics.quantiles(self.seconds, n=100)[percent - 1] if len(self.seconds) > 1 else float("nan")

    @property
    def errors(self) -> int:
        return self.statuses.total() - self.statuses["200"]


def main() -> None:
    reader = ArgumentParser()
    reader.add_argument("--plain", action="store_true")
    reader.add_argument("--small", action="store_true")
    reader.add_argument("--seconds", type=int, default=60)
    given = reader.parse_args()
    with tempfile.TemporaryDirectory(prefix="orgdash-load-") as folder:
        directory = Path(folder) / "data"
        Path(folder).chmod(0o755)  # PostgreSQL runs as a user of its own where root starts it
        try:
            session, keys = prepare(directory, given.small)
            with served(directory, given.plain) as (pages, doors, server):
                before = spent(directory, server)
                seen = asyncio.run(loaded(pages, doors, session, keys, given.seconds))
                after = spent(directory, server)
        finally:
            embedded(directory, "stop")
    for kind, one in seen.items():
        print(shown(kind, one, given.seconds))
    shares = ", ".join(f"{whose} {after[whose] - before[whose]:.0f} s" for whose in after)
    print(f"processor time of {os.cpu_count()} for {given.seconds} s: {shares}")
    if not reached(seen):
        sys.exit(f"not reached: no error, and 99 of 100 requests to a door within {GOAL:g} s")


def reached(seen: dict[str, Seen]) -> bool:
    return not any(one.errors for one in seen.values()) and seen["door"].quantile(99) < GOAL


def prepare(directory: Path, small: bool) -> tuple[str, list[str]]:
    """The demo, and organizations that send: the session of an owner of the one, the secrets of the others."""
    embedded(directory, "start")
    manage(directory, "migrate", "--verbosity", "0")
    manage(directory, *(["shell", "--no-imports", "-c", SMALL] if small else ["seed_demo"]))
    secrets = [f"sk-org-load-{number:032d}" for number in range(2 * SENDERS)]
    workspace = {"organizations": [sending(number, secrets[2 * number :][:2]) for number in range(SENDERS)]}
    (directory / "workspace.json").write_text(json.dumps(workspace))
    manage(directory, "load_workspace", str(directory / "workspace.json"))
    return run(directory, "manage.py", "shell", "--no-imports", "-c", SESSION).strip(), secrets


def sending(number: int, secrets: list[str]) -> dict[str, object]:
    owner = f"owner@load{number}.test"
    projects = [
        {
            "id": f"proj_load_{number}_{place}",
            "name": f"Project {place}",
            "api_keys": [
                {"id": f"key_load_{number}_{place}", "description": "load", "created_by": owner, "secret": secret}
            ],
        }
        for place, secret in enumerate(secrets)
    ]
    members = [{"email": owner, "name": "Load", "role": "owner"}]
    return {"id": f"org_load_{number}", "name": f"Load {number}", "members": members, "projects": projects}


@contextmanager
def served(directory: Path, plain: bool) -> Iterator[tuple[int, int, psutil.Process]]:
    """The ports of pages and of doors, and the process that was started."""
    pages, doors = free_port(), free_port()
    if plain:
        doors, command = pages, ["-m", "gunicorn", "orgdash.wsgi", "--bind", f"127.0.0.1:{pages}", "--workers", "3"]
    else:
        command = ["-m", "orgdash.serve", "--pages", f"127.0.0.1:{pages}", "--doors", f"127.0.0.1:{doors}"]
    given = os.environ | {"ORGDASH_DATA_DIR": str(directory), "DATABASE_URL": "", "SECRET_KEY": "drill" * 10}
    given |= {"HTTPS": "0", "RATE_LIMIT": "1000000"}
    with subprocess.Popen([sys.executable, *command, "--log-level", "warning"], cwd=ROOT, env=given) as server:
        try:
            for port in (pages, doors):
                wait_for(port)
            yield pages, doors, psutil.Process(server.pid)
        finally:
            server.terminate()


def spent(directory: Path, server: psutil.Process) -> dict[str, float]:
    """Seconds of processors so far, by whose they were. Plain gunicorn is one for pages and doors."""
    postmaster = psutil.Process(int((directory / "postgres" / "postmaster.pid").read_text().split()[0]))
    apart = {one.environ()["SERVES"]: one for one in server.children() if "SERVES" in one.environ()}
    parts = apart or {"server": server}
    mine = psutil.Process().cpu_times()
    found = {whose: seconds_of(process) for whose, process in (parts | {"PostgreSQL": postmaster}).items()}
    return found | {"client": mine.user + mine.system}


def seconds_of(process: psutil.Process) -> float:
    """Its own, those of what it started, and those of what of that has ended."""
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return sum(one.user + one.system + one.children_user + one.children_system for one in times)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


async def loaded(pages: int, doors: int, session: str, keys: list[str], seconds: int) -> dict[str, Seen]:
    """Each connection sends one request after the other, until the time is over."""
    seen = {kind: Seen() for kind in CONNECTIONS}
    end = time.monotonic() + seconds
    numbers = count()
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=60)
    ) as client:

        def looked_at(addresses: list[str]) -> Callable[[int], Awaitable[str]]:
            headers = {"Cookie": f"sessionid={session}"}

            async def ask(place: int) -> str:
                address = addresses[next(numbers) % len(addresses)]
                async with client.get(f"http://127.0.0.1:{pages}{address}", headers=headers) as answer:
                    await answer.read()
                    return str(answer.status)

            return ask

        async def send(place: int) -> str:
            headers = {"Authorization": f"Bearer {keys[place % len(keys)]}"}
            body = json.dumps([event(next(numbers), n) for n in range(EVENTS)])
            async with client.post(f"http://127.0.0.1:{doors}/usage/events", data=body, headers=headers) as answer:
                told = await answer.json()
                return str(answer.status) if told.get("recorded") == EVENTS else f"{answer.status} {told}"[:200]

        kinds = {"page": looked_at(PAGES), "json": looked_at(REPORTS), "door": send}
        await asyncio.gather(
            *(
                one_after_the_other(kinds[kind], place, seen[kind], end)
                for kind, connections in CONNECTIONS.items()
                for place in range(connections)
            )
        )
    return seen


def event(request: int, number: int) -> dict[str, object]:
    at = datetime.now(UTC) - timedelta(seconds=number)  # noqa: TID251 - an entry
    return {
        "id": f"load-{request}-{number}",
        "timestamp": at.isoformat(),
        "provider": "openai",
        "model": f"gpt-5.{request % 5}",
        "input_tokens": 1000 + number,
        "output_tokens": 100,
        "cost_usd": "0.01",
    }


async def one_after_the_other(ask: Callable[[int], Awaitable[str]], place: int, seen: Seen, end: float) -> None:
    while time.monotonic() < end:
        began = time.monotonic()
        try:
            status = await ask(place)
        except (aiohttp.ClientError, TimeoutError) as error:
            status = f"{BROKEN}: {type(error).__name__}"
        seen.seconds.append(time.monotonic() - began)
        seen.statuses[status] += 1


def shown(kind: str, seen: Seen, seconds: int) -> str:
    rate = len(seen.seconds) / seconds
    waits = ", ".join(f"p{percent} {seen.quantile(percent):.3f} s" for percent in (50, 95, 99))
    worst = max(seen.seconds, default=float("nan"))
    return (
        f"{kind:<5}{CONNECTIONS[kind]:>3} connections, {len(seen.seconds)} requests ({rate:.0f}/s): {waits},"
        f" longest {worst:.3f} s, {seen.errors} errors {dict(seen.statuses) if seen.errors else ''}".rstrip()
    )


if __name__ == "__main__":
    main()
