"""Usage for tests: events written by `record.record`, through which every event comes."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import count

from accounts.models import ApiKey
from analytics.ledger import record
from analytics.ledger.usage_event import UsageEvent

SECRET = "sk-org-" + "s" * 40  # of the fixture `key`
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
