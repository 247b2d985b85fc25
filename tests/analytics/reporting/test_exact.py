"""Reports against an independent count in Python: sums are exact in every dimension, bucket, filter and zone."""

from bisect import bisect_right
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.ledger import record
from analytics.ledger.usage_event import UsageEvent
from analytics.metrics import DIMENSIONS, METRICS
from analytics.models import SUMS
from analytics.reporting import over_time, reports
from analytics.reporting.query import Filters, Query
from analytics.reporting.sums import Sums, plain
from analytics.windows import buckets, day_window, hour_start
from tests.analytics.questions import ask
from tests.analytics.usage import MODELS, random_events
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

REPORTING_ZONES = ["America/New_York", "Asia/Kathmandu", "UTC"]


def counted(events) -> Sums:
    return Sums(
        request_count=len(events),
        error_count=sum(request.is_error for request in events),
        unpriced_count=sum(request.cost is None for request in events),
        input_tokens=sum(request.input_tokens for request in events),
        output_tokens=sum(request.output_tokens for request in events),
        cached_input_tokens=sum(request.cached_input_tokens for request in events),
        cost=sum((request.cost or Decimal(0) for request in events), start=Decimal(0)),
    )


CANONICAL = dict(zip(MODELS, ["gpt-5.5", "gpt-5.5", "gpt-5.5", "claude-sonnet-4", "llama3:8b"], strict=True))


def group_key(request: UsageEvent, dimension: str, names) -> str:
    return {
        "model": CANONICAL[request.model],
        "project": names[request.project_id, "project"],
        "apiKey": names[request.api_key_id, "key"],
        "user": names[request.member_id, "member"],
    }[dimension]


@pytest.fixture
def names(workspace):
    keys = [workspace.olga_key, workspace.dora_key, workspace.search_key]
    return {
        **{(key.pk, "key"): key.public_id for key in keys},
        **{(key.project_id, "project"): key.project.public_id for key in keys},
        **{(key.created_by_id, "member"): key.created_by.public_id for key in keys},
    }


filter_values = st.fixed_dictionaries(
    {},
    optional={
        "project": st.lists(st.sampled_from(["proj_chat", "proj_search"]), min_size=1, max_size=2, unique=True),
        "model": st.lists(st.sampled_from(sorted(set(CANONICAL.values()))), min_size=1, max_size=2, unique=True),
        "apiKey": st.lists(st.sampled_from(["key_olga", "key_dora", "key_search"]), min_size=1, unique=True),
        "member": st.lists(st.sampled_from(["mem_olga", "mem_dora"]), min_size=1, max_size=2, unique=True),
    },
)


questions = st.fixed_dictionaries(
    {
        "first": st.sampled_from([date(2025, 12, 15), date(2026, 3, 7), date(2026, 3, 8), date(2026, 11, 1)]),
        "days": st.sampled_from([1, 2, 31, 120, 366]),
        "bucket": st.sampled_from(["hour", "day", "week", "month"]),
        "zone": st.sampled_from([*REPORTING_ZONES, "Asia/Kolkata", "Australia/Lord_Howe"]),
        "group_by": st.sampled_from(sorted(DIMENSIONS)),
        "metric": st.sampled_from(sorted(METRICS)),
        "then": st.sampled_from(sorted(DIMENSIONS)),
        "top": st.integers(1, 4),
        "filters": filter_values,
    }
)


def passes(request: UsageEvent, filters, names) -> bool:
    dimension = {"project": "project", "model": "model", "apiKey": "apiKey", "member": "user"}
    return all(group_key(request, dimension[field], names) in values for field, values in filters.items())


def place(request: UsageEvent, reporting: ZoneInfo, seen_from: ZoneInfo) -> datetime:
    """Where an event stands in time: itself in the reporting zone, else the beginning of its hour there."""
    return request.occurred_at if reporting == seen_from else hour_start(request.occurred_at, reporting)


@pytest.mark.slow
@pytest.mark.parametrize("reporting", REPORTING_ZONES)
def test_every_report_equals_a_count_in_python(reporting, workspace, names, foreign_key):
    workspace.organization.time_zone = reporting
    workspace.organization.save()
    events = random_events([workspace.olga_key, workspace.dora_key, workspace.search_key])
    record.record_events(events + random_events([foreign_key], seed=2, number=100))

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(asked=questions)
    def check(asked):
        zone, filters = ZoneInfo(asked["zone"]), asked["filters"]
        days = min(asked["days"], 31) if asked["bucket"] == "hour" else asked["days"]
        window = day_window(asked["first"], asked["first"] + timedelta(days=days - 1), zone)
        query = ask(
            workspace.organization,
            window,
            NOW,
            dimension=asked["group_by"],
            bucket=asked["bucket"],
            metric=asked["metric"],
            filters=Filters(**{field: tuple(values) for field, values in filters.items()}),
        )
        reporting_zone = ZoneInfo(reporting)
        inside = [
            (request, place(request, reporting_zone, zone))
            for request in events
            if passes(request, filters, names) and window.contains(place(request, reporting_zone, zone))
        ]
        report = reports.build(query, asked["top"])
        spine = buckets(window, asked["bucket"])
        starts = [bucket.start for bucket in spine]
        place_of = [bisect_right(starts, hour(where, asked, zone)) - 1 for _, where in inside]
        expected = [
            counted([request for (request, _), index in zip(inside, place_of, strict=True) if index == number])
            for number in range(len(spine))
        ]
        keys = {group_key(request, asked["group_by"], names) for request, _ in inside}
        by_group = {
            key: counted([request for request, _ in inside if group_key(request, asked["group_by"], names) == key])
            for key in keys
        }
        assert report.totals == counted([request for request, _ in inside])
        assert list(report.whole) == expected
        assert {group.key: group.sums for group in report.groups} == by_group
        parts = [*report.series, *([report.other] if report.other else [])]
        for index in range(len(spine)):
            assert sum((part.values[index] for part in parts), start=Sums()) == report.whole[index]
        for part in parts:
            assert sum(part.values, start=Sums()) == part.group.sums
        check_every(query, report)
        check_lines(over_time.lines(query, asked["top"], zone=reporting_zone), asked["top"], report)
        then = DIMENSIONS[asked["then"]]
        if then != query.dimension:
            check_parts(replace(query, then=then), asked["top"], report.whole, [one for one, _ in inside], names)

    check()


def check_every(query: Query, report: reports.Report) -> None:
    """Every group of every bucket sums to the bucket, in every column; by cost descending, then key."""
    with over_time.every(query, [(" ", column) for column in SUMS]) as every:
        rows = [
            (sums, [(every.groups[place].key, text.split()) for place, text in cells]) for _, sums, cells in every.rows
        ]
    assert (every.head.totals, tuple(sums for sums, _ in rows)) == (report.totals, report.whole)
    for whole, cells in rows:
        found = [(key, Sums(*map(int, numbers[:-2]), *map(Decimal, numbers[-2:]))) for key, numbers in cells]
        assert sum((sums for _, sums in found), start=Sums()) == whole
        order = [(-sums.cost, key) for key, sums in found]
        assert order == sorted(order)


def check_lines(found: over_time.Lines, top: int, report: reports.Report) -> None:
    """The dearest groups by cost, then key, and the rest: the report's own numbers in every bucket."""
    assert (found.head.totals, found.buckets) == (report.totals, report.buckets)
    for column, texts in found.whole.items():
        assert texts == [plain(Decimal(getattr(sums, column))) for sums in report.whole]
    dearest = sorted(report.groups, key=lambda group: (-group.sums.cost, group.key or ""))
    assert [line.group.key for line in found.lines] == [group.key for group in dearest[:top]]
    every = [*found.lines, *([found.other] if found.other else [])]
    for line in every:
        assert list(line.cost) == [plain(amount) for amount in line.amounts]
    numbers = [list(zip(line.amounts, map(int, line.requests), map(int, line.tokens), strict=True)) for line in every]
    for cells, group in zip(numbers[: len(found.lines)], dearest, strict=False):
        sums = group.sums
        assert tuple(map(sum, zip(*cells, strict=True))) == (sums.cost, sums.request_count, sums.total_tokens)
    assert len(dearest) == len(found.lines) + (found.other.group.others if found.other else 0)
    for index, whole in enumerate(report.whole):
        of_all = tuple(sum(cells[index][place] for cells in numbers) for place in range(3))
        assert of_all == ((whole.cost, whole.request_count, whole.total_tokens) if every else (0, 0, 0))


def check_parts(query: Query, top: int, whole: tuple[Sums, ...], inside: list[UsageEvent], names) -> None:
    """By a second dimension: the parts are those of a count, and sum to their group in every bucket and column."""
    counts = {
        pair: counted([one for one in inside if pair == both(one, query, names)])
        for pair in {both(one, query, names) for one in inside}
    }
    for rows_of, some in ((over_time.activity(query), False), (over_time.activity(query, top), True)):
        with rows_of as activity:
            rows = list(activity.rows)
        found: dict[tuple[str, str], Sums] = {}
        for row, sums in zip(rows, whole, strict=True):
            assert sum((group.sums for group in row.breakdown), start=Sums()) == row.sums == sums
            for group in row.breakdown:
                assert sum((part.sums for part in group.parts), start=Sums()) == group.sums
                for part in group.parts:
                    found[group.key, part.key] = found.get((group.key, part.key), Sums()) + part.sums
        named = {group.key for row in rows for group in row.breakdown if group.key}
        assert len(named) <= (top if some else len(named))
        expected = {pair: one for pair, one in counts.items() if pair[0] in named}
        assert {pair: one for pair, one in found.items() if pair[0]} == expected
    opened = tuple(sorted({first for first, _ in counts}))[:1]
    parts = reports.build(replace(query, opened=opened), top).parts
    shown = {(key, part.key): part.sums for key, some in (parts.groups if parts else {}).items() for part in some}
    assert shown == {pair: one for pair, one in counts.items() if pair[0] in opened}


def both(request: UsageEvent, query: Query, names) -> tuple[str, str]:
    return group_key(request, query.dimension.key, names), group_key(request, query.then.key, names)


def hour(where: datetime, asked, zone: ZoneInfo) -> datetime:
    """In hours, an event belongs to the clock hour it lies in, even where clocks change by half of one."""
    return hour_start(where, zone) if asked["bucket"] == "hour" else where
