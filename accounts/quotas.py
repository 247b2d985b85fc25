"""How much one organization may bring in a minute, and have made for it in a day.

Counted where the rate limit is, so for all processes together; time is the database's own clock. A day begins with the
first that is counted.
"""

from dataclasses import dataclass

from django.conf import settings

from accounts import rate_limit


@dataclass(frozen=True, slots=True)
class Quota:
    """As many of something as the setting says, within `seconds`."""

    setting: str
    seconds: int

    @property
    def most(self) -> int:
        number: int = getattr(settings, self.setting)
        return number

    def key(self, organization_id: int) -> str:
        return f"{self.setting.lower()}:{organization_id}"


EVENTS = Quota("QUOTA_EVENTS", 60)
MODELS = Quota("QUOTA_NEW_MODELS", 24 * 3600)
KEYS = Quota("QUOTA_NEW_KEYS", 24 * 3600)
PROJECTS = Quota("QUOTA_NEW_PROJECTS", 24 * 3600)


def take(quota: Quota, organization_id: int, amount: int) -> int:
    """Count `amount` more; how many were left before. Inside a transaction nobody else counts until its end."""
    after = rate_limit.count(quota.key(organization_id), quota.seconds, amount)
    return max(0, quota.most - (after - amount))


def left(quota: Quota, organization_id: int) -> int:
    """How many are left; inside a transaction they stay left until its end."""
    return take(quota, organization_id, 0)


def wait_seconds(quota: Quota, organization_id: int) -> int:
    """After how many whole seconds the next minute or day begins."""
    return rate_limit.seconds_left(quota.key(organization_id))
