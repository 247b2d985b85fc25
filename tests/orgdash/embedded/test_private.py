"""The embedded PostgreSQL is for its own user alone, whatever its folder has been through. All real."""

import os
import pwd
import shutil
import signal
from pathlib import Path

import pytest

from tests.orgdash.embedded.programs import ask, run, server
from tests.prepared import copied

pytestmark = pytest.mark.slow

ROOT_ALONE = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
KNOCK = (
    "import os, sys, psycopg\n"
    "if int(sys.argv[2]) != os.geteuid(): os.setgid(65534); os.setuid(int(sys.argv[2]))\n"
    "try: psycopg.connect(host=sys.argv[1], user='postgres', connect_timeout=5)\n"
    "except psycopg.OperationalError as error: print(error)\n"
    "else: print('in')"
)


def folder(directory: Path) -> Path:
    """Where the socket is."""
    return Path((directory / "postgres" / "postmaster.pid").read_text().splitlines()[4])


def knock(directory: Path, user: int) -> str:
    """What a user of the machine is told who asks for the superuser."""
    return run("-c", KNOCK, str(folder(directory)), str(user), directory=directory).stdout


def mode(path: Path) -> str:
    return oct(path.stat().st_mode & 0o777)


CUT_SHORT = (
    "import os\n"
    "from pathlib import Path\n"
    "from orgdash import embedded\n"
    "from orgdash.embedded.private import postgres_server\n"
    "def half(command, arguments, **options):\n"
    "    (Path(arguments[-1]) / 'PG_VERSION').write_text('18\\n')\n"
    "    os.kill(os.getpid(), 9)\n"
    "postgres_server.pgexec = half\n"
    "embedded.start()"
)


def test_a_data_directory_that_was_cut_short_while_it_was_made_is_made_anew(tmp_path):
    assert run("-c", CUT_SHORT, directory=tmp_path).returncode == -signal.SIGKILL
    assert (tmp_path / "postgres" / "PG_VERSION").exists()
    asked = ask(tmp_path)
    run("-m", "orgdash.embedded", "stop", directory=tmp_path)
    assert asked.returncode == 0, asked.stderr


@pytest.fixture(scope="module", params=["short", "long" * 25], ids=["a short path", "a path too long for a socket"])
def used(request, tmp_path_factory) -> Path:
    """Where a server has been before, elsewhere; tests leave its folder open, and it starts private again."""
    made = tmp_path_factory.mktemp("private") / request.param
    copied(tmp_path_factory, "empty", ask, made)
    yield made
    run("-m", "orgdash.embedded", "stop", directory=made)


def open_wide(directory: Path) -> None:
    """Every folder on the way is open, as if somebody had opened them."""
    for path in (folder(directory), *folder(directory).parents):
        path.chmod(0o755)
    next(folder(directory).glob(".s.PGSQL.????")).chmod(0o777)


def test_its_socket_lies_in_a_folder_of_its_own_user_alone(used):
    assert ask(used).returncode == 0
    assert mode(folder(used)) == "0o700"
    assert folder(used).stat().st_uid == server(used).uids().effective
    assert knock(used, os.geteuid()) == "in\n"


@ROOT_ALONE
def test_another_user_of_the_machine_does_not_become_superuser(used):
    assert ask(used).returncode == 0
    nobody = pwd.getpwnam("nobody").pw_uid
    assert "Permission denied" in knock(used, nobody)
    open_wide(used)
    assert "eer authentication failed" in knock(used, nobody)


RELOAD = (
    "import os, signal; from orgdash import embedded;"
    "os.kill(int((embedded.data_directory() / 'postgres' / 'postmaster.pid').read_text().split()[0]), signal.SIGHUP)"
)


def trusting(directory: Path) -> None:
    """As the version before left it: whoever reaches the socket is let in."""
    (directory / "postgres" / "pg_hba.conf").write_text("local all all trust\n")


@ROOT_ALONE
@pytest.mark.parametrize("ending", [("-c", RELOAD), ("-m", "orgdash.embedded", "stop")], ids=["running", "stopped"])
def test_a_data_directory_of_the_version_before_goes_on_working_and_trusts_nobody_any_more(ending, used):
    assert ask(used).returncode == 0
    trusting(used)
    assert run(*ending, directory=used).returncode == 0
    assert ask(used).returncode == 0
    open_wide(used)
    assert "eer authentication failed" in knock(used, pwd.getpwnam("nobody").pw_uid)
    assert run("-m", "orgdash.embedded", "start", directory=used).returncode == 0
    assert mode(folder(used)) == "0o700"


def test_a_folder_that_somebody_else_made_is_refused_in_words(tmp_path):
    directory = tmp_path / ("long" * 25)
    assert ask(directory).returncode == 0
    taken = folder(directory)
    assert mode(taken) == "0o700"
    run("-m", "orgdash.embedded", "stop", directory=directory)
    taken.chmod(0o777)
    said = run("-m", "orgdash.embedded", "start", directory=directory)
    taken.chmod(0o700)
    assert (said.returncode, said.stderr.count("\n")) == (1, 1)
    assert "is not a folder of the database's user alone" in said.stderr
    assert run("-m", "orgdash.embedded", "start", directory=directory).returncode == 0
    run("-m", "orgdash.embedded", "stop", directory=directory)
    shutil.rmtree(taken)


USERADD = (
    "import sys; from orgdash.embedded import private\n"
    "private.SERVERS_USER = 'orgdash_no_such_user'; private.ADMIN_FOLDERS = sys.argv[1]\n"
    "try: private.ensure_servers_user()\n"
    "except private.StartError as error: print(error)"
)


@ROOT_ALONE
@pytest.mark.parametrize(
    ("program", "words"),
    [("", "for there is no useradd"), ("#!/bin/sh\necho no room >&2\nexit 1\n", "cannot be made: no room.")],
)
def test_root_without_sbin_in_path_is_helped_or_told(program, words, tmp_path):
    (tmp_path / "useradd").write_text(program)
    (tmp_path / "useradd").chmod(0o755 if program else 0o644)
    said = run("-c", USERADD, str(tmp_path), directory=tmp_path, PATH="/nowhere")
    assert words in said.stdout, said.stderr
