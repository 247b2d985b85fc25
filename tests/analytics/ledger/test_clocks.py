"""Organizations' clocks: what is told to SQL of them, and what stays true while they are locked."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from accounts.models import Organization
from analytics.ledger.clocks import INSTANT, Locked, clocks, lock, reach, reporting_zones
from analytics.models import Horizon
from tests.analytics.usage import use

START, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
CHANGE = datetime(2026, 11, 1, 6, tzinfo=UTC)  # New York's
HOUR = timedelta(hours=1)


def test_each_organization_has_a_row_for_each_stretch_of_its_clock():
    zones = {7: ZoneInfo("America/New_York"), 3: ZoneInfo("Asia/Kathmandu")}
    assert clocks(zones, START, END) == {
        "clock_organization": [7, 7, 3],
        "clock_since": [START, CHANGE, START],
        "clock_until": [CHANGE, END, END],
        "clock_ahead": [-4 * HOUR, -5 * HOUR, 5.75 * HOUR],
    }


@pytest.mark.parametrize(("zones", "end"), [({}, END), ({7: ZoneInfo("UTC")}, START)])
def test_nobody_and_no_time_are_lists_without_a_row(zones, end):
    assert clocks(zones, START, end) == {
        "clock_organization": [],
        "clock_since": [],
        "clock_until": [],
        "clock_ahead": [],
    }


@pytest.mark.django_db
def test_the_reporting_zones_are_those_of_the_organizations_asked_for(workspace, foreign_key):
    Organization.objects.filter(pk=workspace.organization.pk).update(time_zone="Asia/Kathmandu")
    here, there = workspace.organization.pk, foreign_key.project.organization_id
    assert reporting_zones([here]) == {here: ZoneInfo("Asia/Kathmandu")}
    assert reporting_zones([there, here]) == {here: ZoneInfo("Asia/Kathmandu"), there: ZoneInfo("UTC")}
    assert reporting_zones([]) == {}


@pytest.mark.django_db
def test_under_its_lock_an_organizations_zone_and_horizon_are_known_at_once(workspace, foreign_key):
    Organization.objects.filter(pk=workspace.organization.pk).update(time_zone="Asia/Kathmandu")
    here, there = workspace.organization.pk, foreign_key.project.organization_id
    Horizon.objects.create(organization_id=here, pruned_before=START)
    assert lock({here, there}) == {
        here: Locked(ZoneInfo("Asia/Kathmandu"), START),
        there: Locked(ZoneInfo("UTC"), None),
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        assert {here, there} <= {number for (number,) in cursor.fetchall()}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (START - HOUR, END + HOUR, (START, CHANGE + INSTANT)),
        (START, CHANGE + INSTANT, (START, CHANGE + INSTANT)),
        (START, CHANGE, (START, START + INSTANT)),
        (START + INSTANT, CHANGE, (START + INSTANT, START + INSTANT)),
        (END, END + HOUR, (END, END)),
    ],
)
def test_the_reach_of_a_time_is_from_its_first_request_to_its_last(start, end, found, workspace, foreign_key):
    for at in (START, CHANGE):
        use(workspace.olga_key, at)
    use(foreign_key, END)
    assert reach(workspace.organization.pk, start, end) == found
