"""`python -m orgdash.serve`: one command, two servers, that begin, are renewed and end together."""

import signal
import subprocess

import psutil
import pytest

from orgdash.serve import read_options
from tests.analytics.processes import wait_until
from tests.servers import answers, fetch, serving

pytestmark = pytest.mark.slow


def family(process: subprocess.Popen) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def listening(process: psutil.Process) -> set[int]:
    return {connection.laddr.port for connection in process.net_connections() if connection.laddr}


def test_one_command_serves_pages_and_doors_apart_renews_their_workers_mends_what_dies_and_ends(tmp_path):
    with serving(tmp_path) as (process, pages, doors):
        wait_until(lambda: answers(pages) and answers(doors))
        assert (fetch(pages, "/accounts/login/").status, fetch(doors, "/accounts/login/").status) == (200, 421)
        before = family(process)
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: len([one for one in family(process) if one not in before]) == 2)
        server = next(one for one in psutil.Process(process.pid).children() if doors in listening(one))
        server.kill()
        wait_until(lambda: server not in family(process) and answers(doors))
        everything = family(process)
        process.terminate()
        assert process.wait(20) == 0
        assert psutil.wait_procs(everything, timeout=30)[1] == []
        said = process.stderr.read()
        assert "orgdash: the server of doors ended (-9)" in said
        assert "orgdash: the server of pages" not in said


def test_a_supervisor_that_is_killed_leaves_no_server_behind(tmp_path):
    with serving(tmp_path) as (process, pages, doors):
        wait_until(lambda: answers(pages) and answers(doors))
        everything = family(process)
        process.kill()
        assert len(everything) == 4
        assert psutil.wait_procs(everything, timeout=20)[1] == []


def test_where_one_cannot_start_both_end_and_say_why(tmp_path):
    with serving(tmp_path, "--worker-class", "none") as (process, _pages, _doors):
        assert process.wait(40) == 1
        assert "class uri 'none' invalid" in process.stderr.read()


def test_a_bad_environment_is_one_line_of_words(tmp_path):
    with serving(tmp_path, SERVES="everything") as (process, _pages, _doors):
        assert process.wait(20) == 1
        assert process.stderr.read() == 'orgdash does not start: SERVES must be all, pages or doors, not "everything"\n'


def test_what_it_does_not_know_is_for_both_servers():
    given, more = read_options(["--pages", "0.0.0.0:80", "--log-level", "warning"])
    assert (given.pages, given.doors, more) == ("0.0.0.0:80", "127.0.0.1:8001", ["--log-level", "warning"])
