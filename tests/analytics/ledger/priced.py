"""Requests to be priced."""

from datetime import datetime
from typing import Any

from analytics.ledger.usage_event import UsageEvent

NOON = "2026-11-20T12:00:00+00:00"


def asked(provider: str, model: str, at: str = NOON, **known: Any) -> UsageEvent:
    """A request of 1,000 input and 100 output tokens, unless said otherwise."""
    tokens = {"input_tokens": 1000, "output_tokens": 100} | known
    return UsageEvent("req", datetime.fromisoformat(at), 1, 1, 1, 1, provider, model, **tokens)
