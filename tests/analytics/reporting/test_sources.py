"""Which tables are asked: the fewest rows that know an answer, whatever filters keep. Nothing here asks a database."""

import pytest

from analytics.metrics import DIMENSIONS, ORGANIZATION
from analytics.reporting.sources import detail, has_usage, source_of, usage

MODEL, PROJECT, KEY, USER = (DIMENSIONS[key] for key in ("model", "project", "apiKey", "user"))
USAGE = {"hour": "analytics_hourlyusage", "day": "analytics_dailyusage", "month": "analytics_monthlyusage"}
DETAIL = {"hour": "analytics_hourlydetail", "day": "analytics_dailydetail"}
KEPT = "t.dimension = %s AND t.key = ANY(%s)"
# What filters on each field leave: those on projects and members are keys, too.
OF_MODELS = {"model_id": [5, 8]}
OF_KEYS = {"api_key_id": [11]}
OF_PROJECTS = {"project_id": [3], "api_key_id": [11, 12]}
OF_MEMBERS = {"api_key_id": [11, 12], "member_id": [2]}
OF_BOTH = {"model_id": [5], "api_key_id": [11]}


@pytest.mark.parametrize(
    ("numbers", "dimension", "where", "values", "key"),
    [
        ({}, MODEL, "t.dimension = %s", [MODEL.number], "t.key"),
        ({}, ORGANIZATION, "t.dimension = %s", [ORGANIZATION.number], "t.key"),
        (OF_MODELS, MODEL, KEPT, [MODEL.number, [5, 8]], "t.key"),
        (OF_MODELS, ORGANIZATION, KEPT, [MODEL.number, [5, 8]], "0::bigint"),
        (OF_KEYS, KEY, KEPT, [KEY.number, [11]], "t.key"),
        (OF_PROJECTS, ORGANIZATION, KEPT, [KEY.number, [11, 12]], "0::bigint"),
        (OF_MEMBERS, USER, KEPT, [USER.number, [2]], "t.key"),
        (OF_MEMBERS, ORGANIZATION, KEPT, [USER.number, [2]], "0::bigint"),
        (OF_MEMBERS, KEY, KEPT, [KEY.number, [11, 12]], "t.key"),
    ],
)
def test_sums_by_one_dimension_answer_what_they_know(numbers, dimension, where, values, key):
    source = source_of(numbers, dimension)
    assert (source.tables, source.where, source.values) == (USAGE, where, values)
    assert (source.key, source.joins) == (key, "")


@pytest.mark.parametrize(
    ("numbers", "dimension", "key"),
    [
        (OF_KEYS, PROJECT, "owner.project_id"),
        (OF_PROJECTS, USER, "owner.created_by_id"),
        (OF_MEMBERS, PROJECT, "owner.project_id"),
    ],
)
def test_of_keys_that_are_kept_the_project_and_the_member_are_looked_up(numbers, dimension, key):
    source = source_of(numbers, dimension)
    assert (source.tables, source.key) == (USAGE, key)
    assert source.joins == "JOIN accounts_apikey owner ON owner.id = t.key"
    assert source.values == [KEY.number, numbers["api_key_id"]]


@pytest.mark.parametrize(
    ("numbers", "dimension"),
    [
        (OF_MODELS, KEY),
        (OF_MODELS, PROJECT),
        (OF_MODELS, USER),
        (OF_KEYS, MODEL),
        (OF_MEMBERS, MODEL),
        *((OF_BOTH, dimension) for dimension in (MODEL, PROJECT, KEY, USER, ORGANIZATION)),
    ],
)
def test_only_where_both_a_key_and_a_model_are_to_be_told_detail_is_read(numbers, dimension):
    assert not has_usage(numbers, dimension)
    source = source_of(numbers, dimension)
    assert (source, source.tables) == (detail(numbers, dimension), DETAIL)


@pytest.mark.parametrize("dimension", DIMENSIONS.values(), ids=DIMENSIONS)
def test_without_filters_every_dimension_has_rows_of_its_own(dimension):
    assert has_usage({}, dimension)
    assert source_of({}, dimension) == usage(dimension)


@pytest.mark.parametrize(
    ("numbers", "where", "values"),
    [
        (OF_BOTH, "t.model_id = ANY(%s) AND t.api_key_id = ANY(%s)", [[5], [11]]),
        # The detail tables have no member: the keys beside it say whose rows they are.
        (OF_MEMBERS | OF_MODELS, "t.api_key_id = ANY(%s) AND t.model_id = ANY(%s)", [[11, 12], [5, 8]]),
        ({}, "true", []),
    ],
)
def test_detail_is_narrowed_by_every_number_that_it_has_a_column_of(numbers, where, values):
    source = detail(numbers, MODEL)
    assert (source.where, source.values) == (where, values)
