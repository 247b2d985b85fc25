"""`manage.py` as a newcomer's shell has it: beside the data of `make run`, beside other data, without a database."""

import os
import subprocess
import sys

import pytest

from orgdash.secret_key import kept_key
from tests.forked import run
from tests.prepared import stop
from tests.servers import ROOT

pytestmark = pytest.mark.slow

NO_SERVER = "postgresql://orgdash@127.0.0.1:9/orgdash"  # nobody listens on the discard port
SHELL = {name: os.environ[name] for name in ("PATH", "HOME")}


def manage(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return run("manage.py", *command, environment=SHELL | environment)


def test_beside_kept_data_a_command_needs_no_environment(tmp_path):
    kept_key(tmp_path)
    command, given = [sys.executable, "manage.py", "diffsettings"], SHELL | {"ORGDASH_DATA_DIR": str(tmp_path)}
    result = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert f"SECRET_KEY = '{kept_key(tmp_path)}'" in result.stdout


@pytest.mark.parametrize("environment", [{"SECRET_KEY": "g" * 50}, {"DEBUG": "1"}])
def test_what_the_environment_says_goes_before_what_is_kept(tmp_path, environment):
    kept_key(tmp_path)
    assert kept_key(tmp_path) not in manage("diffsettings", ORGDASH_DATA_DIR=str(tmp_path), **environment).stdout


def test_a_servers_own_database_wants_its_own_key(tmp_path):
    kept_key(tmp_path)
    result = manage("diffsettings", ORGDASH_DATA_DIR=str(tmp_path), DATABASE_URL=NO_SERVER)
    assert (result.returncode, "SECRET_KEY must be set" in result.stderr) == (1, True)


def test_a_database_that_cannot_be_reached_is_said_in_one_sentence():
    result = manage("reconcile", DATABASE_URL=NO_SERVER, SECRET_KEY="k" * 50)
    assert result.returncode == 1
    assert result.stderr.startswith("orgdash: the database cannot be reached: ")
    assert "Traceback" not in result.stderr


def test_a_database_without_tables_says_run_migrate(tmp_path):
    try:
        result = manage("reconcile", ORGDASH_DATA_DIR=str(tmp_path), DEBUG="1")
    finally:
        stop(tmp_path)
    assert result.returncode == 1
    assert result.stderr == (
        "orgdash: the database has not the tables of this version: run migrate (.venv/bin/python manage.py migrate)\n"
    )
