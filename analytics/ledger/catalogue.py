"""The catalogue: public list prices at the request's own time, of its provider, model, region, tier and token kinds."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from analytics.ledger.providers import provider_in, provider_of
from analytics.ledger.rates import ORDINARY, ZERO, Priceable, Rates, tier_of

BATCH = "batch"
_LONG_AGO = date(2000, 1, 1)
_MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Steps:
    """Prices by the size of the request: above `starts[n]` input tokens, `rates[n + 1]` holds for all of it."""

    starts: tuple[int, ...]
    rates: tuple[Rates, ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """A model's prices in one tier over time: `steps[day][hour]`, each from its own border (UTC) to the next.

    None among them: the list has a price there, but not one per token.
    """

    days: tuple[date, ...]
    hours: tuple[time, ...]
    steps: tuple[tuple[Steps | None, ...], ...]

    def cost(self, usage: Priceable, at: datetime) -> Decimal | None:
        row = self.steps[bisect_right(self.days, at.date()) if self.days else 0]
        steps = row[bisect_right(self.hours, at.time()) if self.hours else 0]
        if steps is None:
            return None
        return steps.rates[bisect_left(steps.starts, usage.step_tokens) if steps.starts else 0].cost(usage)


def cost(usage: Priceable) -> Decimal | None:
    """US dollars to 12 places, or None where the list does not say. Nothing but memory is asked."""
    found = schedules(usage.provider, usage.model, tier_of(usage.service_tier))
    if not found:
        return None
    at = usage.occurred_at if usage.occurred_at.tzinfo is UTC else usage.occurred_at.astimezone(UTC)
    first = found[0].cost(usage, at)
    # Of several hosts nobody knows which was asked: a price is known only where all ask the same.
    return first if all(prices.cost(usage, at) == first for prices in found[1:]) else None


@lru_cache(maxsize=8192)
def schedules(provider: str, model: str, tier: str = ORDINARY) -> tuple[Schedule, ...]:
    """The prices of a provider and a model as sent: one, or of an unknown provider each that any host has."""
    from analytics.ledger import price_list

    known = provider_of(provider) or provider_in(provider, model)
    # Local servers have an id, but nothing in the list.
    offers = price_list.offers_of(known, model) if known else price_list.offers_of_anybody(model)
    word = tier if tier in _tiers() else ORDINARY
    distinct: list[Schedule] = []
    for offer in offers:
        schedule = _schedule(_By(offer.model), ORDINARY if offer.lent else word)
        if schedule not in distinct:
            distinct.append(schedule)
    return tuple(distinct)


@dataclass(frozen=True, slots=True)
class _By:
    """A model of the list as a key: one object, one model."""

    model: Any

    def __hash__(self) -> int:
        return id(self.model)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _By) and self.model is other.model


@cache
def _tiers() -> frozenset[str]:
    """The words that the list knows as a tier; any other is priced as the ordinary one."""
    from genai_prices.data import providers

    return frozenset(
        word
        for provider in providers
        for model in provider.models
        for variant in model.price_variants or ()
        for key, word in variant.when.items()
        if key in ("processing", "service_tier", "speed")
    )


def _context(tier: str) -> dict[str, str]:
    """How the list calls a tier."""
    if not tier:
        return {}
    return {"processing": tier} if tier == BATCH else {"service_tier": tier, "speed": tier}


@lru_cache(maxsize=8192)
def _schedule(by: _By, tier: str) -> Schedule:
    model = by.model
    borders = [
        price.constraint
        for price in (*(model.prices if isinstance(model.prices, list) else ()), *(model.price_variants or ()))
        if price.constraint is not None
    ]
    days = sorted({border.start_date for border in borders if hasattr(border, "start_date")})
    hours = sorted(
        {
            _utc(edge)
            for border in borders
            if hasattr(border, "start_time")
            for edge in (border.start_time, border.end_time)
        }
    )
    context = _context(tier)
    rows = [
        tuple(_steps(model.get_prices(datetime.combine(day, hour, UTC), context)) for hour in (_MIDNIGHT, *hours))
        for day in (days[0] - timedelta(days=1) if days else _LONG_AGO, *days)
    ]
    return Schedule(tuple(days), tuple(hours), tuple(rows))


def _utc(edge: time) -> time:
    moment = datetime.combine(_LONG_AGO, edge)
    return (moment.astimezone(UTC) if moment.tzinfo else moment).time()


def _steps(price: Any) -> Steps | None:
    """None where tokens have no price: what is paid by the minute, the page or the character."""
    prices = {key: value for key, value in vars(price).items() if value is not None}
    if prices and "input_mtok" not in prices:
        return None
    starts = sorted({tier.start for value in prices.values() for tier in getattr(value, "tiers", ())})
    return Steps(tuple(starts), tuple(_rates(prices, start) for start in (-1, *starts)))


def _rates(prices: dict[str, Any], above: int) -> Rates:
    """The prices of requests with more than `above` input tokens, up to the next step."""

    def of(*names: str) -> Decimal:
        for name in names:
            if (value := prices.get(name)) is not None:
                tiers = [tier.price for tier in getattr(value, "tiers", ()) if tier.start <= above]
                price: Decimal = tiers[-1] if tiers else getattr(value, "base", value)
                return price
        return ZERO

    write = ("cache_write_mtok", "cache_write_5m_mtok")
    return Rates(
        input=of("input_mtok"),
        output=of("output_mtok"),
        cached=of("cache_read_mtok", "input_mtok"),
        cache_write=of("cache_write_5m_mtok", "cache_write_mtok", "input_mtok"),
        cache_write_1h=of("cache_write_1h_mtok", *write, "input_mtok"),
        reasoning=of("output_reasoning_mtok", "output_mtok"),
        audio_input=of("input_audio_mtok", "input_mtok"),
        audio_output=of("output_audio_mtok", "output_mtok"),
        cached_audio=of("cache_audio_read_mtok", "cache_read_mtok", "input_audio_mtok", "input_mtok"),
        request=of("requests_kcount") / 1000,
    )
