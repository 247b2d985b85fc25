"""Usage as it happens: `POST /usage/events`, and `/usage/litellm`, where LiteLLM sends what it logs.

What the answer calls recorded is committed.
"""

import logging
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from itertools import islice
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts import gateway
from accounts.access import authorize_gateway, authorize_sender
from accounts.api_error import ApiError
from accounts.gateway import Alias, NoKey
from accounts.models import AccessToken, ApiKey
from analytics import intake
from analytics.doors import check_rate, json_door
from analytics.events import MAX_TEXT, Doubled, EventError, check, shown
from analytics.intake import Receipt, Refusal, Sent, invalid
from analytics.litellm import Call, call
from orgdash import clock

logger = logging.getLogger(__name__)
MAX_BYTES = 5_000_000  # of a body, as sent and unpacked
MAX_EVENTS = 1000
LITELLM_BYTES = 32_000_000
LITELLM_EVENTS = 10_000
SEND_AGAIN = "Not everything was recorded. Send the same events again: what is there already counts once."


@json_door("POST", failure=SEND_AGAIN)
def events(request: HttpRequest) -> HttpResponse:
    key = authorize_sender(request)
    check_rate(f"key:{key.pk}")
    sent = _listed(intake.read_json(intake.read_body(request, MAX_BYTES), request.content_type))
    if len(sent) > MAX_EVENTS:
        raise ApiError(413, "too_large", f"At most {MAX_EVENTS} events may be sent at once; these are {len(sent)}.")
    return answer(intake.record([_of(one, key) for one in sent], clock.now()))


@json_door("POST", failure=SEND_AGAIN)
def litellm(request: HttpRequest) -> HttpResponse:
    """As above; `ignored` counts the payloads of calls that use no model."""
    now = clock.now()
    sender = authorize_gateway(request, now)
    # LiteLLM sends again what got 503, and drops what got 429.
    check_rate(f"{'key' if isinstance(sender, ApiKey) else 'token'}:{sender.pk}", status=503)
    calls = _calls(intake.read_body(request, LITELLM_BYTES))
    usage = [(index, one) for index, one in enumerate(calls) if one.is_usage]
    receipt = intake.record(_sent([one for _, one in usage], sender, now), now)
    # Counted in what was sent, the ignored ones too.
    refused = tuple(replace(one, index=usage[one.index][0]) for one in receipt.refused)
    _warn(refused, sender)
    return answer(replace(receipt, refused=refused), ignored=len(calls) - len(usage))


def _calls(body: bytes) -> list[Call]:
    """Of each payload only what is wanted is kept, before the next is read."""
    calls = [call(payload) for payload in islice(intake.read_each(body), LITELLM_EVENTS + 1)]
    if len(calls) > LITELLM_EVENTS:
        raise ApiError(413, "too_large", f"At most {LITELLM_EVENTS} payloads may be sent at once.")
    return calls


def _warn(refused: Sequence[Refusal], sender: ApiKey | AccessToken) -> None:
    """LiteLLM does not show the answer."""
    if refused:
        who = sender.public_id if isinstance(sender, ApiKey) else f'access token "{sender}"'
        fields = intake.fields(refused, "payload")
        logger.warning("LiteLLM: %d payloads of %s refused: %s", len(refused), who, fields)


def answer(receipt: Receipt, **more: Any) -> HttpResponse:
    """200, or 422 where everything was refused."""
    nothing = bool(receipt.refused) and not receipt.recorded and not receipt.repeated
    return JsonResponse(asdict(receipt) | more, status=422 if nothing else 200)


def _sent(calls: Sequence[Call], sender: ApiKey | AccessToken, now: datetime) -> list[Sent]:
    if isinstance(sender, ApiKey):
        return [_with_key(one, sender) for one in calls]
    aliases = [_alias(one, now) for one in calls]
    named = {alias for alias in aliases if isinstance(alias, Alias)}
    keys = gateway.keys(sender.organization, named, create=sender.creates_keys)
    found = (keys[alias] if isinstance(alias, Alias) else alias for alias in aliases)
    return [_with_key(one, key) for one, key in zip(calls, found, strict=True)]


def _with_key(one: Call, key: ApiKey | NoKey | EventError) -> Sent:
    match one.event, key:
        case (EventError() as problem, _) | (_, EventError() as problem):
            return Sent(one.id, problem)
        case _, NoKey():
            return Sent(one.id, EventError("api_key", key.message))
    return Sent(one.id, {**one.event, "api_key": key.public_id})


def _alias(one: Call, now: datetime) -> Alias | EventError:
    """The names its key goes by. Checked first: for an event that is refused anyway no key is made."""
    try:
        check({**one.event, "api_key": "-"} if isinstance(one.event, dict) else one.event, now)
        key = _name(one.key_alias, "user_api_key_alias")
        team = _name(one.team_alias, "user_api_key_team_alias") if one.team_alias else None
    except EventError as problem:
        return problem
    known = isinstance(one.email, str) and len(one.email) <= MAX_TEXT and one.email.isprintable()
    return Alias(key, team, one.email if known else None)


def _name(value: object, place: str) -> str:
    name = value.strip() if isinstance(value, str) else ""
    if not name or len(name) > MAX_TEXT or not name.isprintable():
        wanted = f"1 to {MAX_TEXT} printable characters"
        raise EventError("api_key", f"metadata.{place} must have {wanted} with an access token, got {shown(value)}")
    return name


def _listed(decoded: object) -> Sequence[object]:
    """One event, an array, or `{"events": […]}`."""
    if isinstance(decoded, Doubled) and decoded.name == "events":
        raise invalid("events is given twice.")
    if not isinstance(decoded, dict) or "events" not in decoded:
        return decoded if isinstance(decoded, list) else [decoded]
    if more := [name for name in decoded if name != "events"]:
        raise invalid(f"{shown(more[0])} is not a known field beside events.", more[0])
    found = decoded["events"]
    if not isinstance(found, list):
        raise invalid(f"events must be a list, got {shown(found)}.", "events")
    return found


def _of(one: object, key: ApiKey) -> Sent:
    """The event is of the key that signs in; it may name it, and no other."""
    if not isinstance(one, dict) or isinstance(one, Doubled):
        return Sent(None, one)
    if one.get("api_key", key.public_id) != key.public_id:
        problem = EventError("api_key", f"must be the key that signs in, or absent, got {shown(one['api_key'])}")
        return Sent(one.get("id"), problem)
    return Sent(one.get("id"), {**one, "api_key": key.public_id})
