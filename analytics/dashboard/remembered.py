"""The view that a person looked at last, as the one they begin with: range, zone and grouping, in a cookie.

A link always wins: only an address that says nothing at all is completed.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, QueryDict

from accounts.models import Membership, time_zone_names
from analytics.dashboard.filters import offered
from analytics.metrics import DIMENSIONS
from analytics.reporting.query import Filters
from analytics.windows import PRESETS

COOKIE = "view"
KEPT = ("range", "timezone", "groupBy")  # days of one's own would be old ones the next time
_A_YEAR = 365 * 24 * 3600


def completed(request: HttpRequest, membership: Membership, scope: Filters) -> str:
    """The address of the view to begin with; "" where the link says something, or nothing is remembered."""
    if request.META.get("QUERY_STRING") or request.headers.get("HX-Request"):
        return ""
    view = _read(request, membership)
    if view.get("groupBy") not in {dimension.key for dimension in offered(scope)}:
        view.pop("groupBy", None)
    return f"{request.path}?{view.urlencode()}" if view else ""


def remember(
    request: HttpRequest, response: HttpResponseBase, membership: Membership, given: tuple[tuple[str, str], ...]
) -> None:
    """Keeps what this page's link says (`given`, its plain parameters); what it leaves out stays as it was."""
    before = _read(request, membership)
    view = before.copy()
    for field, text in given:
        if field in KEPT:
            view[field] = text
    if view != before:
        value = f"{membership.public_id}?{view.urlencode()}"
        response.set_cookie(COOKIE, value, max_age=_A_YEAR, secure=settings.HTTPS, httponly=True, samesite="Lax")


def _read(request: HttpRequest, membership: Membership) -> QueryDict:
    """What this browser remembers of this member; anybody may have written it."""
    whose, _, text = request.COOKIES.get(COOKIE, "").partition("?")
    found, view = QueryDict(text if whose == membership.public_id else ""), QueryDict(mutable=True)
    for field, known in (("range", PRESETS), ("timezone", time_zone_names()), ("groupBy", DIMENSIONS)):
        if found.get(field) in known:
            view[field] = found[field]
    return view
