"""`POST /usage/litellm`: what LiteLLM logs, as its `generic_api` callback sends it."""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.http import HttpRequest, HttpResponse

from accounts import gateway
from accounts.access import authorize_gateway, organization_of
from accounts.gateway import Alias, NoKey
from accounts.models import AccessToken, ApiKey
from analytics.endpoints import check_events, check_rate, json_endpoint
from analytics.ingest import body, deliveries, intake
from analytics.ingest.decoding import MAX_TEXT, EventError, excerpt
from analytics.ingest.event_rules import check
from analytics.ingest.intake import SEND_AGAIN, Sent
from analytics.ingest.json_counts import BodyLimits
from analytics.ingest.litellm_payload import Call, call
from analytics.ingest.over_quota import no_key
from analytics.ingest.receipt import Receipt, answer, said
from analytics.ingest.unpacking import unpacked
from orgdash import clock

logger = logging.getLogger(__name__)
MAX_BYTES = 32_000_000
MAX_EVENTS = 10_000
LATER = 503  # LiteLLM sends again what got 503, and drops what got 429
MAX_VALUES = 2_500_000  # of a body: 250 for each payload
MAX_VALUES_OF_ONE = 100_000  # a batch names the model of each of its answers


@json_endpoint("POST", failure=SEND_AGAIN, later=LATER)
def litellm(request: HttpRequest) -> HttpResponse:
    """`ignored` counts the payloads of calls that use no model."""
    now = clock.now()
    sender = authorize_gateway(request, now)
    receipt = deliveries.noted(request, sender, now, lambda: _received(request, sender, now))
    _warn(receipt, sender)
    return answer(receipt)


def _received(request: HttpRequest, sender: ApiKey | AccessToken, now: datetime) -> Receipt:
    check_rate(f"{'key' if isinstance(sender, ApiKey) else 'token'}:{sender.pk}", status=LATER)
    calls = _calls(request)
    usage = [call for call in calls if call.is_usage]
    organization_id = organization_of(sender)
    check_events(organization_id, len(usage), status=LATER)
    sent = iter(_sent(usage, sender, now))
    return intake.receive([next(sent) if call.is_usage else None for call in calls], organization_id, now, LATER)


def _calls(request: HttpRequest) -> list[Call]:
    """Of each payload only what is wanted is kept, before the next is read; and nothing of the body afterwards."""
    limits = BodyLimits(MAX_EVENTS, "payloads", MAX_VALUES, MAX_VALUES_OF_ONE)
    with unpacked(request, MAX_BYTES) as received:
        return [call(payload) for payload in body.read_each(received, limits)]


def _warn(receipt: Receipt, sender: ApiKey | AccessToken) -> None:
    """LiteLLM does not show the answer."""
    who = sender.public_id if isinstance(sender, ApiKey) else f'access token "{sender}"'
    for sentence in said(receipt, "payload"):
        logger.warning("LiteLLM: payloads of %s: %s", who, sentence)


def _sent(calls: Sequence[Call], sender: ApiKey | AccessToken, now: datetime) -> list[Sent]:
    if isinstance(sender, ApiKey):
        return [_with_key(logged, sender) for logged in calls]
    aliases = [_alias(logged, now) for logged in calls]
    named = {alias for alias in aliases if isinstance(alias, Alias)}
    keys = gateway.keys(sender.organization, named, create=sender.creates_keys)
    found = (keys[alias] if isinstance(alias, Alias) else alias for alias in aliases)
    return [_with_key(logged, key) for logged, key in zip(calls, found, strict=True)]


def _with_key(logged: Call, key: ApiKey | NoKey | EventError) -> Sent:
    if isinstance(logged.event, EventError):
        return Sent(logged.id, logged.event)
    if isinstance(key, EventError):
        return Sent(logged.id, key)
    if isinstance(key, NoKey):
        return Sent(logged.id, no_key(key))
    return Sent(logged.id, {**logged.event, "api_key": key.public_id}, logged.mended)


def _alias(logged: Call, now: datetime) -> Alias | EventError:
    """The names its key goes by. Checked first: for an event that is refused anyway no key is made."""
    try:
        check({**logged.event, "api_key": "-"} if isinstance(logged.event, dict) else logged.event, now)
    except EventError as problem:
        return problem.bare()
    key, team, hashed = _name(logged.key_alias), _name(logged.team_alias), _name(logged.key_hash)
    if logged.team_alias and not team:
        return _unusable("user_api_key_team_alias", logged.team_alias)
    if not (key or hashed):
        return _unusable("user_api_key_alias", logged.key_alias)  # and no hash instead
    email = logged.email if isinstance(logged.email, str) and len(logged.email) <= MAX_TEXT else ""
    return Alias(key or hashed, team or None, email if email.isprintable() else None, hashed or None)


def _name(value: object) -> str:
    """Empty where it is none."""
    name = value.strip() if isinstance(value, str) else ""
    return name if len(name) <= MAX_TEXT and name.isprintable() else ""


def _unusable(place: str, value: object) -> EventError:
    wanted = f"1 to {MAX_TEXT} printable characters"
    return EventError("api_key", f"metadata.{place} must have {wanted} with an access token, got {excerpt(value)}")
