"""What stands in the body of a sender's request: JSON in one of the forms that are taken, counted, then decoded."""

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator
from itertools import islice

from accounts.api_error import ApiError
from analytics.ingest.decoding import EventError, decode, decode_each
from analytics.ingest.json_counts import BodyLimits, check_list, check_width, too_many_values, values

NDJSON_TYPES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")
_MARK = b"\xef\xbb\xbf"  # a byte order mark
_PIECE = 1 << 20
_LINE = re.compile(rb"\S[^\n]*")


def read_json(body: bytes, content_type: str | None, limits: BodyLimits) -> object:
    """What stands in the body, decoded: one JSON value, or the list of its lines, a JSON value each.

    A line that is not JSON is an EventError in its place; a body that is nothing of these, or too much, is an ApiError.
    """
    text = _text_of(body)
    if content_type in NDJSON_TYPES:
        return _lines(text, limits)
    values(text, limits.values)
    try:
        return decode(text.decode())
    except EventError as problem:
        lines = _lines(text, limits)
        # Several lines of which the first is an object: lines it is, whatever the header says.
        if len(lines) > 1 and isinstance(lines[0], dict):
            return lines
        raise invalid(f"The body {problem.message}.") from None


def read_each(body: bytes, limits: BodyLimits) -> Iterator[object]:
    """The same, one value after another, so that only one is held: of an array its elements, else lines, or the one."""
    text = _text_of(body)
    if text.lstrip()[:1] == b"[":
        check_list(text, limits)
        try:
            yield from decode_each(text, _decoded)
        except EventError as problem:
            raise invalid(f"The body {problem.message}.") from None
        return
    lines = _LINE.finditer(text)
    first, second = next(lines, None), next(lines, None)
    # Several lines of which the first is an object: lines it is.
    if first and second and isinstance(_line(first[0], limits), dict):
        if sum(1 for _ in islice(_LINE.finditer(text), limits.things + 1)) > limits.things:
            raise limits.too_many()
        yield from (_line(line[0], limits) for line in _LINE.finditer(text))
        return
    values(text, limits.of_one, f"one of the {limits.noun}")
    try:
        yield _decoded(text)
    except EventError as problem:
        raise invalid(f"The body {problem.message}.") from None


def _text_of(body: bytes) -> bytes:
    """Without the byte order mark. ApiError: it is not UTF-8."""
    decoder = getincrementaldecoder("utf-8")()  # a piece at a time: the whole could be four times as large
    for at in range(0, len(body), _PIECE):
        begun = len(decoder.getstate()[0])
        try:
            decoder.decode(body[at : at + _PIECE], final=at + _PIECE >= len(body))
        except UnicodeDecodeError as problem:
            raise invalid(f"The body is not UTF-8 at byte {at - begun + problem.start + 1}.") from None
    return body.removeprefix(_MARK)


def _decoded(text: bytes) -> object:
    check_width(text)
    return decode(text.decode())


def _lines(text: bytes, limits: BodyLimits) -> list[object]:
    found = [line[0] for line in islice(_LINE.finditer(text), limits.things + 1)]
    if len(found) > limits.things:
        raise limits.too_many()
    if sum(values(line, limits.values) for line in found) > limits.values:
        raise too_many_values(limits.values)
    lines = [_line(line, limits) for line in found]
    if not any(isinstance(line, dict) for line in lines):
        raise invalid("No line of the body is a JSON object.")
    return lines


def _line(line: bytes, limits: BodyLimits) -> object:
    values(line, limits.of_one, f"one of the {limits.noun}")
    try:
        return _decoded(line)
    except EventError as problem:
        return problem.bare()


def invalid(detail: str, field: str = "body") -> ApiError:
    """The answer 400 to a body that cannot be read at all."""
    return ApiError(400, "invalid_request", detail, ({"field": field, "message": detail},))
