"""Another reporting zone: an organization's hours, days and months cut anew, from the log as far as it reaches back.

What is pruned of the log is known by the hour. These hours can be put together to the new zone's days where they are
hours of its clock too, that is, where the two clocks are whole hours apart; otherwise the change is refused.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from analytics.ledger import request_log, rollup_sql
from analytics.ledger.clocks import clocks, reach, reporting_zones
from analytics.ledger.horizon import horizons
from analytics.ledger.rollup_sql import TABLES, Rollup
from analytics.models import SUMS

_ALWAYS = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_HOURLY = {table.by_dimension: table for table in TABLES if table.bucket == "hour"}

_KEPT_HOURS = " UNION ".join(
    f"SELECT hour FROM {table.name} WHERE organization_id = %(organization)s AND hour < %(horizon)s"
    for table in _HOURLY.values()
)

# The first hour of the kept ones that is not one, whole and without a change of clocks, of the zone's own.
_ODD_HOUR = f"""
WITH {rollup_sql.CLOCK}
SELECT min(hour) FROM ({_KEPT_HOURS}) AS kept
LEFT JOIN clock ON hour >= since AND hour + interval '1 hour' <= until
WHERE extract(epoch FROM (hour AT TIME ZONE 'UTC') + ahead) %% 3600 IS DISTINCT FROM 0"""

_RECORDED = f"""
WITH source AS (
    SELECT * FROM analytics_request WHERE organization_id = %(organization)s AND is_counted
      AND occurred_at >= %(kept_until)s
), {rollup_sql.CLOCK}, {rollup_sql.grouped()}, {rollup_sql.written()} SELECT"""


@dataclass(frozen=True, slots=True)
class _Kept:
    """Hours of which the log has not everything: [first, until); none where the two are the same."""

    first: datetime
    until: datetime


def rezone(organization_id: int) -> None:
    """Write all sums anew in the zone that the organization has now, in the caller's transaction if there is one.

    ValidationError, for the field time_zone: what is pruned cannot be cut in this zone.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        request_log.lock({organization_id})
        zone = reporting_zones([organization_id])[organization_id]
        kept = _checked(organization_id, zone)
        given: dict[str, Any] = {"organization": organization_id, "kept_until": kept.until}
        for table in TABLES:
            since = " AND hour >= %(kept_until)s" if table.bucket == "hour" else ""
            cursor.execute(f"DELETE FROM {table.name} WHERE organization_id = %(organization)s{since}", given)
        for table in TABLES:
            if table.bucket != "hour":
                cursor.execute(_put_together(table), given | clocks({organization_id: zone}, kept.first, kept.until))
        logged = reach(organization_id, kept.until, _ALWAYS[1])
        cursor.execute(_RECORDED, given | clocks({organization_id: zone}, *logged))


def check(organization_id: int, zone: ZoneInfo) -> None:
    """ValidationError, for the field time_zone, if `rezone` could not; stays true until the end of the transaction."""
    with transaction.atomic():
        request_log.lock({organization_id})
        _checked(organization_id, zone)


def _checked(organization_id: int, zone: ZoneInfo) -> _Kept:
    horizon = horizons([organization_id]).get(organization_id)
    if horizon is None:
        return _Kept(_ALWAYS[0], _ALWAYS[0])
    given: dict[str, Any] = {"organization": organization_id, "horizon": horizon}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT min(hour), max(hour) FROM ({_KEPT_HOURS}) AS kept", given)
        first, last = cursor.fetchone()
        if first is None:
            return _Kept(horizon, horizon)
        # The hour in which the horizon lies was counted whole.
        kept = _Kept(first, max(horizon, last + _HOUR))
        cursor.execute(_ODD_HOUR, given | clocks({organization_id: zone}, kept.first, kept.until))
        (odd,) = cursor.fetchone()
    if odd is not None:
        raise ValidationError({"time_zone": _refusal(zone, horizon, odd.astimezone(UTC))})
    return kept


def _refusal(zone: ZoneInfo, horizon: datetime, odd: datetime) -> str:
    return (
        f"cannot become {zone.key}: the request log is pruned before {horizon:%Y-%m-%d %H:%M} UTC, and the hours kept"
        f" of that time, such as the one from {odd:%Y-%m-%d %H:%M} UTC, are not whole hours of that zone's clock"
    )


def _put_together(table: Rollup) -> str:
    """The kept hours as days or months of the zone."""
    group = ", ".join(("organization_id", *table.key, *table.carried))
    return f"""
WITH {rollup_sql.CLOCK}, kept AS (
    SELECT hours.*, day, date_trunc('month', day::timestamp)::date AS month
    FROM {_HOURLY[table.by_dimension].name} AS hours
    JOIN clock ON hour >= since AND hour < until
    CROSS JOIN LATERAL (SELECT ((hour AT TIME ZONE 'UTC') + ahead)::date AS day) AS there
    WHERE hours.organization_id = %(organization)s AND hour < %(kept_until)s
)
INSERT INTO {table.name} ({group}, {", ".join(SUMS)})
SELECT {group}, {rollup_sql.totals()} FROM kept GROUP BY {group} ORDER BY {group}"""
