"""The rate limit: counted per caller, for all processes together, in a table that costs no log."""

import time
from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from accounts.models import RateWindow
from accounts.rate_limit import PostgresStorage, count, wait_seconds
from tests.analytics.processes import wait_until

pytestmark = pytest.mark.django_db


def end_all_windows() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_ratewindow SET ends_at = clock_timestamp() - interval '1 ms'")


def test_so_many_requests_go_on_and_the_next_waits_for_the_end_of_the_minute():
    first = [wait_seconds("user:1", 3) for _ in range(3)]
    assert first == [None] * 3
    assert 55 <= wait_seconds("user:1", 3) <= 60


def test_callers_are_counted_apart():
    assert [wait_seconds(key, 1) for key in ("user:1", "user:2", "token:1", "user:11")] == [None] * 4
    assert wait_seconds("user:1", 1)


def test_a_new_minute_begins_with_the_first_request_after_the_old_one():
    for _ in range(3):
        wait_seconds("user:1", 1)
    end_all_windows()
    assert wait_seconds("user:1", 1) is None
    assert wait_seconds("user:1", 1)


def test_a_clock_that_is_set_back_locks_nobody_out():
    wait_seconds("user:1", 1)
    assert wait_seconds("user:1", 1)
    RateWindow.objects.update(ends_at=Now() + timedelta(hours=1, seconds=30))  # as it looks an hour earlier
    assert wait_seconds("user:1", 1) is None
    assert 55 <= wait_seconds("user:1", 1) <= 60


@pytest.mark.django_db(transaction=True)
def test_a_window_that_begins_while_a_request_waits_for_it_is_no_clock_that_was_set_back():
    """Whoever waits has looked at the clock before the other's window began, and must not begin one of its own."""
    counted: list[int] = []

    def one_more() -> None:
        counted.append(count("quota:1", 60, 1))
        connection.close()

    later = Thread(target=one_more)
    with transaction.atomic():
        count("quota:1", 60, 5)
        later.start()
        wait_until(someone_waits_for_a_row)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE accounts_ratewindow SET ends_at = clock_timestamp() + interval '60 s'")
    later.join(30)
    assert counted == [6]


def someone_waits_for_a_row() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")
        return bool(cursor.fetchone()[0])


def test_requests_that_had_to_wait_do_not_prolong_the_wait():
    wait_seconds("user:1", 1)
    ends_at = RateWindow.objects.get().ends_at
    for _ in range(3):
        wait_seconds("user:1", 1)
    assert RateWindow.objects.get().ends_at == ends_at


def test_a_caller_has_one_row_however_often_it_asks():
    for _ in range(3):
        wait_seconds("user:1", 10)
        end_all_windows()
    assert RateWindow.objects.count() == 1


def test_the_table_is_unlogged():
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'accounts_ratewindow'")
        assert cursor.fetchone() == ("u",)


def test_a_request_that_may_go_on_costs_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        wait_seconds("user:1", 10)


@pytest.mark.django_db(transaction=True)
def test_processes_at_the_same_moment_let_no_more_through():
    answers = []

    def run() -> None:
        answers.extend(wait_seconds("user:1", 10) for _ in range(5))
        connection.close()

    threads = [Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(answers), answers.count(None)) == (20, 10)


def test_the_storage_does_what_the_limits_package_expects_of_one():
    storage = PostgresStorage()
    assert storage.check()
    assert [storage.incr("a", 60), storage.incr("a", 60, 4), storage.incr("b", 60)] == [1, 5, 1]
    assert [storage.get("a"), storage.get("never")] == [5, 0]
    assert 55 < storage.get_expiry("a") - time.time() <= 60
    assert storage.get_expiry("never") == pytest.approx(time.time(), abs=5)
    storage.clear("a")
    assert (storage.get("a"), storage.reset(), storage.get("b")) == (0, 1, 0)
