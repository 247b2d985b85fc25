"""The answer to what nobody expected. It asks the database nothing: that may be what broke."""

import sys

from django.http import HttpRequest, HttpResponse
from django.template import loader

from orgdash import unavailable


def server_error(request: HttpRequest) -> HttpResponse:
    """503 where the database cannot serve now, which Django's handler of errors has at hand; else 500."""
    request_id = getattr(request, "correlation_id", "")
    if reason := unavailable.words(sys.exc_info()[1]):
        context = {"request_id": request_id, "reason": reason}
        return HttpResponse(loader.render_to_string("503.html", context), status=503)
    return HttpResponse(loader.render_to_string("500.html", {"request_id": request_id}), status=500)
