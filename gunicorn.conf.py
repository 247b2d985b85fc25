"""What plain `gunicorn orgdash.wsgi` reads from the directory it is started in; the command line wins over it."""

import logging
import os
import runpy
import shutil
import sys
import tempfile
from typing import Any

threads = 16  # some of them for pages, some for usage and the probes: orgdash.turns
timeout = 120  # of a worker that does nothing any more; a slow database has its own limits, and answers
graceful_timeout = 40  # a writer that waits for a lock has its answer after 30
keepalive = 75  # longer than a proxy keeps its connections, so that it never sends into one that is being closed
limit_request_line = 8190  # a view is its link, and a link with many filters is long
control_socket_disable = True  # one server, told what to do by signals

if os.environ.get("LOG_FORMAT") == "json":  # gunicorn's own lines; the rest is set by orgdash.settings
    _written = {"level": "INFO", "handlers": ["console"], "propagate": False}
    logconfig_dict = {
        "formatters": {"json": {"()": "orgdash.json_log.Formatter"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "loggers": {"gunicorn.error": _written, "gunicorn.access": _written | {"level": "WARNING"}},
    }
# What the processes count is told as one; `python -m orgdash.serve` has a folder for both of its servers.
_own_numbers = bool(os.environ.get("METRICS_TOKEN") and not os.environ.get("PROMETHEUS_MULTIPROC_DIR"))
if _own_numbers:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="orgdash-metrics-")


HTTP2 = "PRI * HTTP/2.0"  # how HTTP/2, and with it gRPC, begins


def say_http2(record: logging.LogRecord) -> bool:
    """An exporter that speaks gRPC sees only that it cannot connect; whoever reads this log learns what to change."""
    if HTTP2 in record.getMessage():
        who = record.getMessage().split(":", 1)[0]
        record.msg = "%s: HTTP/2 or gRPC, not spoken here; set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"
        record.args = (who,)
    return True


def on_starting(server: object) -> None:
    """A bad environment is said in words once, before there are workers."""
    logging.getLogger("gunicorn.error").addFilter(say_http2)
    from django.core.exceptions import ImproperlyConfigured

    try:
        runpy.run_module("orgdash.settings")  # not imported: workers that are reloaded read it anew
    except ImproperlyConfigured as error:
        sys.exit(f"orgdash does not start: {error}")


def post_worker_init(worker: Any) -> None:
    from django.conf import settings

    from orgdash import memory, serve, turns

    memory.give_large_blocks_back()
    memory.limit(settings.WORKER_MEMORY)
    turns.share(worker.cfg.threads)
    serve.end_with_the_supervisor()


def child_exit(server: object, worker: Any) -> None:
    """What a worker counted stays; what it was doing is over."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)


def on_exit(server: object) -> None:
    if _own_numbers:
        shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
