"""`make run` with stand-ins for Python and gunicorn that only say what they were asked."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


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
