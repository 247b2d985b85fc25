"""The one clock. Only entries (views, JSON endpoints, admin, commands) read it; all other code is given `now`."""

from datetime import UTC, datetime

from django.conf import settings


def now() -> datetime:
    """The current instant, aware, in UTC; the fixed one where ORGDASH_NOW is set."""
    return settings.ORGDASH_NOW or datetime.now(UTC)
