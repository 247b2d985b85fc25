"""How long the database is waited for: which limits hold for a page, an endpoint, the site staff, a command.

PostgreSQL keeps them itself. A server that is frozen keeps nothing, so each connection has a limit of its own as well,
a little later (orgdash.postgresql).
"""

from contextvars import ContextVar
from dataclasses import dataclass

CONNECT = 5  # seconds for a new connection, and for an old one to show that it still works
RETRY_AFTER = 5  # seconds, for who is told to come again


@dataclass(frozen=True, slots=True)
class Limits:
    """In seconds: one statement, one wait for a lock, and a transaction in which nothing happens."""

    statement: int
    lock: int
    idle: int

    def as_sql(self) -> tuple[str, list[str]]:
        """The statement that sets them for a connection, and its values."""
        names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        values = [f"{seconds}s" for seconds in (self.statement, self.lock, self.idle)]
        return "SELECT " + ", ".join(f"set_config('{name}', %s, false)" for name in names), values


PAGE = Limits(statement=10, lock=5, idle=60)
# The lock ends before the statement that waits for it, so that the answer can name the reason.
ENDPOINT = Limits(statement=30, lock=29, idle=60)
STAFF = Limits(statement=300, lock=30, idle=60)  # another time zone cuts all of an organization's sums anew
COMMAND = Limits(statement=3600, lock=30, idle=600)
# Whatever comes after a migration that waits for a lock waits too, so it gives up instead, before people notice.
MIGRATION = Limits(statement=24 * 3600, lock=4, idle=600)

_current: ContextVar[Limits] = ContextVar("orgdash_limits", default=COMMAND)


def current() -> Limits:
    return _current.get()


def use(limits: Limits) -> None:
    """From the next transaction of this thread on."""
    _current.set(limits)
