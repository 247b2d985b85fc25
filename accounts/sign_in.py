"""What a failed sign-in costs: django-axes counts the pair of e-mail and address, and here the address alone too.

Who was told to come again before a password was looked at has not failed. But each attempt of an address is counted for
a minute, however it ends, and too many are refused: so nobody holds places and threads with what counts as no failure.

Names stand in no line of the log, only the beginning of their SHA-256, so that attempts for one name can be told.
"""

import hashlib
import logging
import math
from datetime import timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessFailureLog
from django.http import HttpRequest

from accounts import rate_limit, strangers

log = logging.getLogger(__name__)

PAIR_CLOSED_SECONDS = 300
ADDRESS_FAILURES = 50  # one more within ADDRESS_WINDOW closes the address
ADDRESS_WINDOW = timedelta(hours=1)
ADDRESS_ATTEMPTS = 120  # a minute, whatever becomes of them: a large office in the morning has fewer


class Handler(AxesDatabaseHandler):  # type: ignore[misc]  # a class without types
    """What AXES_HANDLER names."""

    def is_allowed(self, request: Any, credentials: dict[str, Any] | None = None) -> bool:
        """Asked once for each attempt, before a password is looked at."""
        counter = strangers.counter("sign-in", request.axes_ip_address)
        request.too_many_for = rate_limit.wait_seconds(counter, ADDRESS_ATTEMPTS)
        return request.too_many_for is None and bool(super().is_allowed(request, credentials))

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        return closed_seconds(request) is not None or bool(super().is_locked(request, credentials))

    def user_login_failed(self, sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any) -> None:
        """What is refused is not counted: the time that is closed would have no end."""
        what = "refused" if request.axes_locked_out else "failed"
        name = get_client_username(request, credentials)
        log.warning("Sign-in %s from %s, name %s", what, request.axes_ip_address, name_hash(name))
        super().user_login_failed(sender, credentials, request, **kwargs)
        # They are needed no longer, and they name people.
        AccessFailureLog.objects.filter(attempt_time__lte=request.axes_attempt_time - ADDRESS_WINDOW).delete()

    def user_logged_in(self, sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
        log.info("Sign-in from %s, name %s", request.axes_ip_address, name_hash(user.email))
        super().user_logged_in(sender, request, user, **kwargs)


def wait_seconds(request: Any) -> int:
    """After how many seconds the attempt that was refused may be made again."""
    return request.too_many_for or closed_seconds(request) or PAIR_CLOSED_SECONDS


def closed_seconds(request: Any) -> int | None:
    """For how long the address of this request is closed yet, in seconds; None when it is open."""
    now = request.axes_attempt_time
    failures = AccessFailureLog.objects.filter(
        ip_address=request.axes_ip_address, attempt_time__gt=now - ADDRESS_WINDOW
    )
    times = failures.order_by("-attempt_time").values_list("attempt_time", flat=True)
    one_too_many = times[ADDRESS_FAILURES : ADDRESS_FAILURES + 1].first()
    return None if one_too_many is None else max(1, math.ceil((one_too_many + ADDRESS_WINDOW - now).total_seconds()))


def name_hash(name: str | None) -> str:
    """What the log has in place of a name: `printf %s olga@acme.test | sha256sum | cut -c1-12`.

    >>> name_hash("Olga@acme.test") == name_hash("olga@acme.test")
    True
    """
    return hashlib.sha256((name or "").lower().encode()).hexdigest()[:12]
