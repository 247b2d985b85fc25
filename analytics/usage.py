"""`POST /usage/events`: usage as it happens. What the answer calls recorded is committed."""

from collections.abc import Sequence
from dataclasses import asdict

from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts.access import ApiError, authorize_sender
from accounts.models import ApiKey
from analytics import intake
from analytics.doors import check_rate, json_door
from analytics.events import Doubled, EventError, shown
from analytics.intake import Receipt, Sent, invalid
from orgdash import clock

MAX_BYTES = 5_000_000  # of a body, as sent and unpacked
MAX_EVENTS = 1000
SEND_AGAIN = "Not everything was recorded. Send the same events again: what is there already counts once."


@json_door("POST", failure=SEND_AGAIN)
def events(request: HttpRequest) -> HttpResponse:
    key = authorize_sender(request)
    check_rate(f"key:{key.pk}")
    sent = _listed(intake.read_json(intake.read_body(request, MAX_BYTES), request.content_type))
    if len(sent) > MAX_EVENTS:
        raise ApiError(413, "too_large", f"At most {MAX_EVENTS} events may be sent at once; these are {len(sent)}.")
    return answer(intake.record([_of(one, key) for one in sent], clock.now()))


def answer(receipt: Receipt) -> HttpResponse:
    """200, or 422 where everything was refused."""
    nothing = bool(receipt.refused) and not receipt.recorded and not receipt.repeated
    return JsonResponse(asdict(receipt), status=422 if nothing else 200)


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
