"""Servers as they run for real: gunicorn in a process of its own, asked over HTTP, and manage.py beside it.

They are forked (tests/forked.py), so that they start quickly; `as_installed` begins one as a shell does.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

from tests.forked import ROOT, Program, begun, run

BIN = Path(sys.executable).parent


def environment(directory: Path, **more: str) -> dict[str, str]:
    clean = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    }
    return clean | {"ORGDASH_DATA_DIR": str(directory), "SECRET_KEY": "k" * 50, "HTTPS": "0"} | more


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(port: int, path: str, *, method: str = "GET", **headers: str) -> HTTPResponse:
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:  # also when no answer comes
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        response.body = response.read()
    return response


@contextmanager
def gunicorn(directory: Path, *options: str, as_installed: bool = False, **more: str) -> Iterator[int]:
    port = free_port()
    arguments = ["orgdash.wsgi", "--bind", f"127.0.0.1:{port}", "--log-level", "warning", *options]
    given = environment(directory, **more)
    if as_installed:
        process = subprocess.Popen([str(BIN / "gunicorn"), *arguments], cwd=ROOT, env=given)
    else:
        process = begun("-m", "gunicorn", *arguments, environment=given)
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def wait_for(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("gunicorn did not come up in 30 s")


def manage(directory: Path, *arguments: str) -> None:
    done = run("manage.py", *arguments, environment=environment(directory))
    assert done.returncode == 0, done.stderr


@contextmanager
def serving(directory: Path, *options: str, **more: str) -> Iterator[tuple[Program, int, int]]:
    pages, doors = free_port(), free_port()
    ports = ["--pages", f"127.0.0.1:{pages}", "--doors", f"127.0.0.1:{doors}", "--log-level", "warning"]
    command = ["-m", "orgdash.serve", *ports, "--page-workers", "1", "--door-workers", "1", *options]
    with begun(*command, environment=environment(directory, **more), stderr=subprocess.PIPE) as process:
        try:
            yield process, pages, doors
        finally:
            process.terminate()


def answers(port: int) -> bool:
    try:
        return fetch(port, "/healthz").status == 200
    except OSError:
        return False
