"""Checked events → events whose API key is known and may be used. The keys of a batch are looked up at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import ApiKey
from analytics.ingest.decoding import EventError, excerpt
from analytics.ingest.plain import Checked
from analytics.ledger.horizon import horizons
from analytics.ledger.usage_event import UsageEvent, quickly
from analytics.models import CostSource


@dataclass(frozen=True, slots=True)
class _Key:
    """What events need of an API key, and of its organization's log: read once, for attributes of a row are slow."""

    organization_id: int
    project_id: int
    pk: int
    created_by_id: int
    revoked_at: datetime | None
    pruned_before: datetime | None


def _resolved(draft: Checked, key: _Key | None) -> UsageEvent | EventError:
    if key is None:
        return EventError("api_key", f"there is no such API key, got {excerpt(draft.api_key)}")
    if key.revoked_at is not None and key.revoked_at <= draft.timestamp:
        return EventError(
            "api_key", f"was revoked at {key.revoked_at.isoformat()}, before this request, got {excerpt(draft.api_key)}"
        )
    horizon = key.pruned_before
    if horizon is not None and draft.timestamp < horizon:
        reason = f"must not be before {horizon.isoformat()}: older requests are pruned, so a repeat could not be known"
        return EventError("timestamp", f"{reason}, got {excerpt(draft.timestamp.isoformat())}")
    return quickly(
        draft.id,
        draft.timestamp,
        key.organization_id,
        key.project_id,
        key.pk,
        key.created_by_id,
        draft.provider or "",
        draft.model or "",
        draft.input_tokens,
        draft.output_tokens,
        draft.cached_input_tokens,
        draft.cost_usd,
        draft.status == "error",
        draft.cache_write_tokens,
        draft.cache_write_1h_tokens,
        draft.reasoning_tokens,
        draft.audio_input_tokens,
        draft.audio_output_tokens,
        draft.service_tier,
        CostSource.SENT,
        draft.response_id or "",
        draft.ended_at,
        draft.revision,
        draft.void,
        draft.ties,
    )


def resolve(drafts: Sequence[Checked | EventError]) -> list[UsageEvent | EventError]:
    """One answer for each draft, in order: the event, or why its API key or time may not be used. Two statements.

    What is refused already stays so.
    """
    wanted = {draft.api_key for draft in drafts if not isinstance(draft, EventError)}
    rows = list(ApiKey.objects.filter(public_id__in=wanted).select_related("project"))
    pruned = horizons(row.project.organization_id for row in rows)
    keys = {
        row.public_id: _Key(
            organization_id=row.project.organization_id,
            project_id=row.project_id,
            pk=row.pk,
            created_by_id=row.created_by_id,
            revoked_at=row.revoked_at,
            pruned_before=pruned.get(row.project.organization_id),
        )
        for row in rows
    }
    return [draft if isinstance(draft, EventError) else _resolved(draft, keys.get(draft.api_key)) for draft in drafts]
