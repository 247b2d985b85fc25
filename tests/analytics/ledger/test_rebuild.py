"""Sums made anew from the log: month by month, in portions, killed and begun again, in any zone, as exact as before."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from accounts.models import Organization
from analytics.ledger import differences, months, rebuild, record, request_log, retention, rezone
from analytics.models import Freshness
from tests.analytics.ledger.test_record import CrashError, crash_at, statements
from tests.analytics.oracle import KEYS, computed, stored
from tests.analytics.usage import event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_log")]
MONTHS = ("2026-01", "2026-03", "2026-04")


def emptied(*organizations: Organization) -> None:
    """Their sums are lost, and the log is all there is."""
    for table in (*KEYS, Freshness):
        table.objects.filter(organization_id__in=[one.pk for one in organizations]).delete()


def right(events, *organizations: Organization) -> bool:
    return stored(*organizations) == computed(events, *organizations) and not any(
        differences.differences(one.pk) for one in organizations
    )


def recorded(key, instants) -> list:
    events = [event(key, at, model=f"model-{n % 3}", cost=n) for n, at in enumerate(instants)]
    record.record_events(events)
    return events


# Zones whose clocks are set at midnight or beside it, and around which change.
CHANGES = {
    "UTC": "2026-03-31",
    "America/St_Johns": "2009-10-31",  # at 00:01 back to 23:01 of the day before, and of the month before
    "America/Sao_Paulo": "2018-02-17",  # at midnight back to 23:00
    "America/Havana": "2023-11-05",  # at 01:00 back to midnight
    "Asia/Beirut": "2024-03-31",  # midnight is not there
    "Australia/Lord_Howe": "2024-04-07",  # by half an hour
    "Pacific/Apia": "2011-12-30",  # a day is not there
}


@pytest.mark.parametrize("zone", CHANGES)
@pytest.mark.parametrize("portion", [1, 40])
def test_from_the_log_alone_the_sums_are_what_they_were_however_it_is_cut(portion, zone, workspace, monkeypatch):
    monkeypatch.setattr(months, "PORTION", portion)
    organization = workspace.organization
    organization.time_zone = zone
    organization.save()
    begin = datetime.fromisoformat(CHANGES[zone]).replace(tzinfo=UTC) - timedelta(days=2)
    events = recorded(workspace.olga_key, [begin + n * timedelta(minutes=29) for n in range(250)])
    emptied(organization)
    rebuild.rebuild(organization.pk)
    assert right(events, organization)


def test_every_organization_is_made_anew_in_its_own_zone_and_no_other_is_touched(workspace, foreign_key):
    here, there = workspace.organization, foreign_key.project.organization
    Organization.objects.filter(pk=there.pk).update(time_zone="Asia/Kathmandu")
    there.refresh_from_db()
    instants = [f"{month}-{day}T18:20" for month in MONTHS for day in (28, 30)]
    events = recorded(workspace.olga_key, instants) + recorded(foreign_key, instants)
    emptied(here, there)
    rebuild.rebuild(there.pk)
    assert not any(stored(here).values())
    assert right([one for one in events if one.organization_id == there.pk], there)
    rebuild.rebuild(here.pk)
    assert right(events, here, there)


def test_another_zone_between_two_months_is_the_one_that_counts(workspace):
    organization = workspace.organization
    events = recorded(workspace.olga_key, [f"{month}-01T03:00" for month in MONTHS])
    emptied(organization)
    for number, days in enumerate(months.months(organization.pk, date(1999, 1, 1), date(9999, 1, 1))):
        rebuild.rebuild_month(organization.pk, days)
        if number == 0:
            Organization.objects.filter(pk=organization.pk).update(time_zone="America/New_York")
            rezone.rezone(organization.pk)
    rebuild.refresh(organization.pk)
    organization.refresh_from_db()
    assert right(events, organization)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_stopped_at_any_statement_it_leaves_whole_months_and_goes_on_with_the_others(workspace):
    organization = workspace.organization
    events = recorded(workspace.olga_key, [f"{month}-10T10:00" for month in MONTHS])
    late, done = count(1), set()
    emptied(organization)
    total = statements(lambda: rebuild.rebuild(organization.pk))
    for number in range(0, total, 3):
        emptied(organization)
        with connection.execute_wrapper(crash_at(number)), pytest.raises(CrashError):
            rebuild.rebuild(organization.pk)
        there = {
            table: {f"{row[-1]:%Y-%m}" for row in table.objects.values_list(*KEYS[table][:4])}
            for table in list(KEYS)[:3]
        }
        assert len({frozenset(found) for found in there.values()}) == 1
        done.add(len(next(iter(there.values()))))
        # Senders go on meanwhile.
        events += recorded(workspace.olga_key, [f"2026-03-11T10:00:{next(late) % 60:02}"])
        rebuild.rebuild(organization.pk)
        assert right(events, organization)
    assert done == {0, 1, 2, 3}


def test_what_is_pruned_stays_and_the_rest_is_made_anew_also_where_an_earlier_version_wrote_it(workspace):
    """The earlier version kept no first event; the month in which the log begins has days of both kinds."""
    organization = workspace.organization
    organization.time_zone = "Asia/Kolkata"
    organization.save()
    days = ("2026-01-31T18:00", "2026-01-31T18:40", "2026-02-01T10:00", "2026-02-01T20:00", "2026-02-03T10:00")
    events = recorded(workspace.olga_key, days)
    retention.drop(request_log.months()[0])
    Freshness.objects.update(first_at=None)
    before = stored(organization)
    for table, keys in KEYS.items():
        bucket = next(name for name in keys if name in ("hour", "day", "month"))
        since = {"hour": "2026-02-01T18:30Z", "day": "2026-02-02", "month": "2026-02-01"}[bucket]
        assert table.objects.filter(**{f"{bucket}__gte": since}).delete()[0]
    rebuild.rebuild(organization.pk)
    assert stored(organization) == before
    assert before["MonthlyUsage"] == computed(events, organization)["MonthlyUsage"]
    assert differences.differences(organization.pk) == []


def test_the_zones_here_know_what_they_are_for():
    """Each of them has a change within a day of its date."""
    for zone, day in list(CHANGES.items())[1:]:
        middle = datetime.fromisoformat(day).replace(tzinfo=UTC)
        ahead = {(middle + n * timedelta(hours=1)).astimezone(ZoneInfo(zone)).utcoffset() for n in range(-24, 49)}
        assert len(ahead) == 2, zone
