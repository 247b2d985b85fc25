"""Another reporting zone when a part of the log is pruned: exact by whole hours, else refused with nothing changed."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from accounts import workspace as workspace_file
from accounts.models import Organization
from accounts.workspace_file import WorkspaceError
from analytics.ledger import differences, rebuild, record, retention
from tests.analytics.oracle import computed, stored
from tests.analytics.test_apps import load
from tests.analytics.usage import event
from tests.browsers import enter
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

AUGUST = datetime(2026, 8, 1, tzinfo=UTC)


def busy(*keys) -> list:
    """A request every 25 minutes around each horizon and each clock change of 2026 before August."""
    middles = [AUGUST, *(datetime(2026, *day, tzinfo=UTC) for day in ((3, 1), (3, 8, 7), (3, 29, 1), (4, 4, 15)))]
    steps = [timedelta(minutes=25 * n) for n in range(-80, 80)]
    instants = [middle + step for middle in middles for step in steps]
    return [event(keys[n % len(keys)], at, model=f"model-{n % 2}", cost=n) for n, at in enumerate(instants)]


@pytest.fixture
def pruned(workspace, foreign_key):
    """Acme in a zone, its log pruned before August; another organization's too. All events."""

    def pruned(zone: str, events: list | None = None, before: datetime = AUGUST) -> list:
        Organization.objects.filter(pk=workspace.organization.pk).update(time_zone=zone)
        events = events or busy(workspace.olga_key, workspace.dora_key, workspace.search_key)
        events = [*events, event(foreign_key, before - timedelta(hours=1))]
        record.record_events(events)
        for month in retention.old_months(before):
            retention.drop(month)
        return events

    return pruned


def right(events, workspace, foreign_key) -> bool:
    organizations = Organization.objects.filter(public_id__in=("org_acme", "org_other"))
    return stored(*organizations) == computed(events, *organizations)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("UTC", "America/New_York"),
        ("America/New_York", "UTC"),
        ("America/New_York", "Europe/Athens"),
        ("Europe/Athens", "Pacific/Auckland"),
        ("Asia/Kolkata", "Asia/Colombo"),  # the horizon lies in the midst of an hour
        ("Asia/Kolkata", "America/St_Johns"),  # half an hour off UTC on both sides
        ("Asia/Kathmandu", "Asia/Katmandu"),
    ],
)
def test_a_change_by_whole_hours_equals_a_fresh_recording(before, after, pruned, workspace, foreign_key, now):
    events = pruned(before)
    load(workspace.organization, after, now)
    assert Organization.objects.get(public_id="org_acme").time_zone == after
    assert right(events, workspace, foreign_key)
    assert differences.differences(workspace.organization.pk) == []
    load(workspace.organization, before, now)
    assert right(events, workspace, foreign_key)


@pytest.mark.parametrize(
    ("before", "after", "odd"),
    [
        ("Asia/Kolkata", "UTC", "2026-02-27 14:30"),
        ("UTC", "Asia/Kolkata", "2026-02-27 14:00"),
        ("UTC", "Asia/Kathmandu", "2026-02-27 14:00"),
        ("Asia/Kathmandu", "Asia/Kolkata", "2026-02-27 14:15"),
        ("UTC", "Australia/Lord_Howe", "2026-04-04 15:00"),  # whole hours, until the clock goes back by half of one
    ],
)
def test_a_change_by_parts_of_an_hour_is_refused_with_its_place_and_changes_nothing(
    before, after, odd, pruned, workspace, foreign_key, now
):
    pruned(before)
    sums = stored(workspace.organization)
    entries = [
        {"id": "org_new", "name": "New"},
        {"id": "org_acme", "name": "Renamed", "plan": "free", "time_zone": after},
    ]
    with pytest.raises(WorkspaceError) as refused:
        workspace_file.load(json.dumps({"organizations": entries}).encode(), now)
    assert str(refused.value) == (
        f"organizations[1].time_zone: cannot become {after}: the request log is pruned before 2026-08-01 00:00 UTC, and"
        f" the hours kept of that time, such as the one from {odd} UTC, are not whole hours of that zone's clock"
    )
    assert [(one.name, one.time_zone) for one in Organization.objects.filter(public_id="org_acme")] == [
        ("Acme", before)
    ]
    assert not Organization.objects.filter(public_id="org_new").exists()
    assert stored(workspace.organization) == sums


def test_an_hour_in_which_the_other_clock_changes_is_none_of_its_hours(pruned, workspace, now):
    # In 2009 St. John's clocks went back a minute past midnight: that hour has one of November and 59 of October.
    november = datetime(2009, 12, 1, tzinfo=UTC)
    pruned("Asia/Kolkata", [event(workspace.olga_key, f"2009-11-01T02:{n}:30") for n in (30, 45)], november)
    with pytest.raises(WorkspaceError, match=r"such as the one from 2009-11-01 02:30 UTC, are not whole hours"):
        load(workspace.organization, "America/St_Johns", now)


def test_hours_of_which_nothing_is_pruned_may_be_of_any_zone(pruned, workspace, foreign_key, now):
    events = pruned(
        "UTC", [event(workspace.olga_key, "2026-08-01T00:10"), event(workspace.olga_key, "2026-08-03T10:00")]
    )
    load(workspace.organization, "Asia/Kathmandu", now)
    assert right(events, workspace, foreign_key)


def test_only_the_zone_of_what_is_kept_counts_and_not_how_it_was_at_other_times(pruned, workspace, foreign_key, now):
    # In Lord Howe's summer the clock is eleven hours ahead: whole ones. Later, when it is not, the log has everything.
    start = datetime(2026, 1, 30, tzinfo=UTC)
    events = [event(workspace.olga_key, start + n * timedelta(minutes=25)) for n in range(200)]
    events += [event(workspace.olga_key, f"2026-04-04T{hour:02}:45") for hour in range(24)]
    events = pruned("UTC", events, datetime(2026, 2, 1, tzinfo=UTC))
    load(workspace.organization, "Australia/Lord_Howe", now)
    assert right(events, workspace, foreign_key)


def test_what_comes_after_a_change_is_cut_in_the_new_zone(pruned, workspace, foreign_key, now):
    events = pruned("Asia/Kolkata")
    load(workspace.organization, "Asia/Colombo", now)
    late = [event(workspace.olga_key, at) for at in ("2026-08-01T00:00", "2026-08-01T00:29:59", "2026-08-01T18:30")]
    record.record_events(late)
    rebuild.rebuild(workspace.organization.pk, date(2026, 8, 1), date(2026, 8, 3))
    assert right(events + late, workspace, foreign_key)


@pytest.fixture
def staff() -> Client:
    return enter(Client(), UserFactory(is_staff=True, is_superuser=True))


def posted(staff: Client, organization: Organization, zone: str):
    fields = {"name": "Acme", "plan": "enterprise", "status": "active", "time_zone": zone}
    return staff.post(f"/admin/accounts/organization/{organization.pk}/change/", fields)


def test_the_site_admin_shows_the_refusal_at_the_field_and_changes_nothing(staff, pruned, workspace):
    pruned("Asia/Kolkata")
    sums = stored(workspace.organization)
    answer = posted(staff, workspace.organization, "UTC")
    assert answer.status_code == 200
    (message,) = answer.context["adminform"].form.errors["time_zone"]
    assert message.startswith("cannot become UTC: the request log is pruned before 2026-08-01 00:00 UTC")
    assert Organization.objects.get(public_id="org_acme").time_zone == "Asia/Kolkata"
    assert stored(workspace.organization) == sums


def test_the_site_admin_changes_a_zone_by_whole_hours(staff, pruned, workspace, foreign_key):
    events = pruned("UTC")
    assert posted(staff, workspace.organization, "America/New_York").status_code == 302
    assert right(events, workspace, foreign_key)


def test_a_zone_that_is_none_is_the_forms_own_error(staff, pruned, workspace):
    pruned("UTC")
    answer = posted(staff, workspace.organization, "Mars/Olympus")
    assert list(answer.context["adminform"].form.errors) == ["time_zone"]
