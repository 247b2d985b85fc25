"""Estimates made anew: what has no price gets one, and, if wished, every estimate follows the prices of today."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from analytics.ledger import changes, entries, prices, request_log
from analytics.ledger.calls import Key
from analytics.ledger.clocks import DAY
from analytics.ledger.deduplication import Entry
from analytics.ledger.prices import PriceBook
from analytics.ledger.record import priced
from analytics.metrics import ORGANIZATION
from analytics.models import CostSource

CHUNK = 2000  # requests read and written at once


@dataclass(frozen=True, slots=True)
class Repriced:
    """One model as sent: how many of its requests cost something else now, and what they cost before and after."""

    provider: str
    model: str
    requests: int
    before: Decimal
    after: Decimal

    def __add__(self, other: "Repriced") -> "Repriced":
        sums = (self.requests + other.requests, self.before + other.before, self.after + other.after)
        return Repriced(self.provider, self.model, *sums)


def days(organization_id: int, *, every: bool) -> list[date]:
    """The days (UTC) on which a request of this organization may lack a cost, or have one of ours if `every`.

    The oldest first, and only of those in the log. Known by the hours of the sums; one that crosses midnight, in a zone
    of half hours, stands for both days.
    """
    wanted = "request_count > 0" if every else "unpriced_count > 0"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT (instant AT TIME ZONE 'UTC')::date FROM analytics_hourlyusage AS t"
            " CROSS JOIN LATERAL (VALUES (hour), (hour + interval '59:59.999999')) AS edge(instant)"
            " LEFT JOIN analytics_horizon AS pruned ON pruned.organization_id = t.organization_id"
            f" WHERE t.organization_id = %s AND dimension = %s AND key = 0 AND {wanted}"
            " AND instant >= coalesce(pruned_before, '-infinity') ORDER BY 1",
            [organization_id, ORGANIZATION.number],
        )
        return [day for (day,) in cursor.fetchall()]


def reprice(organization_id: int, day: date, *, every: bool = False, dry_run: bool = False) -> list[Repriced]:
    """Price anew the requests of one day (UTC) that have no cost, with `every` those with an estimate too.

    One transaction, the sums included. What a sender stated is never changed. By provider, then model.
    """
    found: dict[tuple[str, str], Repriced] = {}
    wanted = _Wanted(organization_id, datetime(day.year, day.month, day.day, tzinfo=UTC), every=every)
    with transaction.atomic():
        request_log.lock({organization_id})
        names = _names(wanted)
        book = prices.book_for(names)
        for keys in _chunks(wanted):
            changed = _changed(entries.read(keys), book)
            for _before, _after, row in changed:
                name = (row.provider, row.model)
                found[name] = found[name] + row if name in found else row
            if not dry_run:
                changes.write([(before, after) for before, after, _row in changed], names)
    return [found[name] for name in sorted(found)]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The requests of one organization and one day that are priced anew."""

    organization_id: int
    begin: datetime
    every: bool

    @property
    def condition(self) -> str:
        unstated = f"(cost IS NULL OR cost_source <> {CostSource.SENT.value})" if self.every else "cost IS NULL"
        return f"organization_id = %s AND occurred_at >= %s AND occurred_at < %s AND is_counted AND {unstated}"

    @property
    def parameters(self) -> list[Any]:
        return [self.organization_id, self.begin, self.begin + DAY]


def _names(wanted: _Wanted) -> dict[tuple[str, str], int]:
    """Their models as sent, and the models' numbers."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT provider, name, id FROM analytics_model WHERE id IN"
            f" (SELECT model_id FROM analytics_request WHERE {wanted.condition})",
            wanted.parameters,
        )
        return {(provider, name): number for provider, name, number in cursor.fetchall()}


def _chunks(wanted: _Wanted) -> Iterator[list[Key]]:
    """Their keys, in order; each chunk is read when the one before is written."""
    last: tuple[datetime, str] = (wanted.begin, "")
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                f"SELECT organization_id, occurred_at, event_id FROM analytics_request WHERE {wanted.condition}"
                " AND (occurred_at, event_id) > (%s, %s) ORDER BY occurred_at, event_id LIMIT %s",
                [*wanted.parameters, *last, CHUNK],
            )
            rows = cursor.fetchall()
            if not rows:
                return
            yield rows
            last = rows[-1][1:]


def _changed(known: Mapping[Key, Entry], book: PriceBook) -> list[tuple[Entry, Entry, Repriced]]:
    """Those whose price is another one now, before and after."""
    changed = []
    for before in known.values():
        if (old := before.counted) is not None:
            new = priced(replace(old, cost=None, cost_source=CostSource.SENT), book)
            if new != old:
                costs = old.cost or Decimal(0), new.cost or Decimal(0)
                changed.append((before, replace(before, counted=new), Repriced(old.provider, old.model, 1, *costs)))
    return changed
