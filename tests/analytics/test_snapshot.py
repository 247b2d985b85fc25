"""A snapshot is one state of the database, read only, within a time limit; it is never silently something less."""

import pytest
from django.db import InternalError, OperationalError, connection, transaction

from accounts.models import Organization
from analytics.snapshot import snapshot


def one_value(statement: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_it_is_read_only_and_one_state(db):
    with snapshot():
        assert one_value("SHOW transaction_isolation") == "repeatable read"
        assert one_value("SHOW transaction_read_only") == "on"
        with pytest.raises(InternalError, match="read-only"), transaction.atomic():
            Organization.objects.create(name="Acme")


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_takes_too_long_is_an_error():
    with pytest.raises(OperationalError, match="timeout"), snapshot("20ms"):
        one_value("SELECT pg_sleep(5)")


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_inside_a_snapshot_is_the_same_one():
    with snapshot("3s"), snapshot("9s"), transaction.atomic(), snapshot():
        assert one_value("SHOW transaction_isolation") == "repeatable read"
        assert one_value("SHOW statement_timeout") == "3s"


@pytest.mark.django_db(transaction=True)
def test_inside_another_transaction_it_is_refused():
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"), snapshot():
        raise AssertionError("it began")


@pytest.mark.django_db
def test_inside_a_test_case_it_is_refused_in_transactions_of_our_own_alone():
    with snapshot():
        assert one_value("SELECT 1") == 1
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"), snapshot():
        raise AssertionError("it began")
