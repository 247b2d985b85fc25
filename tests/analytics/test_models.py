"""The usage tables: what may stand in them once, how exactly, and by which indexes they are read."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.db.models import ForeignKey

from analytics.ledger import request_log
from analytics.models import (
    DIMENSION_CHOICES,
    SUMS,
    CostSource,
    Model,
    ModelAlias,
    Price,
    Request,
    Sums,
)
from tests.analytics.oracle import KEYS

TABLES = list(apps.get_app_config("analytics").get_models())
ROLLUPS = [table for table in TABLES if issubclass(table, Sums)]
PRICE = {"provider": "openai", "model": "gpt-5.5", "valid_from": date(2026, 1, 1), "input_usd_per_1m": Decimal(3)}
PRICE |= {"output_usd_per_1m": Decimal(15)}

# --- what follows from the registry ---


@pytest.mark.parametrize("table", ROLLUPS)
def test_every_rollup_row_holds_its_key_and_the_sums(table):
    columns = {field.column for field in table._meta.concrete_fields}
    assert columns == {*KEYS[table], *SUMS}


def test_a_rollup_key_is_a_number_of_one_of_five_kinds():
    assert dict(DIMENSION_CHOICES) == {0: "Organization", 1: "Model", 2: "Project", 3: "Api Key", 4: "Member"}


@pytest.mark.parametrize("table", TABLES)
def test_nothing_that_happens_to_an_account_cascades_into_usage(table):
    assert [field.name for field in table._meta.get_fields() if isinstance(field, ForeignKey)] == []


@pytest.mark.django_db
@pytest.mark.parametrize("table", [table for table in TABLES if table not in (Model, ModelAlias, Price)])
def test_the_organization_leads_every_primary_key(table):
    with connection.cursor() as cursor:
        key = connection.introspection.get_primary_key_columns(cursor, table._meta.db_table)
    assert key[0] == "organization_id"


# --- what is there once ---


@pytest.mark.django_db
@pytest.mark.parametrize("table", [Model, ModelAlias])
def test_a_model_as_sent_means_one_canonical_model(table):
    table.objects.create(provider="azure", name="prod", canonical="gpt-5.5")
    table.objects.create(provider="openai", name="prod", canonical="gpt-5.5")
    with pytest.raises(IntegrityError):
        table.objects.create(provider="azure", name="prod", canonical="another")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "other",
    [
        {"provider": "azure"},
        {"model": "gpt-5.5-mini"},
        {"valid_from": date(2026, 1, 2)},
        {"tier": "batch"},
        {"above_input_tokens": 200_000},
    ],
)
def test_a_model_has_one_price_of_a_kind(other):
    Price.objects.create(**PRICE)
    Price.objects.create(**PRICE | other)
    with pytest.raises(IntegrityError):
        Price.objects.create(**PRICE | other | {"input_usd_per_1m": Decimal(7)})


# --- prices ---


AMOUNTS = [field for field in Price._meta.fields if field.name.endswith("_usd_per_1m")]


@pytest.mark.parametrize("field", AMOUNTS, ids=lambda field: field.name)
@pytest.mark.parametrize("amount", ["0", "0.000001", "1000000"])
def test_a_price_is_from_nothing_to_a_million_with_six_places(field, amount):
    assert field.clean(Decimal(amount), None) == Decimal(amount)


@pytest.mark.parametrize("field", AMOUNTS, ids=lambda field: field.name)
@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("-0.1", "greater than or equal to 0"),
        ("1000000.1", "less than or equal to 1000000"),
        ("0.0000001", "6 decimal"),
    ],
)
def test_any_other_price_is_refused(field, amount, said):
    with pytest.raises(ValidationError, match=said):
        field.clean(Decimal(amount), None)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ({}, "openai · gpt-5.5 from 2026-01-01"),
        ({"tier": "batch"}, "openai · gpt-5.5 (batch) from 2026-01-01"),
        ({"tier": "flex", "above_input_tokens": 200_000}, "openai · gpt-5.5 (flex) above 200,000 from 2026-01-01"),
    ],
)
def test_a_price_is_called_by_what_it_is_of(kind, said):
    assert str(Price(**PRICE | kind)) == said


# --- rows of one organization ---


@pytest.mark.django_db
def test_an_event_of_which_little_is_said_is_a_standard_one_that_counts():
    told = dict.fromkeys(("input_tokens", "output_tokens", "cached_input_tokens"), 1)
    whose = dict.fromkeys(("organization_id", "project_id", "api_key_id", "member_id", "model_id"), 7)
    at = datetime(2026, 11, 17, 10, tzinfo=UTC)
    request_log.make_partitions([at])
    amount = Decimal("123456789012345678.000000000001")
    Request.objects.create(event_id="e", occurred_at=at, is_error=False, cost=amount, **told, **whose)
    row = Request.objects.get()
    assert row.cost == amount
    assert (row.service_tier, row.cost_source, row.revision) == ("standard", CostSource.SENT, 0)
    assert (row.is_counted, row.is_void, row.is_sum, row.told, row.ended_at) == (True, False, False, None, None)
    assert (row.cache_write_tokens, row.reasoning_tokens, row.response_id) == (0, 0, "")


# --- indexes ---


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("index", "columns"),
    [
        ("analytics_hourly_sums", "organization_id, dimension, hour, key"),
        ("analytics_daily_sums", "organization_id, dimension, day, key"),
        ("analytics_monthly_sums", "organization_id, dimension, month, key"),
        ("analytics_dailyusage_pkey", "organization_id, dimension, key, day"),
        ("analytics_daily_model", "organization_id, model_id, day"),
    ],
)
def test_an_index_that_a_window_is_read_by_holds_every_sum(index, columns):
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [index])
        ((definition,),) = cursor.fetchall()
    found, _, included = definition.partition(" INCLUDE ")
    assert found.endswith(f"({columns})")
    assert set(SUMS) <= set(included.strip("()").split(", "))


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["span", "parent", "answer", "alike"])
def test_a_call_is_found_by_what_it_is_known_by_and_nothing_is_kept_of_what_nobody_said(column):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_expr(i.indpred, i.indrelid) FROM pg_index i JOIN pg_attribute a"
            " ON a.attrelid = i.indrelid AND a.attnum = i.indkey[1] JOIN pg_class c ON c.oid = i.indrelid"
            " WHERE c.relname = 'analytics_call' AND a.attname = %s",
            [column],
        )
        conditions = [condition for (condition,) in cursor.fetchall()]
    assert len(conditions) == 1
    assert f"({column})::text = ''::text" in conditions[0]
