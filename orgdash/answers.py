"""The outermost middlewares: what must hold for every answer, whoever gave it."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from orgdash.database_limits import RETRY_AFTER

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


def no_body_where_none_belongs(get_response: View) -> View:
    """HEAD has the headers of GET, its length among them, and no body; a 304 has neither. gunicorn complains."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.status_code == HTTPStatus.NOT_MODIFIED:  # gzip makes an empty stream 20 bytes long
            del response["Content-Encoding"], response["Content-Length"]
        elif request.method != "HEAD":
            return response
        if isinstance(response, StreamingHttpResponse):
            response.streaming_content = ()
        elif isinstance(response, HttpResponse):
            response.content = b""
        return response

    return answered
