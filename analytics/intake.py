"""What a sender's request becomes: its body unpacked and decoded, its events checked, recorded, answered for."""

import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import islice

from django.http import HttpRequest

from accounts.api_error import ApiError
from analytics import rollup
from analytics.events import MAX_TEXT, Draft, EventError, check, decode, decode_each, resolve, shown
from analytics.usage_event import UsageEvent

BATCH = 5000  # events of one transaction
NDJSON_TYPES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")


@dataclass(frozen=True, slots=True)
class Sent:
    """One of the events of a request: decoded, with the API key it is of; or why it cannot be read as one."""

    id: object
    event: object  # or an EventError


@dataclass(frozen=True, slots=True)
class Refusal:
    """One event that is not recorded. `index` counts from 0 in what was sent; the id is None where it has none."""

    index: int
    id: str | None
    field: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of the events of one request. What is counted as recorded is committed."""

    recorded: int
    repeated: int
    refused: tuple[Refusal, ...]


def record(sent: Sequence[Sent], now: datetime) -> Receipt:
    """Record those that keep every rule, a transaction for each batch; after an error the whole may be sent again."""
    refused: list[Refusal] = []
    recorded = repeated = 0
    numbered = enumerate(sent)
    while batch := list(islice(numbered, BATCH)):
        outcomes, result = _taken([one.event for _, one in batch], now)
        recorded, repeated = recorded + result.recorded, repeated + result.repeated
        refused += _refusals(batch, outcomes)
    return Receipt(recorded, repeated, tuple(refused))


def take(drafts: Sequence[Draft]) -> tuple[list[UsageEvent | EventError], rollup.Recorded]:
    """Resolve and record: what became of each draft, in order, and how many of the events were new."""
    while True:  # after a PrunedError what is too old is refused, and that at most once for each month of the log
        outcomes = resolve(drafts)
        try:
            return outcomes, rollup.record([one for one in outcomes if isinstance(one, UsageEvent)])
        except rollup.PrunedError:
            continue


def read_body(request: HttpRequest, limit: int) -> bytes:
    """The body, unpacked, of at most `limit` bytes both ways; never more than that is held."""
    too_large = ApiError(413, "too_large", f"The body may have at most {limit} bytes, unpacked too.")
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise ApiError(415, "unsupported_encoding", f"Content-Encoding {shown(encoding)} is not gzip.")
    body = _sent_body(request, limit + 1)
    if len(body) > limit:
        raise too_large
    if encoding == "identity":
        return body
    try:
        unpacked = gzip.GzipFile(fileobj=BytesIO(body)).read(limit + 1)
    except (OSError, EOFError, zlib.error) as problem:
        raise invalid(f"The body is not gzip: {problem}.") from None
    if len(unpacked) > limit:
        raise too_large
    return unpacked


def _sent_body(request: HttpRequest, at_most: int) -> bytes:
    """As it was sent. Of a body in chunks Django reads nothing, for no header says its length; the server knows it."""
    chunked = request.environ.get("wsgi.input_terminated") and not request.environ.get("CONTENT_LENGTH")
    try:
        return (request.environ["wsgi.input"] if chunked else request).read(at_most)
    except Exception:  # each server has errors of its own for a body that is not what its headers say
        raise invalid("The body cannot be read to its end.") from None


def read_json(body: bytes, content_type: str) -> object:
    """What stands in the body, decoded: one JSON value, or the list of its lines, a JSON value each.

    A line that is not JSON is an EventError in its place; a body that is nothing of these is an ApiError.
    """
    text = _text_of(body)
    if content_type in NDJSON_TYPES:
        return _lines(text)
    try:
        return decode(text)
    except EventError as problem:
        lines = _lines(text)
        # Several lines of which the first is an object: lines it is, whatever the header says.
        if len(lines) > 1 and isinstance(lines[0], dict):
            return lines
        raise invalid(f"The body {problem.message}.") from None


def read_each(body: bytes) -> Iterator[object]:
    """The same, one value after another, so that only one is held: of an array its elements, else lines, or the one."""
    text = _text_of(body)
    try:
        if text.lstrip(" \t\n\r").startswith("["):
            yield from decode_each(text)
        else:
            yield decode(text)
    except EventError as problem:
        lines = (_line(line) for line in text.split("\n") if line.strip())
        first = next(lines, None)
        # Several lines of which the first is an object: lines it is.
        if not isinstance(first, dict) or (second := next(lines, None)) is None:
            raise invalid(f"The body {problem.message}.") from None
        yield from (first, second)
        yield from lines


def _text_of(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise invalid(f"The body is not UTF-8 at byte {problem.start + 1}.") from None


def _lines(text: str) -> list[object]:
    lines = [_line(line) for line in text.split("\n") if line.strip()]
    if not any(isinstance(line, dict) for line in lines):
        raise invalid("No line of the body is a JSON object.")
    return lines


def _line(line: str) -> object:
    try:
        return decode(line)
    except EventError as problem:
        return problem


def _taken(events: Sequence[object], now: datetime) -> tuple[list[UsageEvent | EventError], rollup.Recorded]:
    checked = [_checked(one, now) for one in events]
    taken, result = take([one for one in checked if isinstance(one, Draft)])
    resolved = iter(taken)
    return [next(resolved) if isinstance(one, Draft) else one for one in checked], result


def _checked(one: object, now: datetime) -> Draft | EventError:
    if isinstance(one, EventError):
        return one
    try:
        return check(one, now)
    except EventError as problem:
        return problem


def _refusals(batch: Iterable[tuple[int, Sent]], outcomes: Iterable[UsageEvent | EventError]) -> list[Refusal]:
    return [
        Refusal(index, _text(sent.id), outcome.field, outcome.message)
        for (index, sent), outcome in zip(batch, outcomes, strict=True)
        if isinstance(outcome, EventError)
    ]


def _text(event_id: object) -> str | None:
    return event_id if isinstance(event_id, str) and len(event_id) <= MAX_TEXT else None


def fields(refused: Iterable[Refusal], otherwise: str) -> str:
    """What of refused events was wrong, for the log. Values stay out of it: nobody knows what a sender put there."""
    return ", ".join(sorted({one.field or otherwise for one in refused}))


def invalid(detail: str, field: str = "body") -> ApiError:
    """The answer 400 to a body that cannot be read at all."""
    return ApiError(400, "invalid_request", detail, ({"field": field, "message": detail},))
