"""Programs that use the embedded PostgreSQL of a data directory, each a process of its own."""

import os
import subprocess
from pathlib import Path

import psutil

from tests import forked


def environment(directory: Path) -> dict[str, str]:
    return {**os.environ, "ORGDASH_DATA_DIR": str(directory), "DATABASE_URL": "", "DEBUG": "1"}


def run(*command: str, directory: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return forked.run(*command, environment=environment(directory) | more)


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
