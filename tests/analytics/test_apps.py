"""Another reporting zone cuts all hours, days and months anew, in the transaction that changes it."""

import json
from threading import Thread

import pytest
from django.db import connection, transaction
from django.test import Client

from accounts import workspace as workspace_file
from accounts.models import Organization
from analytics.ledger import record
from tests.analytics.ledger.test_record import INSTANTS
from tests.analytics.oracle import computed, stored
from tests.analytics.processes import someone_waits_for, wait_until
from tests.analytics.test_windows import ZONES
from tests.analytics.usage import event
from tests.browsers import enter
from tests.factories import UserFactory


def load(organization: Organization, zone: str, now) -> None:
    entry = {"id": organization.public_id, "name": organization.name, "plan": organization.plan, "time_zone": zone}
    workspace_file.load(json.dumps({"organizations": [entry]}).encode(), now)


@pytest.mark.django_db
@pytest.mark.parametrize("after", ZONES)
@pytest.mark.parametrize("before", ["America/New_York", "Australia/Lord_Howe"])
def test_a_loaded_change_equals_a_fresh_recording(before, after, workspace, foreign_key, now):
    organization, other = workspace.organization, foreign_key.project.organization
    Organization.objects.update(time_zone=before)
    keys = (workspace.olga_key, workspace.search_key, foreign_key)
    events = [event(key, at) for key in keys for at in INSTANTS]
    record.record_events(events)
    load(organization, after, now)
    organization.refresh_from_db()
    other.refresh_from_db()
    assert (organization.time_zone, other.time_zone) == (after, before)
    assert stored(organization, other) == computed(events, organization, other)


@pytest.mark.django_db
def test_the_same_zone_again_writes_no_sum(workspace, now):
    record.record_events([event(workspace.olga_key, INSTANTS[0])])
    statements = []
    with connection.execute_wrapper(lambda execute, sql, *rest: statements.append(sql) or execute(sql, *rest)):
        load(workspace.organization, "UTC", now)
    assert not [sql for sql in statements if "analytics_" in sql]


@pytest.mark.django_db
def test_a_change_in_the_site_admin_cuts_anew_too(workspace):
    organization = workspace.organization
    events = [event(workspace.olga_key, at) for at in INSTANTS]
    record.record_events(events)
    staff = enter(Client(), UserFactory(is_staff=True, is_superuser=True))
    url = f"/admin/accounts/organization/{organization.pk}/change/"
    fields = {"name": "Acme", "plan": "enterprise", "status": "active", "time_zone": "Asia/Kathmandu"}
    assert staff.post(url, fields).status_code == 302
    organization.refresh_from_db()
    assert organization.time_zone == "Asia/Kathmandu"
    assert stored(organization) == computed(events, organization)


@pytest.mark.django_db(transaction=True)
def test_an_event_that_comes_while_the_zone_changes_is_cut_in_the_new_zone(workspace, now):
    organization = workspace.organization
    events = [event(workspace.olga_key, at) for at in INSTANTS]
    record.record_events(events[:3])

    def record_the_rest():
        record.record_events(events[3:])
        connection.close()

    writer = Thread(target=record_the_rest)
    with transaction.atomic():
        load(organization, "Asia/Kathmandu", now)
        writer.start()
        wait_until(lambda: someone_waits_for("advisory"))
    writer.join(10)
    organization.refresh_from_db()
    assert stored(organization) == computed(events, organization)
