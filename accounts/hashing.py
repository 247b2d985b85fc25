"""Passwords are hashed slowly on purpose. So that nobody stops the server with it, few are hashed at once.

However many somebody sends from one address, another address finds a place.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Condition

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from orgdash.client_address import client_address

AT_ONCE = 2  # in one process, each of another address
WAITING = 4  # of one address; each takes a thread
WAIT_SECONDS = 2.0
_changed = Condition()
_hashed: set[str] = set()  # the addresses whose passwords are being hashed
_waiting: Counter[str] = Counter()
_address: ContextVar[str] = ContextVar("orgdash_hashing_for", default="")  # commands are of none


class BusyError(Exception):
    """Other passwords are being hashed, and it takes too long to wait for them."""


class BoundedHasher(PBKDF2PasswordHasher):
    """Django's own hashes. Every check and every new password comes through `encode`."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        """Raises BusyError."""
        with turn(_address.get()):
            return super().encode(password, salt, iterations)


@contextmanager
def turn(address: str) -> Iterator[None]:
    """While it lasts one of the places is taken. BusyError: none was free in time, or too many wait already."""
    with _changed:
        if _waiting[address] >= WAITING:
            raise BusyError
        _waiting[address] += 1
        free = _changed.wait_for(lambda: len(_hashed) < AT_ONCE and address not in _hashed, WAIT_SECONDS)
        _waiting[address] -= 1
        if not _waiting[address]:
            del _waiting[address]
        if not free:
            raise BusyError
        _hashed.add(address)
    try:
        yield
    finally:
        with _changed:
            _hashed.remove(address)
            _changed.notify_all()


def busy_is_503(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: a password that could not be hashed in time is 503 in words, to be sent again."""

    def answered(request: HttpRequest) -> HttpResponse:
        _address.set(client_address(request))
        return get_response(request)

    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, BusyError):
            return None
        response = render(request, "accounts/busy.html", status=503)
        response["Retry-After"] = "5"
        return response

    answered.process_exception = process_exception  # type: ignore[attr-defined]  # where Django looks for it
    return answered
