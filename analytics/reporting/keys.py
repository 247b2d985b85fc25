"""What is known of API keys beside their sums: whose they are, when they were used, and what is worth a look. Pure."""

from datetime import datetime, timedelta
from math import hypot
from typing import Literal, NamedTuple

from analytics.reporting.sums import Sums, at_least
from analytics.windows import Window

UNUSED_AFTER = timedelta(days=30)

KeyState = Literal["unused", "new", "revoked", "errorsUp"]
# What the table can be narrowed to -> its name on the page, in the page's order.
KEY_STATES: dict[KeyState, str] = {
    "unused": "Unused 30 days",
    "new": "New",
    "revoked": "Revoked",
    "errorsUp": "Errors up",
}


class Named(NamedTuple):
    """Whose a key is: a project, or the member who made it. `status` is "archived" or "removed" where that is so."""

    id: str
    label: str
    status: str = ""


class LastUse(NamedTuple):
    """When a key was used last; None: never. `by_hour`: only the hour is known, and `instant` is its beginning."""

    instant: datetime | None
    by_hour: bool = False


class Key(NamedTuple):
    """One API key, whether it was used or not. A tuple, as what it has, because there may be thousands.

    `first_hour` and `last_hour` are the beginnings of the first and the last hour with usage, from the sums;
    `signed_in_at` is when its secret was used last, to the minute. None: never.
    """

    id: str
    label: str
    last_four: str
    project: Named
    creator: Named
    created_at: datetime
    revoked_at: datetime | None = None
    signed_in_at: datetime | None = None
    first_hour: datetime | None = None
    last_hour: datetime | None = None

    @property
    def status(self) -> str:
        return "revoked" if self.revoked_at else ""

    @property
    def last_use(self) -> LastUse:
        """The later of the two; the minute where it is not earlier than the hour."""
        if self.signed_in_at and (self.last_hour is None or self.signed_in_at >= self.last_hour):
            return LastUse(self.signed_in_at)
        return LastUse(self.last_hour, by_hour=self.last_hour is not None)

    def existed(self, window: Window, now: datetime) -> bool:
        """Whether it could be used in the window: not revoked before it, and not made after it."""
        revoked_before = self.revoked_at is not None and self.revoked_at < window.start
        return not revoked_before and not window.end <= self.created_at <= now


def states(key: Key, window: Window, now: datetime) -> set[KeyState]:
    """What of a key is worth a look, but for its errors.

    Unused: it works, and was neither used nor made in the last 30 days. New: first used in the window, or made in it
    and not used yet.
    """
    found: set[KeyState] = {"revoked"} if key.revoked_at else set()
    if not key.revoked_at and (key.last_use.instant or key.created_at) < now - UNUSED_AFTER:
        found.add("unused")
    if window.contains(key.first_hour or key.created_at):
        found.add("new")
    return found


def errors_up(before: Sums, now: Sums) -> bool:
    """Whether the error rate rose by more than chance explains: Newcombe's interval of 95 % of the difference of two
    rates (1998, method 11, from Wilson's with a correction for continuity) lies above zero.

    >>> few, many = Sums(request_count=3, error_count=0), Sums(request_count=100, error_count=1)
    >>> errors_up(few, Sums(request_count=3, error_count=2)), errors_up(many, Sums(request_count=100, error_count=10))
    (False, True)
    """
    if not before.request_count or not now.request_count:
        return False
    rate, was = (100 * sums.error_count / sums.request_count for sums in (now, before))
    if rate <= was:
        return False
    least = float(at_least(now.error_count, now.request_count))
    most = 100 - float(at_least(before.request_count - before.error_count, before.request_count))
    return rate - was > hypot(rate - least, most - was)
