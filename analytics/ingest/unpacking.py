"""The bytes of a request's body: received, unpacked within bounds, and one large body at a time in a process."""

import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from tempfile import SpooledTemporaryFile
from threading import BoundedSemaphore
from typing import IO, BinaryIO

from django.http import HttpRequest

from accounts.api_error import ApiError
from analytics.ingest.decoding import excerpt

LARGE = 1_000_000  # bytes; a smaller body can do no harm, whatever is in it
RATIO = 100  # unpacked : packed; usage packs at 5 to 40, and what gzip makes of one repeated byte is 1,000
MEMBERS = 1000  # of one gzip body: each begins anew, and an empty one takes 20 bytes
WAIT = 2  # seconds for another large body
COME_AGAIN = 5
_BLOCK, _PIECE = 1 << 16, 1 << 18
_one_large = BoundedSemaphore(1)


@contextmanager
def unpacked(request: HttpRequest, limit: int) -> Iterator[bytes]:
    """The body, unpacked, of at most `limit` bytes both ways; never more than that is held.

    While it is in use no other thread gets a large one: decoded, it takes a multiple of its bytes. ApiError: it is too
    large, not gzip, or another is being read (503).
    """
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip"):  # RFC 9110: the same, by an older name
        raise ApiError(415, "unsupported_encoding", f"Content-Encoding {excerpt(encoding)} is not gzip.")
    with ExitStack() as held:
        # On disk while it comes in: a slow sender holds neither memory nor the place of others.
        with SpooledTemporaryFile(max_size=LARGE) as received:
            sent = _receive(request, received, limit)
            received.seek(0)
            pieces = _as_it_is(received) if encoding == "identity" else _gunzipped(received, sent)
            whole = _joined(pieces, limit, held)
        yield whole


def _too_large(limit: int) -> ApiError:
    return ApiError(413, "too_large", f"The body may have at most {limit} bytes, unpacked too.")


def _receive(request: HttpRequest, received: IO[bytes], limit: int) -> int:
    """Its bytes, as they were sent."""
    # Of a body in chunks Django reads nothing, for no header says its length; the server knows it.
    chunked = request.META.get("wsgi.input_terminated") and not request.META.get("CONTENT_LENGTH")
    source: BinaryIO | HttpRequest = request.META["wsgi.input"] if chunked else request
    size = 0
    while block := _block(source):
        size += len(block)
        if size > limit:
            raise _too_large(limit)
        try:
            received.write(block)
        except OSError:
            raise ApiError(
                503, "unavailable", "The server has no room for the body now.", retry_after=COME_AGAIN
            ) from None
    return size


def _block(source: BinaryIO | HttpRequest) -> bytes:
    try:
        return source.read(_BLOCK)
    except MemoryError:
        raise
    except Exception:  # each server has errors of its own for a body that is not what its headers say
        detail = "The body cannot be read to its end."
        raise ApiError(400, "invalid_request", detail, ({"field": "body", "message": detail},)) from None


def _as_it_is(received: IO[bytes]) -> Iterator[bytes]:
    while piece := received.read(_PIECE):
        yield piece


def _gunzipped(received: IO[bytes], packed: int) -> Iterator[bytes]:
    """Several members, and zeros between them, are one body, as everywhere."""
    unzip, members, size, rest = None, 0, 0, b""
    while block := rest or received.read(_BLOCK):
        if unzip is None:
            block, rest = block.lstrip(b"\0") if members else block, b""
            if not block:
                continue
            unzip, members = zlib.decompressobj(wbits=31), members + 1
            if members > MEMBERS:
                raise _not_gzip(f"it has more than {MEMBERS} members")
        try:
            piece = unzip.decompress(block, _PIECE)
        except zlib.error:
            raise _not_gzip("a header, data or a check sum is wrong") from None
        rest = unzip.unconsumed_tail
        if unzip.eof:
            rest, unzip = unzip.unused_data, None
        size += len(piece)
        if size > max(LARGE, RATIO * packed):
            detail = f"Over {LARGE} bytes, the body may be at most {RATIO} times as large unpacked as it is packed."
            raise ApiError(413, "too_large", detail)
        yield piece
    if unzip is not None:
        raise _not_gzip("it ends too early")


def _not_gzip(why: str) -> ApiError:
    detail = f"The body is not gzip: {why}."
    return ApiError(400, "invalid_request", detail, ({"field": "body", "message": detail},))


def _joined(pieces: Iterator[bytes], limit: int, held: ExitStack) -> bytes:
    """The whole; as soon as it is a large one, only when no other is in use, and until `held` is closed."""
    whole, size = BytesIO(), 0
    for piece in pieces:
        if size <= LARGE < size + len(piece):
            held.enter_context(_alone())
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
        whole.write(piece)
    return whole.getvalue()


@contextmanager
def _alone() -> Iterator[None]:
    if not _one_large.acquire(timeout=WAIT):
        detail = f"Another body of more than {LARGE} bytes is being read. Send the same again in {COME_AGAIN} s."
        raise ApiError(503, "busy", detail, retry_after=COME_AGAIN)
    try:
        yield
    finally:
        _one_large.release()
