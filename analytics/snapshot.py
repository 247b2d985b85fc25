"""One state of the database for several statements."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def snapshot(timeout: str | None = None) -> Iterator[None]:
    """One READ ONLY, REPEATABLE READ transaction, so that what is read in it belongs together.

    Inside a transaction that is already open its snapshot is shared (isolation cannot change after the first read).
    `timeout` is PostgreSQL's statement_timeout, such as "10s".
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        if timeout:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [timeout])
        yield
