"""Where the sums are not what the log says."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from analytics.ledger import log_sql, months, request_log
from analytics.ledger.clocks import ALL_TIME, reporting_zones
from analytics.ledger.horizon import first_whole_day, horizons
from analytics.ledger.months import Days
from analytics.metrics import TABLE_DIMENSIONS
from analytics.snapshot import snapshot

AT_ONCE = 2000  # differences in memory
LABELS = {dimension.number: dimension.label.lower() for dimension in TABLE_DIMENSIONS} | {None: "API key × model"}


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
    """Where the sums of these days, and the freshness, are not what the log says. Bounds as in `rebuild`."""
    found: list[Difference] = []
    for days in months.months(organization_id, first_day, end_day):
        found += of_a_month(organization_id, days)
    return [*found, *of_the_freshness(organization_id)]


def of_a_month(organization_id: int, days: Days) -> Iterator[Difference]:
    """Those of these days, portion by portion by table, bucket, dimension, key and column; then those of the month.

    Read as they are asked for, from one snapshot, in bounded memory; writers are not held up.
    """
    with snapshot(), connection.cursor() as cursor:
        request_log.keep_partitions()
        cursor.execute(log_sql.SETTINGS)
        portions, month = months.portions(organization_id, days)
        for given in portions:
            yield from _found(log_sql.COMPARE_PORTION, given)
        for given in month:
            yield from _found(log_sql.COMPARE_MONTH, given)


def of_the_freshness(organization_id: int) -> list[Difference]:
    with snapshot():
        request_log.keep_partitions()
        return list(_found(log_sql.COMPARE_FRESHNESS, {"organization": organization_id}))


def _found(statement: str, given: dict[str, Any]) -> Iterator[Difference]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, given)
        while rows := cursor.fetchmany(AT_ONCE):
            for table, number, *rest in rows:
                yield Difference(table, LABELS[number], *rest)
