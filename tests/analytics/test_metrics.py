"""The registry: what each dimension is called in URLs and in the database agrees with the tables there are."""

import pytest
from django.db import connection

from analytics.metrics import DIMENSIONS, METRICS, ORGANIZATION, TABLE_DIMENSIONS
from analytics.models import DIMENSION_CHOICES, Request
from analytics.reporting.query import Filters
from analytics.reporting.sums import Sums

COLUMNS = {field.column for field in Request._meta.concrete_fields}


def test_no_two_dimensions_share_a_number_a_key_or_a_filter():
    for attribute in ("number", "key", "filter", "column"):
        found = [getattr(dimension, attribute) for dimension in TABLE_DIMENSIONS]
        assert len(set(found)) == len(found), attribute
    assert dict(DIMENSION_CHOICES)[ORGANIZATION.number] == "Organization"


@pytest.mark.parametrize("dimension", DIMENSIONS.values(), ids=DIMENSIONS)
def test_a_dimension_is_a_column_of_the_log_and_a_filter(dimension):
    assert dimension.column in COLUMNS
    assert hasattr(Filters(), dimension.filter)


@pytest.mark.django_db
@pytest.mark.parametrize("dimension", TABLE_DIMENSIONS, ids=lambda dimension: dimension.key)
def test_a_number_without_a_record_is_named_nothing(dimension):
    with connection.cursor() as cursor:
        naming = dimension.naming
        cursor.execute(f"SELECT {naming.columns} FROM (SELECT 0::bigint AS key) c {naming.joins}")
        ((key, _, status, last_four),) = cursor.fetchall()
    assert (key or "", status, last_four) == ("", "", "")


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_a_metric_is_a_column_of_the_sums(metric):
    assert hasattr(Sums(), metric.column)
