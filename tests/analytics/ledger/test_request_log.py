"""The request log as a table: its months, and what is locked while it is written."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection

from analytics.ledger import request_log
from analytics.ledger.request_log import Month


@pytest.mark.parametrize(
    ("instant", "month", "table", "end"),
    [
        ("2026-11-17T10:00:00Z", "2026-11", "analytics_request_2026_11", "2026-12-01T00:00:00+00:00"),
        ("2026-12-31T23:59:59.999999Z", "2026-12", "analytics_request_2026_12", "2027-01-01T00:00:00+00:00"),
        ("2026-12-01T00:00:00+05:45", "2026-11", "analytics_request_2026_11", "2026-12-01T00:00:00+00:00"),
        ("2024-02-29T20:00:00-05:00", "2024-03", "analytics_request_2024_03", "2024-04-01T00:00:00+00:00"),
    ],
)
def test_an_instant_is_of_a_month_of_utc(instant, month, table, end):
    found = Month.of(datetime.fromisoformat(instant))
    assert (str(found), found.table, found.end.isoformat()) == (month, table, end)
    assert (found.start.date(), found.start.tzinfo) == (found.first, UTC)
    assert Month.of(found.start) == found
    assert Month.of(found.end).first == found.end.date()


YEAR = [datetime(2026, month, 15, tzinfo=UTC) for month in (12, 2, 11, 2)]
WANTED = [Month(date(2026, month, 1)) for month in (2, 11, 12)]


@pytest.mark.django_db
@pytest.mark.usefixtures("empty_log")
def test_missing_months_are_found_and_made_once_the_oldest_first(django_assert_num_queries):
    assert request_log.months() == []
    assert request_log.missing_months(YEAR) == WANTED
    request_log.make_partitions(YEAR[:1])
    assert request_log.missing_months(YEAR) == WANTED[:2]
    request_log.make_partitions(iter(YEAR))
    assert request_log.months() == WANTED
    assert request_log.missing_months(YEAR) == []
    with django_assert_num_queries(1):
        request_log.make_partitions(YEAR)


@pytest.mark.django_db
@pytest.mark.usefixtures("empty_log")
def test_a_months_partition_takes_its_first_instant_and_not_the_one_after_it():
    month = WANTED[1]
    request_log.make_partitions([month.start])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = %s::text::regclass", [month.table]
        )
        (bounds,) = cursor.fetchone()
    assert bounds == "FOR VALUES FROM ('2026-11-01 00:00:00+00') TO ('2026-12-01 00:00:00+00')"


@pytest.mark.django_db
def test_a_table_of_a_months_name_that_is_no_part_of_the_log_is_none_of_its_months():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE analytics_request_1990_01 ()")
    month = Month(date(1990, 1, 1))
    assert month not in request_log.months()
    assert request_log.missing_months([month.start]) == [month]


def held() -> set[tuple[str, str]]:
    """Advisory locks by their two halves, in hex, and the locks on the log, by their mode: this connection's."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(relation::regclass::text, to_hex(classid::bigint)), CASE WHEN relation IS NULL"
            " THEN to_hex(objid::bigint) ELSE mode END FROM pg_locks WHERE pid = pg_backend_pid() AND granted"
            " AND (locktype = 'advisory' OR relation = 'analytics_request'::regclass)"
        )
        return set(cursor.fetchall())


LOG = ("analytics_request", "AccessShareLock")


@pytest.mark.django_db
def test_who_writes_holds_a_lock_of_each_organization_and_the_log_until_the_end():
    before = held()
    request_log.lock([17, 3])
    assert held() - before == {("6f726764", "3"), ("6f726764", "11"), LOG}


@pytest.mark.django_db
def test_who_only_keeps_the_months_holds_up_no_writer():
    before = held()
    request_log.keep_partitions()
    assert held() - before == {LOG}


def test_locks_are_taken_in_ascending_order_each_once_for_an_organization():
    numbers = request_log.locks({300, 2, 2**31, 7})
    assert numbers == sorted(numbers)
    assert [number & 0xFFFFFFFF for number in numbers] == [2, 7, 300, 2**31]
    assert {number >> 32 for number in numbers} == {0x6F726764}
