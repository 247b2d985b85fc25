"""The answer to what nobody expected. It asks the database nothing: that may be what broke."""

from django.http import HttpRequest, HttpResponse
from django.template import loader


def server_error(request: HttpRequest) -> HttpResponse:
    request_id = getattr(request, "correlation_id", "")
    return HttpResponse(loader.render_to_string("500.html", {"request_id": request_id}), status=500)
