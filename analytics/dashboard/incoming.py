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
class Sender:
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
class Row:
    """One request. Of one that was refused as a whole `error_status` is set and nothing counted."""

    at: datetime
    endpoint: str
    sender: Sender
    error_status: int | None
    counts: tuple[tuple[int, str], ...]  # those that are not 0
    reasons: tuple[Reason, ...]
    request_id: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """The newest requests first; `cut` where there are more than are shown."""

    rows: tuple[Row, ...]
    cut: bool
    senders: tuple[Sender, ...]
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
    senders = _senders(organization, {key for _, key, _ in places}, {token for _, _, token in places})
    sender, endpoint = asked.get("sender", ""), asked.get("endpoint", "")
    numbers = [number for number, one in senders.items() if one.key == sender]
    if endpoint:
        recent = recent.filter(endpoint=endpoint) if endpoint.isprintable() else recent.none()
    if sender:
        kind, number = numbers[0] if numbers else ("api_key_id", -1)
        recent = recent.filter(**{kind: number})
    found = list(recent.order_by("-answered_at", "-request_id")[: SHOWN + 1])
    return Incoming(
        rows=tuple(_row(one, senders) for one in found[:SHOWN]),
        cut=len(found) > SHOWN,
        senders=tuple(sorted(senders.values(), key=lambda one: (one.name.lower(), one.key))),
        endpoints=tuple(sorted({endpoint for endpoint, _, _ in places})),
        sender=sender,
        endpoint=endpoint,
    )


def _senders(
    organization: Organization, keys: set[int | None], tokens: set[int | None]
) -> dict[tuple[str, int], Sender]:
    of_keys = ApiKey.objects.filter(project__organization=organization, pk__in=keys - {None})
    of_tokens = AccessToken.objects.filter(organization=organization, pk__in=tokens - {None})
    found = {("api_key_id", one.pk): Sender(one.public_id, one.description, one.last_four) for one in of_keys}
    return found | {("access_token_id", one.pk): Sender(f"token-{one.pk}", str(one)) for one in of_tokens}


def _row(one: Delivery, senders: dict[tuple[str, int], Sender]) -> Row:
    number = ("access_token_id" if one.api_key_id is None else "api_key_id", one.api_key_id or one.access_token_id or 0)
    named: list[dict[str, Any]] = one.named
    return Row(
        at=one.answered_at,
        endpoint=one.endpoint,
        sender=senders.get(number, Sender("", "Unknown")),
        error_status=one.error_status,
        counts=tuple((getattr(one, name), name) for name in COUNTS if getattr(one, name)),
        reasons=tuple(Reason(**each) for each in named),
        request_id=one.request_id,
    )
