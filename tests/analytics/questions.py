"""Queries for tests, without a query string; and query strings, without a database."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import QueryDict

from accounts.models import Organization
from analytics.metrics import DIMENSIONS, EVERY_METRIC
from analytics.reporting import comparisons
from analytics.reporting.parameter_notes import Parser
from analytics.reporting.query import Filters, Query
from analytics.windows import BucketSize, Window, default_bucket
from tests.conftest import NOW


def ask(
    organization: Organization,
    window: Window,
    now: datetime,
    *,
    metric: str = "cost",
    dimension: str = "model",
    compare: bool = False,
    bucket: BucketSize | None = None,
    filters: Filters | None = None,
) -> Query:
    """The page's question about a window; `compare`: with the window before it."""
    zone = ZoneInfo(organization.time_zone)
    return Query(
        organization_id=organization.pk,
        window=window,
        bucket=bucket or default_bucket(window),
        dimension=DIMENSIONS[dimension],
        metric=EVERY_METRIC[metric],
        filters=filters or Filters(),
        comparison=comparisons.compare(window, "previous", now, zone) if compare else None,
    )


def parser(text: str, zone: str = "UTC") -> Parser:
    """A query string that is being read, of an organization that no database has."""
    return Parser(QueryDict(text), Organization(pk=7, time_zone=zone), NOW)
