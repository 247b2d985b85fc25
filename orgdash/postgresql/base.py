"""Django database backend: PostgreSQL that is never waited for without end, and that shows each request its own rows.

`statement_timeout` is kept by the server, and a frozen one (a stopped process, a machine that is gone, a disk that
hangs) keeps nothing. So whoever waits for an answer stops a little after it by their own clock.
"""

import logging
from dataclasses import replace
from time import monotonic
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg import IsolationLevel
from psycopg.types.datetime import TimestamptzLoader

from orgdash import database_limits, measures, sight
from orgdash.second_lock import IS_ON, WHY_OFF
from orgdash.sight import Sight

logger = logging.getLogger(__name__)
PREPARED_AFTER = 1  # times that a connection asked the same, of those that `prepared_cursor` asks
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
        cls.ends_at = monotonic() + database_limits.RETRY_AFTER

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
        allowed = self.patience or database_limits.current().statement + GRACE
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
    _limits: database_limits.Limits | None = None  # those that the connection has
    _sight: Sight | None = sight.OWNER  # likewise; None: not known
    _usage_of = ""  # the organization whose usage it shows, which PostgreSQL chose where there is only one
    _sight_may_go = False  # with the transaction it was told in
    _locks: bool | None = None  # whether the second lock is on; None: not asked yet
    _said_off = False

    def get_connection_params(self) -> dict[str, Any]:
        given = {"connect_timeout": database_limits.CONNECT, **NETWORK} | super().get_connection_params()
        return given | {"prepare_threshold": PREPARED_AFTER}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """As Django's own, which knows no other class of connection; neither a pool nor another isolation is set."""
        _Silence.check()
        self.isolation_level = IsolationLevel.READ_COMMITTED
        self._limits, self._sight, self._sight_may_go, self._locks = None, sight.OWNER, False, None
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
        self.connection.patience = database_limits.CONNECT
        try:
            if self._locks and not self._is_told(sight.current()):
                self._tell(sight.current())  # an answer is an answer
            else:
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
        self._locks = self._locks or None  # it may be on by now
        super().close_if_unusable_or_obsolete()

    def create_cursor(self, name: str | None = None) -> Any:
        if self.connection.autocommit:
            self._keep_limits()
        self._keep_sight()
        return super().create_cursor(name)

    def prepared_cursor(self) -> Any:
        """What `orgdash.prepared` gives. Who watches statements, as tests do, sees them with their values."""
        if self.queries_logged:
            return self.cursor()
        self.ensure_connection()
        if self.connection.autocommit:
            self._keep_limits()
        self._keep_sight()
        made = psycopg.Cursor(self.connection)
        made.adapters.register_loader("timestamptz", TimestamptzLoader)  # in C: Django's own takes six times as long
        return self._prepare_cursor(made)  # type: ignore[attr-defined]  # likewise

    def _set_autocommit(self, autocommit: bool) -> None:
        if not autocommit:  # before the transaction: what is set in one goes with it
            self._keep_limits()
            self._keep_sight()
        super()._set_autocommit(autocommit)  # type: ignore[misc]  # the stubs do not know it

    def _keep_limits(self) -> None:
        wanted = database_limits.current()
        if self._limits == wanted or self.connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            return
        with self.wrap_database_errors:
            self.connection.execute(*wanted.as_sql())
        self._limits = wanted

    def second_lock_is_on(self) -> bool:
        """Whether PostgreSQL can keep what a request may see. Where it cannot, the log says so, once in a process."""
        if self._locks is None:
            self.ensure_connection()
            kind = "SET" if self.connection.info.server_version >= 160_000 else "MEMBER"
            with self.wrap_database_errors:
                (self._locks,) = self.connection.execute(IS_ON, {"kind": kind}).fetchone()
            if not self._locks and not DatabaseWrapper._said_off:
                DatabaseWrapper._said_off = True
                logger.warning(WHY_OFF)
        return self._locks

    def _keep_sight(self) -> None:
        """Before each transaction, and each statement: a connection outlives the request that used it."""
        wanted = sight.current()
        if self._is_told(wanted) or self.connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR:
            return
        if wanted.role and not self.second_lock_is_on():
            wanted = sight.OWNER
            if self._is_told(wanted):
                return
        with self.wrap_database_errors:
            self._tell(wanted)

    def _is_told(self, wanted: Sight) -> bool:
        if self._sight == wanted:
            return True
        if self._sight is None or not self._usage_of or self._usage_of != str(wanted.organization):
            return False
        if replace(self._sight, organization=wanted.organization) != wanted:
            return False
        self._sight = wanted
        return True

    def _tell(self, wanted: Sight) -> None:
        self._sight = None  # should it fail
        *_, self._usage_of = self.connection.execute(*wanted.as_sql()).fetchone()
        self._sight = wanted
        self._sight_may_go |= self.connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE

    def _commit(self) -> None:
        failed = self.connection and self.connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR
        super()._commit()  # type: ignore[misc]  # likewise
        self._transaction_ends(undone=bool(failed))

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]  # likewise
        self._transaction_ends(undone=True)

    def _transaction_ends(self, *, undone: bool) -> None:
        if undone and self._sight_may_go:
            self._sight = None
        self._sight_may_go = False

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]  # likewise
        if self._sight_may_go:
            self._sight = None
