"""The outermost middlewares: what must hold for every answer, whoever gave it."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from orgdash.limits import RETRY_AFTER

View = Callable[[HttpRequest], HttpResponseBase]


def security_headers(get_response: View) -> View:
    """The two headers that SecurityMiddleware writes, for what it refuses itself, too."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", settings.SECURE_REFERRER_POLICY)
        return response

    return answered


def when_to_come_again(get_response: View) -> View:
    """Every 503 says after how many seconds it is worth to try again."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.status_code == 503:
            response.headers.setdefault("Retry-After", str(RETRY_AFTER))
        return response

    return answered


def no_body_to_head(get_response: View) -> View:
    """HEAD has the headers of GET, its length among them, and no body: gunicorn complains about one."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.method == "HEAD" and isinstance(response, StreamingHttpResponse):
            response.streaming_content = ()
        elif request.method == "HEAD" and isinstance(response, HttpResponse):
            response.content = b""
        return response

    return answered
