"""Django database backend: PostgreSQL that is never waited for without end, whatever state it is in.

`statement_timeout` is kept by the server, and a frozen one (a stopped process, a machine that is gone, a disk that
hangs) keeps nothing. So whoever waits for an answer stops a little after it by their own clock.
"""

from time import monotonic
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg import IsolationLevel

from orgdash import limits, measures

GRACE = 2  # seconds that the server has to keep its own limit, whose error says more
# A machine that is gone is noticed while nothing is sent, and while something is; on a Unix socket they mean nothing.
NETWORK = {
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}


class NoAnswerError(psycopg.OperationalError):
    """The server neither answered nor refused in time."""


class _Silence:
    """Who found the server silent spares the others the wait: for a moment nobody tries, and threads stay free."""

    ends_at = 0.0

    @classmethod
    def begins(cls) -> None:
        cls.ends_at = monotonic() + limits.RETRY_AFTER

    @classmethod
    def check(cls) -> None:
        if monotonic() < cls.ends_at:
            raise NoAnswerError("PostgreSQL did not answer a moment ago")


class Connection(psycopg.Connection[Any]):
    """Every wait for the server has an end. After it the connection is closed: nobody knows what it would say next."""

    patience: float | None = None  # seconds; None: those of the limits that hold

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        allowed = self.patience or limits.current().statement + GRACE
        end = monotonic() + allowed
        try:
            return super().wait(gen, interval, allowed)
        except psycopg.OperationalError as error:
            if monotonic() < end:
                raise
            self.close()
            _Silence.begins()
            raise NoAnswerError(f"PostgreSQL did not answer in {allowed:g} s") from error


class DatabaseWrapper(base.DatabaseWrapper):
    _limits: limits.Limits | None = None  # those that the connection has

    def get_connection_params(self) -> dict[str, Any]:
        return {"connect_timeout": limits.CONNECT, **NETWORK} | super().get_connection_params()

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """As Django's own, which knows no other class of connection; neither a pool nor another isolation is set."""
        _Silence.check()
        self.isolation_level = IsolationLevel.READ_COMMITTED
        self._limits = None
        try:
            made = Connection.connect(**conn_params)
        except psycopg.errors.ConnectionTimeout:
            _Silence.begins()
            raise
        measures.connections(1)
        return made

    def _close(self) -> None:
        if self.connection is not None:
            measures.connections(-1)
        super()._close()  # type: ignore[misc]  # the stubs do not know it

    def is_usable(self) -> bool:
        """Whether the connection still works. One that says nothing is an error: a new one would say nothing either."""
        if self.connection is None:
            return False
        self.connection.patience = limits.CONNECT
        try:
            self.connection.execute("SELECT 1")
        except NoAnswerError:
            self.close()
            with self.wrap_database_errors:
                raise
        except psycopg.Error:
            return False
        self.connection.patience = None
        return True

    def close_if_unusable_or_obsolete(self) -> None:
        """At both ends of a request. After an error the connection is not asked: /healthz must not wait for that."""
        if self.errors_occurred and self.connection is not None and not self.in_atomic_block:
            self.close()
        super().close_if_unusable_or_obsolete()

    def create_cursor(self, name: str | None = None) -> Any:
        if self.connection.autocommit:
            self._keep_limits()
        return super().create_cursor(name)

    def _set_autocommit(self, autocommit: bool) -> None:
        if not autocommit:  # before the transaction: what is set in one goes with it
            self._keep_limits()
        super()._set_autocommit(autocommit)  # type: ignore[misc]  # the stubs do not know it

    def _keep_limits(self) -> None:
        wanted = limits.current()
        if self._limits == wanted or self.connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            return
        with self.wrap_database_errors:
            self.connection.execute(*wanted.as_sql())
        self._limits = wanted
