"""What plain `gunicorn orgdash.wsgi` reads from the directory it is started in; the command line wins over it."""

import logging
import runpy
import sys

limit_request_line = 8190  # a view is its link, and a link with many filters is long
control_socket_disable = True  # one server, told what to do by signals


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
