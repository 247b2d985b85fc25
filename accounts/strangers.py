"""Requests of senders and scripts that no key and no token signs, by the address they come from.

They are counted in PostgreSQL, for all processes together. Where they are too many, a process answers that address
without asking the database, until the minute is over; but not who signed in here before, since many share an address.
"""

from time import monotonic
from zlib import crc32

from django.conf import settings
from django.http import HttpRequest

from accounts import rate_limit
from accounts.models import hash_secret
from orgdash.client_address import client_address

KEPT = 10_000  # addresses and secrets' hashes at most that a process remembers; then it begins anew
COUNTERS = 2**16  # rows at most, however many addresses there are; two that share one only reach its end sooner
_closed: dict[str, float] = {}  # address → until when, by this process's own clock
_known: set[str] = set()


def closed_seconds(request: HttpRequest) -> int | None:
    """For how many whole seconds the address is closed to this request; None when it is let through."""
    if not _closed:
        return None
    address = client_address(request)
    seconds = _closed.get(address, 0) - monotonic()
    if seconds <= 0:
        _closed.pop(address, None)
        return None
    return None if _signature(request) in _known else int(seconds) + 1


def signed_in(request: HttpRequest) -> None:
    if len(_known) >= KEPT:
        _known.clear()
    _known.add(_signature(request))


def nobody(request: HttpRequest) -> None:
    """Count a request whose sender is not known. One too many closes the address."""
    _known.discard(_signature(request))
    address = client_address(request)
    counter = crc32(address.encode()) % COUNTERS
    if seconds := rate_limit.wait_seconds(f"address:{counter}", settings.ADDRESS_RATE_LIMIT):
        if len(_closed) >= KEPT:
            _closed.clear()
        _closed[address] = monotonic() + seconds


def _signature(request: HttpRequest) -> str:
    """What a request is signed with, hashed."""
    cookie = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return hash_secret(f"{request.headers.get('Authorization', '')}\n{cookie}")
