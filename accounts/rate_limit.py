"""The JSON endpoints' rate limit: the `limits` package, counting in PostgreSQL so that every server process shares it.

Time here is the database's own clock, whatever clock the reports use.
"""

import math
import time
from typing import Any

from django.db import DatabaseError
from limits import RateLimitItemPerMinute
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from orgdash import prepared

# One that ends later than a new one would is of a clock that was set back since: nobody waits for that. When a new one
# would end is asked once the row is locked: while a request waited for it, another's window may have begun.
_ENDS_AT = "clock_timestamp() + make_interval(secs => %(seconds)s)"
_RUNS = f"w.ends_at > clock_timestamp() AND w.ends_at <= {_ENDS_AT}"


class PostgresStorage(Storage):
    """A counter per key in accounts_ratewindow; the window begins with the first request of it."""

    STORAGE_SCHEME = ["orgdash"]

    @property
    def base_exceptions(self) -> type[Exception]:
        return DatabaseError

    def _fetch(self, statement: str, values: list[Any] | dict[str, Any]) -> Any:
        with prepared.cursor() as cursor:
            cursor.execute(statement, values)
            row = cursor.fetchone()
        return row[0] if row else None

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        hits: int = self._fetch(
            "INSERT INTO accounts_ratewindow AS w (key, hits, ends_at)"
            f" VALUES (%(key)s, %(amount)s, {_ENDS_AT}) ON CONFLICT (key) DO UPDATE SET"
            f" hits = CASE WHEN {_RUNS} THEN w.hits + excluded.hits ELSE excluded.hits END,"
            f" ends_at = CASE WHEN {_RUNS} THEN w.ends_at ELSE excluded.ends_at END"
            " RETURNING hits",
            {"key": key, "amount": amount, "seconds": expiry},
        )
        return hits

    def get(self, key: str) -> int:
        return (
            self._fetch("SELECT hits FROM accounts_ratewindow WHERE key = %s AND ends_at > clock_timestamp()", [key])
            or 0
        )

    def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds since the epoch on this process's clock."""
        left = self._fetch(
            "SELECT extract(epoch FROM ends_at - clock_timestamp())::float FROM accounts_ratewindow WHERE key = %s",
            [key],
        )
        return time.time() + (left or 0)  # noqa: TID251 - an interval, not the reports' clock

    def check(self) -> bool:
        return bool(self._fetch("SELECT 1", []) == 1)

    def reset(self) -> int | None:
        count: int | None = self._fetch(
            "WITH gone AS (DELETE FROM accounts_ratewindow RETURNING 1) SELECT count(*) FROM gone", []
        )
        return count

    def clear(self, key: str) -> None:
        self._fetch("DELETE FROM accounts_ratewindow WHERE key = %s RETURNING 1", [key])


_storage = PostgresStorage()
_limiter = FixedWindowRateLimiter(_storage)


def wait_seconds(key: str, per_minute: int) -> int | None:
    """Count one request of `key`. None when it may go on, else the whole seconds until it may be tried again."""
    limit = RateLimitItemPerMinute(per_minute)
    if _limiter.hit(limit, key):
        return None
    return seconds_left(limit.key_for(key))


def count(key: str, seconds: int, amount: int) -> int:
    """Count `amount` of what `key` names, in windows of so many seconds; how many this window has now."""
    return _storage.incr(key, seconds, amount)


def seconds_left(key: str) -> int:
    """Whole seconds, at least 1, until the running window of `key` ends."""
    return max(1, math.ceil(_storage.get_expiry(key) - time.time()))  # noqa: TID251 - an interval
