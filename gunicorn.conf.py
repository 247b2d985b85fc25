"""What plain `gunicorn orgdash.wsgi` reads from the directory it is started in; the command line wins over it."""

import runpy
import sys

limit_request_line = 8190  # a view is its link, and a link with many filters is long
control_socket_disable = True  # one server, told what to do by signals


def on_starting(server: object) -> None:
    """A bad environment is said in words once, before there are workers."""
    from django.core.exceptions import ImproperlyConfigured

    try:
        runpy.run_module("orgdash.settings")  # not imported: workers that are reloaded read it anew
    except ImproperlyConfigured as error:
        sys.exit(f"orgdash does not start: {error}")
