"""What a database, disk or process that cannot serve now is called: in words; senders try again after its status."""

from django.db import InterfaceError, OperationalError
from psycopg import errors

from orgdash.spooled import NoRoomError

NO_ANSWER = "The database does not answer."
NO_MEMORY = "The server has no memory for this now."
NO_ROOM = "The server has no room for a file of this size now."
# What PostgreSQL counts among others, and which passes too.
_PASSES = (errors.IdleInTransactionSessionTimeout, errors.ReadOnlySqlTransaction, errors.InFailedSqlTransaction)
_WORDS = (
    ((errors.LockNotAvailable, errors.DeadlockDetected), "Others have been writing the same for too long."),
    ((errors.QueryCanceled,), "The database took too long."),
    ((errors.DiskFull, errors.OutOfMemory), "The database has no room for more."),
)


def words(error: BaseException | None) -> str | None:
    """One sentence where `error` says that what is asked cannot be served now; None for every other error."""
    if isinstance(error, MemoryError):
        return NO_MEMORY
    if isinstance(error, NoRoomError):
        return NO_ROOM
    cause = error.__cause__ if error is not None else None
    if not isinstance(error, OperationalError | InterfaceError) and not isinstance(cause, _PASSES):
        return None
    return next((text for kinds, text in _WORDS if isinstance(cause, kinds)), NO_ANSWER)
