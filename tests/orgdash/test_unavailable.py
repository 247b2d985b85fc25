"""What cannot serve now is said in words, and every other error is none of these."""

import pytest
from django.db import DataError, InterfaceError, OperationalError, ProgrammingError
from psycopg import errors

from orgdash import unavailable
from orgdash.spooled import NoRoomError


def because(error: Exception, cause: Exception) -> Exception:
    """As Django says it, from what psycopg said."""
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), unavailable.NO_MEMORY),
        (NoRoomError(), unavailable.NO_ROOM),
        (OperationalError("connection refused"), unavailable.NO_ANSWER),
        (InterfaceError("connection already closed"), unavailable.NO_ANSWER),
        (because(OperationalError(), errors.LockNotAvailable()), "Others have been writing the same for too long."),
        (because(OperationalError(), errors.DeadlockDetected()), "Others have been writing the same for too long."),
        (because(OperationalError(), errors.QueryCanceled()), "The database took too long."),
        (because(OperationalError(), errors.DiskFull()), "The database has no room for more."),
        (because(ProgrammingError(), errors.ReadOnlySqlTransaction()), unavailable.NO_ANSWER),
    ],
)
def test_what_passes_is_one_sentence(error, words):
    assert unavailable.words(error) == words


@pytest.mark.parametrize(
    "error",
    [None, ValueError("x"), OSError("x"), because(DataError(), errors.NumericValueOutOfRange()), ProgrammingError("x")],
)
def test_what_is_wrong_and_stays_wrong_is_none(error):
    assert unavailable.words(error) is None
