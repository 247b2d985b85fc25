"""Usage for tests: events written by `record.record`, through which every event comes."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count

from accounts.models import ApiKey
from analytics.ledger import record
from analytics.ledger.usage_event import UsageEvent

SECRET = "sk-org-" + "s" * 40  # of the fixture `key`
MODELS = ["gpt-5.5", "openai/gpt-5.5", "azure/GPT-5.5:beta", "claude-sonnet-4", "llama3:8b"]

# Around both clock changes of New York and a month's and a year's end.
DAYS = [date(2026, 3, 7), date(2026, 3, 8), date(2026, 10, 31), date(2026, 11, 1), date(2025, 12, 31), date(2026, 1, 1)]
_numbers = count()


def event(key: ApiKey, at: str | datetime, **changes) -> UsageEvent:
    """A request of `key` at an instant (ISO; UTC without an offset): 100 + 50 tokens for one dollar unless said."""
    instant = datetime.fromisoformat(at) if isinstance(at, str) else at
    fields = {
        "event_id": f"req-{next(_numbers)}",
        "occurred_at": (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC),
        "organization_id": key.project.organization_id,
        "project_id": key.project_id,
        "api_key_id": key.pk,
        "member_id": key.created_by_id,
        "provider": "openai",
        "model": "gpt-5.5",
        "input_tokens": 100,
        "output_tokens": 50,
        "cached_input_tokens": 0,
        "cost": Decimal("1"),
        "is_error": False,
    }
    return UsageEvent(**fields | changes)


def use(key: ApiKey, at: str | datetime, **changes) -> None:
    record.record_events([event(key, at, **changes)])


def random_events(keys: list[ApiKey], seed: int = 1, number: int = 400) -> list[UsageEvent]:
    """Of some of the MODELS, on the DAYS and the next; of three costs one is unknown and one is nothing."""
    chance = random.Random(seed)
    return [
        event(
            chance.choice(keys),
            datetime.combine(chance.choice(DAYS), datetime.min.time(), UTC)
            + timedelta(seconds=chance.randrange(36 * 3600), microseconds=chance.randrange(10**6)),
            model=chance.choice(MODELS),
            input_tokens=(tokens := chance.randrange(5000)),
            cached_input_tokens=chance.randrange(tokens + 1),
            output_tokens=chance.randrange(500),
            cost=chance.choice([None, Decimal(0), Decimal(chance.randrange(10**9)).scaleb(-12)]),
            is_error=chance.random() < 0.1,
        )
        for _ in range(number)
    ]
