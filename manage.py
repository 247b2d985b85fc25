#!/usr/bin/env python
"""Django's command line for orgdash. A bad environment is said in words, without a traceback."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orgdash.settings")
    try:
        import orgdash.settings  # noqa: F401 - read first, so that a bad value stops every command alike
    except ImproperlyConfigured as error:
        sys.exit(f"orgdash does not start: {error}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
