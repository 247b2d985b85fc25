"""Events that are refused only for now: one of more new models, keys or projects than an organization has in a day."""

import math
from collections.abc import Iterable
from datetime import UTC, datetime

from django.conf import settings

from accounts import quotas
from accounts.api_error import ApiError
from accounts.gateway import NoKey
from analytics.ingest.decoding import EventError, excerpt


class LaterError(EventError):
    """Why an event is refused now; the same event may be sent again after `seconds`."""

    def __init__(self, field: str, message: str, seconds: int) -> None:
        super().__init__(field, f"{message}; send it again in {math.ceil(seconds / 3600)} h")
        self.seconds = seconds


def no_key(why: NoKey, hint: str = "") -> EventError:
    """An event whose API key is none, for good or for today."""
    if why.seconds:
        return LaterError("api_key", why.message, why.seconds)
    return EventError("api_key", f"{why.message}{hint}")


def new_model(organization_id: int, model: str) -> LaterError:
    limit = f"{excerpt(model)} is new, and an organization may bring {quotas.MODELS.most} new models a day"
    return LaterError("model", limit, quotas.wait_seconds(quotas.MODELS, organization_id))


def whole(refused: Iterable[LaterError], status: int) -> ApiError:
    """The answer where nothing could be kept, for now: senders try it again."""
    first = min(refused, key=lambda one: one.seconds)
    errors = ({"field": first.field or "", "message": first.message},)
    return ApiError(status, "over_quota", f"Nothing was recorded: {first}.", errors, retry_after=first.seconds)


class Months:
    """The months of one request's events, in the order they come; those beyond the quota are for another request."""

    def __init__(self) -> None:
        self._taken: set[tuple[int, int]] = set()

    def check(self, moment: datetime) -> None:
        """EventError: the request has events of as many other months already."""
        day = moment.astimezone(UTC)
        month = day.year, day.month
        if month in self._taken:
            return
        if len(self._taken) >= settings.QUOTA_MONTHS:
            limit = f"is of one month more than the {settings.QUOTA_MONTHS} of which a request may have events"
            raise EventError("timestamp", f"{limit}; send it in another, got {excerpt(moment.isoformat())}")
        self._taken.add(month)
