"""Rows named by an older rule, after the migration that names them anew."""

from datetime import date
from decimal import Decimal
from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from analytics.models import Model, Price

migration = import_module("analytics.migrations.0004_recanonical")
HERE = ("analytics", "0004_recanonical")
JANUARY, MAY = date(2026, 1, 1), date(2026, 5, 1)


@pytest.fixture
def migrate(db):
    """Runs its steps on the tables as they were at that migration."""
    apps = MigrationExecutor(connection).loader.project_state([HERE]).apps

    def migrate() -> None:
        migration.models(apps, None)
        migration.prices(apps, None)

    return migrate


@pytest.fixture
def price(db):
    def price(model: str, amount: int, day: date = JANUARY, provider: str = "openai") -> None:
        Price.objects.create(
            provider=provider, model=model, valid_from=day, input_usd_per_1m=amount, output_usd_per_1m=amount * 2
        )

    return price


def _book() -> set[tuple[str, date, Decimal, Decimal]]:
    return set(Price.objects.values_list("model", "valid_from", "input_usd_per_1m", "output_usd_per_1m"))


def test_models_are_named_by_todays_rule_in_every_batch(migrate, monkeypatch):
    monkeypatch.setattr(migration, "BATCH", 2)
    names = ["gpt-4o-2024-08-06", "gpt-4o", "eu.anthropic.claude-opus-4-1-20250805-v1:0", "qwen3:14b", "o3-2025-04-16"]
    Model.objects.bulk_create(Model(provider="p", name=name, canonical=name.partition(":")[0]) for name in names)
    migrate()
    assert list(Model.objects.order_by("pk").values_list("name", "canonical")) == list(
        zip(names, ["gpt-4o", "gpt-4o", "claude-opus-4-1", "qwen3:14b", "o3"], strict=True)
    )


def test_a_price_is_found_under_todays_name(migrate, price):
    price("o3-2025-04-16", 4)
    price("o3-2025-04-16", 3, MAY)
    price("gpt-4o", 2)
    migrate()
    assert _book() == {("o3", JANUARY, 4, 8), ("o3", MAY, 3, 6), ("gpt-4o", JANUARY, 2, 4)}


def test_of_two_prices_that_are_now_one_the_newer_counts_and_the_other_stays_and_is_named(migrate, price, caplog):
    price("o3", 4)
    price("o3-2025-04-16", 3)
    price("o3-2025-04-16", 9, provider="azure")
    price("gpt-4o-2024-05-13", 5)
    price("gpt-4o-2024-08-06", 2)
    migrate()
    assert _book() == {
        ("o3", JANUARY, 3, 6),
        ("o3-2025-04-16", JANUARY, 4, 8),
        ("o3", JANUARY, 9, 18),
        ("gpt-4o", JANUARY, 2, 4),
        ("gpt-4o-2024-05-13", JANUARY, 5, 10),
    }
    assert [record.getMessage() for record in caplog.records] == [
        "Price openai · o3-2025-04-16 from 2026-01-01 stays in the book and is asked for no more: o3 has a newer one.",
        "Price openai · gpt-4o-2024-05-13 from 2026-01-01 stays in the book and is asked for no more:"
        " gpt-4o has a newer one.",
    ]
