"""Requests to be priced, the models of the public list, and rows of the price book."""

from datetime import date, datetime
from io import StringIO
from typing import Any

from django.core.management import call_command
from genai_prices import types
from genai_prices.data import providers as published

from analytics.ledger.usage_event import UsageEvent
from analytics.models import Price

NOON = "2026-11-20T12:00:00+00:00"
# Provider, model and a name that it is found by, of every rule of the list.
LISTED = [
    (provider, model, name)
    for provider in published
    for model in provider.models
    for part in (model.match.or_ if isinstance(model.match, types.ClauseOr) else [model.match])
    for name in [getattr(part, "equals", None) or getattr(part, "starts_with", None) or model.id]
]
TOKENS = {"input_tokens": 1_000_000, "cached_input_tokens": 400_000, "output_tokens": 200_000, "cost": None}


def asked(provider: str, model: str, at: str = NOON, **known: Any) -> UsageEvent:
    """A request of 1,000 input and 100 output tokens, unless said otherwise."""
    tokens = {"input_tokens": 1000, "output_tokens": 100} | known
    return UsageEvent("req", datetime.fromisoformat(at), 1, 1, 1, 1, provider, model, **tokens)


def price(model="gpt-5.5", since="2026-01-01", amounts=("2", "0.5", "10"), provider="openai") -> Price:
    """A row of the price book: US dollars per million tokens of input, cached input and output."""
    fresh, cached, output = amounts
    return Price.objects.create(
        provider=provider,
        model=model,
        valid_from=date.fromisoformat(since),
        input_usd_per_1m=fresh,
        cached_input_usd_per_1m=cached,
        output_usd_per_1m=output,
    )


def run(command: str, *arguments: str) -> str:
    """What a command says on standard output."""
    out = StringIO()
    call_command(command, *arguments, stdout=out, stderr=StringIO())
    return out.getvalue().strip()
