"""`GET /analytics/activity`: guard -> the page's parser -> the page's report -> JSON, streamed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import simplejson
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from accounts.access import authorize_api
from accounts.models import AccessToken, Organization
from accounts.plans import Feature
from analytics.endpoints import check_rate, error, json_endpoint
from analytics.reporting import over_time, parameters
from analytics.reporting.parameters import JsonQuestion
from analytics.reporting.query import Query
from analytics.reporting.query_string import Note
from analytics.reporting.sums import Group, Sums, plain
from orgdash import clock


@json_endpoint("GET", "HEAD", failure="The numbers could not be read. Nothing was changed; try again.")
def activity(request: HttpRequest) -> HttpResponseBase:
    now = clock.now()
    scope, feature = AccessToken.Scope.ANALYTICS_READ, Feature.ORGANIZATION_ANALYTICS
    caller = authorize_api(request, scope=scope, feature=feature, now=now)
    check_rate(caller.rate_key)
    asked = parameters.read_json(request.GET, caller.organization, now)
    if asked.notes:
        return _invalid(asked.notes)
    if request.method == "HEAD":  # nobody would read the numbers
        return StreamingHttpResponse((), content_type="application/json")
    return _streamed(_body(caller.organization, asked, now))


def _invalid(notes: tuple[Note, ...]) -> HttpResponse:
    errors = [{"field": note.field, "message": note.message} for note in notes]
    return error(400, "invalid_request", "; ".join(note.message for note in notes) + ".", errors=errors)


def _streamed(body: Iterator[str]) -> StreamingHttpResponse:
    """The answer, once its first piece is there: what fails before it is still an error with a status."""
    first = next(body)

    def pieces() -> Iterator[str]:
        yield first
        yield from body

    return StreamingHttpResponse(pieces(), content_type="application/json")


def _body(organization: Organization, asked: JsonQuestion, now: datetime) -> Iterator[str]:
    """The JSON text in pieces, a bucket at a time, so that memory does not grow with the answer."""
    with over_time.activity(asked.query, asked.top) as activity:
        head = simplejson.dumps(_head(organization, activity))
        yield head.removesuffix("}") + ', "activity": ['
        for index, row in enumerate(activity.rows):
            yield (", " if index else "") + simplejson.dumps(_row(row, asked.query, activity.first_usage, now))
        yield "]}"


def _head(organization: Organization, activity: over_time.Activity) -> dict[str, Any]:
    query = activity.query
    return {
        "organizationId": organization.public_id,
        "groupBy": query.group_by,
        "from": query.window.first_day.isoformat(),
        "to": query.window.last_day.isoformat(),
        "timezone": query.window.zone.key,
        "bucket": query.bucket,
        "exact": activity.exact,
        "dataThrough": _instant(activity.data_through),
        "firstUsage": _instant(activity.first_usage),
        "totals": _sums(activity.totals),
    }


def _instant(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value else None


def _row(row: over_time.BucketRow, query: Query, first_usage: datetime | None, now: datetime) -> dict[str, Any]:
    hourly, before = query.bucket == "hour", first_usage is not None and row.bucket.end <= first_usage
    start = {"start": row.bucket.start.astimezone(query.window.zone).isoformat()} if hourly else {}
    return {
        "date": row.bucket.day.isoformat(),
        **start,
        "incomplete": row.bucket.incomplete(now),
        **({"beforeFirstUsage": True} if before else {}),
        **_sums(row.sums),
        "breakdown": [_group(group) for group in row.breakdown],
    }


def _group(group: Group) -> dict[str, Any]:
    other = {"other": True} if group.others else {}
    parts = {"breakdown": [_group(part) for part in group.parts]} if group.parts else {}
    return {"key": group.key, "label": group.label, **other, **_metrics(group.sums), **parts}


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
        "cacheWriteTokens": sums.cache_write_tokens,
        "reasoningTokens": sums.reasoning_tokens,
        "errorCount": sums.error_count,
        "unpricedRequestCount": sums.unpriced_count,
        "estimatedCost": simplejson.RawJSON(plain(sums.estimated_cost)),
    }
