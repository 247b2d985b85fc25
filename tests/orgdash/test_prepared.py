"""Statements that are planned once for a connection; whose rows they show is asked each time."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from accounts.models import ApiKey, Membership
from orgdash import prepared, sight
from tests.analytics.conftest import empty_log, foreign_key, workspace  # noqa: F401 - fixtures
from tests.counting import calls

pytestmark = pytest.mark.django_db
NAMES = "SELECT public_id FROM accounts_project WHERE id = ANY(%s) ORDER BY 1"
LEFT = datetime(2026, 11, 18, tzinfo=UTC)


def plans() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements")
        return dict(cursor.fetchall())


def test_what_is_asked_again_is_prepared():
    for number in (1, 2, 3):
        with prepared.cursor() as cursor:
            cursor.execute("SELECT %s::bigint + 41 AS of_this_test", [number])
            assert cursor.fetchone() == (number + 41,)
    assert plans()["SELECT $1::bigint + 41 AS of_this_test"] == 2


@pytest.fixture
def seen(workspace, foreign_key):  # noqa: F811
    """What a person sees of the projects of both organizations, on this connection and by one plan."""
    numbers = [workspace.chat.pk, foreign_key.project_id]
    sight.begin()

    def look(member: Membership | None) -> list[str]:
        sight.show(person=member.user_id) if member else sight.show()
        with prepared.cursor() as cursor:
            cursor.execute(NAMES, [numbers])
            return [name for (name,) in cursor.fetchall()]

    yield look
    sight.end()


def test_it_shows_each_person_their_own_rows(seen, olga, foreign_key):  # noqa: F811
    for _ in range(4):  # more often than it takes to keep one plan for all values
        assert seen(olga) == ["proj_chat"]
        assert seen(foreign_key.created_by) == ["proj_other"]
        assert seen(None) == []
        sight.show_everything()
        with prepared.cursor() as cursor:
            cursor.execute(NAMES, [[*ApiKey.objects.values_list("project_id", flat=True)]])
            assert {name for (name,) in cursor.fetchall()} >= {"proj_chat", "proj_other"}
        sight.begin()


def test_who_left_sees_nothing_at_once(seen, olga):
    assert [seen(olga) for _ in range(7)] == [["proj_chat"]] * 7
    sight.show_everything()
    Membership.objects.filter(pk=olga.pk).update(removed_at=LEFT)
    sight.begin()
    assert seen(olga) == []


def test_an_instant_is_utc_to_the_microsecond_and_nothing_of_pythons_reads_it():
    found: list[datetime] = []

    def ask() -> None:
        with prepared.cursor() as cursor:
            cursor.execute("SELECT '2026-11-01T01:30:00.000001-05:00'::timestamptz")
            found.extend(cursor.fetchone())

    made = calls(ask)
    assert found == [datetime(2026, 11, 1, 6, 30, 0, 1, tzinfo=UTC)]
    assert found[0].tzinfo is UTC
    assert [name for name in made if name.startswith("psycopg.types.datetime")] == []
