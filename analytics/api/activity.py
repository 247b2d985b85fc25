"""`GET /analytics/activity`: guard -> the page's parser -> the sums -> JSON; all there is is kept first, then sent."""

from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from accounts.access import authorize_api
from accounts.models import AccessToken
from accounts.plans import Feature
from analytics import unchanged
from analytics.api import activity_text
from analytics.endpoints import check_rate, error, json_endpoint
from analytics.reporting import over_time, parameters
from analytics.reporting.parameter_notes import Note
from orgdash import clock, database_limits, spooled


@json_endpoint("GET", "HEAD", failure="The numbers could not be read. Nothing was changed; try again.")
def activity(request: HttpRequest) -> HttpResponseBase:
    database_limits.use(database_limits.PAGE)
    now = clock.now()
    scope, feature = AccessToken.Scope.ANALYTICS_READ, Feature.ORGANIZATION_ANALYTICS
    caller = authorize_api(request, scope=scope, feature=feature, now=now)
    check_rate(caller.rate_key)
    window, _given = parameters.glance(request.GET, caller.organization, now)
    _newest, mark = unchanged.state(caller.organization.pk, None)
    zone = ZoneInfo(caller.organization.time_zone)
    tag = unchanged.tag(request, mark, *unchanged.passed(window, zone, now))
    if known := unchanged.not_modified(request, tag):
        return known
    asked = parameters.read_json(request.GET, caller.organization, now)
    if asked.notes:
        return _invalid(asked.notes)
    if request.method == "HEAD":  # nobody would read the numbers
        return unchanged.tagged(StreamingHttpResponse((), content_type="application/json"), tag)
    question = activity_text.Question(caller.organization.public_id, asked, now)
    if asked.top is None or asked.query.then:
        kept = spooled.kept(activity_text.streamed(question))
        return unchanged.tagged(StreamingHttpResponse(kept, content_type="application/json"), tag)
    lines = over_time.lines(asked.query, asked.top, over_time.DRAWN if asked.columns else over_time.WHOLE, zone)
    text = activity_text.at_once(question, lines)
    return unchanged.tagged(HttpResponse(text, content_type="application/json"), tag)


def _invalid(notes: tuple[Note, ...]) -> HttpResponse:
    errors = [{"field": note.field, "message": note.message} for note in notes]
    return error(400, "invalid_request", "; ".join(note.message for note in notes) + ".", errors=errors)
