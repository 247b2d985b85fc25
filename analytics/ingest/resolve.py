"""Checked events → events whose API key is known and may be used. The keys of a batch are looked up at once."""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import ApiKey
from analytics.ingest.decoding import EventError, excerpt
from analytics.ingest.event_rules import Draft
from analytics.ledger.horizon import horizons
from analytics.ledger.usage_event import UsageEvent


def _resolved(draft: Draft, key: ApiKey | None, pruned: dict[int, datetime]) -> UsageEvent | EventError:
    if key is None:
        return EventError("api_key", f"there is no such API key, got {excerpt(draft.api_key)}")
    if key.revoked_at is not None and key.revoked_at <= draft.timestamp:
        return EventError(
            "api_key", f"was revoked at {key.revoked_at.isoformat()}, before this request, got {excerpt(draft.api_key)}"
        )
    horizon = pruned.get(key.project.organization_id)
    if horizon is not None and draft.timestamp < horizon:
        reason = f"must not be before {horizon.isoformat()}: older requests are pruned, so a repeat could not be known"
        return EventError("timestamp", f"{reason}, got {excerpt(draft.timestamp.isoformat())}")
    return UsageEvent(
        event_id=draft.id,
        occurred_at=draft.timestamp,
        organization_id=key.project.organization_id,
        project_id=key.project_id,
        api_key_id=key.pk,
        member_id=key.created_by_id,
        provider=draft.provider or "",
        model=draft.model or "",
        input_tokens=draft.input_tokens,
        output_tokens=draft.output_tokens,
        cached_input_tokens=draft.cached_input_tokens,
        cost=draft.cost_usd,
        is_error=draft.status == "error",
        cache_write_tokens=draft.cache_write_tokens,
        cache_write_1h_tokens=draft.cache_write_1h_tokens,
        reasoning_tokens=draft.reasoning_tokens,
        audio_input_tokens=draft.audio_input_tokens,
        audio_output_tokens=draft.audio_output_tokens,
        service_tier=draft.service_tier,
        response_id=draft.response_id or "",
        ended_at=draft.ended_at,
        revision=draft.revision,
        void=draft.void,
        ties=draft.ties,
    )


def resolve(drafts: Sequence[Draft | EventError]) -> list[UsageEvent | EventError]:
    """One answer for each draft, in order: the event, or why its API key or time may not be used. Two statements.

    What is refused already stays so.
    """
    wanted = {draft.api_key for draft in drafts if isinstance(draft, Draft)}
    keys = {key.public_id: key for key in ApiKey.objects.filter(public_id__in=wanted).select_related("project")}
    pruned = horizons(key.project.organization_id for key in keys.values())
    return [
        _resolved(draft, keys.get(draft.api_key), pruned) if isinstance(draft, Draft) else draft for draft in drafts
    ]
