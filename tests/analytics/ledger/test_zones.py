"""Days and hours are cut by Python's zone data on both sides, whatever the database thinks of a zone."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import ApiKey, time_zone_names
from analytics.ledger import differences, rebuild, record
from analytics.ledger.zones import _changes, offsets
from analytics.models import DailyUsage, HourlyUsage
from analytics.windows import day_of, hour_start
from tests.analytics.usage import event
from tests.factories import ApiKeyFactory, MembershipFactory, OrganizationFactory, ProjectFactory

# Names that PostgreSQL reads as abbreviations without summer time; zones whose rules its edition may not know yet; and
# offsets and changes of every kind.
ZONES = [
    *("CET", "EET", "MET", "WET", "EST5EDT"),
    *("America/Vancouver", "Africa/Casablanca", "America/Havana", "America/Winnipeg", "Europe/Chisinau"),
    *("Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Chatham", "America/St_Johns", "Africa/Cairo", "Asia/Beirut"),
]
INSTANTS = [
    datetime(2026, 11, 10, 7, 30, tzinfo=UTC),
    *(datetime(2026, month, 15, hour, 30, tzinfo=UTC) for month in (1, 4, 7) for hour in (4, 22)),
    *(datetime(year, 10, 31, 23, 59, 59, 999_999, tzinfo=UTC) for year in (2009, 2026)),
]

zones = st.sampled_from(sorted(time_zone_names())).map(ZoneInfo)
instants = st.integers(0, 40 * 365 * 86_400).map(
    lambda seconds: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(0, seconds)
)


@settings(deadline=None)  # the first look at a zone reads its file
@given(zone=zones, start=instants, length=st.integers(1, 900 * 86_400), at=st.floats(0, 1, exclude_max=True))
def test_stretches_cover_the_time_and_tell_each_instants_offset(zone, start, length, at):
    end = start + timedelta(seconds=length)
    found = offsets(zone, start, end)
    assert (found[0].since, found[-1].until) == (start, end)
    assert all(one.until == other.since and one.ahead != other.ahead for one, other in pairwise(found))
    instant = start + timedelta(seconds=int(length * at))
    (here,) = [one for one in found if one.since <= instant < one.until]
    assert here.ahead == instant.astimezone(zone).utcoffset()


@pytest.mark.parametrize(
    ("name", "change"),
    [("America/New_York", "2026-03-08T07:00:00Z"), ("America/St_Johns", "2010-03-14T03:31:00Z")],  # at 00:01
)
def test_the_second_of_a_change_belongs_to_the_new_offset(name, change):
    _changes.cache_clear()  # what is remembered of another test proves nothing
    zone, at = ZoneInfo(name), datetime.fromisoformat(change)
    start = at.replace(hour=0, minute=0)
    before, after = offsets(zone, start, start + timedelta(days=1))
    assert before.until == after.since == at
    assert len(offsets(zone, after.since, after.until)) == 1
    assert len(offsets(zone, before.since, before.until)) == 1


def test_no_time_has_no_stretch():
    start = datetime(2026, 3, 8, tzinfo=UTC)
    assert offsets(ZoneInfo("UTC"), start, start) == ()


@pytest.mark.slow
@pytest.mark.django_db
def test_stored_days_and_hours_are_pythons_in_zones_the_database_reads_otherwise():
    keys = []
    for zone in ZONES:
        organization = OrganizationFactory(time_zone=zone)
        member = MembershipFactory(organization=organization)
        keys.append(ApiKeyFactory(project=ProjectFactory(organization=organization), created_by=member))
    record.record_events([event(key, instant) for key in keys for instant in INSTANTS])
    check(keys)
    for key in keys:
        rebuild.rebuild(key.project.organization_id)
    check(keys)


def check(keys: list[ApiKey]) -> None:
    """Each key is of an organization in one of ZONES, in their order."""
    for zone, key in zip(map(ZoneInfo, ZONES), keys, strict=True):
        mine = {"organization_id": key.project.organization_id, "dimension": 0}
        days = DailyUsage.objects.filter(**mine).values_list("day", flat=True)
        hours = HourlyUsage.objects.filter(**mine).values_list("hour", flat=True)
        assert set(days) == {day_of(instant, zone) for instant in INSTANTS}, zone
        assert set(hours) == {hour_start(instant, zone) for instant in INSTANTS}, zone
        assert differences.differences(mine["organization_id"]) == []
