"""The price book: what a request costs when its sender did not say. Read for every batch, before it is written.

A price is found by provider (as sent, in lower case) and model (by the canonical rule; aliases play no part: they only
say what a model is shown as), and is the newest that is valid on the request's day in UTC. An answer that says no
tokens stays not priced: it used some, and what they cost is not zero.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date
from decimal import Decimal
from itertools import pairwise

from django.db import connection

from analytics.canonical import priced_name
from analytics.ledger.usage_event import UsageEvent
from analytics.models import CostSource

ENDLESS = date(9999, 1, 1)


@dataclass(frozen=True, slots=True)
class Rate:
    """US dollars per million tokens, at most 6 decimal places, so that every cost is exact to 12."""

    valid_from: date
    input: Decimal
    cached_input: Decimal
    output: Decimal

    def cost(self, input_tokens: int, cached_input_tokens: int, output_tokens: int) -> Decimal:
        """Cached tokens are part of the input and have their own price.

        >>> Rate(date(2026, 1, 1), Decimal(2), Decimal("0.2"), Decimal(10)).cost(1_000_000, 500_000, 100_000)
        Decimal('2.1000000')
        """
        fresh = input_tokens - cached_input_tokens
        total = fresh * self.input + cached_input_tokens * self.cached_input + output_tokens * self.output
        return total.scaleb(-6)

    def tells(self, event: UsageEvent) -> bool:
        """Whether a cost follows from tokens: of an answer that says none it does not, for it used some."""
        free = not (self.input or self.cached_input or self.output)
        return bool(event.input_tokens or event.output_tokens or event.is_error or free)


@dataclass(frozen=True, slots=True)
class ModelRate:
    """A rate of one model as sent, for the days [rate.valid_from, until)."""

    model_id: int
    rate: Rate
    until: date


def priced(events: Sequence[UsageEvent]) -> list[UsageEvent]:
    """The same events, those without a cost with the one the price book gives, if it knows any. One statement."""
    wanted = {priced_name(event.provider, event.model) for event in events if event.cost is None}
    rates = _rates(wanted)
    return [_priced(event, rates) if event.cost is None else event for event in events]


def _priced(event: UsageEvent, rates: dict[tuple[str, str], list[Rate]]) -> UsageEvent:
    day = event.occurred_at.astimezone(UTC).date()
    valid = [rate for rate in rates.get(priced_name(event.provider, event.model), ()) if rate.valid_from <= day]
    if not valid or not valid[-1].tells(event):
        return event
    cost = valid[-1].cost(event.input_tokens, event.cached_input_tokens, event.output_tokens)
    return replace(event, cost=cost)


def model_rates(models: Iterable[tuple[int, str, str]]) -> list[ModelRate]:
    """Every rate of these models (number, provider and name as sent), with the days it is valid for."""
    names = {number: priced_name(provider, name) for number, provider, name in models}
    rates = _rates(set(names.values()))
    return [
        ModelRate(number, rate, following.valid_from if following else ENDLESS)
        for number, name in names.items()
        for rate, following in pairwise([*rates.get(name, ()), None])
    ]


def _rates(names: set[tuple[str, str]]) -> dict[tuple[str, str], list[Rate]]:
    """Every rate of these names, the oldest first."""
    found: dict[tuple[str, str], list[Rate]] = defaultdict(list)
    if not names:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT provider, model, valid_from, input_usd_per_1m,"
            " coalesce(cached_input_usd_per_1m, input_usd_per_1m), output_usd_per_1m"
            " FROM analytics_price JOIN unnest(%s::text[], %s::text[]) AS wanted(provider, model)"
            " USING (provider, model)"
            " WHERE tier = '' AND above_input_tokens = 0 ORDER BY valid_from",
            [list(column) for column in zip(*names, strict=True)],
        )
        for provider, model, *rate in cursor.fetchall():
            found[provider, model].append(Rate(*rate))
    return found


@dataclass(frozen=True, slots=True)
class Estimate:
    cost: Decimal
    source: CostSource


@dataclass(frozen=True, slots=True)
class PriceBook:
    rates: dict[tuple[str, str], list[Rate]]

    def estimate(self, usage: UsageEvent) -> Estimate | None:
        event = _priced(usage, self.rates)
        return None if event.cost is None else Estimate(event.cost, CostSource.BOOK)


def book_for(names: Iterable[tuple[str, str]]) -> PriceBook:
    return PriceBook(_rates({priced_name(*name) for name in names}))
