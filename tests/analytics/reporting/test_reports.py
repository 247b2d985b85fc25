"""Reports against an independent count in Python: sums are exact in every dimension, bucket, filter and zone."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.ledger import record
from analytics.ledger.usage_event import UsageEvent
from analytics.metrics import DIMENSIONS, EVERY_METRIC, METRICS
from analytics.models import SUMS, ModelAlias
from analytics.reporting import over_time, reports
from analytics.reporting.columns import estimated, measured
from analytics.reporting.comparisons import compare
from analytics.reporting.query import Filters, Query
from analytics.reporting.sums import Sums, plain, value
from analytics.windows import buckets, day_window, hour_start, preset_window
from tests.analytics.usage import event, use

pytestmark = pytest.mark.django_db

REPORTING_ZONES = ["America/New_York", "Asia/Kathmandu", "UTC"]
MODELS = ["gpt-5.5", "openai/gpt-5.5", "azure/GPT-5.5:beta", "claude-sonnet-4", "llama3:8b"]
# Around both clock changes of New York and a month's and a year's end.
DAYS = [date(2026, 3, 7), date(2026, 3, 8), date(2026, 10, 31), date(2026, 11, 1), date(2025, 12, 31), date(2026, 1, 1)]


def question(organization, window, *, group_by="project", bucket="day", metric="cost", filters=None, comparison=None):
    return Query(
        organization_id=organization.pk,
        window=window,
        bucket=bucket,
        dimension=DIMENSIONS[group_by],
        metric=METRICS[metric],
        filters=filters or Filters(),
        comparison=comparison,
    )


def random_events(keys, seed=1, number=400) -> list[UsageEvent]:
    chance = random.Random(seed)
    return [
        event(
            chance.choice(keys),
            datetime.combine(chance.choice(DAYS), datetime.min.time(), UTC)
            + timedelta(seconds=chance.randrange(36 * 3600), microseconds=chance.randrange(10**6)),
            model=chance.choice(MODELS),
            input_tokens=(tokens := chance.randrange(5000)),
            cached_input_tokens=chance.randrange(tokens + 1),
            output_tokens=chance.randrange(500),
            cost=chance.choice([None, Decimal(0), Decimal(chance.randrange(10**9)).scaleb(-12)]),
            is_error=chance.random() < 0.1,
        )
        for _ in range(number)
    ]


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
        query = question(
            workspace.organization,
            window,
            group_by=asked["group_by"],
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
        place_of = [
            max(i for i, start in enumerate(starts) if start <= hour(where, asked, zone)) for _, where in inside
        ]
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


@pytest.mark.parametrize("metric", sorted(METRICS))
def test_groups_are_ranked_by_the_metric_then_by_key(workspace, metric):
    for key, tokens, cost, times in ((workspace.olga_key, 1, 3, 1), (workspace.dora_key, 2, 1, 2)):
        for _ in range(times):
            use(key, "2026-11-18T10:00", input_tokens=tokens, output_tokens=0, cost=Decimal(cost))
    use(workspace.search_key, "2026-11-18T10:00", input_tokens=1, output_tokens=0, cost=Decimal(3))
    window = day_window(date(2026, 11, 18), date(2026, 11, 18), ZoneInfo("UTC"))
    report = reports.build(question(workspace.organization, window, group_by="apiKey", metric=metric))
    ranked = {
        "cost": ["key_olga", "key_search", "key_dora"],
        "requests": ["key_dora", "key_olga", "key_search"],
        "tokens": ["key_dora", "key_olga", "key_search"],
    }
    assert [group.key for group in report.groups] == ranked[metric]


def test_one_leftover_is_named_and_more_become_other(workspace):
    for number in range(5):
        use(workspace.olga_key, "2026-11-18T10:00", model=f"model-{number}", cost=Decimal(number))
    window = day_window(date(2026, 11, 18), date(2026, 11, 18), ZoneInfo("UTC"))
    query = question(workspace.organization, window, group_by="model")
    named, folded = reports.build(query, 4), reports.build(query, 3)
    assert (len(named.series), named.other) == (5, None)
    assert (len(folded.series), folded.other.group.label, folded.other.group.others) == (3, "Other (2)", 2)
    assert folded.other.group.sums.cost == Decimal(1)


def test_an_alias_counts_at_once_and_for_the_past(workspace):
    use(workspace.olga_key, "2026-01-05T10:00", provider="openai", model="gpt-5.5")
    use(workspace.olga_key, "2026-01-06T10:00", provider="azure", model="prod-deployment-7")
    window = day_window(date(2026, 1, 1), date(2026, 1, 31), ZoneInfo("UTC"))
    query = question(workspace.organization, window, group_by="model")
    assert len(reports.build(query).groups) == 2
    ModelAlias.objects.create(provider="azure", name="prod-deployment-7", canonical="gpt-5.5")
    (group,) = reports.build(query).groups
    assert (group.key, group.sums.request_count) == ("gpt-5.5", 2)


def test_archived_projects_and_revoked_keys_stay_in_the_sums(workspace, now):
    use(workspace.olga_key, "2026-11-17T10:00")
    workspace.olga_key.revoked_at = now
    workspace.olga_key.save()
    workspace.chat.status = "archived"
    workspace.chat.save()
    window = preset_window("7d", now, ZoneInfo("UTC"))
    (key,) = reports.build(question(workspace.organization, window, group_by="apiKey")).groups
    (project,) = reports.build(question(workspace.organization, window, group_by="project")).groups
    assert (key.status, project.status) == ("revoked", "archived")
    assert key.sums == project.sums == reports.build(question(workspace.organization, window)).totals


@pytest.mark.parametrize("filters", [Filters(), Filters(model=("gpt-5.5",))], ids=["everything", "filtered"])
def test_what_is_measured_against_it_ends_with_the_last_full_hour_and_the_totals_stay(workspace, now, filters):
    for at in ("2026-11-17T12:05", "2026-11-17T11:59", "2026-11-18T12:10", "2026-11-18T11:59"):  # now is 12:30
        use(workspace.olga_key, at)
    window = preset_window("today", now, ZoneInfo("UTC"))
    comparison = compare(window, "previous", now, window.zone)
    report = reports.build(question(workspace.organization, window, filters=filters, comparison=comparison))
    assert report.totals.request_count == 2
    assert report.compared.current.request_count == report.compared.totals.request_count == 1
    assert sum(report.compared.whole, start=Sums()) == report.compared.totals
    assert report.compared.current_groups == {"proj_chat": report.compared.groups["proj_chat"].sums}


@pytest.mark.parametrize(
    ("used", "since"),
    [
        (["2026-11-05T23:00"], None),  # on the compared window's first day
        (["2026-11-07T09:41:07.000005"], "2026-11-07"),
        (["2026-11-13T09:00"], None),  # after it: nothing of it is recorded
        (["2026-11-07T09:00", "2026-01-01T00:00"], None),
    ],
)
def test_where_the_compared_window_begins_before_the_history_its_first_day_is_told(workspace, now, used, since):
    for at in used:
        use(workspace.olga_key, at)
    window = preset_window("7d", now, ZoneInfo("UTC"))
    comparison = compare(window, "previous", now, window.zone)
    report = reports.build(question(workspace.organization, window, comparison=comparison))
    assert report.first_usage == datetime.fromisoformat(min(used)).replace(tzinfo=UTC)
    assert report.compared.since == (since and date.fromisoformat(since))


@pytest.mark.parametrize(("timezone", "exact"), [("UTC", True), ("Europe/Berlin", True), ("Asia/Kolkata", False)])
def test_a_zone_off_the_reporting_hours_is_said_to_be_inexact(workspace, now, timezone, exact):
    window = preset_window("7d", now, ZoneInfo(timezone))
    assert reports.build(question(workspace.organization, window)).exact is exact


def test_before_the_first_event_there_is_no_time_of_the_data(workspace, now):
    query = question(workspace.organization, preset_window("7d", now, ZoneInfo("UTC")))
    assert reports.build(query).data_through is None
    use(workspace.olga_key, "2026-11-17T10:00:00.25")
    use(workspace.olga_key, "2026-11-16T10:00")
    assert reports.build(query).data_through == datetime(2026, 11, 17, 10, 0, 0, 250_000, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_a_report_is_one_snapshot_even_when_usage_comes_in_meanwhile(workspace, now):
    use(workspace.olga_key, "2026-11-17T10:00")
    query = question(workspace.organization, preset_window("7d", now, ZoneInfo("UTC")))
    with over_time.every(query, [("", "request_count")]) as every:
        use_elsewhere(workspace.olga_key)
        counts = [int(text) for _, _, cells in every.rows for _, text in cells]
    assert every.head.totals.request_count == sum(counts) == 1
    assert reports.build(query).totals.request_count == 2


def use_elsewhere(key) -> None:
    """Records one request on a connection of its own."""
    from threading import Thread

    def work():
        use(key, "2026-11-17T11:00")
        connection.close()

    thread = Thread(target=work)
    thread.start()
    thread.join()


@pytest.mark.parametrize("metric", EVERY_METRIC.values(), ids=lambda metric: metric.key)
def test_a_page_reads_over_time_what_its_chart_is_drawn_from_and_no_more(workspace, now, metric):
    record.record_events(random_events([workspace.olga_key, workspace.dora_key, workspace.search_key]))
    for key in (workspace.olga_key, workspace.dora_key, workspace.search_key):
        use(key, datetime(2026, 6, 1, 12, tzinfo=UTC), cost=None, input_tokens=5)
    window = day_window(date(2025, 12, 31), date(2026, 11, 1), ZoneInfo("UTC"))
    query = replace(question(workspace.organization, window, group_by="apiKey"), metric=metric)
    page, whole = (reports.build(query, 1, page_at=at) for at in (now, None))

    def drawn(report):
        every = [sums for series in (*report.series, report.other) for sums in series.values]
        known = [metric.is_quotient and measured(sums, metric) is not None for sums in every]
        return [(value(sums, metric), estimated(sums, metric)) for sums in every], known

    assert drawn(page) == drawn(whole)
    read = {name for sums in page.series[0].values for name, number in sums._asdict().items() if number}
    assert read <= {summed.column for summed in reports._of(metric)} < set(SUMS)
