"""The question that every answer is of."""

from dataclasses import fields

import pytest

from analytics.metrics import DIMENSIONS
from analytics.reporting.query import Filters


@pytest.mark.parametrize("field", [field.name for field in fields(Filters)])
def test_filters_are_something_as_soon_as_one_field_is(field):
    assert not Filters()
    assert Filters(**{field: ("a",)})


def test_there_is_a_filter_for_every_dimension_and_no_other():
    assert {field.name for field in fields(Filters)} == {dimension.filter for dimension in DIMENSIONS.values()}
