"""The embedded PostgreSQL as Django's connections have it: started once, shared, up again after a kill. All real."""

import os
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from tests.forked import begun
from tests.orgdash.embedded.programs import ASK, CONNECT, ask, environment, run, server

pytestmark = pytest.mark.slow


def gone(process: psutil.Process) -> bool:
    """Ended; where nobody collects orphans (some containers), its entry stays as a zombie."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.fixture(scope="module")
def directory(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("pg")
    yield made
    run("-m", "orgdash.embedded", "stop", directory=made)


def test_the_first_to_need_it_starts_it_and_the_next_share_it(directory):
    assert ask(directory).returncode == 0
    first = server(directory)
    assert ask(directory).returncode == 0
    assert server(directory) == first


def test_it_outlives_a_kill_of_whoever_started_it_and_is_stopped_by_stop(directory):
    words = ASK + "; print('ready', flush=True); import time; time.sleep(60)"
    with begun("-c", words, environment=environment(directory), stdout=subprocess.PIPE) as starter:
        assert starter.stdout.readline() == "ready\n"
        starter.send_signal(signal.SIGKILL)
    process = server(directory)
    assert process.is_running()
    stopped = run("-m", "orgdash.embedded", "stop", directory=directory)
    assert stopped.stderr.strip().endswith(": stopped")
    assert gone(process)
    again = run("-m", "orgdash.embedded", "stop", directory=directory)
    assert (again.returncode, again.stderr.strip()[-15:]) == (0, "was not running")


def test_after_a_kill_of_the_server_itself_the_next_to_ask_has_it_again(directory):
    assert ask(directory).returncode == 0
    process = server(directory)
    process.kill()
    process.wait(10)
    result = ask(directory)
    assert result.returncode == 0, result.stderr
    assert server(directory) != process


THREADS = CONNECT + (
    "from concurrent.futures import ThreadPoolExecutor\n"
    "def ask(number):\n"
    "    with connection.cursor() as cursor: return cursor.execute('select 1') and number\n"
    "with ThreadPoolExecutor(8) as pool: list(pool.map(ask, range(8)))"
)


def test_the_threads_of_one_process_start_it_once(directory):
    run("-m", "orgdash.embedded", "stop", directory=directory)
    result = run("-c", THREADS, directory=directory)
    assert result.returncode == 0, result.stderr


def test_a_leftover_pid_of_another_program_is_not_taken_for_the_server(directory):
    run("-m", "orgdash.embedded", "stop", directory=directory)
    pid_file = directory / "postgres" / "postmaster.pid"
    lines = [str(os.getpid()), str(directory / "postgres"), "1700000000", "5432", str(directory), "", "1 1", "ready"]
    pid_file.write_text("\n".join(lines) + "\n")
    result = ask(directory)
    assert result.returncode == 0, result.stderr
    assert server(directory).name().startswith("postgres")


def test_it_starts_while_it_takes_no_writes_as_when_a_back_up_is_being_restored(directory):
    ask(directory)
    read_only = "connection.cursor().execute('ALTER SYSTEM SET default_transaction_read_only = %s')"
    change = (
        "; ".join((ASK, read_only)),
        "; ".join((ASK, "connection.cursor().execute('SET default_transaction_read_only = off')", read_only)),
    )
    given = {"directory": directory, "DJANGO_SETTINGS_MODULE": "orgdash.settings"}
    assert run("-c", change[0] % "on", **given).returncode == 0
    run("-m", "orgdash.embedded", "stop", directory=directory)
    started = run("-m", "orgdash.embedded", "start", directory=directory)
    back = run("-c", change[1] % "off", **given)
    run("-m", "orgdash.embedded", "stop", directory=directory)
    assert (started.returncode, back.returncode) == (0, 0), started.stderr + back.stderr
