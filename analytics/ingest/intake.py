"""What a sender's events become: checked, their API keys found, recorded, answered for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from analytics.ingest.decoding import MAX_TEXT, EventError
from analytics.ingest.event_rules import Draft, check
from analytics.ingest.receipt import Named, Receipt, Refusal
from analytics.ingest.resolve import resolve
from analytics.ledger import record
from analytics.ledger.usage_event import UsageEvent

SEND_AGAIN = "Not everything was recorded. Send the same events again: what is there already counts once."
BATCH = 5000  # events of one transaction
COUNTED = ("recorded", "repeated", "updated", "merged", "outdated")


@dataclass(frozen=True, slots=True)
class Sent:
    """One of the events of a request: decoded, with the API key it is of; or why it cannot be read as one."""

    id: object
    event: object  # or an EventError
    mended: tuple[str, ...] = ()  # the fields that `event_rules.mend` changed


def receive(sent: Sequence[Sent | None], now: datetime) -> Receipt:
    """Record those that keep every rule, a transaction for each batch; after an error the whole may be sent again.

    None stands for what tells of no model call, so that places are those in what was sent.
    """
    receipt = Receipt(ignored=sum(one is None for one in sent))
    numbered = ((index, one) for index, one in enumerate(sent) if one is not None)
    while batch := list(islice(numbered, BATCH)):
        outcomes, result = resolve_and_record([_checked(one.event, now) for _, one in batch])
        for name in COUNTED:
            setattr(receipt, name, getattr(receipt, name) + getattr(result, name))
        for conflict in result.conflicts:
            index, one = batch[conflict.index]
            receipt.conflicting.append(Named(index, _text(one.id), conflict.fields))
        for (index, one), outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, EventError):
                receipt.refused.append(Refusal(index, _text(one.id), outcome.field, outcome.message))
            elif one.mended:
                receipt.mended.append(Named(index, _text(one.id), one.mended))
    return receipt


def resolve_and_record(
    drafts: Sequence[Draft | EventError],
) -> tuple[list[UsageEvent | EventError], record.Recorded]:
    """Resolve and record: what became of each draft, in order, and of the events as a whole.

    Refusals go through. The places of what contradicts are those among the drafts.
    """
    while True:  # after a PrunedError what is too old is refused, and that at most once for each month of the log
        outcomes = resolve(drafts)
        events = [(place, event) for place, event in enumerate(outcomes) if isinstance(event, UsageEvent)]
        try:
            result = record.record_events([event for _place, event in events])
        except record.PrunedError:
            continue
        conflicts = tuple(replace(conflict, index=events[conflict.index][0]) for conflict in result.conflicts)
        return outcomes, replace(result, conflicts=conflicts)


def _checked(event: object, now: datetime) -> Draft | EventError:
    if isinstance(event, EventError):
        return event
    try:
        return check(event, now)
    except EventError as problem:
        return problem


def _text(event_id: object) -> str | None:
    return event_id if isinstance(event_id, str) and len(event_id) <= MAX_TEXT else None
