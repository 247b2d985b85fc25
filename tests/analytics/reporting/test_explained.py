"""Why the cost of each group changed: by the models of that group alone, exact, and with the rest the whole."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from zoneinfo import ZoneInfo

import pytest

from analytics.ledger import record
from analytics.metrics import DIMENSIONS, METRICS
from analytics.reporting import causes, reports
from analytics.reporting.comparisons import compare
from analytics.reporting.query import Filters, Query
from analytics.reporting.sums import Sums
from analytics.windows import day_window
from tests.analytics.usage import event, use
from tests.factories import ApiKeyFactory
from tests.kept import kept

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 11, 12), date(2026, 11, 18)
NOW = datetime(2026, 11, 18, 12, 30, tzinfo=UTC)  # the last half an hour is not compared


def question(organization, group_by: str, zone: str = "UTC", filters: Filters | None = None) -> Query:
    window = day_window(FIRST, LAST, ZoneInfo(zone))
    comparison = compare(window, "previous", NOW, ZoneInfo("UTC"))
    metric = METRICS["cost"]
    return Query(
        organization.pk, window, "day", DIMENSIONS[group_by], metric, filters or Filters(), comparison=comparison
    )


@pytest.fixture
@kept
def keys(workspace):
    return [
        *(workspace.olga_key, workspace.dora_key, workspace.search_key),
        *(
            ApiKeyFactory(project=workspace.search_key.project, created_by=workspace.dora_key.created_by)
            for _ in range(3)
        ),
    ]


@pytest.fixture
@kept
def events(keys, workspace, foreign_key):
    """Two weeks of requests by six keys and five models, some without tokens or without a price, and a stranger's."""
    random = Random(11)
    use(workspace.olga_key, "2026-10-01T10:00", cost=None)  # the history begins before both windows
    made = [
        event(
            random.choice(keys),
            NOW - timedelta(minutes=random.randrange(14 * 24 * 60)),
            model=f"m{random.randrange(5)}",
            input_tokens=random.choice([0, 10, 999, 12345]),
            output_tokens=random.choice([0, 7, 1003]),
            cost=random.choice([None, Decimal(random.randrange(10**14)).scaleb(-12)]),
        )
        for _ in range(300)
    ]
    record.record_events([*made, *(replace(event(foreign_key, one.occurred_at), model=one.model) for one in made)])
    return made


def of(request, dimension: str, keys) -> str:
    key = next(key for key in keys if key.pk == request.api_key_id)
    owners = {"project": key.project, "apiKey": key, "user": key.created_by}
    return owners[dimension].public_id if dimension in owners else request.model


def by_group_and_model(events, window, dimension: str, keys) -> dict[str, dict[str, Sums]]:
    found: dict[str, dict[str, Sums]] = {}
    for request in events:
        if window.start <= request.occurred_at < window.end:
            sums = Sums(
                request_count=1,
                unpriced_count=request.cost is None,
                input_tokens=request.input_tokens,
                output_tokens=request.output_tokens,
                cost=request.cost or Decimal(0),
            )
            models = found.setdefault(of(request, dimension, keys), {})
            models[request.model] = models.get(request.model, Sums()) + sums
    return found


def parts(found: causes.Causes) -> Fraction:
    return sum(map(Fraction, (found.volume, found.mix, found.rate, found.tokenless)), Fraction())


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
@pytest.mark.parametrize("filters", [Filters(), Filters(member=("mem_dora",), model=("m1", "m2", "m3"))])
def test_each_row_is_split_from_its_own_models_and_all_rows_are_the_whole(
    filters, zone, workspace, keys, events, subtests
):
    for dimension in DIMENSIONS:
        with subtests.test(dimension):
            check_rows(question(workspace.organization, dimension, zone, filters), keys, events)


def check_rows(query: Query, keys, events) -> None:
    dimension, filters = query.dimension.key, query.filters
    kept = [
        one for one in events if not filters or (of(one, "user", keys) in filters.member and one.model in filters.model)
    ]
    before, now = (
        by_group_and_model(kept, window, dimension, keys)
        for window in (query.comparison.window, query.comparison.shown)
    )
    compared = reports.build(replace(query, split_rows=1)).compared
    split, every = compared.why, before | now
    for key, found in split.rows.items():
        assert found == causes.split(before.get(key, {}), now.get(key, {}), {})
        change = compared.current_groups.get(key, Sums()).cost - (
            compared.groups[key].sums.cost if key in before else 0
        )
        assert parts(found) == Fraction(found.total) == Fraction(change)
    rows = [*split.rows.values(), *([split.rest] if split.rest else [])]
    assert len(split.rows) == (1 if len(every) > 2 else len(every))
    assert sum(found.total for found in rows) == split.whole.total == compared.current.cost - compared.totals.cost
    assert sum(map(parts, rows)) == parts(split.whole)


def test_the_largest_changes_are_split_and_a_single_other_one_too(workspace, keys, events):
    query = question(workspace.organization, "apiKey")
    compared = reports.build(replace(query, split_rows=5)).compared
    assert compared.why.rows.keys() == {key.public_id for key in keys}
    assert compared.why.rest is None
    three = reports.build(replace(query, split_rows=3)).compared.why
    sizes = sorted((abs(found.total) for found in compared.why.rows.values()), reverse=True)
    assert sorted((abs(found.total) for found in three.rows.values()), reverse=True) == sizes[:3]
    assert parts(three.rest) == Fraction(three.rest.total)


def test_of_a_model_that_stays_no_row_has_a_mix(workspace, events):
    why = reports.build(replace(question(workspace.organization, "model"), split_rows=8)).compared.why
    assert [found.mix for found in why.rows.values()] == [0] * 5


@pytest.mark.parametrize("rows", [0, 8])
def test_without_being_asked_no_row_is_split(rows, workspace, events):
    query = replace(question(workspace.organization, "project"), split_rows=rows)
    report = reports.build(query, page_at=NOW)
    assert bool(report.compared.why.rows) == bool(rows)
