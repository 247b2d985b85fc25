"""The table's columns: what each is computed from, and how their values are sorted. Pure."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from analytics.metrics import DIMENSIONS, METRICS, QUOTIENTS
from analytics.reporting.columns import (
    OF_KEYS,
    CellInput,
    Sort,
    columns,
    default_sort,
    estimated,
    first_sort,
    measured,
    order_value,
    sort_keys,
    sort_value,
)
from analytics.reporting.comparisons import compare
from analytics.reporting.keys import LastUse
from analytics.reporting.query import Comparison, Query
from analytics.reporting.sums import Pair, Sums, percent, quotient
from analytics.windows import day_window

WEEK = day_window(date(2026, 11, 2), date(2026, 11, 8), ZoneInfo("UTC"))
BEFORE = compare(WEEK, "previous", datetime(2026, 12, 1, tzinfo=UTC), WEEK.zone)
SUMS = Sums(request_count=4, error_count=1, input_tokens=150, output_tokens=50, cached_input_tokens=30, cost=Decimal(2))
CLASSES = Sums(cache_write_tokens=7, reasoning_tokens=5, cost=Decimal(2), estimated_cost=Decimal("0.5"))
UNPRICED = Sums(request_count=4, unpriced_count=4, input_tokens=150)


def query(metric: str = "cost", comparison: Comparison | None = BEFORE, dimension: str = "model") -> Query:
    return Query(7, WEEK, "day", DIMENSIONS[dimension], METRICS[metric], comparison=comparison)


def values(sums: Sums, before: Sums | None, metric: str = "cost") -> dict[str, object]:
    given = CellInput(METRICS[metric], sums, before, totals=Sums(request_count=8, cost=Decimal(8)))
    return {column.key: column.value(given) for column in columns(query(metric))}


def test_every_column_is_computed_from_the_sums():
    assert values(SUMS, Sums(request_count=1, cost=Decimal(1))) == {
        "cost": Decimal(2),
        "estimatedCost": Decimal(0),
        "share": Pair(Decimal(2), Decimal(8)),
        "requests": 4,
        "tokens": 200,
        "costPer1M": Decimal(10_000),
        "change": Pair(Decimal(2), Decimal(1)),
        "inputTokens": 150,
        "outputTokens": 50,
        "cachedInputTokens": 30,
        "cacheWriteTokens": 0,
        "reasoningTokens": 0,
        "costPerRequest": Decimal("0.5"),
        "cacheShare": Pair(30, 150),
        "errorRate": Pair(1, 4),
    }


def test_token_classes_and_what_is_estimated_have_columns():
    found = values(CLASSES, None)
    assert (found["cacheWriteTokens"], found["reasoningTokens"], found["estimatedCost"]) == (7, 5, Decimal("0.5"))


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.key)
def test_a_metrics_column_has_its_name_and_is_written_in_its_unit(metric):
    column = next(column for column in columns(query()) if column.key == metric.key)
    assert (column.label, column.kind) == (metric.label, metric.unit)


def test_a_class_of_tokens_is_named_and_written_as_tokens():
    classes = [(column.label, column.kind) for column in columns(query()) if column.key.endswith("Tokens")]
    assert classes == [
        (f"{name} tokens", "tokens") for name in ("Input", "Output", "Cached", "Cache write", "Reasoning")
    ]


@pytest.mark.parametrize(("metric", "part"), [("cost", "0.5"), ("requests", "0"), ("tokens", "0")])
def test_only_of_a_cost_a_part_is_estimated(metric, part):
    assert estimated(CLASSES, METRICS[metric]) == Decimal(part)


@pytest.mark.parametrize("metric", METRICS)
def test_what_is_estimated_stands_beside_the_cost(metric):
    keys = [column.key for column in columns(query(metric))]
    assert keys.index("estimatedCost") == keys.index("cost") + 1


def test_what_no_request_has_a_price_for_is_not_available_and_never_zero():
    found = values(UNPRICED, Sums())
    assert [found[key] for key in ("cost", "share", "change", "costPer1M", "costPerRequest")] == [None] * 5


@pytest.mark.parametrize("metric", METRICS)
def test_the_active_metric_comes_first_and_sorts(metric):
    assert columns(query(metric))[0].key == metric
    assert default_sort(query(metric)) == Sort(metric, True)


def test_without_a_comparison_there_is_no_change():
    assert values(SUMS, None)["change"] is None
    assert "change" in sort_keys(query())
    assert "change" not in sort_keys(query(comparison=None))


def test_of_an_unfinished_window_the_change_is_that_of_what_is_measured():
    begun = CellInput(METRICS["cost"], SUMS, Sums(cost=Decimal(1)), SUMS, current=Sums(cost=Decimal("0.5")))
    change = next(column for column in columns(query()) if column.key == "change")
    assert change.value(begun) == Pair(Decimal("0.5"), Decimal(1))


@pytest.mark.parametrize(("dimension", "there"), [("apiKey", True), ("project", False), ("model", False)])
def test_only_a_table_of_keys_says_whose_they_are_and_when_they_were_used(dimension, there):
    assert [column in columns(query(dimension=dimension)) for column in OF_KEYS] == [there] * 3


def test_what_was_used_later_comes_later_and_what_never_was_first():
    used, never = LastUse(datetime(2026, 11, 2, 3, 4, 5, tzinfo=UTC)), LastUse(None)
    assert [sort_value(OF_KEYS[-1], use) for use in (used, never)] == [1793588645, 0]


def test_without_input_there_is_no_cache_share():
    assert values(Sums(request_count=1), None)["cacheShare"] is None


@pytest.mark.parametrize(("key", "text"), [("name", "name"), ("cost", "-cost")])
def test_a_first_click_sorts_names_upwards_and_numbers_downwards(key, text):
    assert first_sort(key).text == text
    assert first_sort(key).reversed.reversed == first_sort(key)


@pytest.mark.parametrize(("key", "number"), [("share", 25), ("errorRate", 25), ("change", 100), ("requests", 4)])
def test_a_pair_is_sorted_by_its_percentage(key, number):
    column = next(column for column in columns(query()) if column.key == key)
    cell = values(SUMS, Sums(request_count=1, cost=Decimal(1)))[key]
    assert sort_value(column, cell) == number


@pytest.mark.parametrize("key", ["share", "change", "requests", "cacheShare"])
def test_all_but_error_rates_come_in_the_order_of_their_values(key):
    column = next(column for column in columns(query()) if column.key == key)
    cell = values(SUMS, Sums(request_count=1, cost=Decimal(1)))[key]
    assert order_value(column, cell) == sort_value(column, cell) is not None


@pytest.mark.parametrize("metric", QUOTIENTS.values(), ids=lambda metric: metric.key)
def test_a_quotient_comes_first_without_a_share_and_its_table_is_sorted_by_it(metric):
    asked = replace(query(), metric=metric)
    shown = [column.key for column in columns(asked)]
    assert shown[0] == default_sort(asked).key == metric.column
    assert "share" not in shown
    assert sorted(shown) == sorted(column.key for column in columns(query()) if column.key != "share")
    column, given = columns(asked)[0], CellInput(metric, SUMS, None, SUMS)
    found = column.value(given)
    as_number = percent(found.current, found.reference) if isinstance(found, Pair) else found
    assert as_number == quotient(SUMS, metric)


@pytest.mark.parametrize("metric", QUOTIENTS.values(), ids=lambda metric: metric.key)
def test_of_nothing_a_quotient_is_absent(metric):
    assert measured(Sums(), metric) is None
    assert _change_of(metric, Sums()) is None


def _change_of(metric, before: Sums):
    asked = replace(query(), metric=metric)
    change = next(column for column in columns(asked) if column.key == "change")
    return change.value(CellInput(metric, SUMS, before, SUMS))


def test_a_cost_that_nobody_stated_makes_no_quotient():
    assert measured(UNPRICED, QUOTIENTS["costPerMillion"]) is None
    assert measured(UNPRICED, QUOTIENTS["errorRate"]) == 0


def test_few_requests_do_not_stand_above_many_by_their_error_rate():
    column = next(column for column in columns(query()) if column.key == "errorRate")
    order = [(200, 1000), (100, 1000), (1, 2), (6, 312), (1, 13), (0, 3)]
    numbers = [order_value(column, Pair(*counts)) for counts in order]
    assert numbers == sorted(set(numbers), reverse=True)
    assert order_value(column, Pair(0, 0)) is None
