"""Calls as they were, what senders tell of each, and what must be counted: known from the call, not from the telling.

Nothing here asks the ledger's code how events become calls: a test makes the calls, so it knows what they are.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from analytics.ledger.usage_event import Ties, UsageEvent
from analytics.models import CostSource
from tests.analytics import usage

TEN = datetime(2026, 11, 17, 10, tzinfo=UTC)
SENDERS = ("gateway", "litellm", "span", "child", "log")
COUNTS = {"input_tokens": 100, "output_tokens": 50}
KNOWS: dict[str, dict] = {
    "nothing": {},
    "counts": COUNTS,
    "counts and cache": COUNTS | {"cached_input_tokens": 40, "cache_write_tokens": 10, "cache_write_1h_tokens": 5},
    "counts and reasoning": COUNTS | {"reasoning_tokens": 20},
    "a cost": {"cost": True},
    "counts and a cost": COUNTS | {"cost": True},
    "an error": {"is_error": True},
}
BLANK = UsageEvent("", TEN, 1, 1, 1, 1, "openai", "gpt-5.5")
PARTS = ("cached_input_tokens", "cache_write_tokens", "cache_write_1h_tokens", "reasoning_tokens")


def event(name: str, seconds: float = 0, *, span: str = "", parent: str = "", alike: str = "", **said) -> UsageEvent:
    """What one sender tells, some seconds after ten; nothing but what is said here."""
    at = TEN + timedelta(seconds=seconds)
    return replace(BLANK, event_id=name, occurred_at=at, **{"ties": Ties(span, parent, alike)} | said)


def answered(name: str, seconds: float = 0, answer: str = "msg_1", **said) -> UsageEvent:
    """The same, of an answer with an id."""
    return event(name, seconds, response_id=answer, **said)


@dataclass(frozen=True)
class Call:
    """`ids` says whether its answer has an id that senders know; without one, spans are tied by their parents alone."""

    number: int = 0
    begin: datetime = TEN
    answer: str = ""
    blank: UsageEvent = BLANK

    def told(self, sender: str, knows: str, **changes) -> UsageEvent:
        """What a sender tells; each begins a little later than the one before, each states a cost of its own."""
        place = SENDERS.index(sender)
        name = f"call{self.number}-{sender}"
        spans = {"span": ("span", "around"), "child": ("child", "span")}.get(sender, ("", ""))
        span, parent = (f"{self.number}-{word}" if word else "" for word in spans)
        alike = f"litellm:{self.number}" if sender == "litellm" else ""
        fields = {
            "event_id": name,
            "occurred_at": self.begin + place * timedelta(milliseconds=100),
            "ended_at": self.begin + timedelta(seconds=3),
            "response_id": self.answer,
            "ties": Ties(span, parent, alike, charges=sender == "litellm"),
            **KNOWS[knows],
        }
        if fields.get("cost"):
            fields["cost"] = Decimal(place + 1) / 10
        return replace(self.blank, **fields | changes)


def blank(key) -> UsageEvent:
    """A request of `key` at ten, of which nothing is told but the model."""
    return replace(usage.event(key, TEN, cost=None), input_tokens=0, output_tokens=0)


def call_of(key, *pairs: tuple[str, str]) -> list[UsageEvent]:
    """One call of `key`, as each of some senders tells it: (sender, what it knows)."""
    return [Call(answer="msg_1", blank=blank(key)).told(*pair) for pair in pairs]


@dataclass(frozen=True)
class Prices:
    """US dollars for a token, whatever its kind, of every model there is; None: nobody knows a price."""

    input: Decimal | None = None
    output: Decimal = field(default=Decimal("0.00001"))

    def cost(self, event: UsageEvent) -> Decimal | None:
        if self.input is None or not (event.input_tokens or event.output_tokens or event.is_error):
            return None
        return event.input_tokens * self.input + event.output_tokens * self.output


def estimated(event: UsageEvent, prices: Prices) -> UsageEvent:
    cost = prices.cost(event)
    return event if cost is None else replace(event, cost=cost, cost_source=CostSource.BOOK)


def counted(tellings: Iterable[UsageEvent], prices: Prices) -> UsageEvent:
    """What must be counted for the tellings of one call: each thing from whoever knows it."""
    by_time = sorted(tellings, key=lambda event: (event.occurred_at, event.event_id))
    known = [event for event in by_time if event.input_tokens or event.output_tokens]
    charged = [event.cost for event in by_time if event.ties.charges and event.cost is not None]
    stated = [event.cost for event in by_time if event.cost is not None]
    cost = (*charged, *stated, None)[0]
    named = [event for event in (*known, *by_time) if event.provider != "unknown"] or by_time
    whole = replace(
        by_time[0],
        **{name: max(getattr(event, name) for event in by_time) for name in (*COUNTS, *PARTS)},
        provider=named[0].provider,
        model=named[0].model,
        is_error=any(event.is_error for event in by_time),
        cost=cost,
    )
    return estimated(whole, prices) if cost is None else whole


def last_word(versions: Iterable[UsageEvent]) -> list[UsageEvent]:
    """Of each event its highest revision, with a cost if any of that revision states one; none that are void."""
    last: dict[tuple, UsageEvent] = {}
    for event in versions:
        key = (event.organization_id, event.occurred_at, event.event_id)
        known = last.get(key, event)
        if (event.revision, event.cost is not None) >= (known.revision, known.cost is not None):
            last[key] = event
    return [event for event in last.values() if not event.void]
