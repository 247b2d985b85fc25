from typing import Any
from zoneinfo import ZoneInfo

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "analytics"

    def ready(self) -> None:
        from accounts.models import time_zone_changed, time_zone_changing
        from analytics import list_prices

        list_prices.connect(_class_prices)
        time_zone_changing.connect(_check, dispatch_uid="analytics.check_zone")
        time_zone_changed.connect(_rezone, dispatch_uid="analytics.rezone")


def _check(organization: Any, time_zone: str, **kwargs: Any) -> None:
    """Can what is pruned of the log be cut in that zone?"""
    from analytics.ledger import rezone

    rezone.check(organization.pk, ZoneInfo(time_zone))


def _rezone(organization: Any, **kwargs: Any) -> None:
    """Another reporting zone: other hours, days and months, in the transaction that changes it."""
    from analytics.ledger import rezone

    rezone.rezone(organization.pk)


def _class_prices(names: Any, at: Any) -> Any:
    """Reporting asks for what the ledger alone knows."""
    from analytics.ledger import class_prices

    return class_prices.lookup(names, at)
