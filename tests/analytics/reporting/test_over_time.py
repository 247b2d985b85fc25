"""What was used bucket by bucket: the dearest groups as lines, every group as text, and the parts of each group."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from threading import Thread
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.metrics import DIMENSIONS
from analytics.reporting import over_time, reports
from analytics.reporting.sums import Sums
from analytics.windows import day_window, preset_window
from tests.analytics.questions import ask
from tests.analytics.usage import use

pytestmark = pytest.mark.django_db
UTC_ZONE = ZoneInfo("UTC")
TWO_DAYS = day_window(date(2026, 11, 16), date(2026, 11, 17), UTC_ZONE)
COUNTS = [(" ", "request_count"), (" ", "cost")]  # of a cell's text


@pytest.fixture
def asked(workspace, now):
    """Three models of one dollar more each on two days, the dearest on the second day alone."""
    for model, cost, days in (("a", 1, (16, 17)), ("b", 2, (16, 17)), ("c", 7, (17,))):
        for day in days:
            use(workspace.olga_key, f"2026-11-{day}T10:00", model=model, cost=Decimal(cost))
    use(workspace.search_key, "2026-11-16T10:00", model="b", cost=Decimal("0.25"))
    return ask(workspace.organization, TWO_DAYS, now, bucket="day")


# --- lines ---


def test_the_dearest_groups_are_lines_and_the_rest_is_one(asked):
    found = over_time.lines(asked, 1)
    (dearest,) = found.lines
    assert (dearest.group.key, dearest.cost, dearest.requests, dearest.tokens) == (
        *("c", ["0", "7"]),
        *(["0", "1"], ["0", "150"]),
    )
    other = found.other
    assert (other.group.key, other.group.label, other.group.others) == (None, "Other (2)", 2)
    assert (other.amounts, other.cost) == ([Decimal("3.25"), Decimal(3)], ["3.25", "3"])
    assert (other.requests, other.tokens) == (["3", "2"], ["450", "300"])
    assert (found.whole["cost"], found.whole["request_count"]) == (["3.25", "10"], ["3", "3"])


def test_the_rest_is_the_whole_less_all_that_are_named(asked):
    other = over_time.lines(asked, 2).other
    assert (other.group.label, other.cost, other.requests) == ("Other (1)", ["1", "1"], ["1", "1"])


@pytest.mark.parametrize("top", [3, 100])
def test_where_all_are_named_nothing_is_left_over(asked, top):
    found = over_time.lines(asked, top)
    assert [line.group.key for line in found.lines] == ["c", "b", "a"]
    assert found.other is None


def test_without_usage_there_is_no_line_and_a_whole_of_zeros(workspace, now):
    found = over_time.lines(ask(workspace.organization, TWO_DAYS, now, bucket="day"), 3)
    assert (found.lines, found.other, found.head.totals) == ((), None, Sums())
    assert (found.head.data_through, found.head.first_usage) == (None, None)
    assert {tuple(texts) for texts in found.whole.values()} == {("0", "0")}


def test_only_the_columns_asked_for_are_told_of_the_whole(asked):
    columns = ("error_count", *over_time.DRAWN)
    assert tuple(over_time.lines(asked, 1, columns).whole) == columns


@pytest.mark.parametrize(("known", "statements"), [(ZoneInfo("UTC"), 1), (ZoneInfo("Asia/Tokyo"), 3), (None, 2)])
def test_an_answer_is_one_statement_where_the_zone_is_what_it_was_known_to_be(known, statements, three_projects, now):
    query = ask(three_projects, preset_window("7d", now, UTC_ZONE), now, dimension="project")
    with CaptureQueriesContext(connection) as context:
        found = over_time.lines(query, 2, zone=known)
    assert found == over_time.lines(query, 2)
    assert len(context) == statements


# --- every group ---


def test_every_group_of_a_bucket_comes_by_cost_and_its_place_by_key(asked):
    with over_time.every(asked, COUNTS) as every:
        rows = [(bucket.day.day, sums.cost, cells) for bucket, sums, cells in every.rows]
    assert [group.key for group in every.groups] == ["a", "b", "c"]
    assert rows == [
        (16, Decimal("3.25"), [(1, " 2 2.25"), (0, " 1 1")]),
        (17, Decimal(10), [(2, " 1 7"), (1, " 1 2"), (0, " 1 1")]),
    ]


def test_places_are_by_key_whatever_groups_are_called(asked):
    with over_time.every(replace(asked, dimension=DIMENSIONS["project"]), COUNTS) as every:
        assert [group.label for group in every.groups] == ["Support Chatbot", "Document Search"]
        assert [cells for _, _, cells in every.rows] == [[(0, " 2 3"), (1, " 1 0.25")], [(0, " 3 10")]]


def test_groups_that_are_known_already_are_not_looked_for_again(asked):
    with over_time.complete(asked) as report, CaptureQueriesContext(connection) as context:
        with over_time.every(asked, COUNTS, report.groups) as every:
            known = list(every.rows)
        told = len(context)
    with CaptureQueriesContext(connection) as context, over_time.every(asked, COUNTS) as every:
        assert list(every.rows) == known
    assert told < len(context)


def test_without_usage_every_bucket_is_there_and_empty(workspace, now):
    with over_time.every(ask(workspace.organization, TWO_DAYS, now, bucket="day"), COUNTS) as every:
        assert [(sums, cells) for _, sums, cells in every.rows] == [(Sums(), [])] * 2
    assert every.groups == ()


@pytest.mark.django_db(transaction=True)
def test_a_report_is_one_snapshot_even_when_usage_comes_in_meanwhile(workspace, now):
    use(workspace.olga_key, "2026-11-17T10:00")
    query = ask(workspace.organization, preset_window("7d", now, UTC_ZONE), now)
    with over_time.every(query, [("", "request_count")]) as every:
        use_elsewhere(workspace.olga_key)
        counts = [int(text) for _, _, cells in every.rows for _, text in cells]
    assert every.head.totals.request_count == sum(counts) == 1
    assert reports.build(query).totals.request_count == 2


def use_elsewhere(key) -> None:
    """Records one request on a connection of its own."""

    def work():
        use(key, "2026-11-17T11:00")
        connection.close()

    thread = Thread(target=work)
    thread.start()
    thread.join()


# --- by two dimensions ---


def test_each_group_of_a_bucket_has_its_parts(asked):
    with over_time.activity(replace(asked, then=DIMENSIONS["project"])) as activity:
        first, second = activity.rows
    assert [(group.key, group.sums.cost) for group in first.breakdown] == [("b", Decimal("2.25")), ("a", Decimal(1))]
    assert [(part.key, part.sums.cost) for part in first.breakdown[0].parts] == [
        ("proj_chat", Decimal(2)),
        ("proj_search", Decimal("0.25")),
    ]
    assert [group.key for group in second.breakdown] == ["c", "b", "a"]
    assert (activity.head.totals.cost, activity.head.exact) == (Decimal("13.25"), True)


def test_of_groups_by_two_dimensions_the_first_are_named_and_the_rest_is_one(asked):
    with over_time.activity(replace(asked, then=DIMENSIONS["project"]), top=1) as activity:
        first, second = activity.rows
    assert [(group.label, group.sums.cost) for group in first.breakdown] == [("Other (2)", Decimal("3.25"))]
    assert [(part.key, part.sums.cost) for part in first.breakdown[0].parts] == [
        ("proj_chat", Decimal(3)),
        ("proj_search", Decimal("0.25")),
    ]
    assert [group.key for group in second.breakdown] == ["c", None]


def test_a_complete_report_has_every_group_and_none_of_them_over_time(asked):
    with over_time.complete(asked) as report:
        assert (report.series, report.groups) == ((), reports.build(asked).groups)
    assert [group.key for group in report.groups] == ["c", "b", "a"]


@pytest.mark.parametrize("then", [None, DIMENSIONS["apiKey"]])
def test_a_complete_report_has_the_keys_where_api_keys_are_grouped_by_in_either_place(asked, then):
    with over_time.complete(replace(asked, then=then)) as report:
        assert {key.id for key in report.keys} == ({"key_olga", "key_dora", "key_search"} if then else set())
