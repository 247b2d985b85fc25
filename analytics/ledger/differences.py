"""Where the sums are not what the log says."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from analytics.ledger import request_log, rollup_sql
from analytics.ledger.clocks import ALL_TIME, bounds, reporting_zones
from analytics.ledger.horizon import first_whole_day, horizons
from analytics.metrics import TABLE_DIMENSIONS
from analytics.snapshot import snapshot


@dataclass(frozen=True, slots=True)
class Difference:
    """One column of one row of the sums that is not what the log says; None: there is no such row."""

    table: str
    dimension: str
    key: str  # public ids; a model as sent
    bucket: str  # an hour as its first instant, in UTC; a day or a month by its first day
    column: str
    stored: str | None
    expected: str | None

    def __str__(self) -> str:
        found, wanted = self.stored or "nothing", self.expected or "nothing"
        return f"{self.table}, {self.dimension} {self.key}, {self.bucket}: {self.column} is {found}, log says {wanted}"


def checked_from(organization_id: int) -> tuple[datetime, date] | None:
    """Before which instant the log is pruned, and the first day that it has whole; None: it has everything."""
    horizon = horizons([organization_id]).get(organization_id)
    return (horizon, first_whole_day(horizon, reporting_zones([organization_id])[organization_id])) if horizon else None


def differences(organization_id: int, first_day: date = ALL_TIME[0], end_day: date = ALL_TIME[1]) -> list[Difference]:
    """Where the sums of these days (and the freshness) are not what the log says. Bounds as in `rebuild`.

    Ordered by table, bucket, dimension, key, column. Read in one snapshot; writers are not held up.
    """
    with snapshot(), connection.cursor() as cursor:
        request_log.keep_partitions()
        cursor.execute(rollup_sql.DIFFERENCES, bounds(organization_id, first_day, end_day))
        found = cursor.fetchall()
    labels = {dimension.number: dimension.label.lower() for dimension in TABLE_DIMENSIONS} | {None: "API key × model"}
    return [Difference(table, labels[number], *rest) for table, number, *rest in found]
