"""Sums: added exactly, and of the same columns as the tables."""

from decimal import Decimal

import pytest
from django.db import models

from analytics import models as tables
from analytics.metrics import METRICS, SUMMED
from analytics.reporting.sums import COLUMNS, Pair, Sums, percent, plain, value

FEW = Sums(request_count=3, error_count=1, input_tokens=100, output_tokens=20, cost=Decimal("0.1"))


def test_they_have_the_columns_of_every_table_of_sums_in_their_order():
    assert tables.SUMS == COLUMNS
    assert tuple(field.name for field in tables.Sums._meta.get_fields()) == COLUMNS
    assert Sums._fields == COLUMNS
    assert tuple(getattr(FEW, name) for name in COLUMNS) == FEW


@pytest.mark.parametrize("summed", SUMMED, ids=lambda summed: summed.column)
def test_money_is_exact_and_all_else_whole(summed):
    stored = tables.Sums._meta.get_field(summed.column)
    assert isinstance(stored, models.DecimalField) == summed.exact
    assert isinstance(getattr(Sums(), summed.column), Decimal) == summed.exact


def test_what_is_added_can_be_taken_away_again_to_the_last_digit():
    tiny = Sums(request_count=1, unpriced_count=1, cost=Decimal("1e-12"))
    assert (FEW + tiny).cost == Decimal("0.100000000001")
    assert FEW + tiny - tiny == FEW


@pytest.mark.parametrize(("metric", "number"), [("cost", Decimal("0.1")), ("requests", 3), ("tokens", 120)])
def test_a_metric_is_read_off_the_sums(metric, number):
    assert value(FEW, METRICS[metric]) == number


@pytest.mark.parametrize(("requests", "unpriced", "expected"), [(0, 0, False), (3, 2, False), (3, 3, True)])
def test_where_no_request_has_a_cost_there_is_none(requests, unpriced, expected):
    assert FEW._replace(request_count=requests, unpriced_count=unpriced).none_priced == expected


def test_a_part_of_nothing_is_nothing():
    pair = Pair(0, 0)
    assert percent(pair.current, pair.reference) == 0
    assert plain(Decimal("3E-10")) == "0.0000000003"


@pytest.mark.parametrize(
    ("number", "text"), [(7, "7"), (Decimal("0.000000000001"), "0.000000000001"), (Decimal("1E+3"), "1000")]
)
def test_numbers_have_all_their_digits_and_no_exponent(number, text):
    assert plain(number) == text
