"""Two starts at once: one migration at a time, and one secret key."""

import os
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from orgdash.management.commands.migrate import LOCK
from orgdash.secret_key import kept_key
from tests.analytics.processes import database_url, started

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent


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
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        environment = os.environ | {"DATABASE_URL": new_database}
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

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


def test_a_key_is_made_once_whole_and_for_its_owner_alone(tmp_path):
    with ThreadPoolExecutor() as pool:
        keys = set(pool.map(kept_key, [tmp_path / "data"] * 8))
    path = tmp_path / "data" / "secret_key"
    assert keys == {path.read_text()}
    assert len(path.read_text()) >= 32
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "\n"])
def test_an_empty_key_is_named_and_replaced(tmp_path, capsys, content):
    (tmp_path / "secret_key").write_text(content)
    key = kept_key(tmp_path)
    assert len(key) >= 32
    assert f"{tmp_path / 'secret_key'} was empty" in capsys.readouterr().err
    assert kept_key(tmp_path) == key
    assert capsys.readouterr().err == ""


def test_a_key_that_was_being_written_when_its_process_was_killed_does_not_count(tmp_path, monkeypatch):
    monkeypatch.setattr("os.fsync", lambda _file: sys.exit("killed"))
    with pytest.raises(SystemExit):
        kept_key(tmp_path)
    assert not (tmp_path / "secret_key").exists()
    monkeypatch.undo()
    (tmp_path / "secret_key.new").write_text("half")
    assert len(kept_key(tmp_path)) >= 32
