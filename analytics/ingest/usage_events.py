"""Usage as it happens: `POST /usage/events`.

What the answer calls recorded is committed.
"""

from collections.abc import Sequence
from datetime import datetime

from django.http import HttpRequest, HttpResponse

from accounts.access import authorize_sender
from accounts.models import ApiKey
from analytics.endpoints import check_events, check_rate, json_endpoint
from analytics.ingest import body, deliveries, intake
from analytics.ingest.body import invalid
from analytics.ingest.decoding import DuplicateKeys, EventError, excerpt
from analytics.ingest.intake import SEND_AGAIN, Sent
from analytics.ingest.json_counts import BodyLimits
from analytics.ingest.receipt import Receipt, answer
from analytics.ingest.unpacking import unpacked
from orgdash import clock

MAX_BYTES = 5_000_000  # of a body, as sent and unpacked
MAX_EVENTS = 1000
MAX_VALUES = 100_000  # of a body: a hundred for each event, which has twenty fields


@json_endpoint("POST", failure=SEND_AGAIN)
def events(request: HttpRequest) -> HttpResponse:
    key, now = authorize_sender(request), clock.now()
    return answer(deliveries.noted(request, key, now, lambda: _received(request, key, now)))


def _received(request: HttpRequest, key: ApiKey, now: datetime) -> Receipt:
    check_rate(f"key:{key.pk}")
    limits = BodyLimits(MAX_EVENTS, "events", MAX_VALUES, MAX_VALUES)
    with unpacked(request, MAX_BYTES) as sent:
        events = _listed(body.read_json(sent, request.content_type, limits))
        if len(events) > MAX_EVENTS:
            raise limits.too_many()
        drafts = [_of(event, key) for event in events]
    organization_id = key.project.organization_id
    check_events(organization_id, len(drafts))
    return intake.receive(drafts, organization_id, now)


def _listed(decoded: object) -> Sequence[object]:
    """One event, an array, or `{"events": […]}`."""
    if isinstance(decoded, DuplicateKeys) and decoded.name == "events":
        raise invalid("events is given twice.")
    if not isinstance(decoded, dict) or "events" not in decoded:
        return decoded if isinstance(decoded, list) else [decoded]
    if more := [name for name in decoded if name != "events"]:
        raise invalid(f"{excerpt(more[0])} is not a known field beside events.", more[0])
    found = decoded["events"]
    if not isinstance(found, list):
        raise invalid(f"events must be a list, got {excerpt(found)}.", "events")
    return found


def _of(event: object, key: ApiKey) -> Sent:
    """The event is of the key that signs in; it may name it, and no other."""
    if not isinstance(event, dict) or isinstance(event, DuplicateKeys):
        return Sent(None, event)
    if event.get("api_key", key.public_id) != key.public_id:
        problem = EventError("api_key", f"must be the key that signs in, or absent, got {excerpt(event['api_key'])}")
        return Sent(event.get("id"), problem)
    return Sent(event.get("id"), {**event, "api_key": key.public_id})
