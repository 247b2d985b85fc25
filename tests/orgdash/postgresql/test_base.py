"""A connection is never waited for without end, and is not asked again after an error."""

from collections.abc import Iterator

import pytest
from django.db import connection

from orgdash.postgresql import base
from tests.analytics.processes import database_url


@pytest.fixture
def silent(db, monkeypatch) -> Iterator[base.Connection]:
    """A connection with little patience to a server that is asked to say nothing for a while."""
    monkeypatch.setattr(base._Silence, "ends_at", 0.0)
    with base.Connection.connect(database_url()) as made:
        made.patience = 0.05
        pid = made.info.backend_pid
        yield made
    # It would answer nobody any more, but keep VACUUM from its work for as long as it was asked to say nothing.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def test_a_server_that_says_nothing_is_an_error_after_the_wait_and_its_connection_is_closed(silent):
    with pytest.raises(base.NoAnswerError, match=r"did not answer in 0\.05 s"):
        silent.execute("SELECT pg_sleep(60)")
    assert silent.closed


def test_who_found_it_silent_spares_the_others_the_wait(silent, monkeypatch):
    base._Silence.check()
    with pytest.raises(base.NoAnswerError):
        silent.execute("SELECT pg_sleep(60)")
    with pytest.raises(base.NoAnswerError, match="did not answer a moment ago"):
        connection.get_new_connection(connection.get_connection_params())
    ends_at = base._Silence.ends_at
    monkeypatch.setattr(base, "monotonic", lambda: ends_at)
    base._Silence.check()


def test_an_error_that_comes_in_time_is_the_servers_own(silent):
    silent.patience = 30
    with pytest.raises(base.psycopg.errors.DivisionByZero):
        silent.execute("SELECT 1 / 0")
    assert not silent.closed


@pytest.mark.django_db(transaction=True)
def test_after_an_error_a_connection_is_closed_and_not_asked():
    connection.ensure_connection()
    connection.errors_occurred = True
    connection.close_if_unusable_or_obsolete()
    assert connection.connection is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ended", [False, True])
def test_a_connection_that_the_server_ended_is_not_usable(ended):
    connection.ensure_connection()
    if_ended = "SELECT pg_terminate_backend(%s, 5000) WHERE %s"
    with base.Connection.connect(database_url(), autocommit=True) as other:
        other.execute(if_ended, [connection.connection.info.backend_pid, ended])
    assert connection.is_usable() is not ended
    connection.close()
