"""Migrations suit the version that still runs while they are applied (CONTRIBUTING.md)."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import pre_migrate

from tools import lint_migrations


def _lock_timeout() -> str:
    with connection.cursor() as cursor:
        return cursor.execute("SHOW lock_timeout").fetchone()[0]


@pytest.mark.django_db
def test_a_migration_waits_four_seconds_for_a_lock_and_nothing_else_does():
    seen = []

    def look(**kwargs) -> None:
        seen.append(_lock_timeout())

    pre_migrate.connect(look)
    call_command("migrate", verbosity=0)
    pre_migrate.disconnect(look)
    assert set(seen) == {"4s"}
    assert _lock_timeout() == "30s"


@pytest.mark.django_db(transaction=True)  # what is built concurrently has no SQL inside a transaction
@pytest.mark.parametrize(("before_the_rule", "broken"), [(2, 1), (lint_migrations.BEFORE_THE_RULE, 0)])
def test_a_column_that_the_running_version_would_not_fill_is_found(before_the_rule, broken, capsys):
    assert lint_migrations.unsuitable(before_the_rule) == broken
    assert ("accounts, 0003_usage_write" in capsys.readouterr().out) is bool(broken)


def test_a_migration_that_may_break_the_rule_says_why():
    assert all(len(reason.split()) > 3 for reason in lint_migrations.ALLOWED.values())
