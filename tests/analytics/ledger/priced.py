"""Requests to be priced, and the models of the public list."""

from datetime import datetime
from typing import Any

from genai_prices import types
from genai_prices.data import providers as published

from analytics.ledger.usage_event import UsageEvent

NOON = "2026-11-20T12:00:00+00:00"
# Provider, model and a name that it is found by, of every rule of the list.
LISTED = [
    (provider, model, name)
    for provider in published
    for model in provider.models
    for part in (model.match.or_ if isinstance(model.match, types.ClauseOr) else [model.match])
    for name in [getattr(part, "equals", None) or getattr(part, "starts_with", None) or model.id]
]


def asked(provider: str, model: str, at: str = NOON, **known: Any) -> UsageEvent:
    """A request of 1,000 input and 100 output tokens, unless said otherwise."""
    tokens = {"input_tokens": 1000, "output_tokens": 100} | known
    return UsageEvent("req", datetime.fromisoformat(at), 1, 1, 1, 1, provider, model, **tokens)
