"""rebuild: the sums from the log alone; killed while it works, the same command goes on with what is missing."""

from contextlib import closing

import psycopg
import pytest
from django.core.management import CommandError, call_command

from analytics.ledger import differences, record
from analytics.models import SUMS, Freshness
from tests.analytics.oracle import KEYS, computed, stored
from tests.analytics.processes import database_url, started, wait_until
from tests.analytics.usage import event

MONTHS = ("2026-01", "2026-02", "2026-03")


@pytest.fixture
def used(workspace, foreign_key):
    """All events: of Acme in three months, of another organization in one. Then the sums are lost."""
    events = [event(workspace.olga_key, f"{month}-10T10:00") for month in MONTHS]
    events.append(event(foreign_key, "2026-02-10T10:00"))
    record.record_events(events)
    for table in (*KEYS, Freshness):
        table.objects.all().delete()
    return events


@pytest.mark.django_db
def test_it_says_what_it_wrote_and_writes_it_once(used, workspace, foreign_key, capsys):
    organizations = (workspace.organization, foreign_key.project.organization)
    call_command("rebuild")
    lines = [f"org_acme: {month}: 17 rows written" for month in MONTHS]
    assert capsys.readouterr().out.splitlines() == [
        *lines,
        "org_other: 2026-02: 17 rows written",
        "months written: 4; right already: 0",
    ]
    assert stored(*organizations) == computed(used, *organizations)
    call_command("rebuild")
    assert capsys.readouterr().out.splitlines() == ["months written: 0; right already: 4"]


@pytest.mark.django_db
def test_only_the_organization_and_days_asked_for_are_made_anew(used, workspace, foreign_key, capsys):
    call_command("rebuild", organization="org_acme", from_day="2026-02-10", to_day="2026-03-01")
    assert capsys.readouterr().out.splitlines() == [
        "org_acme: 2026-02: 17 rows written",
        "org_acme: 2026-03: 5 rows written",  # the month's, which is of all its days
        "months written: 2; right already: 0",
    ]
    assert not any(stored(foreign_key.project.organization).values())


@pytest.mark.django_db
def test_arguments_that_cannot_be_are_refused_in_words():
    with pytest.raises(CommandError, match="--organization: there is no organization 'org_none'"):
        call_command("rebuild", organization="org_none")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("done", range(3))
def test_killed_after_each_month_the_same_command_goes_on_with_the_others(done, used, workspace, foreign_key):
    organizations = (workspace.organization, foreign_key.project.organization)
    with closing(psycopg.connect(database_url())) as other:
        # A row that is being written elsewhere: whoever adds the same waits for its end.
        other.execute(
            f"INSERT INTO analytics_monthlyusage (organization_id, dimension, key, month, {', '.join(SUMS)})"
            f" VALUES ({workspace.organization.pk}, 0, 0, '{MONTHS[done]}-01', {', '.join('0' for _ in SUMS)})"
        )
        killed = started("manage.py", "rebuild")
        wait_until(lambda: _waits(other))
        killed.kill()
        said, _ = killed.communicate()
        other.rollback()
    assert said.splitlines() == [f"org_acme: {month}: 17 rows written" for month in MONTHS[:done]]
    wait_until(lambda: not _others())
    assert {row[3].strftime("%Y-%m") for row in stored(workspace.organization)["MonthlyUsage"]} == set(MONTHS[:done])
    late = event(workspace.dora_key, f"{MONTHS[done]}-11T10:00")
    record.record_events([late])
    again = started("manage.py", "rebuild")
    said, errors = again.communicate(timeout=60)
    assert (again.returncode, errors) == (0, "")
    assert said.splitlines()[-1] == f"months written: {4 - done}; right already: {done}"
    assert stored(*organizations) == computed([*used, late], *organizations)
    assert [differences.differences(one.pk) for one in organizations] == [[], []]


def _waits(other: psycopg.Connection) -> bool:
    return bool(other.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'").fetchall())


def _others() -> bool:
    """Whether the killed process has a connection yet, in which its transaction is not undone."""
    with psycopg.connect(database_url()) as one:
        (count,) = one.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL"
            " AND pid <> pg_backend_pid()"
        ).fetchone()
    return count > 0
