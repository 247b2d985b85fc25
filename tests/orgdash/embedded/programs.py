"""Programs that use the embedded PostgreSQL of a data directory, each a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

from tests.servers import ROOT


def run(*command: str, directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "ORGDASH_DATA_DIR": str(directory), "DATABASE_URL": "", "DEBUG": "1"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def server(directory: Path) -> psutil.Process:
    return psutil.Process(int((directory / "postgres" / "postmaster.pid").read_text().split()[0]))


CONNECT = (
    "from django.conf import settings; from orgdash.settings import DATABASES\n"
    "settings.configure(DATABASES=DATABASES)\n"
    "from django.db import connection\n"
)
ASK = CONNECT + "connection.cursor().execute('select 1')"


def ask(directory: Path) -> subprocess.CompletedProcess[str]:
    """A process that uses the database as any command does, without starting it first; it has no apps to load."""
    return run("-c", ASK, directory=directory)
