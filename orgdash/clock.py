"""The one clock. Only the doors (views, api, admin, commands) read it; every room below takes `now` as an argument."""

from datetime import UTC, datetime

from django.conf import settings


def now() -> datetime:
    """The current instant, aware, in UTC; the fixed one where ORGDASH_NOW is set."""
    return settings.ORGDASH_NOW or datetime.now(UTC)
