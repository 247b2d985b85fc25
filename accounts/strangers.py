"""Requests of senders and scripts that no key and no token signs, by the address they come from.

They are counted in PostgreSQL, for all processes together. Where they are too many, a process answers that address at
once, until the minute is over; but not who has a key, a token or a session, since many share an address. Who signed in
here before is known; of anybody else the database is asked whether there is such a one, for one request at a time.
"""

from threading import BoundedSemaphore
from time import monotonic
from zlib import crc32

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now
from django.http import HttpRequest

from accounts import rate_limit
from accounts.models import AccessToken, ApiKey, hash_secret
from orgdash import sight
from orgdash.client_address import client_address

KEPT = 10_000  # addresses and secrets' hashes at most that a process remembers; then it begins anew
COUNTERS = 2**16  # rows at most, however many addresses there are; two that share one only reach its end sooner
WAIT_SECONDS = 2.0  # to be asked about; a question takes about a millisecond
_one_is_asked_about = BoundedSemaphore(1)
_VALID = Q(expires_at=None) | Q(expires_at__gt=Now())
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
    return None if _signature(request) in _known or _is_signed(request) else int(seconds) + 1


def _is_signed(request: HttpRequest) -> bool:
    """Whether there is such a key, token or session: whatever else the guard asks for comes later.

    One at a time: however much a flood sends, of each process it takes one connection, and those who wait take turns.
    """
    if not _one_is_asked_about.acquire(timeout=WAIT_SECONDS):
        return False
    try:
        secret = bearer(request)
        if secret is None:
            return request.user.is_authenticated
        hashed = hash_secret(secret)
        sight.show(secret_hash=hashed)
        return (
            ApiKey.objects.filter(secret_hash=hashed, revoked_at=None).exists()
            or AccessToken.objects.filter(_VALID, token_hash=hashed, revoked_at=None).exists()
        )
    finally:
        _one_is_asked_about.release()


def signed_in(request: HttpRequest) -> None:
    if len(_known) >= KEPT:
        _known.clear()
    _known.add(_signature(request))


def nobody(request: HttpRequest) -> None:
    """Count a request whose sender is not known. One too many closes the address."""
    _known.discard(_signature(request))
    address = client_address(request)
    if seconds := rate_limit.wait_seconds(counter("address", address), settings.ADDRESS_RATE_LIMIT):
        if len(_closed) >= KEPT:
            _closed.clear()
        _closed[address] = monotonic() + seconds


def bearer(request: HttpRequest) -> str | None:
    """The secret that a request is signed with; None where it has none of the kind."""
    header: str = request.headers.get("Authorization", "")
    return header[len("Bearer") :].strip() if header.split(" ", 1)[0].lower() == "bearer" else None


def counter(of: str, address: str) -> str:
    """The key of the row that counts something of an address."""
    return f"{of}:{crc32(address.encode()) % COUNTERS}"


def _signature(request: HttpRequest) -> str:
    """What a request is signed with, hashed."""
    cookie = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return hash_secret(f"{request.headers.get('Authorization', '')}\n{cookie}")
