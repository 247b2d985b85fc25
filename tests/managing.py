"""`python -m tests.managing`: manage.py, run for each line of standard input: {"arguments": […], "environment": {…}}.

Each run is forked from this process, which has imported what is not ours, so that forty of them take a second or two.
The answer is a line too: {"returncode": 1, "stdout": "…", "stderr": "…"}.
"""

import json
import os
import runpy
import sys
import tempfile
from importlib import import_module


def run(arguments: list[str], environment: dict[str, str]) -> dict[str, int | str]:
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        child = os.fork()
        if child == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(errors.fileno(), 2)
            os.environ.clear()
            os.environ.update(environment)
            sys.argv = ["manage.py", *arguments]
            runpy.run_path("manage.py", run_name="__main__")
            sys.exit(0)
        _, status = os.waitpid(child, 0)
        out.seek(0)
        errors.seek(0)
        return {"returncode": os.waitstatus_to_exitcode(status), "stdout": out.read(), "stderr": errors.read()}


if __name__ == "__main__":
    for name in ("django.core.management.commands.diffsettings", "django.db.models", "environs", "pydantic"):
        import_module(name)
    for line in sys.stdin:
        print(json.dumps(run(**json.loads(line))), flush=True)
