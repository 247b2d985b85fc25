#!/usr/bin/env python
"""Django's command line for orgdash. What keeps a command from running is said in words."""

import os
import sys
from typing import NoReturn

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db.utils import InterfaceError, OperationalError, ProgrammingError

from orgdash import unavailable

MISSING = ("UndefinedTable", "UndefinedColumn")  # PostgreSQL's names for what `migrate` would have made


def use_kept_key() -> None:
    """Beside data that `make run` made, commands need no environment: the secret key kept there is used."""
    from orgdash.embedded import data_directory

    kept = data_directory() / "secret_key"
    given = any(os.environ.get(name) for name in ("SECRET_KEY", "DEBUG", "DATABASE_URL"))
    if not given and kept.is_file() and (key := kept.read_text().strip()):
        os.environ["SECRET_KEY"] = key
        os.environ.setdefault("HTTPS", "0")  # as `make run` serves it: links in what commands print lead there


def stop(words: str) -> NoReturn:
    sys.exit(f"orgdash: {words}")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orgdash.settings")
    use_kept_key()
    try:
        import orgdash.settings  # noqa: F401 - read first, so that a bad value stops every command alike
    except ImproperlyConfigured as error:
        sys.exit(f"orgdash does not start: {error}")
    try:
        execute_from_command_line(sys.argv)
    except ProgrammingError as error:
        if type(error.__cause__).__name__ not in MISSING:
            raise
        stop("the database has not the tables of this version: run migrate (.venv/bin/python manage.py migrate)")
    except (InterfaceError, OperationalError) as error:
        reason = unavailable.words(error)
        why = (
            "the database cannot be reached" if reason == unavailable.NO_ANSWER else f"{reason} What is committed stays"
        )
        stop(f"{why}: {str(error).strip()}")


if __name__ == "__main__":
    main()
