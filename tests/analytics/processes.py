"""Other processes and threads on the tests' own database. They see only what is committed: transaction=True."""

import os
import time
from collections.abc import Callable
from subprocess import PIPE
from urllib.parse import quote

from django.db import connection

from tests.forked import Program, begun


def database_url() -> str:
    """Of the tests' database, for DATABASE_URL; the embedded server's host is its socket's directory."""
    given = connection.get_connection_params()
    user, password, host, name = (
        quote(str(given.get(part) or ""), safe="") for part in ("user", "password", "host", "dbname")
    )
    port = f":{given['port']}" if given.get("port") else ""
    return f"postgresql://{user}:{password}@{host}{port}/{name}"


def started(*arguments: object) -> Program:
    """`python` with these arguments, its input and output piped. It has the real clock, and Django set up already."""
    same = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}  # in all tests
    environment = same | {"DATABASE_URL": database_url()}
    return begun(*arguments, environment=environment, ready_in=environment, stdin=PIPE, stdout=PIPE, stderr=PIPE)


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def someone_waits_for(kind: str) -> bool:
    """A lock of this kind, as pg_locks calls it: "advisory", "relation"."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = %s"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [kind],
        )
        return cursor.fetchone()[0] > 0
