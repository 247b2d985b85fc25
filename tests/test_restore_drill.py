"""The back-up of docs/operations.md is restored for real, into another server."""

import subprocess
import sys

from tests.servers import ROOT


def test_what_is_dumped_and_restored_is_the_same_and_reconciles():
    command = [sys.executable, "tools/restore_drill.py", "--small"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "restored in" in done.stdout
    assert done.stdout.count("0 differences") == done.stdout.count("the same in") == 2
    assert "back at 2" in done.stdout
