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
    isolation nor its limits could be kept. The one exception is the transaction that Django's test cases roll back, as
    for `atomic(durable=True)`: there statements run as they are, and what a test says about the snapshot itself needs
    `transaction=True`. `timeout` is PostgreSQL's statement_timeout, such as "10s".
    """
    if _open() or _directly_in_a_test_case():
        yield
        return
    with _Snapshot(), connection.cursor() as cursor:
        limit = "; SELECT set_config('statement_timeout', %s, true)" if timeout else ""
        cursor.execute(f"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY{limit}", [timeout] * bool(timeout))
        yield


def _open() -> bool:
    return any(isinstance(block, _Snapshot) for block in connection.atomic_blocks)


def _directly_in_a_test_case() -> bool:
    """Whether the innermost transaction is one that Django's test cases opened, which mark theirs for `durable`."""
    return bool(connection.atomic_blocks) and getattr(connection.atomic_blocks[-1], "_from_testcase", False)
