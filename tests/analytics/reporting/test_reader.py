"""The reader: bounded by organization, by time and in what it reads."""

import inspect
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiKey
from analytics.ledger import rebuild
from analytics.metrics import DIMENSIONS, METRICS
from analytics.models import SUMS, DailyUsage, HourlyUsage
from analytics.reporting import reader, reports
from analytics.reporting.comparisons import compare
from analytics.reporting.query import Filters, Query
from analytics.reporting.statements import Selection
from analytics.windows import buckets, day_window, preset_window
from tests.analytics.plans import rows_read
from tests.analytics.usage import use
from tests.factories import ApiKeyFactory, ProjectFactory

pytestmark = pytest.mark.django_db
UTC_ZONE = ZoneInfo("UTC")
NOTHING_FILTERED = Filters()


def selection(organization, now, filters: Filters = NOTHING_FILTERED, **changes) -> Selection:
    window = preset_window("7d", now, UTC_ZONE)
    fields = {
        "organization_id": organization.pk,
        "zone": UTC_ZONE,
        "dimension": DIMENSIONS["project"],
        "numbers": reader.filtered(organization.pk, filters),
        "start": window.start,
        "end": window.end,
        "buckets": buckets(window, "day"),
    }
    return Selection(**fields | changes)


def of_every_key(asked: Selection) -> Selection:
    """Another organization's too, as a filter would never let them through."""
    return replace(asked, numbers={"api_key_id": list(ApiKey.objects.values_list("pk", flat=True))})


def cut_twice(asked: Selection) -> Selection:
    """By the dimension after the selection's own, too."""
    every = list(DIMENSIONS.values())
    return replace(asked, then=every[(every.index(asked.dimension) + 1) % len(every)])


# How each public function is asked about one organization, and how many requests its answer tells of.
QUESTIONS = {
    "state": lambda asked, _filters: int(reader.state(asked.organization_id).data_through is not None),
    "filtered": lambda asked, filters: len(
        reader.filtered(asked.organization_id, replace(filters, project=("proj_chat", "proj_other")))["project_id"]
    ),
    "keys": lambda asked, filters: len(
        {
            key.project
            for key in reader.keys(asked.organization_id, replace(filters, project=("proj_chat", "proj_other")))
        }
    ),
    "known_models": lambda asked, _filters: len(
        reader.known_models(asked.organization_id, ("gpt-5.5", "foreign-model"))
    ),
    "ranking": lambda asked, _filters: sum(group.sums.request_count for group in reader.ranking(asked)),
    "leaders": lambda asked, _filters: reader.leaders(asked, 10)[1],
    "dearest": lambda asked, _filters: (
        reader.dearest(asked, 10, *[("request_count", "cost")] * 2)[1].totals.request_count
    ),
    "whole": lambda asked, _filters: sum(sums.request_count for sums in reader.whole(asked)),
    "series": lambda asked, _filters: sum(
        sums.request_count for values in reader.series(asked, tuple(reader.ranking(asked))) for sums in values
    ),
    "models": lambda asked, _filters: sum(
        sums.request_count
        for (side, _), models in reader.models(of_every_key(asked), of_every_key(asked)).items()
        for sums in models.values()
        if side
    ),
    "pairs": lambda asked, _filters: sum(part.sums.request_count for _, part in reader.pairs(cut_twice(asked))),
    "pair_stream": lambda asked, _filters: sum(
        part.sums.request_count for _, (_, part) in reader.pair_stream(cut_twice(asked), None)
    ),
    "cells": lambda asked, _filters: sum(
        int(text)
        for _, found in reader.cells(asked, reader.leaders(asked, None)[0], (("", "request_count"),))
        for _, _, text in found
    ),
}


def public_functions() -> set[str]:
    return {
        name
        for name, function in inspect.getmembers(reader, inspect.isfunction)
        if function.__module__ == reader.__name__ and not name.startswith("_")
    }


def test_every_public_function_is_asked_here():
    assert public_functions() == set(QUESTIONS)


@pytest.mark.parametrize("filters", [Filters(), Filters(project=("proj_chat",))])
@pytest.mark.parametrize("dimension", sorted(DIMENSIONS))
@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_no_function_returns_another_organizations_rows(name, dimension, filters, workspace, foreign_key, now):
    use(workspace.olga_key, "2026-11-17T10:00")
    for model in ("gpt-5.5", "foreign-model"):
        use(foreign_key, "2026-11-17T10:00", model=model)
    asked = selection(workspace.organization, now, filters, dimension=DIMENSIONS[dimension])
    assert QUESTIONS[name](asked, filters) == 1


@pytest.mark.parametrize("name", ["ranking", "whole", "series", "cells", "pairs", "pair_stream"])
def test_a_filter_on_foreign_things_finds_nothing(name, workspace, foreign_key, now):
    use(workspace.olga_key, "2026-11-17T10:00")
    use(foreign_key, "2026-11-17T10:00")
    for filters in (Filters(project=("proj_other",)), Filters(apiKey=("key_other",)), Filters(member=("mem_other",))):
        assert QUESTIONS[name](selection(workspace.organization, now, filters), filters) == 0


# --- how much is read ---

EVERY = 3  # days between two uses of a key


@pytest.fixture
def big_organization(acme, olga):
    """500 keys in 50 projects, each used every third day of thirteen months by one of 40 models."""
    with connection.cursor() as cursor:
        # Rows of tests before this one are gone, but not their room, which a plan is made for, too.
        cursor.execute(
            "TRUNCATE analytics_hourlyusage, analytics_dailyusage, analytics_hourlydetail, analytics_dailydetail"
        )
    projects = [ProjectFactory(organization=acme) for _ in range(50)]
    keys = [ApiKeyFactory(project=projects[number % 50], created_by=olga) for number in range(500)]
    for number in range(40):
        use(keys[number], "2025-10-01T10:00", model=f"model-{number}")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO analytics_model (provider, name, canonical) VALUES ('openai', 'x', 'x') ON CONFLICT DO NOTHING"
        )
        for month in range(14):
            first = date(2025 + (9 + month) // 12, (9 + month) % 12 + 1, 1)
            use(keys[0], f"{first}T00:00")  # makes the log's partition
        cursor.execute(
            "INSERT INTO analytics_request SELECT %(org)s, day + k.id * interval '1 minute', day::date || '-' || k.id,"
            " k.project_id, k.id, k.created_by_id, (SELECT min(id) FROM analytics_model) + k.id %% 40, false,"
            " 100, 50, 0, (k.id %% 97) / 100.0 FROM accounts_apikey k, generate_series('2025-11-01'::timestamptz,"
            " '2026-11-17'::timestamptz, %(every)s * interval '1 day') day WHERE k.id = ANY(%(keys)s)",
            {"org": acme.pk, "keys": [key.pk for key in keys], "every": EVERY},
        )
    rebuild.rebuild(acme.pk)
    with connection.cursor() as cursor:
        # Of all rows, as two plans for the open rows cost almost the same and a sample would choose by chance.
        cursor.execute("SET default_statistics_target = 1000; ANALYZE; RESET default_statistics_target")
    return acme


def captured(query: Query, **options) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as context:
        reports.build(query, **options)
    return [entry["sql"] for entry in context if entry["sql"].startswith("SELECT")]


def year(organization, group_by: str, zone: ZoneInfo = UTC_ZONE, filters: Filters | None = None) -> Query:
    window = day_window(date(2025, 11, 18), date(2026, 11, 17), zone)
    return Query(organization.pk, window, "day", DIMENSIONS[group_by], METRICS["cost"], filters or Filters())


@pytest.mark.slow
def test_how_much_a_year_of_500_keys_reads(big_organization, subtests):
    """One organization for the three questions: making it takes longer than asking."""
    statements = captured(year(big_organization, "apiKey"), top=10)
    read = rows_read(statements)
    rollup_rows = sum(rows for table, rows in read.items() if table.endswith(("usage", "detail")))
    print(f"\n{len(statements)} statements, rows read: {dict(read)}")
    with subtests.test("by API key: at most 40,000 rollup rows in 4 statements, none from the log"):
        assert 0 < rollup_rows <= 40_000
        assert len(statements) == 4
        assert not any(table.startswith("analytics_request") for table in read)

    project = big_organization.projects.first()
    query = year(big_organization, "apiKey", filters=Filters(project=(project.public_id,)))
    read = rows_read(captured(query, top=10))
    days = query.window.days / EVERY
    with subtests.test("filtered by a project: the days of its 10 keys only, twice, and their months with days beside"):
        assert 0 < read["analytics_dailyusage"] <= 10 * (2 * days + 31 / EVERY) * 1.05
        assert read["analytics_monthlyusage"] <= 10 * 12 + 10
        assert (read["analytics_dailydetail"], read["analytics_hourlyusage"]) == (0, 1)  # when the first usage was

    for key in ApiKey.objects.filter(project__organization=big_organization)[:20]:
        use(key, "2026-11-10T10:00", cost=Decimal(key.pk))
    window = day_window(date(2026, 10, 18), date(2026, 11, 17), UTC_ZONE)
    query = replace(year(big_organization, "project"), window=window)
    query = replace(query, comparison=compare(window, "previous", datetime(2026, 12, 1, tzinfo=UTC), UTC_ZONE))
    whole, rows = (captured(replace(query, split_rows=split)) for split in (0, 8))
    read = rows_read(rows)
    with subtests.test("why, row by row: two statements more, of the keys of eight projects and of both windows"):
        assert 0 < read["analytics_dailydetail"] <= 8 * 10 * 2 * window.days / EVERY * 1.05
        assert len([statement for statement in rows if "detail" in statement]) == 1
        assert len(rows) - len(whole) == 4  # two more are of the whole, which only pages explain

    keys = tuple(project.api_keys.values_list("public_id", flat=True)[:3])
    query = replace(year(big_organization, "apiKey"), then=DIMENSIONS["model"], opened=keys)
    read = rows_read(captured(query, top=10))
    with subtests.test("three rows that are open: the rows of their keys only"):
        assert 3 * days * 0.95 < read["analytics_dailydetail"] <= 3 * days * 1.05

    read = rows_read(captured(year(big_organization, "apiKey", ZoneInfo("Asia/Kolkata")), top=10))
    with subtests.test("in another zone: hours of the top groups only"):
        assert read["analytics_hourlyusage"] < HourlyUsage.objects.filter(dimension=3).count() / 10


def test_sums_over_a_window_come_from_months_days_and_hours_alike(workspace):
    """The coarse tables are what is read: changed by hand, the answer changes with them."""
    use(workspace.olga_key, "2026-02-10T10:00", cost=Decimal(5))
    DailyUsage.objects.update(cost=Decimal(7))
    window = day_window(date(2026, 1, 15), date(2026, 3, 15), UTC_ZONE)
    query = Query(workspace.organization.pk, window, "day", DIMENSIONS["project"], METRICS["cost"])
    report = reports.build(query)
    assert (report.groups[0].sums.cost, report.totals.cost) == (Decimal(5), Decimal(7))


@pytest.mark.parametrize(
    ("index", "key"),
    [
        ("analytics_dailyusage_pkey", "(organization_id, dimension, key, day)"),
        ("analytics_daily_sums", "(organization_id, dimension, day, key)"),
        ("analytics_daily_model", "(organization_id, model_id, day)"),
    ],
)
def test_what_a_window_reads_by_day_stands_in_an_index(index, key):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef(%s::regclass)", [index])
        (definition,) = cursor.fetchone()
    columns, held = definition.partition("USING btree ")[2].split(" INCLUDE ")
    assert columns == key
    assert set(SUMS) <= set(held.strip("()").split(", "))


def test_days_are_told_apart_by_the_primary_key():
    with connection.cursor() as cursor:
        cursor.execute("SELECT contype FROM pg_constraint WHERE conname = 'analytics_dailyusage_pkey'")
        assert cursor.fetchall() == [("p",)]
