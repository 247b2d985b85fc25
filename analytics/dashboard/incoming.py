"""Incoming usage: the requests that brought usage in the last day, and what became of each. No content of theirs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import QueryDict

from accounts.models import AccessToken, ApiKey, Organization
from analytics.models import Delivery

SHOWN = 100
MOST_SENDERS = 1000  # times endpoints, in the two lists to choose from
SHOWN_FOR = timedelta(days=1)
COUNTS = ("recorded", "updated", "merged", "repeated", "outdated", "ignored", "conflicting", "mended", "refused")


@dataclass(frozen=True, slots=True)
class Credential:
    """An API key, or an access token (without `last_four`). `key` names it in a link."""

    key: str
    name: str
    last_four: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why `count` events, or fields of events, were `what`: refused, conflicting or mended."""

    what: str
    field: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One request. Of one that was refused as a whole `error_status` is set and nothing counted."""

    at: datetime
    endpoint: str
    sender: Credential
    error_status: int | None
    counts: tuple[tuple[int, str], ...]  # those that are not 0
    reasons: tuple[Reason, ...]
    request_id: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """The newest requests first; `cut` where there are more than are shown."""

    rows: tuple[DeliveryRow, ...]
    cut: bool
    senders: tuple[Credential, ...]
    endpoints: tuple[str, ...]
    sender: str
    endpoint: str
    shown = SHOWN

    @property
    def chosen(self) -> bool:
        return bool(self.sender or self.endpoint)


def incoming(organization: Organization, asked: QueryDict, now: datetime) -> Incoming:
    """Four statements. `sender` and `endpoint` of what is asked narrow it."""
    recent = Delivery.objects.filter(organization_id=organization.pk, answered_at__gt=now - SHOWN_FOR)
    places = list(recent.values_list("endpoint", "api_key_id", "access_token_id").distinct()[:MOST_SENDERS])
    credentials = _credentials(organization, {key for _, key, _ in places}, {token for _, _, token in places})
    sender, endpoint = asked.get("sender", ""), asked.get("endpoint", "")
    numbers = [number for number, credential in credentials.items() if credential.key == sender]
    if endpoint:
        recent = recent.filter(endpoint=endpoint) if endpoint.isprintable() else recent.none()
    if sender:
        kind, number = numbers[0] if numbers else ("api_key_id", -1)
        recent = recent.filter(**{kind: number})
    found = list(recent.order_by("-answered_at", "-request_id")[: SHOWN + 1])
    return Incoming(
        rows=tuple(_row(delivery, credentials) for delivery in found[:SHOWN]),
        cut=len(found) > SHOWN,
        senders=tuple(sorted(credentials.values(), key=lambda credential: (credential.name.lower(), credential.key))),
        endpoints=tuple(sorted({endpoint for endpoint, _, _ in places})),
        sender=sender,
        endpoint=endpoint,
    )


def _credentials(
    organization: Organization, keys: set[int | None], tokens: set[int | None]
) -> dict[tuple[str, int], Credential]:
    of_keys = ApiKey.objects.filter(project__organization=organization, pk__in=keys - {None})
    of_tokens = AccessToken.objects.filter(organization=organization, pk__in=tokens - {None})
    found = {("api_key_id", key.pk): Credential(key.public_id, key.description, key.last_four) for key in of_keys}
    return found | {("access_token_id", token.pk): Credential(f"token-{token.pk}", str(token)) for token in of_tokens}


def _row(delivery: Delivery, credentials: dict[tuple[str, int], Credential]) -> DeliveryRow:
    number = (
        "access_token_id" if delivery.api_key_id is None else "api_key_id",
        delivery.api_key_id or delivery.access_token_id or 0,
    )
    named: list[dict[str, Any]] = delivery.named
    return DeliveryRow(
        at=delivery.answered_at,
        endpoint=delivery.endpoint,
        sender=credentials.get(number, Credential("", "Unknown")),
        error_status=delivery.error_status,
        counts=tuple((getattr(delivery, name), name) for name in COUNTS if getattr(delivery, name)),
        reasons=tuple(Reason(**each) for each in named),
        request_id=delivery.request_id,
    )
