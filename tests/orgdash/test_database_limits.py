"""Which limits of time hold for whom, and that PostgreSQL has them."""

import pytest
from django.db import connection, transaction

from orgdash import database_limits
from orgdash.database_limits import COMMAND, ENDPOINT, MIGRATION, PAGE, STAFF


@pytest.mark.parametrize("limits", [PAGE, ENDPOINT, STAFF, COMMAND, MIGRATION])
def test_who_waits_for_a_lock_gives_up_before_the_statement_does(limits):
    """So that the answer can name the reason."""
    assert 0 < limits.lock < limits.statement


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("name", "found"),
    [("PAGE", ["10s", "5s", "1min"]), ("ENDPOINT", ["30s", "29s", "1min"]), ("COMMAND", ["1h", "30s", "10min"])],
)
def test_a_connection_has_the_limits_of_who_uses_it(name, found):
    def shown(setting: str) -> str:
        with connection.cursor() as cursor:
            return cursor.execute(f"SHOW {setting}").fetchone()[0]

    settings = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    database_limits.use(getattr(database_limits, name))
    with transaction.atomic():
        inside = [shown(setting) for setting in settings]
        transaction.set_rollback(True)
    outside = [shown(setting) for setting in settings]
    database_limits.use(database_limits.COMMAND)
    assert inside == outside == found
