"""`POST /usage/events`: usage as it happens. What the answer calls recorded is committed."""

import gzip
import zlib
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts.access import ApiError, authorize_sender
from accounts.models import ApiKey
from analytics import rollup
from analytics.doors import check_rate, json_door
from analytics.events import Doubled, Draft, EventError, UsageEvent, check, decode, resolve, shown
from orgdash import clock

MAX_BYTES = 5_000_000  # of a body, as sent and unpacked
MAX_EVENTS = 1000
NDJSON_TYPES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")


@json_door("POST", failure="Nothing was recorded. Send the same events again: what is there already counts once.")
def events(request: HttpRequest) -> HttpResponse:
    key = authorize_sender(request)
    check_rate(f"key:{key.pk}")
    sent = read_events(read_body(request, MAX_BYTES), request.content_type)
    if len(sent) > MAX_EVENTS:
        raise ApiError(413, "too_large", f"At most {MAX_EVENTS} events may be sent at once; these are {len(sent)}.")
    outcomes = _outcomes(sent, key)
    result = rollup.record([one for one in outcomes if isinstance(one, UsageEvent)])
    refused = [_refusal(i, sent[i], one) for i, one in enumerate(outcomes) if isinstance(one, EventError)]
    return JsonResponse(
        {"recorded": result.recorded, "repeated": result.repeated, "refused": refused},
        status=422 if refused and len(refused) == len(sent) else 200,
    )


def read_body(request: HttpRequest, limit: int) -> bytes:
    """The body, unpacked, of at most `limit` bytes both ways; never more than that is held."""
    too_large = ApiError(413, "too_large", f"The body may have at most {limit} bytes, unpacked too.")
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise ApiError(415, "unsupported_encoding", f"Content-Encoding {shown(encoding)} is not gzip.")
    body = request.read(limit + 1)
    if len(body) > limit:
        raise too_large
    if encoding == "identity":
        return body
    try:
        unpacked = gzip.GzipFile(fileobj=BytesIO(body)).read(limit + 1)
    except (OSError, EOFError, zlib.error) as problem:
        raise _invalid(f"The body is not gzip: {problem}.") from None
    if len(unpacked) > limit:
        raise too_large
    return unpacked


def read_events(body: bytes, content_type: str) -> Sequence[object]:
    """What stands in the body, decoded: one event, an array, `{"events": […]}`, or one event a line.

    A line that is not JSON is an EventError in its place; a body that is nothing of these is an ApiError.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise _invalid(f"The body is not UTF-8 at byte {problem.start + 1}.") from None
    if content_type in NDJSON_TYPES:
        return _lines(text)
    try:
        decoded = decode(text)
    except EventError as problem:
        lines = _lines(text)
        # Several lines of which the first is an object: lines it is, whatever the header says.
        if len(lines) > 1 and isinstance(lines[0], dict):
            return lines
        raise _invalid(f"The body {problem.message}.") from None
    if isinstance(decoded, Doubled) and decoded.name == "events":
        raise _invalid("events is given twice.")
    if isinstance(decoded, dict) and "events" in decoded:
        return _listed(decoded)
    return decoded if isinstance(decoded, list) else [decoded]


def _listed(decoded: dict[str, object]) -> list[object]:
    if more := [name for name in decoded if name != "events"]:
        raise _invalid(f"{shown(more[0])} is not a known field beside events.", more[0])
    found = decoded["events"]
    if not isinstance(found, list):
        raise _invalid(f"events must be a list, got {shown(found)}.", "events")
    return found


def _lines(text: str) -> list[object]:
    lines = [_line(line) for line in text.split("\n") if line.strip()]
    if not any(isinstance(line, dict) for line in lines):
        raise _invalid("No line of the body is a JSON object.")
    return lines


def _line(line: str) -> object:
    try:
        return decode(line)
    except EventError as problem:
        return problem


def _outcomes(sent: Sequence[object], key: ApiKey) -> list[UsageEvent | EventError]:
    now = clock.now()
    checked = [_checked(one, key, now) for one in sent]
    resolved = iter(resolve([one for one in checked if isinstance(one, Draft)]))
    return [next(resolved) if isinstance(one, Draft) else one for one in checked]


def _checked(one: object, key: ApiKey, now: datetime) -> Draft | EventError:
    """The event is of the key that signs in; it may name it, and no other."""
    if isinstance(one, EventError):
        return one
    try:
        if isinstance(one, dict) and not isinstance(one, Doubled):
            if one.get("api_key", key.public_id) != key.public_id:
                raise EventError("api_key", f"must be the key that signs in, or absent, got {shown(one['api_key'])}")
            one = {**one, "api_key": key.public_id}
        return check(one, now)
    except EventError as problem:
        return problem


def _refusal(index: int, sent: object, problem: EventError) -> dict[str, Any]:
    event_id = sent.get("id") if isinstance(sent, dict) else None
    return {
        "index": index,
        "id": event_id if isinstance(event_id, str) and len(event_id) <= 200 else None,
        "field": problem.field,
        "message": problem.message,
    }


def _invalid(detail: str, field: str = "body") -> ApiError:
    return ApiError(400, "invalid_request", detail, ({"field": field, "message": detail},))
