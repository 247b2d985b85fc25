"""Where the sums are not what the log says: what is told of it, and of whom."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection

from analytics.ledger import differences, retention
from analytics.ledger.differences import Difference, checked_from
from analytics.ledger.request_log import Month
from analytics.models import DailyUsage, Freshness, HourlyUsage, MonthlyUsage
from tests.analytics.usage import use
from tests.kept import kept

TOLD = "daily usage, project proj_chat, 2026-11-17: cost is {}, log says {}"


@pytest.mark.parametrize(
    ("stored", "expected", "told"),
    [
        ("3.5", "1", TOLD.format("3.5", "1")),
        ("0", "1", TOLD.format("0", "1")),
        (None, "1", TOLD.format("nothing", "1")),
        ("0", None, TOLD.format("0", "nothing")),
    ],
)
def test_a_difference_says_where_it_is_and_what_is_right(stored, expected, told):
    found = Difference("daily usage", "project", "proj_chat", "2026-11-17", "cost", stored, expected)
    assert str(found) == told


@pytest.fixture
@kept
def used(workspace, foreign_key):
    """A request of Acme's on two days of two months, and one of another organization's."""
    for at in ("2026-10-31T10:00", "2026-11-02T10:00"):
        use(workspace.olga_key, at)
    use(foreign_key, "2026-10-31T10:00")
    return workspace.organization


@pytest.mark.django_db
def test_sums_that_are_right_and_those_of_others_that_are_wrong_are_no_difference(used, foreign_key):
    DailyUsage.objects.exclude(organization_id=used.pk).update(cost=7)
    assert differences.differences(used.pk) == []
    assert len(differences.differences(foreign_key.project.organization_id)) == 5


@pytest.mark.django_db
@pytest.mark.parametrize("at_once", [1, 2, 2000])
def test_all_of_them_are_told_month_by_month_and_the_freshness_last(at_once, used, monkeypatch):
    monkeypatch.setattr(differences, "AT_ONCE", at_once)
    DailyUsage.objects.filter(organization_id=used.pk, dimension__in=(2, 0)).update(cost=7)
    HourlyUsage.objects.filter(organization_id=used.pk, dimension=4).update(error_count=1)
    MonthlyUsage.objects.filter(organization_id=used.pk, dimension=0).update(cost=7)
    Freshness.objects.filter(organization_id=used.pk).delete()
    found = [
        (one.table, one.dimension, one.key, one.bucket[:10], one.column) for one in differences.differences(used.pk)
    ]
    assert found == [
        *(
            told
            for day in ("2026-10-31", "2026-11-02")
            for told in (
                ("daily usage", "organization", "org_acme", day, "cost"),
                ("daily usage", "project", "proj_chat", day, "cost"),
                ("hourly usage", "member", "mem_olga", day, "error_count"),
                ("monthly usage", "organization", "org_acme", f"{day[:7]}-01", "cost"),
            )
        ),
        ("freshness", "organization", "org_acme", "-", "first_at"),
        ("freshness", "organization", "org_acme", "-", "newest_at"),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first", "end", "days"),
    [
        (date(2026, 10, 31), date(2026, 11, 1), ["2026-10-31"]),
        (date(2026, 11, 1), date(2026, 11, 2), []),
        (date(2026, 11, 2), date(2026, 11, 3), ["2026-11-02"]),
        (date(2026, 10, 1), date(2026, 12, 1), ["2026-10-31", "2026-11-02"]),
    ],
)
def test_only_the_days_asked_for_are_compared(first, end, days, used):
    DailyUsage.objects.filter(dimension=0).update(cost=7)
    assert [one.bucket for one in differences.differences(used.pk, first, end)] == days


@pytest.mark.django_db
def test_the_freshness_is_compared_with_the_whole_log_whatever_days_are_asked_for(used):
    Freshness.objects.filter(organization_id=used.pk).update(newest_at="2026-11-02T09:00Z")
    day = date(2026, 10, 31)
    assert list(map(str, differences.differences(used.pk, day, day))) == [
        "freshness, organization org_acme, -: newest_at is 2026-11-02 09:00:00+00, log says 2026-11-02 10:00:00+00"
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "day"), [("UTC", date(2026, 11, 1)), ("Asia/Kolkata", date(2026, 11, 2))], ids=["UTC", "Kolkata"]
)
def test_it_is_known_from_where_on_a_pruned_log_can_be_compared(zone, day, used):
    used.time_zone = zone
    used.save()
    assert checked_from(used.pk) is None
    retention.drop(Month(date(2026, 10, 1)))
    assert checked_from(used.pk) == (datetime(2026, 11, 1, tzinfo=UTC), day)


@pytest.mark.django_db
def test_a_row_of_a_key_and_a_model_is_named_by_both(used):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE analytics_dailydetail SET cost = 7 WHERE day = '2026-11-02'")
    (found,) = differences.differences(used.pk)
    assert str(found).startswith("daily detail, API key × model key_olga × openai · gpt-5.5, 2026-11-02: cost is 7.0")
