"""Whether a page is what its browser has: its tag is of the state it is made of, and of what it says of the clock."""

from datetime import datetime
from zoneinfo import ZoneInfo

from accounts.models import Membership
from accounts.navigation import PageRequest
from analytics import unchanged
from analytics.dashboard import dates
from analytics.reporting.parameters import glance


def tag(request: PageRequest, membership: Membership, now: datetime) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The page's tag, and the plain parameters of its link. "" before the first event: the page tells what to send now.

    While today is in the window the page tells the time, and by API key when each was used last, so its tag is of this
    minute; it always tells how long ago the newest event was.
    """
    organization = membership.organization
    window, given = glance(request.GET, organization, now)
    newest, mark = unchanged.state(organization.pk, membership.user_id)
    if newest is None:
        return "", given
    by_key = "apiKey" in dict(given).get("groupBy", "")
    told = dates.clock(now, window.zone) if by_key or now < window.end else ""
    age = dates.ago(newest, now) if newest <= now else dates.ahead(newest, now)
    return unchanged.tag(
        request, mark, *unchanged.passed(window, ZoneInfo(organization.time_zone), now), told, age
    ), given
