"""What a zone's clock is ahead of UTC, as stretches of time: handed to SQL, which must not ask its own zone data.

Every database has another edition of the zone rules, and reads some names (CET, MET) as abbreviations without summer
time. Days and hours are cut by one source, Python's, on both sides.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

STEP = timedelta(hours=6)  # no zone ever changed twice within it


@dataclass(frozen=True, slots=True)
class Offset:
    """From `since` until before `until` (instants in UTC) the clock is `ahead` of UTC, or behind it if negative."""

    since: datetime
    until: datetime
    ahead: timedelta


def offsets(zone: ZoneInfo, start: datetime, end: datetime) -> tuple[Offset, ...]:
    """The stretches that together are [start, end).

    >>> day = datetime(2026, 3, 8, tzinfo=UTC)
    >>> [(stretch.since.hour, stretch.ahead) for stretch in offsets(ZoneInfo("America/New_York"), day, day + 4 * STEP)]
    [(0, datetime.timedelta(days=-1, seconds=68400)), (7, datetime.timedelta(days=-1, seconds=72000))]
    """
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if start >= end:
        return ()
    changes = [at for year in range(start.year, end.year + 1) for at in _changes(zone, year) if start < at < end]
    edges = [start, *changes, end]
    return tuple(Offset(since, until, _ahead(zone, since)) for since, until in pairwise(edges))


def _ahead(zone: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


@lru_cache(maxsize=4096)
def _changes(zone: ZoneInfo, year: int) -> tuple[datetime, ...]:
    """The instants of a UTC year at which the offset becomes another."""
    found, since = [], datetime(year, 1, 1, tzinfo=UTC)
    last = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
    if _ahead(zone, since - timedelta(seconds=1)) != _ahead(zone, since):
        found.append(since)
    while since < last:
        until = min(since + STEP, last)
        if _ahead(zone, since) != _ahead(zone, until):
            found.append(_change(zone, since, until))
        since = until
    return tuple(found)


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first second with the offset of `after`; changes are at whole seconds."""
    ahead = _ahead(zone, after)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        before, after = (before, middle) if _ahead(zone, middle) == ahead else (middle, after)
    return after
