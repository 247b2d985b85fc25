"""Programs in Python that start in a few hundredths of a second: forked from a process that has imported what is slow.

`python manage.py …`, `-m …` and `-c …` as `subprocess.Popen` has them: a process of its own with the environment, the
input and the outputs it is given, that ends as any interpreter does. Only what is not ours is imported already, so that
each reads the settings anew. tests/forkable.py is the other side.
"""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from select import select
from threading import Lock
from typing import IO, Any, Self

ROOT = Path(__file__).resolve().parent.parent
_ASKING = Lock()  # tests ask from several threads, and the first to ask starts what the others share


class Program:
    """What runs; its streams are text, and those that nobody asked for are None."""

    def __init__(self, told: int, stdin: IO[str] | None, stdout: IO[str] | None, stderr: IO[str] | None) -> None:
        """`told`: a pipe that says its number, and when it has ended what it ended with, each in a line."""
        self._told = os.fdopen(told, "rb", buffering=0)  # what is still to come is not read with the first line
        self.pid, self.stdin, self.stdout, self.stderr = int(self._told.readline()), stdin, stdout, stderr
        self.returncode: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """What it ended with: minus the signal if it was killed."""
        if self.returncode is None:
            if not select([self._told], [], [], timeout)[0]:
                raise TimeoutError(f"process {self.pid} did not end in {timeout} s")
            self.returncode = int(self._told.readline())
            self._told.close()
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Both outputs, whole, when it has ended."""
        if self.stdin is not None:
            self.stdin.close()
        with ThreadPoolExecutor(2) as pool:
            reading = [pool.submit(_rest, stream) for stream in (self.stdout, self.stderr)]
            try:
                self.wait(timeout)
            except TimeoutError:
                self.kill()
                raise
        said, errors = (one.result() for one in reading)
        return said, errors

    def send_signal(self, number: int) -> None:
        """Nothing, if it has ended."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream is not None:
                stream.close()
        self.wait()


def _rest(stream: IO[str] | None) -> str:
    if stream is None:
        return ""
    with stream:
        return stream.read()


def begun(
    *arguments: object,
    environment: Mapping[str, str],
    ready_in: Mapping[str, str] | None = None,
    modules: tuple[str, ...] = (),
    stdin: int | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
) -> Program:
    """`python` with these arguments in the project's folder; the last three as of `subprocess.Popen`.

    `ready_in`: the environment in which Django is set up already, or these `modules` are imported.
    """
    asked = json.dumps({"arguments": list(map(str, arguments)), "environment": dict(environment)})
    (its_input, mine), (out, its_output), (err, its_errors), (ended, its_end) = (os.pipe() for _ in range(4))
    theirs = (
        its_input if stdin == subprocess.PIPE else 0,
        its_output if stdout == subprocess.PIPE else 1,
        its_errors if stderr == subprocess.PIPE else 2,
        its_end,
    )
    with _ASKING:
        forkable = _forkable() if ready_in is None else _forkable(json.dumps(dict(ready_in)), *(modules or ("ready",)))
        socket.send_fds(forkable, [asked.encode()], theirs)
    for number in (its_input, its_output, its_errors, its_end):
        os.close(number)
    streams = [
        os.fdopen(number, mode) if which == subprocess.PIPE else os.close(number)
        for number, mode, which in ((mine, "w", stdin), (out, "r", stdout), (err, "r", stderr))
    ]
    return Program(ended, *streams)


def run(
    *arguments: object, environment: Mapping[str, str], given: str = "", **ready: Any
) -> subprocess.CompletedProcess[str]:
    """The same, until its end; `given` is its input, and what it said is caught."""
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with begun(*arguments, environment=environment, **pipes, **ready) as program:
        program.stdin.write(given)
        said, errors = program.communicate()
    return subprocess.CompletedProcess(list(arguments), program.returncode, said, errors)


@cache
def _forkable(ready_in: str | None = None, *modules: str) -> socket.socket:
    """Where programs are asked for: one for all, and one for those that find the same done in an environment."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.forkable", str(theirs.fileno()), *modules],
            cwd=ROOT,
            env=json.loads(ready_in) if ready_in else None,
            pass_fds=[theirs.fileno()],
        )
    atexit.register(_end, ours, process)
    return ours


def _end(asked: socket.socket, process: subprocess.Popen) -> None:
    asked.close()
    process.terminate()
    process.wait()
