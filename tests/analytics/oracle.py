"""What the sums must be, computed without the database: Python's zoneinfo and Decimal, event by event."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from accounts.models import Organization
from analytics.ledger.usage_event import UsageEvent
from analytics.models import (
    SUMS,
    DailyDetail,
    DailyUsage,
    Freshness,
    HourlyDetail,
    HourlyUsage,
    Model,
    MonthlyUsage,
    Request,
)

KEYS = {
    HourlyUsage: ("organization_id", "dimension", "key", "hour"),
    DailyUsage: ("organization_id", "dimension", "key", "day"),
    MonthlyUsage: ("organization_id", "dimension", "key", "month"),
    HourlyDetail: ("organization_id", "hour", "api_key_id", "model_id", "project_id"),
    DailyDetail: ("organization_id", "day", "api_key_id", "model_id", "project_id"),
}
Tables = dict[str, dict[tuple, tuple]]


def stored(*organizations: Organization) -> Tables:
    """The five tables and the freshness of these organizations, whole."""
    ids = [organization.pk for organization in organizations]
    tables = {
        table.__name__: {
            row[: len(key)]: row[len(key) :]
            for row in table.objects.filter(organization_id__in=ids).values_list(*key, *SUMS)
        }
        for table, key in KEYS.items()
    }
    fresh = Freshness.objects.filter(organization_id__in=ids)
    return tables | {"Freshness": {(row.organization_id,): (row.newest_at, row.first_at) for row in fresh}}


def computed(
    events: Iterable[UsageEvent], *organizations: Organization, told: Iterable[UsageEvent] | None = None
) -> Tables:
    """The same from the events, of which the first of each organization, instant and id counts.

    A cost that the first lacks is filled in from a later telling that is like it in all else.

    `told` are all there are where not all of them count: the newest is one of them.
    """
    events = list(events)
    zones = {organization.pk: ZoneInfo(organization.time_zone) for organization in organizations}
    models = {(model.provider, model.name): model.pk for model in Model.objects.all()}
    tables: Tables = {table.__name__: {} for table in KEYS} | {"Freshness": {}}
    for event in _first(events):
        for name, key in _rows(event, zones[event.organization_id], models[event.provider, event.model]):
            before = tables[name].get(key, (0,) * len(SUMS))
            tables[name][key] = tuple(a + b for a, b in zip(before, _amounts(event), strict=True))
    for organization in {event.organization_id for event in told or events}:
        newest = max(event.occurred_at for event in told or events if event.organization_id == organization)
        counted = [event.occurred_at for event in events if event.organization_id == organization]
        tables["Freshness"][organization,] = (newest, min(counted, default=None))
    return tables


def _first(events: Iterable[UsageEvent]) -> list[UsageEvent]:
    first: dict[tuple, UsageEvent] = {}
    for event in events:
        key = (event.organization_id, event.occurred_at, event.event_id)
        before = first.setdefault(key, event)
        if before.cost is None and event == replace(before, cost=event.cost):
            first[key] = event
    return list(first.values())


def _rows(event: UsageEvent, zone: ZoneInfo, model: int) -> list[tuple[str, tuple]]:
    local = event.occurred_at.astimezone(zone)
    day, month = local.date(), local.date().replace(day=1)
    into_hour = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    hour = event.occurred_at.astimezone(UTC) - into_hour
    org = event.organization_id
    dimensions = ((0, 0), (1, model), (2, event.project_id), (3, event.api_key_id), (4, event.member_id))
    detail = (event.api_key_id, model, event.project_id)
    return [
        *(("HourlyUsage", (org, *dimension, hour)) for dimension in dimensions),
        *(("DailyUsage", (org, *dimension, day)) for dimension in dimensions),
        *(("MonthlyUsage", (org, *dimension, month)) for dimension in dimensions),
        ("HourlyDetail", (org, hour, *detail)),
        ("DailyDetail", (org, day, *detail)),
    ]


def _amounts(event: UsageEvent) -> tuple:
    """In the order of SUMS."""
    return (
        1,
        int(event.is_error),
        int(event.cost is None),
        event.input_tokens,
        event.output_tokens,
        event.cached_input_tokens,
        event.cache_write_tokens,
        event.reasoning_tokens,
        event.cost or Decimal(0),
        (event.cost or Decimal(0)) if event.cost_source else Decimal(0),
    )


def logged(*organizations: Organization) -> int:
    return Request.objects.filter(organization_id__in=[organization.pk for organization in organizations]).count()
