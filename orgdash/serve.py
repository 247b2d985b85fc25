"""`python -m orgdash.serve`: pages on one port, the doors of usage and the probes on another, each by gunicorn.

It starts both, hands on signals, starts again what was killed, and ends when it is told to or when one cannot start.
Further options are gunicorn's, for both: `python -m orgdash.serve --log-level warning`.
"""

import os
import runpy
import signal
import subprocess
import sys
import time
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from threading import Thread

from django.core.exceptions import ImproperlyConfigured

BREATH = 1.0  # seconds before what was killed is started again
PATIENCE = 45.0  # seconds to end in, a little more than gunicorn.conf.py gives the requests that are being answered
LESS_URGENT = 10  # how far pages give way to usage where processors are short: they have a tenth of its share then
SHARED = "PROMETHEUS_MULTIPROC_DIR"
SUPERVISED = "ORGDASH_SUPERVISED"  # the end of a pipe, of which the supervisor alone has the other
PASSED_ON = (signal.SIGHUP, signal.SIGUSR1)  # new workers · log files opened anew
ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


@dataclass(frozen=True, slots=True)
class Part:
    """One of the two servers: what it serves, gunicorn's options, how much it gives way to the other."""

    serves: str
    options: tuple[str, ...]
    niceness: int


@dataclass(frozen=True, slots=True)
class Running:
    part: Part
    process: subprocess.Popen[bytes]


def start(part: Part, ends_with: int) -> Running:
    """`ends_with`: what `end_with_the_supervisor` waits for."""
    command = [sys.executable, "-m", "gunicorn", "orgdash.wsgi", *part.options]
    environment = os.environ | {"SERVES": part.serves, SUPERVISED: str(ends_with)}
    process = subprocess.Popen(  # nosec B603 # noqa: S603 - our own
        command, env=environment, process_group=0, pass_fds=[ends_with]
    )
    own = os.getpriority(os.PRIO_PROCESS, 0)
    os.setpriority(os.PRIO_PROCESS, process.pid, own + part.niceness)
    return Running(part, process)


def end(servers: Sequence[Running]) -> None:
    """What does not end in time is killed."""
    for one in servers:
        one.process.terminate()
    deadline = time.monotonic() + PATIENCE
    for one in servers:
        try:
            one.process.wait(max(deadline - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            one.process.kill()
            one.process.wait()


def supervise(parts: Sequence[Part]) -> int:
    """Until a signal ends it, with 0, or a server that cannot start, with 1."""
    told: SimpleQueue[int] = SimpleQueue()
    for number in (*PASSED_ON, *ENDING, signal.SIGCHLD):
        signal.signal(number, lambda received, _frame: told.put(received))
    ends_with, _open_while_this_lives = os.pipe()
    servers = [start(part, ends_with) for part in parts]
    while True:
        received = told.get()
        if received in ENDING:
            end(servers)
            return 0
        if received in PASSED_ON:
            for one in servers:
                one.process.send_signal(received)
            continue
        for place, one in enumerate(servers):
            if one.process.poll() is None:
                continue
            say(f"the server of {one.part.serves} ended ({one.process.returncode})")
            if one.process.returncode > 0:  # by itself: it would again
                end(servers)
                return 1
            with suppress(ProcessLookupError):
                os.killpg(one.process.pid, signal.SIGTERM)  # its workers answer what they have, and leave the port
            time.sleep(BREATH)
            servers[place] = start(one.part, ends_with)


def end_with_the_supervisor() -> None:
    """In a worker: its gunicorn ends when the supervisor does, however that ends (kill -9, too).

    A pipe closes with the last process that can write to it, on every system. Workers wait for that, and not gunicorn's
    own process: it forks, and has no threads.
    """
    if supervised := os.environ.get(SUPERVISED):
        Thread(target=_wait_for_the_end, args=(int(supervised), os.getppid()), daemon=True).start()


def _wait_for_the_end(pipe: int, gunicorn: int) -> None:
    os.read(pipe, 1)  # nobody writes
    if os.getppid() == gunicorn:  # else it is gone, and another process may have its number
        os.kill(gunicorn, signal.SIGTERM)


def say(words: str) -> None:
    sys.stderr.write(f"orgdash: {words}\n")


def read_options(arguments: Sequence[str]) -> tuple[Namespace, list[str]]:
    reader = ArgumentParser(
        prog="python -m orgdash.serve",
        description="Pages on one port, the doors of usage and the probes on another. Further options are gunicorn's.",
        formatter_class=ArgumentDefaultsHelpFormatter,
    )
    reader.add_argument("--pages", default="127.0.0.1:8000", metavar="ADDRESS", help="where pages and JSON are")
    reader.add_argument("--doors", default="127.0.0.1:8001", metavar="ADDRESS", help="where /usage/ and /v1/ are")
    reader.add_argument("--page-workers", default=2, type=int, metavar="N", help="processes for pages")
    reader.add_argument("--page-threads", default=4, type=int, metavar="N", help="pages made at once in a process")
    reader.add_argument("--door-workers", default=2, type=int, metavar="N", help="processes for usage")
    reader.add_argument("--door-threads", default=8, type=int, metavar="N", help="requests at once in a process")
    return reader.parse_known_args(arguments)


def main(arguments: Sequence[str]) -> int:
    given, more = read_options(arguments)
    try:
        runpy.run_module("orgdash.settings")  # a bad environment is said in words once, and not by each server
    except ImproperlyConfigured as error:
        sys.stderr.write(f"orgdash does not start: {error}\n")
        return 1
    asked = (
        ("pages", given.pages, given.page_workers, given.page_threads, LESS_URGENT),
        ("doors", given.doors, given.door_workers, given.door_threads, 0),
    )
    parts = [
        Part(serves, ("--bind", bind, "--workers", str(workers), "--threads", str(threads), *more), niceness)
        for serves, bind, workers, threads, niceness in asked
    ]
    if os.environ.get(SHARED):
        return supervise(parts)
    with TemporaryDirectory(prefix="orgdash-metrics-") as shared:  # for what both count: measures.py
        os.environ[SHARED] = shared
        return supervise(parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
