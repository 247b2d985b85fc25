from typing import Any

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "analytics"

    def ready(self) -> None:
        from accounts.models import time_zone_changed

        time_zone_changed.connect(_recut, dispatch_uid="analytics.recut")


def _recut(organization: Any, **kwargs: Any) -> None:
    """Another reporting zone: other hours, days and months, in the transaction that changes it."""
    from analytics import rollup

    rollup.rebuild(organization.pk)
