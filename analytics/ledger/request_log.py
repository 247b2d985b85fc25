"""The request log as a table: its monthly partitions, and the locks under which it is written.

Who writes usage takes one advisory lock per organization, in ascending order before anything is read: it is then the
organization's only writer, and the reporting zone read after it stays true until the commit. The lock on the log itself
is the one that every reader has; it keeps partitions from being dropped.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import connection, transaction

from analytics.windows import month_start
from orgdash import prepared

# Upper halves of the 64-bit advisory locks, so that ours do not meet anybody's; below comes the organization's number.
_ORGANIZATION_LOCK = 0x6F726764 << 32
_PARTITION_LOCK = 0x70617274 << 32
_KEEP = "LOCK TABLE analytics_request IN ACCESS SHARE MODE"
# Two statements, sent together: each sees what was committed while the one before it waited.
LOCK = f"SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key; {_KEEP}"
_NAME = re.compile(r"analytics_request_([0-9]{4})_([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Month:
    """One partition: a month of UTC, by its first day."""

    first: date

    @classmethod
    def of(cls, instant: datetime) -> "Month":
        return cls(instant.astimezone(UTC).date().replace(day=1))

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def table(self) -> str:
        return f"analytics_request_{self.first.year:04d}_{self.first.month:02d}"

    @property
    def start(self) -> datetime:
        return datetime(self.first.year, self.first.month, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        return Month(month_start(self.first, 1)).start


def lock(organizations: Iterable[int]) -> None:
    """Until the end of the transaction. In ascending order, so that two writers never wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [locks(organizations)])


def locks(organizations: Iterable[int]) -> list[int]:
    """What `LOCK` is given, in ascending order."""
    return [_ORGANIZATION_LOCK + number for number in sorted(organizations)]


def keep_partitions() -> None:
    """Until the end of the transaction no month of the log is dropped, so that horizon and log belong together."""
    with connection.cursor() as cursor:
        cursor.execute(_KEEP)


def make_partitions(instants: Iterable[datetime]) -> None:
    """The log's monthly partitions (UTC) for these instants, where missing.

    In a transaction of their own, and attached rather than created in place: that takes no lock that a writer or a
    reader of the log would wait for.
    """
    instants = list(instants)
    if not missing_months(instants):
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PARTITION_LOCK])
        for month in missing_months(instants):  # another writer may have made them meanwhile
            cursor.execute("SELECT orgdash_make_month(%s)", [month.first])  # which the server's role may not itself


def missing_months(instants: Iterable[datetime]) -> list[Month]:
    """The months of these instants that have no partition, the oldest first."""
    firsts = {date(at.year, at.month, 1) for at in (instant.astimezone(UTC) for instant in instants)}
    wanted = {month.table: month for month in map(Month, firsts)}
    with prepared.cursor() as cursor:
        # Not to_regclass: it answers from a cache that does not see what was committed while this transaction waited.
        cursor.execute(
            "SELECT name FROM unnest(%s::text[]) AS name WHERE NOT EXISTS ("
            "SELECT FROM pg_class JOIN pg_inherits ON inhrelid = pg_class.oid "
            "WHERE relname = name AND inhparent = 'analytics_request'::regclass) ORDER BY name",
            [list(wanted)],
        )
        return [wanted[name] for (name,) in cursor.fetchall()]


def months() -> list[Month]:
    """Every month that has a partition, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class JOIN pg_inherits ON inhrelid = pg_class.oid "
            "WHERE inhparent = 'analytics_request'::regclass ORDER BY relname"
        )
        found = [_NAME.fullmatch(name) for (name,) in cursor.fetchall()]
    return [Month(date(int(match[1]), int(match[2]), 1)) for match in found if match]
