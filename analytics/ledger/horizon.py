"""Up to where an organization's request log is pruned. Its sums stay; what is older can be neither checked nor added.

An organization has a horizon once a month of the log that held requests of its own was dropped (`retention`).
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from analytics.windows import day_of, midnight
from orgdash import prepared


def horizons(organizations: Iterable[int]) -> dict[int, datetime]:
    """Before which instant (UTC) their requests are gone from the log; who is not in it has all of its own.

    Read under the log's lock (`request_log.lock`) it stays true until the commit. One statement.
    """
    with prepared.cursor() as cursor:
        cursor.execute(
            "SELECT organization_id, pruned_before FROM analytics_horizon WHERE organization_id = ANY(%s::bigint[])",
            [sorted(set(organizations))],
        )
        return {number: before.astimezone(UTC) for number, before in cursor.fetchall()}


def first_whole_day(horizon: datetime, zone: ZoneInfo) -> date:
    """The first day of `zone` of which the log has everything.

    >>> from datetime import datetime
    >>> august = datetime(2026, 8, 1, tzinfo=UTC)
    >>> [str(first_whole_day(august, ZoneInfo(name))) for name in ("UTC", "America/New_York", "Asia/Kolkata")]
    ['2026-08-01', '2026-08-01', '2026-08-02']
    """
    day = day_of(horizon, zone)
    return day if midnight(day, zone) >= horizon else day + timedelta(days=1)
