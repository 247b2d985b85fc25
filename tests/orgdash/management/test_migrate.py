"""Two starts at once: one migration at a time."""

import os
import subprocess
import uuid
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from django.db import connection

from orgdash.management.commands.migrate import LOCK
from tests.analytics.processes import database_url, started
from tests.forked import run

pytestmark = pytest.mark.slow


@pytest.fixture
def new_database(transactional_db) -> str:
    name = f"orgdash_{uuid.uuid4().hex}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    yield urlsplit(database_url())._replace(path=f"/{name}").geturl()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_two_migrations_at_once_both_end_well(new_database):
    def migrate(_: int) -> subprocess.CompletedProcess[str]:
        return run("manage.py", "migrate", "--verbosity", "0", environment=os.environ | {"DATABASE_URL": new_database})

    with ThreadPoolExecutor() as pool:
        ended = list(pool.map(migrate, range(2)))
    assert [process.returncode for process in ended] == [0, 0], "".join(process.stderr for process in ended)
    assert sorted(process.stderr for process in ended) == ["", "Another migrate is running; waiting for it.\n"]


@pytest.mark.django_db(transaction=True)
def test_a_migration_gives_its_lock_back():
    with started("manage.py", "migrate", "--plan") as migrating:
        migrating.communicate(timeout=60)
    assert migrating.returncode == 0
    with connection.cursor() as cursor:
        assert cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone() == (True,)
        cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
