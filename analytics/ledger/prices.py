"""What a request costs when its sender did not say: the site's price book first, then the catalogue.

A price is found by provider (its many names are one) and model (as sent, then under ever shorter names, down to the
canonical one; aliases play no part: they only say what a model is shown as), and is the newest that is valid on the
request's day in UTC. An answer that says no tokens stays not priced: it used some, and what they cost is not zero.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date
from decimal import Decimal

from django.conf import settings

from analytics.ledger import catalogue
from analytics.ledger.price_names import forms
from analytics.ledger.providers import provider_in, provider_of
from analytics.ledger.rates import ORDINARY, Priceable, Rates, tier_of
from analytics.models import CostSource
from orgdash import prepared


@dataclass(frozen=True, slots=True)
class Estimate:
    """US dollars, exact to 12 places, and which list they come from."""

    cost: Decimal
    source: CostSource


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A row of the price book: from a day on, for requests of a tier with more than so many input tokens."""

    provider: str
    model: str
    valid_from: date
    tier: str
    above: int
    rates: Rates

    def holds(self, day: date, tier: str, input_tokens: int) -> bool:
        return self.valid_from <= day and self.tier == tier and (not self.above or input_tokens > self.above)


@dataclass(frozen=True, slots=True)
class PriceBook:
    """The rows that could apply to some names, as they were when `book_for` made it, and the catalogue if it is on.

    `rows` are by the name they are kept under, the best last: the highest step, then the newest.
    """

    rows: dict[str, list[PriceRow]]
    with_catalogue: bool
    _found: dict[tuple[str, str], list[list[PriceRow]]] = field(default_factory=dict, repr=False, compare=False)

    def estimate(self, usage: Priceable) -> Estimate | None:
        """What the request costs, by the book, else by the catalogue; None where neither knows."""
        if self.rows and (rates := self._rates(usage)):
            cost = rates.cost(usage)
            return None if cost is None else Estimate(cost, CostSource.BOOK)
        cost = catalogue.cost(usage) if self.with_catalogue else None
        return None if cost is None else Estimate(cost, CostSource.CATALOGUE)

    def may_know(self, provider: str, model: str) -> bool:
        """Whether a price of the name is worth asking for; if not, there is none."""
        return bool(self.rows) or (self.with_catalogue and bool(catalogue.schedules(provider, model)))

    def _rates(self, usage: Priceable) -> Rates | None:
        key = usage.provider, usage.model
        if key not in self._found:
            self._found[key] = _groups(self.rows, *key)
        day = usage.occurred_at.astimezone(UTC).date()
        tier = tier_of(usage.service_tier)
        for rows in self._found[key]:
            # A tier without a row costs what the ordinary one does: the site's price is nearer than a list's.
            for word in dict.fromkeys((tier, ORDINARY)):
                found = _unanimous(rows, day, word, usage.step_tokens)
                if found:
                    return found
        return None


def book_for(names: Iterable[tuple[str, str]]) -> PriceBook:
    """The price book for providers and models as sent. One statement, whose answer is bounded by the names."""
    wanted = {form for _, model in names for form in forms(model)}
    rows: dict[str, list[PriceRow]] = defaultdict(list)
    if wanted:
        with prepared.cursor() as cursor:
            cursor.execute(_ROWS, [list(wanted)])
            for provider, model, valid_from, tier, above, *amounts in cursor.fetchall():
                rows[model].append(PriceRow(provider, model, valid_from, tier, above, _book_rates(*amounts)))
    return PriceBook(dict(rows), settings.CATALOGUE)


_ROWS = """
SELECT provider, model, valid_from, tier, above_input_tokens, input_usd_per_1m, cached_input_usd_per_1m,
       cache_write_usd_per_1m, cache_write_1h_usd_per_1m, output_usd_per_1m
FROM analytics_price WHERE model = ANY(%s::text[]) ORDER BY above_input_tokens, valid_from, provider"""


def _book_rates(
    fresh: Decimal, cached: Decimal | None, written: Decimal | None, hour: Decimal | None, output: Decimal
) -> Rates:
    """An empty price is that of what it is part of; a cache for an hour without a price is like any other."""
    cached = fresh if cached is None else cached
    written = fresh if written is None else written
    return Rates(
        input=fresh,
        output=output,
        cached=cached,
        cache_write=written,
        cache_write_1h=written if hour is None else hour,
        reasoning=output,
        audio_input=fresh,
        audio_output=output,
        cached_audio=cached,
    )


def _groups(rows: dict[str, list[PriceRow]], provider: str, model: str) -> list[list[PriceRow]]:
    """Rows for a provider and a model as sent, in the order in which they are asked: longest name first, and of one
    name those of the very provider that was named before those of its other names."""
    sent = provider.strip().lower()
    known = provider_of(provider) or provider_in(provider, model)
    groups = []
    for form in forms(model):
        of_form = rows.get(form, ())
        groups.append([row for row in of_form if row.provider == sent])
        groups.append([row for row in of_form if known in (None, provider_of(row.provider))])
    return [group for group in groups if group]


def _unanimous(rows: list[PriceRow], day: date, tier: str, input_tokens: int) -> Rates | None:
    """The best row of each provider, where all of them say the same."""
    best = {provider_of(row.provider) or row.provider: row.rates for row in rows if row.holds(day, tier, input_tokens)}
    return next(iter(best.values())) if len(set(best.values())) == 1 else None
