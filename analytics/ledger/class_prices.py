"""What the price book, else the catalogue, asks for a token of each class: ordinary requests that are not long."""

from collections.abc import Mapping
from datetime import datetime

from analytics.ledger import prices
from analytics.ledger.usage_event import UsageEvent
from analytics.list_prices import ClassPrices

TOKENS = 1000  # of a request that is asked about, below every step of a price
_REQUESTS: tuple[dict[str, int], ...] = (
    {"input_tokens": TOKENS},
    {"input_tokens": TOKENS, "cached_input_tokens": TOKENS},
    {"input_tokens": TOKENS, "cache_write_tokens": TOKENS},
    {"output_tokens": TOKENS},
)


def lookup(names: Mapping[str, tuple[str, ...]], at: datetime) -> dict[str, ClassPrices]:
    """Of canonical models with the names they were sent by, those that a list knows by one of these. One statement."""
    asked = {model: (*sent, model) for model, sent in names.items()}
    book = prices.book_for({("", name) for every in asked.values() for name in every})
    found = {model: next(filter(None, (_of(book, name, at) for name in every)), None) for model, every in asked.items()}
    return {model: listed for model, listed in found.items() if listed}


def _of(book: prices.PriceBook, name: str, at: datetime) -> ClassPrices | None:
    if not book.may_know("", name):
        return None
    known = []
    for tokens in _REQUESTS:
        estimate = book.estimate(UsageEvent("", at, 0, 0, 0, 0, "", name, **tokens))  # type: ignore[arg-type]
        if estimate is None:
            return None  # a name that no list has is asked about once
        known.append(estimate.cost)
    return ClassPrices(*known)
