"""Data directories that are filled once in a run of tests, whatever the number of processes, and copied."""

import fcntl
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.forked import run
from tests.servers import environment, manage


def copied(factory: pytest.TempPathFactory, name: str, fill: Callable[[Path], object], directory: Path) -> None:
    """`directory` becomes a copy of the data directory that `fill` made, now or earlier in this run."""
    own = factory.getbasetemp()
    original = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / f"filled-{name}"
    with original.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not original.with_suffix(".done").exists():
            original.mkdir(exist_ok=True)
            fill(original)
            stop(original)
            original.with_suffix(".done").touch()
    # Not in Python: PostgreSQL's files belong to a user of its own.
    subprocess.run(["cp", "-a", str(original), str(directory)], check=True)


def migrated(directory: Path) -> Path:
    """The same directory, with every table and nothing in it."""
    manage(directory, "migrate", "--verbosity", "0")
    return directory


def stop(directory: Path) -> None:
    done = run("-m", "orgdash.embedded", "stop", environment=environment(directory))
    assert done.returncode == 0, done.stderr
