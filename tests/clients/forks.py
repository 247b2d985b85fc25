"""`python -m tests.clients.forks MODULE…`: imports these, then runs programs, each in a fork of this process.

For each line of standard input, {"program": path, "arguments": […], "environment": {…}, "said": "…"}, it prints a line
of what became of it: {"returncode": 0, "stdout": "…", "stderr": "…"}. To import a client takes seconds, its calls none.
"""

import gc
import json
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path

from tests.servers import ROOT

Run = Callable[..., subprocess.CompletedProcess[str]]


@contextmanager
def forking(environment: dict[str, str], *modules: str) -> Iterator[Run]:
    """Gives `run(program, *arguments, said="", environment={})`, whose programs find these modules imported."""
    command = [sys.executable, "-m", "tests.clients.forks", *modules]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=environment, **pipes) as process:

        def run(program: Path, *arguments: str, said: str = "", environment: dict[str, str]):
            asked = {"program": str(program), "arguments": arguments, "environment": environment, "said": said}
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
            return subprocess.CompletedProcess([program, *arguments], **json.loads(process.stdout.readline()))

        yield run


def answer(program: str, arguments: list[str], environment: dict[str, str], said: str) -> dict[str, int | str]:
    file = partial(tempfile.TemporaryFile, "w+")
    with file() as given, file() as out, file() as errors:
        given.write(said)
        given.seek(0)
        child = os.fork()
        if child == 0:
            for number, one in enumerate((given, out, errors)):
                os.dup2(one.fileno(), number)
            sys.stdin = os.fdopen(0)  # the old one has read what it will be asked next
            os.environ.clear()
            os.environ.update(environment)
            sys.argv = [program, *arguments]
            runpy.run_path(program, run_name="__main__")
            sys.exit(0)
        _, status = os.waitpid(child, 0)
        out.seek(0)
        errors.seek(0)
        return {"returncode": os.waitstatus_to_exitcode(status), "stdout": out.read(), "stderr": errors.read()}


if __name__ == "__main__":
    for name in sys.argv[1:]:
        import_module(name)
    gc.freeze()  # what was imported stays: no fork's collector need look through it
    for line in sys.stdin:
        print(json.dumps(answer(**json.loads(line))), flush=True)
