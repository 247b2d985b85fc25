"""What every JSON endpoint shares: methods, errors, rate limit. Whatever goes wrong in it is answered as an error."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from accounts import quotas, strangers
from accounts.api_error import ApiError
from accounts.rate_limit import wait_seconds
from orgdash import database_limits, unavailable

logger = logging.getLogger(__name__)
View = Callable[[HttpRequest], HttpResponseBase]
Render = Callable[[HttpRequest, ApiError], HttpResponse]


def json_endpoint(*methods: str, failure: str, later: int = 429) -> Callable[[View], View]:
    """Answers only `methods`, and every failure as JSON; `failure` is what an unexpected one says."""
    return endpoint(*methods, failure=ApiError(500, "server_error", failure), render=_as_json, later=later)


def endpoint(*methods: str, failure: ApiError, render: Render, later: int = 429) -> Callable[[View], View]:
    """Answers only `methods`, and every failure as `render` writes it; an unexpected one is `failure`.

    `later` is the status of what comes from an address that sends too much nobody signs.
    """

    def through(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponseBase:
            if request.method not in methods:
                return _not_allowed(request, methods, render)
            database_limits.use(database_limits.ENDPOINT)
            try:
                response = _heard(view, request, later)
            except ApiError as problem:
                response = _answer(request, problem, render)
            except Exception as problem:
                logger.exception("%s failed", request.path)
                response = _answer(request, _not_now(problem) or failure, render)
            if not response.has_header("ETag"):  # what has one may be kept, and is asked about each time
                patch_cache_control(response, private=True, no_store=True)
            patch_vary_headers(response, ["Authorization", "Cookie"])
            return response

        cast(Any, guarded).methods = methods  # for the OpenAPI document's test
        return guarded

    return through


def _heard(view: View, request: HttpRequest, later: int) -> HttpResponseBase:
    """The view's answer, unless the address is closed; whoever signed in is remembered, and who did not is counted."""
    if wait := strangers.closed_seconds(request):
        detail = f"Too many requests of this address had no valid key or token; try again in {wait} s."
        raise ApiError(later, "rate_limited", detail, retry_after=wait)
    try:
        response = view(request)
    except ApiError as problem:
        (strangers.nobody if problem.status == 401 else strangers.signed_in)(request)
        raise
    strangers.signed_in(request)
    return response


def _not_now(problem: Exception) -> ApiError | None:
    """A database that cannot serve now is no failure of ours: senders try again after a 503, and some only then."""
    reason = unavailable.words(problem)
    detail = f"{reason} Try the same again in {database_limits.RETRY_AFTER} s; what is recorded already counts once."
    return ApiError(503, "unavailable", detail, retry_after=database_limits.RETRY_AFTER) if reason else None


def error(status: int, code: str, detail: str, **more: Any) -> HttpResponse:
    return JsonResponse({"detail": detail, "code": code, **more}, status=status)


def check_rate(key: str, *, status: int = 429) -> None:
    """Count one request of `key`; over the limit it is an ApiError, with another status for who knows no 429."""
    if wait := wait_seconds(key, settings.RATE_LIMIT):
        detail = f"More than {settings.RATE_LIMIT} requests in a minute; try again in {wait} s."
        raise ApiError(status, "rate_limited", detail, retry_after=wait)


def check_events(organization_id: int, number: int, *, status: int = 429) -> None:
    """Count so many events of an organization. A request that begins within its quota is taken whole, however large."""
    if not number or quotas.take(quotas.EVENTS, organization_id, number):
        return
    wait = quotas.wait_seconds(quotas.EVENTS, organization_id)
    detail = f"This organization sent {quotas.EVENTS.most} events in a minute; send the same again in {wait} s."
    raise ApiError(status, "over_quota", detail, retry_after=wait)


def _as_json(_request: HttpRequest, problem: ApiError) -> HttpResponse:
    more = {"errors": list(problem.errors)} if problem.errors else {}
    return error(problem.status, problem.code, problem.detail, **more)


def _answer(request: HttpRequest, problem: ApiError, render: Render) -> HttpResponse:
    response = render(request, problem)
    if problem.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if problem.retry_after is not None:
        response["Retry-After"] = str(problem.retry_after)
    return response


def _not_allowed(request: HttpRequest, methods: tuple[str, ...], render: Render) -> HttpResponse:
    detail = f"{request.method} is not possible here; {methods[0]} is"
    response = render(request, ApiError(405, "method_not_allowed", detail))
    response["Allow"] = ", ".join(methods)
    return response
