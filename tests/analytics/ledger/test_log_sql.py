"""What the sums must be by the log, as SQL: what is wrong is found and written anew, what is right is not touched."""

from datetime import date

import pytest
from django.db import connection

from analytics.ledger import log_sql, months, rebuild
from analytics.ledger.months import Days
from analytics.ledger.rollup_sql import TABLES
from analytics.models import SUMS
from tests.analytics.oracle import KEYS, stored
from tests.analytics.usage import use
from tests.kept import kept

pytestmark = pytest.mark.django_db
NOVEMBER = Days(date(2026, 11, 1), date(2026, 12, 1))
OF = {True: (log_sql.MEND_PORTION, log_sql.COMPARE_PORTION), False: (log_sql.MEND_MONTH, log_sql.COMPARE_MONTH)}


@pytest.fixture
@kept
def used(workspace, foreign_key):
    """A request of Acme's and one of another organization's, in one hour of Kolkata; hours there begin at half past."""
    workspace.organization.time_zone = "Asia/Kolkata"
    workspace.organization.save()
    for key in (workspace.olga_key, foreign_key):
        use(key, "2026-11-17T10:15")
    return workspace.organization


def asked(statement: str, organization, days: Days = NOVEMBER) -> list[tuple]:
    """What the statement says of the month's days, or of the month."""
    portions, month = months.portions(organization.pk, days)
    given = month if statement in (log_sql.MEND_MONTH, log_sql.COMPARE_MONTH) else portions
    rows: list[tuple] = []
    with connection.cursor() as cursor:
        for one in given:
            cursor.execute(statement, one)
            rows += cursor.fetchall()
    return rows


def change(table, sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.format(table=table.name, bucket=table.bucket))


def again(table, bucket: str) -> str:
    """A second row for each, in another bucket of the month: nothing happened there."""
    columns = [table.bucket, "organization_id", *(key for key in table.key if key != table.bucket), *table.carried]
    values = ", ".join((f"'{bucket}'", *columns[1:], *SUMS))
    return f"INSERT INTO {{table}} ({', '.join((*columns, *SUMS))}) SELECT {values} FROM {{table}}"


# Of each table's rows of the one request: how they are made wrong.
WRONG = {
    "another sum": lambda table: "UPDATE {table} SET cost = cost + 1",
    "another estimate": lambda table: "UPDATE {table} SET estimated_cost = 1",
    "no row": lambda table: "DELETE FROM {table}",
    "a row too many": lambda table: again(table, "2026-11-18T04:30Z" if table.bucket == "hour" else "2026-11-18"),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("table", [table for table in TABLES if table.bucket != "month"], ids=lambda table: table.label)
def test_rows_that_are_wrong_are_counted_and_written_anew(table, wrong, used, foreign_key):
    other = foreign_key.project.organization
    mend, compare = OF[True]
    right = stored(used)
    change(table, wrong(table))
    elsewhere = stored(other)
    assert {row[0] for row in asked(compare, used)} == {table.label}
    assert asked(mend, used) == [(5 if table.by_dimension else 1,)]
    assert stored(used) == right
    assert stored(other) == elsewhere
    assert (asked(mend, used), asked(compare, used)) == ([(0,)], [])


@pytest.mark.parametrize("wrong", [WRONG["another sum"], WRONG["no row"]], ids=["another sum", "no row"])
def test_a_month_is_mended_by_itself(wrong, used):
    (table,) = log_sql.MONTH
    mend, compare = OF[False]
    right = stored(used)
    change(table, wrong(table))
    assert [asked(statement, used) for statement in OF[True]] == [[(0,)], []]
    assert {row[0] for row in asked(compare, used)} == {"monthly usage"}
    assert (asked(mend, used), asked(mend, used), stored(used)) == ([(5,)], [(0,)], right)


HOURLY, DETAIL = (next(table for table in TABLES if table.label == name) for name in ("hourly usage", "daily detail"))


def test_a_difference_is_told_by_table_key_bucket_and_column(used):
    change(HOURLY, "UPDATE {table} SET output_tokens = 7, cost = 3 WHERE dimension IN (0, 1)")
    change(DETAIL, "UPDATE {table} SET request_count = 2")
    hour = "2026-11-17T09:30:00Z"
    assert asked(log_sql.COMPARE_PORTION, used) == [
        ("daily detail", None, "key_olga × openai · gpt-5.5", "2026-11-17", "request_count", "2", "1"),
        ("hourly usage", 0, "org_acme", hour, "cost", "3.000000000000", "1.000000000000"),
        ("hourly usage", 0, "org_acme", hour, "output_tokens", "7", "50"),
        ("hourly usage", 1, "openai · gpt-5.5", hour, "cost", "3.000000000000", "1.000000000000"),
        ("hourly usage", 1, "openai · gpt-5.5", hour, "output_tokens", "7", "50"),
    ]


def test_no_row_and_a_row_of_nothing_are_told_apart_by_their_requests(used):
    change(DETAIL, "DELETE FROM {table}")
    change(HOURLY, "UPDATE {table} SET hour = '2026-11-18T04:30Z'")
    change(HOURLY, f"UPDATE {{table}} SET {', '.join(f'{column} = 0' for column in SUMS)}")
    requests = [(row[0], row[3], *row[5:]) for row in asked(log_sql.COMPARE_PORTION, used) if row[4] == "request_count"]
    assert set(requests) == {
        ("daily detail", "2026-11-17", None, "1"),
        ("hourly usage", "2026-11-17T09:30:00Z", None, "1"),
        ("hourly usage", "2026-11-18T04:30:00Z", "0", None),
    }


@pytest.mark.parametrize(
    ("first", "end", "tables"),
    [(17, 18, {"daily usage", "hourly usage"}), (16, 17, set()), (18, 20, set())],
)
def test_only_buckets_of_the_days_asked_for_are_looked_at(first, end, tables, used):
    for table in TABLES[:2]:
        change(table, "UPDATE {table} SET cost = 3")
    days = Days(date(2026, 11, first), date(2026, 11, end))
    assert {row[0] for row in asked(log_sql.COMPARE_PORTION, used, days)} == tables
    assert asked(log_sql.MEND_PORTION, used, days) == [(5 * len(tables),)]


def test_what_is_void_is_in_no_sum(used):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE analytics_request SET is_counted = false, is_void = true")
    assert asked(log_sql.MEND_PORTION, used) == [(5 + 5 + 1 + 1,)]
    assert not any(stored(used)[table.__name__] for table in KEYS if table.__name__ != "MonthlyUsage")


def test_what_is_right_is_not_written(workspace):
    for month in ("2026-01", "2026-03", "2026-04"):
        use(workspace.olga_key, f"{month}-10T10:00")
    organization, (wrong, *others) = workspace.organization, KEYS

    def written() -> dict[str, set[tuple[str, str]]]:
        """Where each row is, and by which transaction."""
        with connection.cursor() as cursor:
            found = {}
            for table in KEYS:
                cursor.execute(f"SELECT ctid::text, cost::text FROM {table._meta.db_table}")
                found[table.__name__] = set(cursor.fetchall())
            return found

    before = written()
    row = wrong.objects.filter(organization_id=organization.pk).order_by("-hour")[:1]
    wrong.objects.filter(pk__in=row.values("pk")).update(cost=99)
    rebuild.rebuild(organization.pk)
    after = written()
    assert {table.__name__: len(before[table.__name__] - after[table.__name__]) for table in KEYS} == {
        wrong.__name__: 1,
        **{table.__name__: 0 for table in others},
    }
