"""Hours, days and months as stored: PostgreSQL's own date_trunc in the zone, on every clock change."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from analytics.ledger import differences, rebuild, record
from analytics.models import DailyUsage, HourlyUsage, MonthlyUsage
from tests.analytics.oracle import computed, stored
from tests.analytics.usage import event

pytestmark = pytest.mark.django_db

# Zone → the instants (UTC) at which its clocks change; where they never do, New York's of that year.
CHANGES = {
    "Asia/Kathmandu": ["2026-03-08T07:00", "2026-11-01T06:00"],
    "Asia/Kolkata": ["2026-03-08T07:00", "2026-11-01T06:00"],
    "Australia/Lord_Howe": ["2026-04-04T15:00", "2026-10-03T15:30"],  # by half an hour
    "Pacific/Chatham": ["2026-04-04T14:00", "2026-09-26T14:00"],  # at a quarter to three
    "America/New_York": ["2026-03-08T07:00", "2026-11-01T06:00"],
    "Europe/Athens": ["2026-03-29T01:00", "2026-10-25T01:00"],
    # Until 2011 at a minute past midnight: one local day ended twice, and its events were not one run of instants;
    # in 2009 it was a month that did.
    "America/St_Johns": [
        "2026-03-08T05:30",
        "2026-11-01T04:30",
        "2010-03-14T03:31",
        "2010-11-07T02:31",
        "2009-11-01T02:31",
    ],
    "UTC": ["2026-03-08T07:00", "2026-11-01T06:00"],
}
NIGHTS = [(zone, change) for zone, changes in CHANGES.items() for change in changes]
TABLES = {"hour": HourlyUsage, "day": DailyUsage, "month": MonthlyUsage}
BUCKETS = {
    "hour": "date_trunc('hour', occurred_at, %(zone)s)",
    "day": "(date_trunc('day', occurred_at, %(zone)s) AT TIME ZONE %(zone)s)::date",
    "month": "(date_trunc('month', occurred_at, %(zone)s) AT TIME ZONE %(zone)s)::date",
}


def truncated(size: str, zone: str) -> dict:
    """Bucket → requests, as PostgreSQL groups the log."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {BUCKETS[size]}, count(*) FROM analytics_request GROUP BY 1", {"zone": zone})
        return dict(cursor.fetchall())


@pytest.fixture
def nightly(workspace):
    """Records a request every five minutes of the day before and the day after `change`, seen from `zone`."""

    def record_nights(zone: str, change: str):
        workspace.organization.time_zone = zone
        workspace.organization.save()
        middle = datetime.fromisoformat(change).replace(tzinfo=UTC)
        instants = [middle + timedelta(minutes=minutes) for minutes in range(-24 * 60, 24 * 60, 5)]
        events = [event(workspace.dora_key, instant) for instant in (*instants, middle - timedelta(microseconds=1))]
        record.record_events(events)
        return events

    return record_nights


@pytest.mark.parametrize(("zone", "change"), NIGHTS)
def test_stored_buckets_are_postgresqls_own(zone, change, nightly):
    nightly(zone, change)
    for size, table in TABLES.items():
        rows = table.objects.filter(dimension=0).values_list(size, "request_count")
        assert dict(rows) == truncated(size, zone), size


@pytest.mark.parametrize(("zone", "change"), NIGHTS)
def test_clock_changes_are_recorded_rebuilt_and_compared_alike(zone, change, nightly, workspace):
    organization = workspace.organization
    events = nightly(zone, change)
    expected = computed(events, organization)
    assert stored(organization) == expected
    day = datetime.fromisoformat(change).date()
    for first in (day - timedelta(days=1), day, day + timedelta(days=1)):
        assert differences.differences(organization.pk, first, first + timedelta(days=1)) == []
        rebuild.rebuild(organization.pk, first, first + timedelta(days=1))
        assert stored(organization) == expected


def test_a_month_ends_at_the_zones_midnight(workspace):
    workspace.organization.time_zone = "Asia/Kathmandu"
    workspace.organization.save()
    for at in ("2026-10-31T18:14:59.999999", "2026-10-31T18:15"):
        record.record_events([event(workspace.dora_key, at)])
    months = MonthlyUsage.objects.filter(dimension=0).values_list("month", "request_count")
    assert sorted((f"{month:%Y-%m}", count) for month, count in months) == [("2026-10", 1), ("2026-11", 1)]
