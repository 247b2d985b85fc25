"""`GET /analytics/activity`: guard -> the page's parser -> the page's report -> JSON, streamed."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import wraps
from typing import Any

import simplejson
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from accounts.access import ApiError, authorize_api
from accounts.models import AccessToken, Organization
from accounts.plans import Feature
from accounts.rate_limit import wait_seconds
from analytics import forms, reports
from analytics.forms import Asked, Note
from analytics.sums import Group, Sums, plain
from orgdash import clock

logger = logging.getLogger(__name__)
View = Callable[[HttpRequest], HttpResponseBase]


def _json_door(view: View) -> View:
    """GET only, and every failure as JSON: whatever goes wrong behind this door is an error, never a zero."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            response: HttpResponseBase = _error(
                405, "method_not_allowed", f"{request.method} is not possible here; GET is"
            )
            response["Allow"] = "GET, HEAD"
            return response
        try:
            response = view(request)
        except ApiError as error:
            more = {"errors": list(error.errors)} if error.errors else {}
            response = _error(error.status, error.code, error.detail, **more)
        except Exception:
            logger.exception("%s failed", request.path)
            response = _error(500, "server_error", "The numbers could not be read. Nothing was changed; try again.")
        patch_cache_control(response, private=True, no_store=True)
        patch_vary_headers(response, ["Authorization", "Cookie"])
        return response

    return guarded


@_json_door
def activity(request: HttpRequest) -> HttpResponseBase:
    now = clock.now()
    scope, feature = AccessToken.Scope.ANALYTICS_READ, Feature.ORGANIZATION_ANALYTICS
    caller = authorize_api(request, scope=scope, feature=feature, now=now)
    if wait := wait_seconds(caller.rate_key, settings.RATE_LIMIT):
        return _rate_limited(wait)
    asked = forms.read_json(request.GET, caller.organization, now)
    if asked.notes:
        return _invalid(asked.notes)
    return _streamed(_body(caller.organization, asked, now))


def _error(status: int, code: str, detail: str, **more: Any) -> HttpResponse:
    response = JsonResponse({"detail": detail, "code": code, **more}, status=status)
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def _rate_limited(wait: int) -> HttpResponse:
    response = _error(
        429, "rate_limited", f"More than {settings.RATE_LIMIT} requests in a minute; try again in {wait} s."
    )
    response["Retry-After"] = str(wait)
    return response


def _invalid(notes: tuple[Note, ...]) -> HttpResponse:
    errors = [{"field": note.field, "message": note.message} for note in notes]
    return _error(400, "invalid_request", "; ".join(note.message for note in notes) + ".", errors=errors)


def _streamed(body: Iterator[str]) -> StreamingHttpResponse:
    """The answer, once its first piece is there: what fails before it is still an error with a status."""
    first = next(body)

    def pieces() -> Iterator[str]:
        yield first
        yield from body

    return StreamingHttpResponse(pieces(), content_type="application/json")


def _body(organization: Organization, asked: Asked, now: datetime) -> Iterator[str]:
    """The JSON text in pieces, a bucket at a time, so that memory does not grow with the answer."""
    with reports.activity(asked.query, asked.top) as activity:
        head = simplejson.dumps(_head(organization, activity))
        yield head.removesuffix("}") + ', "activity": ['
        for index, row in enumerate(activity.rows):
            yield (", " if index else "") + simplejson.dumps(
                _row(row, asked.query.bucket, asked.query.window.zone, now)
            )
        yield "]}"


def _head(organization: Organization, activity: reports.Activity) -> dict[str, Any]:
    query, through = activity.query, activity.data_through
    return {
        "organizationId": organization.public_id,
        "groupBy": query.dimension.key,
        "from": query.window.first_day.isoformat(),
        "to": query.window.last_day.isoformat(),
        "timezone": query.window.zone.key,
        "bucket": query.bucket,
        "exact": activity.exact,
        "dataThrough": through and through.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "totals": _sums(activity.totals),
    }


def _row(row: reports.Row, bucket: str, zone: Any, now: datetime) -> dict[str, Any]:
    start = {"start": row.bucket.start.astimezone(zone).isoformat()} if bucket == "hour" else {}
    return {
        "date": row.bucket.day.isoformat(),
        **start,
        "incomplete": row.bucket.incomplete(now),
        **_sums(row.sums),
        "breakdown": [_group(group) for group in row.breakdown],
    }


def _group(group: Group) -> dict[str, Any]:
    other = {"other": True} if group.others else {}
    return {"key": group.key, "label": group.label, **other, **_metrics(group.sums)}


def _metrics(sums: Sums) -> dict[str, Any]:
    """The three metrics. Costs are written digit by digit: a float would change them."""
    return {
        "cost": simplejson.RawJSON(plain(sums.cost)),
        "requestCount": sums.request_count,
        "totalTokens": sums.total_tokens,
    }


def _sums(sums: Sums) -> dict[str, Any]:
    return _metrics(sums) | {
        "inputTokens": sums.input_tokens,
        "outputTokens": sums.output_tokens,
        "cachedInputTokens": sums.cached_input_tokens,
        "errorCount": sums.error_count,
        "unpricedRequestCount": sums.unpriced_count,
    }
