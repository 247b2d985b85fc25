"""Estimates made anew: what has no price gets one, and, if wished, every estimate follows the prices of today."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

from django.db import connection, transaction

from analytics.ledger import changes, entries, prices, request_log
from analytics.ledger.calls import Key
from analytics.ledger.clocks import DAY
from analytics.ledger.model_numbers import model_numbers
from analytics.ledger.record import priced
from analytics.ledger.settle import Entry
from analytics.ledger.usage_event import UsageEvent
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
    with transaction.atomic():
        request_log.lock({organization_id})
        for keys in list(_chunks(organization_id, day, every=every)):
            changed = _changed(entries.read(keys))
            for before, after in changed:
                row = _repriced(before.counted, after.counted)
                name = (row.provider, row.model)
                found[name] = found[name] + row if name in found else row
            if not dry_run:
                names = {(entry.counted.provider, entry.counted.model) for entry, _after in changed}
                changes.write(changed, model_numbers(names))
    return [found[name] for name in sorted(found)]


def _chunks(organization_id: int, day: date, *, every: bool) -> Iterator[list[Key]]:
    """The keys of the requests that are priced anew."""
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    wanted = f"(cost IS NULL OR cost_source <> {CostSource.SENT.value})" if every else "cost IS NULL"
    last: tuple[datetime, str] = (begin, "")
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                "SELECT organization_id, occurred_at, event_id FROM analytics_request WHERE organization_id = %s"
                f" AND occurred_at >= %s AND occurred_at < %s AND is_counted AND {wanted}"
                " AND (occurred_at, event_id) > (%s, %s) ORDER BY occurred_at, event_id LIMIT %s",
                [organization_id, begin, begin + DAY, *last, CHUNK],
            )
            rows = cursor.fetchall()
            if not rows:
                return
            yield rows
            last = rows[-1][1:]


def _changed(known: dict[Key, Entry]) -> Sequence[tuple[Entry, Entry]]:
    counted = [entry for entry in known.values() if entry.counted]
    book = prices.book_for({(entry.counted.provider, entry.counted.model) for entry in counted})
    pairs = [
        (entry, replace(entry, counted=priced(replace(entry.counted, cost=None, cost_source=CostSource.SENT), book)))
        for entry in counted
    ]
    return [(before, after) for before, after in pairs if before != after]


def _repriced(before: UsageEvent, after: UsageEvent) -> Repriced:
    return Repriced(before.provider, before.model, 1, before.cost or Decimal(0), after.cost or Decimal(0))
