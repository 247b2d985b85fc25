"""The log and the sums of the version before: they stay as they are, and that version writes on while it still runs."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from analytics.ledger import differences, rebuild, record, request_log
from analytics.ledger.log_columns import COLUMNS
from analytics.ledger.rollup_sql import TABLES
from analytics.models import SUMS
from tests.analytics.oracle import KEYS, computed, stored
from tests.analytics.usage import event

BEFORE = [("analytics", "0003_horizon")]
NEW_SUMS = ("cache_write_tokens", "reasoning_tokens", "estimated_cost")
OLD_SUMS = [column for column in SUMS if column not in NEW_SUMS]
OLD_LOG = [name for name, column in COLUMNS.items() if column.default is ...]

# As the version before wrote: no column that it did not know, in the log and in all five tables.
_LOG = f"""
INSERT INTO analytics_request ({", ".join(OLD_LOG)}, model_id)
VALUES ({", ".join(f"%({name})s" for name in OLD_LOG)}, %(model_id)s)"""


def write_as_before(told, organization) -> None:
    """One event and its sums, none of which was there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO analytics_model (provider, name, canonical) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [told.provider, told.model, told.model],
        )
        cursor.execute("SELECT id FROM analytics_model WHERE name = %s", [told.model])
        cursor.execute(_LOG, {name: getattr(told, name) for name in OLD_LOG} | {"model_id": cursor.fetchone()[0]})
        for table, rows in computed([told], organization).items():
            for key, sums in rows.items():
                _insert(cursor, table, key, sums)


def _insert(cursor, table: str, key: tuple, sums: tuple) -> None:
    names = {model.__name__: (model._meta.db_table, columns) for model, columns in KEYS.items()}
    if table == "Freshness":
        cursor.execute(
            "INSERT INTO analytics_freshness (organization_id, newest_at) VALUES (%s, %s)"
            " ON CONFLICT (organization_id) DO UPDATE SET newest_at = excluded.newest_at",
            [*key, sums[0]],
        )
        return
    name, columns = names[table]
    old = [amount for column, amount in zip(SUMS, sums, strict=True) if column in OLD_SUMS]
    primary = {written.name: ", ".join(("organization_id", *written.key)) for written in TABLES}[name]
    cursor.execute(
        f"INSERT INTO {name} AS t ({', '.join((*columns, *OLD_SUMS))})"
        f" VALUES ({', '.join(['%s'] * (len(columns) + len(old)))}) ON CONFLICT ({primary}) DO UPDATE SET "
        + ", ".join(f"{column} = t.{column} + excluded.{column}" for column in OLD_SUMS),
        [*key, *old],
    )


def migrated_forward() -> None:
    """By the product's own command: the tables that are made anew have the rights that it gives."""
    call_command("migrate", verbosity=0)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_what_the_version_before_wrote_counts_the_same_and_it_writes_on(workspace):
    organization = workspace.organization
    first, second, third = (
        event(workspace.olga_key, f"2026-11-{day}T10:00", event_id=f"old-{day}") for day in (15, 16, 17)
    )
    request_log.make_partitions([first.occurred_at])
    MigrationExecutor(connection).migrate(BEFORE)
    try:
        write_as_before(first, organization)
    finally:
        migrated_forward()
    assert stored(organization) == computed([first], organization)
    write_as_before(second, organization)  # it still runs
    record.record_events([third])
    expected = computed([first, second, third], organization)
    assert stored(organization) == expected
    assert differences.differences(organization.pk) == []
    rebuild.rebuild(organization.pk)
    assert stored(organization) == expected
    assert record.record_events([first, second]).repeated == 2
