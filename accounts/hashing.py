"""Passwords are hashed slowly on purpose. So that nobody stops the server with it, few are hashed at once."""

from collections.abc import Callable
from threading import BoundedSemaphore

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

AT_ONCE = 2  # in one process
WAIT_SECONDS = 2.0
_SLOTS = BoundedSemaphore(AT_ONCE)


class BusyError(Exception):
    """Other passwords are being hashed, and it took too long to wait for them."""


class BoundedHasher(PBKDF2PasswordHasher):
    """Django's own hashes. Every check and every new password comes through `encode`."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        """Raises BusyError."""
        if not _SLOTS.acquire(timeout=WAIT_SECONDS):
            raise BusyError
        try:
            return super().encode(password, salt, iterations)
        finally:
            _SLOTS.release()


def busy_is_503(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: a password that could not be hashed in time is 503 in words, to be sent again."""

    def answered(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, BusyError):
            return None
        response = render(request, "accounts/busy.html", status=503)
        response["Retry-After"] = "5"
        return response

    answered.process_exception = process_exception  # type: ignore[attr-defined]  # where Django looks for it
    return answered
