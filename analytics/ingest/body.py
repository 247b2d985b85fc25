"""The body of a sender's request: unpacked within a limit, and decoded."""

import gzip
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from django.http import HttpRequest

from accounts.api_error import ApiError
from analytics.ingest.decoding import EventError, decode, decode_each, excerpt

NDJSON_TYPES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")


def read_body(request: HttpRequest, limit: int) -> bytes:
    """The body, unpacked, of at most `limit` bytes both ways; never more than that is held."""
    too_large = ApiError(413, "too_large", f"The body may have at most {limit} bytes, unpacked too.")
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise ApiError(415, "unsupported_encoding", f"Content-Encoding {excerpt(encoding)} is not gzip.")
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
    chunked = request.META.get("wsgi.input_terminated") and not request.META.get("CONTENT_LENGTH")
    source: BinaryIO | HttpRequest = request.META["wsgi.input"] if chunked else request
    try:
        return source.read(at_most)
    except Exception:  # each server has errors of its own for a body that is not what its headers say
        raise invalid("The body cannot be read to its end.") from None


def read_json(body: bytes, content_type: str | None) -> object:
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


def invalid(detail: str, field: str = "body") -> ApiError:
    """The answer 400 to a body that cannot be read at all."""
    return ApiError(400, "invalid_request", detail, ({"field": field, "message": detail},))
