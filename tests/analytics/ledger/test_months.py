"""The months of an organization, cut into portions that fit into memory: every day once, none that the log lacks."""

from datetime import UTC, date, datetime

import pytest

from analytics.ledger import months, record, request_log, retention
from analytics.ledger.months import Days
from analytics.models import HourlyUsage
from tests.analytics.usage import event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_log")]
MONTHS = ("2026-01", "2026-03", "2026-04")
MARCH = Days(date(2026, 3, 1), date(2026, 4, 1))


def recorded(key, instants) -> None:
    record.record_events([event(key, at) for at in instants])


def test_months_with_sums_or_requests_are_found_and_no_other(workspace):
    organization = workspace.organization
    recorded(workspace.olga_key, [f"{month}-10T10:00" for month in MONTHS])
    HourlyUsage.objects.filter(dimension=4, hour__lt="2026-02-01T00:00Z").update(hour="2020-05-05T05:00Z")

    def found(first: str, end: str) -> list[tuple[str, str]]:
        asked = (date.fromisoformat(text) for text in (first, end))
        return [(str(days.first), str(days.end)) for days in months.months(organization.pk, *asked)]

    assert [first for first, _ in found("1999-01-01", "9999-01-01")] == [
        "2020-05-01",
        *(f"{month}-01" for month in MONTHS),
    ]
    assert found("2026-01-31", "2026-04-02") == [
        ("2026-01-31", "2026-02-01"),
        ("2026-03-01", "2026-04-01"),
        ("2026-04-01", "2026-04-02"),
    ]
    assert found("2026-05-01", "2026-06-01") == []


def test_a_portion_has_no_more_requests_than_are_read_at_once_but_for_a_day_that_has_more(workspace, monkeypatch):
    monkeypatch.setattr(months, "PORTION", 5)
    busy = {3: 2, 4: 2, 5: 2, 9: 7, 10: 1, 11: 4, 30: 1}
    recorded(workspace.olga_key, [f"2026-03-{day:02}T10:00:{n:02}" for day, many in busy.items() for n in range(many)])
    cut, (month,) = months.portions(workspace.organization.pk, MARCH)
    edges = [one["first_day"].day for one in cut]
    assert edges == [1, 5, 9, 10, 30]
    assert [one["end_day"].day for one in cut] == [*edges[1:], 1]
    assert (month["first_day"], month["end_day"]) == (date(2026, 3, 1), date(2026, 4, 1))


def test_a_day_that_has_too_many_requests_ends_its_portion_and_no_portion_is_empty(workspace, monkeypatch):
    monkeypatch.setattr(months, "PORTION", 1)
    recorded(workspace.olga_key, [f"2026-03-{day}T10:00:{n}" for day in ("01", "05") for n in (10, 11)])
    cut, _month = months.portions(workspace.organization.pk, MARCH)
    assert [(one["first_day"].day, one["end_day"].day) for one in cut] == [(1, 2), (2, 6), (6, 1)]


def test_a_month_that_comes_while_the_ones_before_are_worked_on_is_found(workspace):
    recorded(workspace.olga_key, ["2026-01-10T10:00"])
    found = months.months(workspace.organization.pk, date(1999, 1, 1), date(9999, 1, 1))
    assert next(found).first == date(2026, 1, 1)
    recorded(workspace.olga_key, ["2026-02-10T10:00"])
    assert [days.first for days in found] == [date(2026, 2, 1)]


@pytest.mark.parametrize(
    ("zone", "first"),
    [("UTC", date(2026, 3, 1)), ("America/New_York", date(2026, 3, 1)), ("Asia/Kolkata", date(2026, 3, 2))],
)
def test_days_that_the_log_has_not_whole_are_left_out_of_the_portions_and_of_the_month(zone, first, workspace):
    """Of New York's March 1 the log has everything, though it is pruned in the midst of the day before."""
    organization = workspace.organization
    organization.time_zone = zone
    organization.save()
    recorded(workspace.olga_key, ["2026-02-10T10:00", "2026-03-10T10:00"])
    retention.drop(request_log.months()[0])
    (portion,), (month,) = months.portions(organization.pk, MARCH)
    assert (portion["first_day"], portion["end_day"]) == (first, MARCH.end)
    assert (month["first_month"], month["first_day"], month["end_day"]) == (MARCH.first, first, MARCH.end)
    assert months.portions(organization.pk, Days(date(2026, 2, 1), date(2026, 2, 28))) == ([], [])


def test_of_some_days_the_month_around_them_is_whole(workspace):
    recorded(workspace.olga_key, ["2026-03-10T10:00"])
    (portion,), (month,) = months.portions(workspace.organization.pk, Days(date(2026, 3, 10), date(2026, 3, 12)))
    assert (portion["first_day"], portion["end_day"]) == (date(2026, 3, 10), date(2026, 3, 12))
    assert (month["first_day"], month["end_day"]) == (MARCH.first, MARCH.end)


@pytest.mark.parametrize(
    ("zone", "day", "start", "end"),
    [
        ("UTC", "2026-03-10", "2026-03-10T00:00", "2026-03-11T00:00"),
        ("Asia/Kolkata", "2026-03-10", "2026-03-09T18:30", "2026-03-10T18:30"),
        # At midnight back to 23:00, after and before: a day more on that side, for an hour of the other day is its own.
        ("America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00", "2018-02-19T03:00"),
        ("America/Sao_Paulo", "2018-02-18", "2018-02-17T03:00", "2018-02-19T03:00"),
    ],
)
def test_where_clocks_change_beside_midnight_the_day_beyond_is_read_too(zone, day, start, end, workspace):
    workspace.organization.time_zone = zone
    workspace.organization.save()
    first = date.fromisoformat(day)
    (portion,), _month = months.portions(workspace.organization.pk, Days(first, first.replace(day=first.day + 1)))
    instants = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (start, end)]
    assert [portion["first_instant"], portion["end_instant"]] == instants
    assert portion["clock_since"][0] == instants[0]
    assert portion["clock_until"][-1] == instants[1]
