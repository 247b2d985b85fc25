"""What a sender's events become: checked, their API keys found, recorded, answered for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from analytics.ingest import over_quota
from analytics.ingest.decoding import MAX_TEXT, EventError
from analytics.ingest.event_rules import Draft, check
from analytics.ingest.over_quota import LaterError, Months
from analytics.ingest.plain import Checked
from analytics.ingest.receipt import Named, Receipt, Refusal
from analytics.ingest.resolve import resolve
from analytics.ledger import record
from analytics.ledger.model_numbers import TooManyModelsError
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


def receive(sent: Sequence[Sent | None], organization_id: int, now: datetime, later: int = 429) -> Receipt:
    """Record those that keep every rule, a transaction for each batch; after an error the whole may be sent again.

    None stands for what tells of no model call, so that places are those in what was sent. What is beyond a quota of
    the day is refused by itself; ApiError of status `later`: for that nothing at all could be kept.
    """
    receipt = Receipt(ignored=sum(one is None for one in sent))
    months, put_off = Months(), list[LaterError]()
    numbered = ((index, one) for index, one in enumerate(sent) if one is not None)
    while batch := list(islice(numbered, BATCH)):
        drafts = [_checked(one.event, now, months) for _, one in batch]
        outcomes, result = resolve_and_record(drafts, quota_of=organization_id)
        for name in COUNTED:
            setattr(receipt, name, getattr(receipt, name) + getattr(result, name))
        times = [event.occurred_at for event in outcomes if isinstance(event, UsageEvent)]
        receipt.newest = max([*times, *([receipt.newest] if receipt.newest else [])], default=None)
        for conflict in result.conflicts:
            index, one = batch[conflict.index]
            receipt.conflicting.append(Named(index, _text(one.id), conflict.fields))
        for (index, one), outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, EventError):
                receipt.refused.append(Refusal(index, _text(one.id), outcome.field, outcome.message))
                put_off += [outcome] if isinstance(outcome, LaterError) else []
            elif one.mended:
                receipt.mended.append(Named(index, _text(one.id), one.mended))
    if put_off and not receipt.kept:
        raise over_quota.whole(put_off, later)
    return receipt


def resolve_and_record(
    drafts: Sequence[Checked | EventError], quota_of: int | None = None
) -> tuple[list[UsageEvent | EventError], record.Recorded]:
    """Resolve and record: what became of each draft, in order, and of the events as a whole.

    Refusals go through. The places of what contradicts are those among the drafts. New models are bounded by the quota
    of the organization `quota_of`; without it they are not.
    """
    while True:  # after an error what is too old or too new is refused: once for each month of the log, once for models
        outcomes = resolve(drafts)
        events = [(place, event) for place, event in enumerate(outcomes) if isinstance(event, UsageEvent)]
        try:
            result = record.record_events([event for _place, event in events], quota_of)
        except record.PrunedError:
            continue
        except TooManyModelsError as beyond:
            drafts = [_unless_new(draft, beyond.names, quota_of or 0) for draft in drafts]
            continue
        conflicts = tuple(replace(conflict, index=events[conflict.index][0]) for conflict in result.conflicts)
        return outcomes, replace(result, conflicts=conflicts)


def _checked(event: object, now: datetime, months: Months) -> Draft | EventError:
    if isinstance(event, EventError):
        return event
    try:
        draft = check(event, now)
        months.check(draft.timestamp)
    except EventError as problem:
        return problem.bare()
    return draft


def _unless_new(draft: Checked | EventError, new: set[tuple[str, str]], organization_id: int) -> Checked | EventError:
    if not isinstance(draft, EventError) and (draft.provider, draft.model) in new:
        return over_quota.new_model(organization_id, draft.model or "")
    return draft


def _text(event_id: object) -> str | None:
    return event_id if isinstance(event_id, str) and len(event_id) <= MAX_TEXT else None
