"""What the ledger records: one request, every rule kept."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """One request, every rule kept, its API key resolved. Numbers of accounts' rows are database numbers.

    `occurred_at` is UTC, to the microsecond. `cost` is US dollars, exact to 12 places; None: not priced, not zero.
    Cached tokens are part of the input tokens. Provider and model are as sent, trimmed.
    """

    event_id: str
    occurred_at: datetime
    organization_id: int
    project_id: int
    api_key_id: int
    member_id: int
    provider: str
    model: str
    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    cost: Decimal | None = None
    is_error: bool = False
