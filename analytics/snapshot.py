"""One state of the database for several statements."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connection, transaction


class _Snapshot(transaction.Atomic):
    """Marks the transaction of a snapshot among those that are open. Durable: inside another it is a RuntimeError."""

    def __init__(self) -> None:
        super().__init__(DEFAULT_DB_ALIAS, savepoint=True, durable=True)


@contextmanager
def snapshot(timeout: str | None = None) -> Iterator[None]:
    """One READ ONLY, REPEATABLE READ transaction, so that what is read in it belongs together.

    A snapshot inside a snapshot is the same one. Inside any other transaction it is a RuntimeError, for neither its
    isolation nor its limits could be kept. The one exception is the transaction that Django's test cases roll back
    (their way is that of `atomic(durable=True)`): there the statements run as they are, and what a test says about the
    snapshot itself needs `transaction=True`. `timeout` is PostgreSQL's statement_timeout, such as "10s".
    """
    if any(isinstance(block, _Snapshot) for block in connection.atomic_blocks):
        yield
        return
    inside_a_test_case = connection.in_atomic_block
    with _Snapshot(), connection.cursor() as cursor:
        if not inside_a_test_case:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            if timeout:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [timeout])
        yield
