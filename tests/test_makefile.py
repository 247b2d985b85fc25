"""What the Makefile promises: `make run`, with stand-ins for Python and gunicorn, and pytest after `make setup`."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.servers import ROOT

pytestmark = pytest.mark.slow


WITHOUT_CLIENTS = """
import sys
sys.modules |= {"httpx": None, "opentelemetry": None}
def absent(event, arguments):
    if event == "open" and "node_modules" in str(arguments[0]):
        raise FileNotFoundError(arguments[0])
sys.addaudithook(absent)
import pytest
places = ["tests/browser", "tests/clients", "tests/test_makefile.py"]
sys.exit(pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", *places]))
"""


def test_after_make_setup_alone_all_is_collected_and_the_tests_of_clients_are_skipped_by_name():
    command = [sys.executable, "-c", WITHOUT_CLIENTS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "tests/clients: httpx, opentelemetry.sdk not installed" in done.stdout
    assert "test_litellm" not in done.stdout
    assert "test_after_make_setup_alone" in done.stdout


@pytest.mark.parametrize(("database", "started"), [("", True), ("postgresql://u:p@db/x", False)])
def test_make_run_starts_the_embedded_server_only_without_a_database_of_its_own(database, started, tmp_path):
    for name in ("python", "gunicorn"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho {name} "$@"\n')
        program.chmod(0o755)
    said = subprocess.run(
        ["make", "--old-file=setup", "run", f"V={tmp_path}"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database, "SECRET_KEY": "k" * 50},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert ("python -m orgdash.embedded start" in said) is started
    assert "python manage.py migrate" in said
    assert "gunicorn orgdash.wsgi" in said


NONE = ""
PYTHONS = [  # optimized? of the PATH; new enough and with venv? of the system; which of them is taken
    ("yes", "yes", "python3"),
    ("no", "yes", "system"),
    ("no", "no", "python3"),
    (NONE, "yes", "system"),
    ("no", NONE, "python3"),
]


@pytest.mark.parametrize(("of_the_path", "of_the_system", "taken"), PYTHONS)
def test_a_python_without_optimizations_gives_way_to_the_systems(of_the_path, of_the_system, taken, tmp_path):
    """Both are stand-ins that answer what they are asked."""
    for name, answer in (("python3", of_the_path), ("system", of_the_system)):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\ntest {answer} = yes\n")
        program.chmod(0o644 if answer is NONE else 0o755)
    ask = "--eval=taken: ; @test 1; echo $(PYTHON)"
    said = subprocess.run(
        [shutil.which("make"), "--silent", ask, f"SYSTEM_PYTHON={tmp_path}/system", "taken"],
        cwd=ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.split()[-1].removeprefix(f"{tmp_path}/") == taken
