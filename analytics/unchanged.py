"""Whether an answer is what it was: a tag (ETag) of everything that it is made of, without reading a sum.

PostgreSQL keeps with each row which transaction wrote it (xmin). Whoever changes an organization's sums writes its row
of the freshness in the same transaction; names, roles, plans, aliases and prices are rows of their own. So two equal
tags are one state, whoever wrote: a sender, a command, the admin, or an earlier version of this code.

The tag is read before the answer: what is recorded in between is in the answer and not in its tag, which then fits no
later state.
"""

import hashlib
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control

from analytics.windows import Window, day_of, hour_start, midnight
from orgdash import prepared
from orgdash.version import VERSION, catalogue_version

# Of many rows: how many, and the sum of their transactions. A row that is written anew has a later one than before.
_MANY = "(SELECT (count(*), sum({row}.xmin::text::bigint))::text FROM {rows})"
_OF_THE_ORGANIZATION = {
    "p": "accounts_project p WHERE p.organization_id = %(organization)s",
    "k": "accounts_apikey k WHERE k.project_id = ANY(ARRAY(SELECT p.id FROM accounts_project p"
    " WHERE p.organization_id = %(organization)s))",
    "m": "accounts_membership m WHERE m.organization_id = %(organization)s",
    "u": "accounts_membership m JOIN accounts_user u ON u.id = m.user_id WHERE m.organization_id = %(organization)s",
    "a": "analytics_modelalias a",
    "r": "analytics_price r",
}
# What else whoever asks belongs to, and as what: a page's frame shows it.
_OF_THE_PERSON = {
    "n": "accounts_membership n WHERE n.user_id = %(person)s",
    "o": "accounts_membership m JOIN accounts_organization o ON o.id = m.organization_id WHERE m.user_id = %(person)s",
}


def _state(rows: dict[str, str]) -> str:
    many = ", ".join(_MANY.format(row=row, rows=of) for row, of in rows.items())
    return (
        f"SELECT f.newest_at, concat_ws(' ', f.xmin, w.xmin, {many})"
        " FROM (VALUES (%(organization)s::bigint)) AS asked(id)"
        " LEFT JOIN analytics_freshness f ON f.organization_id = asked.id"
        " LEFT JOIN accounts_organization w ON w.id = asked.id"
    )


_ANSWERS, _PAGES = _state(_OF_THE_ORGANIZATION), _state(_OF_THE_ORGANIZATION | _OF_THE_PERSON)


def state(organization_id: int, person: int | None) -> tuple[datetime | None, str]:
    """The newest event's instant, and what tells this state of an organization's sums and names from every other.

    With `person` also from every other of what that person belongs to.
    """
    asked = {"organization": organization_id} | ({} if person is None else {"person": person})
    with prepared.cursor() as cursor:
        cursor.execute(_ANSWERS if person is None else _PAGES, asked)
        newest, mark = cursor.fetchone()
    return newest, mark


def tag(request: HttpRequest, mark: str, *seen: object) -> str:
    """The ETag of an answer in that state; `seen` is what it shows of the clock. "" where there can be none.

    A message is shown once. While one develops (DEBUG), templates change and no row tells.
    """
    if settings.DEBUG or (hasattr(request, "_messages") and len(get_messages(request))):
        return ""
    cookies = [request.COOKIES.get(name, "") for name in (settings.CSRF_COOKIE_NAME, settings.SESSION_COOKIE_NAME)]
    htmx = [request.headers.get(name, "") for name in ("HX-Request", "HX-History-Restore-Request")]
    asked = [request.scheme, request.get_host(), request.get_full_path(), *htmx, *cookies]
    made_of = repr([VERSION, catalogue_version(), settings.CATALOGUE, mark, *asked, *map(str, seen)])
    return f'W/"{hashlib.sha256(made_of.encode()).hexdigest()[:32]}"'


def passed(window: Window, zone: ZoneInfo, now: datetime) -> tuple[datetime, ...]:
    """What of the clock an answer depends on, in the window's zone and in the reporting zone (`zone`).

    The day, and while the window lasts the hour.
    """
    zones = (window.zone, zone)
    days = tuple(midnight(day_of(now, one), one) for one in zones)
    return days if window.end <= now else days + tuple(hour_start(now, one) for one in zones)


def not_modified(request: HttpRequest, tag: str) -> HttpResponseBase | None:
    """The 304 for who has the answer of this tag, else None."""
    response = get_conditional_response(request, etag=tag) if tag and request.method in ("GET", "HEAD") else None
    return tagged(response, tag) if response else None


def tagged(response: HttpResponseBase, tag: str) -> HttpResponseBase:
    """The answer with its tag: kept by this one browser, and asked about each time."""
    if tag:
        response["ETag"] = tag
        patch_cache_control(response, private=True, no_cache=True)
    return response
