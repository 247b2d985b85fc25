"""What a sender's request becomes: its body unpacked and decoded, its events checked, recorded, answered for."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.http import HttpResponse, JsonResponse

from analytics.ingest.decoding import MAX_TEXT, EventError
from analytics.ingest.event_rules import Draft, check
from analytics.ingest.resolve import resolve
from analytics.ledger import record
from analytics.ledger.usage_event import UsageEvent

SEND_AGAIN = "Not everything was recorded. Send the same events again: what is there already counts once."
BATCH = 5000  # events of one transaction


@dataclass(frozen=True, slots=True)
class Sent:
    """One of the events of a request: decoded, with the API key it is of; or why it cannot be read as one."""

    id: object
    event: object  # or an EventError
    mended: tuple[str, ...] = ()  # the fields that `event_rules.mend` changed


@dataclass(frozen=True, slots=True)
class Refusal:
    """One event that is not recorded. `index` counts from 0 in what was sent; the id is None where it has none."""

    index: int
    id: str | None
    field: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of the events of one request. What is counted as recorded is committed."""

    recorded: int
    repeated: int
    refused: tuple[Refusal, ...]


def receive(sent: Sequence[Sent], now: datetime) -> Receipt:
    """Record those that keep every rule, a transaction for each batch; after an error the whole may be sent again."""
    refused: list[Refusal] = []
    recorded = repeated = 0
    numbered = enumerate(sent)
    while batch := list(islice(numbered, BATCH)):
        outcomes, result = _taken([one.event for _, one in batch], now)
        recorded, repeated = recorded + result.recorded, repeated + result.repeated
        refused += _refusals(batch, outcomes)
    return Receipt(recorded, repeated, tuple(refused))


def resolve_and_record(drafts: Sequence[Draft]) -> tuple[list[UsageEvent | EventError], record.Recorded]:
    """Resolve and record: what became of each draft, in order, and how many of the events were new."""
    while True:  # after a PrunedError what is too old is refused, and that at most once for each month of the log
        outcomes = resolve(drafts)
        try:
            return outcomes, record.record_events([one for one in outcomes if isinstance(one, UsageEvent)])
        except record.PrunedError:
            continue


def _taken(events: Sequence[object], now: datetime) -> tuple[list[UsageEvent | EventError], record.Recorded]:
    checked = [_checked(one, now) for one in events]
    taken, result = resolve_and_record([one for one in checked if isinstance(one, Draft)])
    resolved = iter(taken)
    return [next(resolved) if isinstance(one, Draft) else one for one in checked], result


def _checked(one: object, now: datetime) -> Draft | EventError:
    if isinstance(one, EventError):
        return one
    try:
        return check(one, now)
    except EventError as problem:
        return problem


def _refusals(batch: Iterable[tuple[int, Sent]], outcomes: Iterable[UsageEvent | EventError]) -> list[Refusal]:
    return [
        Refusal(index, _text(sent.id), outcome.field, outcome.message)
        for (index, sent), outcome in zip(batch, outcomes, strict=True)
        if isinstance(outcome, EventError)
    ]


def _text(event_id: object) -> str | None:
    return event_id if isinstance(event_id, str) and len(event_id) <= MAX_TEXT else None


def fields(refused: Iterable[Refusal], otherwise: str) -> str:
    """What of refused events was wrong, for the log. Values stay out of it: nobody knows what a sender put there."""
    return ", ".join(sorted({one.field or otherwise for one in refused}))


def answer(receipt: Receipt, **more: Any) -> HttpResponse:
    """200, or 422 where everything was refused."""
    nothing = bool(receipt.refused) and not receipt.recorded and not receipt.repeated
    return JsonResponse(asdict(receipt) | more, status=422 if nothing else 200)
