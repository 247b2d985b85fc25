"""The answer to what nobody expected. It asks the database nothing: that may be what broke."""

import sys

from django.http import HttpRequest, HttpResponse
from django.template import loader

from orgdash import unavailable


def server_error(request: HttpRequest) -> HttpResponse:
    """503 where the database cannot serve now, which Django's handler of errors has at hand; else 500."""
    if reason := unavailable.words(sys.exc_info()[1]):
        return unavailable_page(request, reason)
    return HttpResponse(loader.render_to_string("500.html", _named(request)), status=500)


def unavailable_page(request: HttpRequest, reason: str) -> HttpResponse:
    """503 with a sentence that says why."""
    return HttpResponse(loader.render_to_string("503.html", _named(request) | {"reason": reason}), status=503)


def _named(request: HttpRequest) -> dict[str, str]:
    return {"request_id": getattr(request, "correlation_id", "")}
