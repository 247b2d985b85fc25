"""reconcile: every kind of difference is found, printed and mended, where it was asked for and nowhere else."""

from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import Organization
from analytics.ledger import differences, rebuild, record
from analytics.ledger.rollup_sql import TABLES
from analytics.models import SUMS, Freshness, Request
from tests.analytics.oracle import KEYS, stored
from tests.analytics.usage import event, use
from tests.kept import kept

pytestmark = pytest.mark.django_db

MODELS = {table._meta.db_table: table for table in KEYS}
BUCKETS = {
    "hour": ("2026-11-17T10:00:00Z", "2020-01-01T00:00:00Z"),
    "day": ("2026-11-17", "2020-01-01"),
    "month": ("2026-11-01", "2020-01-01"),
}


@pytest.fixture
@kept
def used(workspace, foreign_key):
    """A request of Acme's and one of another organization's, in the same hour."""
    for key in (workspace.olga_key, foreign_key):
        use(key, "2026-11-17T10:15")
    return workspace


@pytest.fixture
def run(capsys):
    """reconcile as the shell has it: exit code and lines of standard output."""

    def run(**options):
        code = 0
        try:
            call_command("reconcile", **options)
        except SystemExit as stopped:
            code = stopped.code
        return code, capsys.readouterr().out.splitlines()

    return run


ACME = "organization_id = (SELECT id FROM accounts_organization WHERE public_id = 'org_acme')"


def change(table: str, assignment: str, where: str = "true") -> None:
    """Of Acme's rows."""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {assignment} WHERE {ACME} AND {where}")


def add(table, bucket: str) -> None:
    """A second row for each of Acme's, in a bucket where nothing happened."""
    columns = [field.column for field in MODELS[table.name]._meta.concrete_fields]
    values = [f"'{bucket}'" if column == table.bucket else column for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {table.name} WHERE {ACME}"
        )


def what(table, organization: str) -> list[str]:
    """How a difference in each of the table's rows of the one request is named."""
    if not table.by_dimension:
        return ["API key × model key_olga × openai · gpt-5.5"]
    return [
        f"organization {organization}",
        "model openai · gpt-5.5",
        "project proj_chat",
        "api key key_olga",
        "member mem_olga",
    ]


@pytest.mark.parametrize("repair", [False, True])
def test_sums_that_are_right_are_no_difference(repair, used, run):
    assert run(repair=repair) == (0, [f"0 differences{' left' * repair}"])


def test_an_empty_database_has_no_difference(run):
    assert run() == (0, ["0 differences"])


def check_found_and_mended(lines, run):
    """These lines are printed, and only these; --repair prints them, mends them, and then there are none."""
    other = Organization.objects.get(public_id="org_other")
    right_elsewhere = stored(other)
    assert run() == (1, [*lines, f"{len(lines)} difference{'s' * (len(lines) != 1)}"])
    assert run(repair=True) == (0, [*lines, "0 differences left"])
    assert run() == (0, ["0 differences"])
    assert stored(other) == right_elsewhere


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.label)
def test_each_changed_sum_is_found_and_mended(table, workspace, foreign_key, run):
    # A model for each column, so that a row is wrong in that column alone.
    own = [event(workspace.olga_key, "2026-11-17T10:15", model=f"m-{number:02}") for number in range(len(SUMS))]
    record.record_events([*own, event(foreign_key, "2026-11-17T10:15")])
    right = dict.fromkeys(SUMS, 0) | {"request_count": 1, "input_tokens": 100, "output_tokens": 50, "cost": 1}
    model, of = ("key", "dimension = 1") if table.by_dimension else ("model_id", "true")
    lines = []
    for number, column in enumerate(SUMS):
        name = f"SELECT id FROM analytics_model WHERE name = 'm-{number:02}'"
        change(table.name, f"{column} = {column} + 2", f"{of} AND {model} = ({name})")
        row = f"{'model' if table.by_dimension else 'API key × model key_olga ×'} openai · m-{number:02}"
        said = f"{column} is {text(column, right[column] + 2)}, log says {text(column, right[column])}"
        lines.append(f"org_acme: {table.label}, {row}, {BUCKETS[table.bucket][0]}: {said}")
    check_found_and_mended(lines, run)


def text(column: str, value: int) -> str:
    return f"{value}.000000000000" if value and column.endswith("cost") else str(value)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.label)
def test_a_missing_row_is_found_and_mended(table, used, run):
    MODELS[table.name].objects.filter(organization_id=used.organization.pk).delete()
    bucket = BUCKETS[table.bucket][0]
    right = {"cost": ("0", "1.000000000000"), "input_tokens": ("0", "100"), "output_tokens": ("0", "50")}
    right["request_count"] = ("nothing", "1")
    check_found_and_mended(
        [
            f"org_acme: {table.label}, {name}, {bucket}: {column} is {right[column][0]}, log says {right[column][1]}"
            for name in what(table, "org_acme")
            for column in sorted(right)
        ],
        run,
    )


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.label)
def test_a_row_of_nothing_is_found_and_mended(table, used, run):
    bucket = BUCKETS[table.bucket][1]
    add(table, bucket)
    change(table.name, ", ".join(f"{column} = 0" for column in SUMS), f"{table.bucket} = '{bucket}'")
    check_found_and_mended(
        [
            f"org_acme: {table.label}, {name}, {bucket}: request_count is 0, log says nothing"
            for name in what(table, "org_acme")
        ],
        run,
    )


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.label)
def test_an_extra_row_is_found_and_mended(table, used, run):
    add(table, BUCKETS[table.bucket][1])
    code, lines = run()
    assert (code, len(lines)) == (1, 4 * len(what(table, "org_acme")) + 1)
    assert all(BUCKETS[table.bucket][1] in line for line in lines[:-1])
    assert run(repair=True)[0] == 0
    assert run() == (0, ["0 differences"])


@pytest.mark.parametrize("table", [table for table in TABLES if table.carried], ids=lambda table: table.label)
def test_a_row_under_the_wrong_project_is_found_and_mended(table, used, run):
    change(table.name, f"project_id = {used.search.pk}")
    assert run()[0] == 1
    assert run(repair=True)[0] == 0
    assert run() == (0, ["0 differences"])


@pytest.mark.parametrize("table", [table for table in TABLES if table.by_dimension], ids=lambda table: table.label)
def test_a_row_of_something_that_is_not_there_is_named_by_its_number(table, used, run):
    change(table.name, "key = 987654", "dimension = 2")
    lines = run()[1]
    assert any(line.startswith(f"org_acme: {table.label}, project #987654, ") for line in lines)
    assert any(line.startswith(f"org_acme: {table.label}, project proj_chat, ") for line in lines)
    assert run(repair=True)[0] == 0


@pytest.mark.parametrize("instant", [None, "2026-01-01T00:00Z", "2026-12-01T00:00Z"])
def test_a_wrong_newest_or_first_instant_is_found_and_mended(instant, used, run):
    fresh = Freshness.objects.filter(organization_id=used.organization.pk)
    fresh.delete()
    row = Freshness(organization_id=used.organization.pk, newest_at=instant, first_at=instant)
    Freshness.objects.bulk_create([row] * bool(instant))
    code, (*lines, _) = run()
    assert code == 1
    assert [line.split(" is ")[0] for line in lines] == [
        f"org_acme: freshness, organization org_acme, -: {name}" for name in ("first_at", "newest_at")
    ]
    assert {line.rsplit(" ", 2)[1:] == ["2026-11-17", "10:15:00+00"] for line in lines} == {True}
    assert run(repair=True)[0] == 0
    mended = fresh.get()
    assert {mended.newest_at.isoformat(), mended.first_at.isoformat()} == {"2026-11-17T10:15:00+00:00"}


def test_a_request_that_is_gone_from_the_log_is_gone_from_the_sums(used, run):
    Request.objects.filter(organization_id=used.organization.pk).delete()
    assert run()[0] == 1
    assert run(repair=True)[0] == 0
    assert not any(stored(used.organization).values())


# --- which organizations and days ---


@pytest.fixture
@kept
def spoilt(workspace, foreign_key):
    """Wrong hours on three days, at both ends of a month, in both organizations."""
    workspace.organization.time_zone = "America/New_York"
    workspace.organization.save()
    for key in (workspace.olga_key, foreign_key):
        for day in ("2026-10-31", "2026-11-01", "2026-11-02"):
            use(key, f"{day}T12:00")
            use(key, f"{day}T23:59:59-05:00")
    for table in TABLES:
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table.name} SET cost = 99")
    return workspace.organization


def days_named(lines) -> set[str]:
    """Of the daily rows."""
    return {line.split(", ")[2].split(":")[0] for line in lines if ": daily " in line}


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        ("2026-11-01", "2026-11-01", {"2026-11-01"}),
        (None, "2026-11-01", {"2026-10-31", "2026-11-01"}),
        ("2026-11-02", None, {"2026-11-02"}),
        ("2026-11-03", "2026-11-03", set()),
    ],
)
def test_only_the_days_asked_for_are_compared_and_mended(first, last, days, spoilt, run):
    asked = {"organization": "org_acme", "from_day": first, "to_day": last}
    assert days_named(run(**asked)[1]) == days
    assert run(**asked, repair=True)[0] == 0
    assert run(**asked) == (0, ["0 differences"])
    everything = {"2026-10-31", "2026-11-01", "2026-11-02"}
    assert days_named(run(organization="org_acme")[1]) == everything - days


def test_only_the_organization_asked_for_is_compared_and_mended(spoilt, foreign_key, run):
    assert run(organization="org_acme", repair=True)[0] == 0
    assert differences.differences(spoilt.pk) == []
    code, lines = run()
    assert code == 1
    assert all(line.startswith("org_other: ") for line in lines[:-1])


def test_a_rebuild_of_a_few_days_leaves_the_other_days_alone(spoilt):
    before = stored(spoilt)["DailyUsage"]
    rebuild.rebuild(spoilt.pk, date(2026, 11, 1), date(2026, 11, 2))
    after = stored(spoilt)["DailyUsage"]
    changed = {key[3] for key in before if before[key] != after[key]}
    assert changed == {date(2026, 11, 1)}
