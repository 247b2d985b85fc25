"""Statements that PostgreSQL parses and plans once for a connection, whatever their values."""

from typing import Any, cast

from django.db import connection


def cursor() -> Any:
    """For raw SQL that is asked again and again: half of the time of a statement on a few rows goes into its plan.

    Values are sent beside the text: where it does not say of which type they are, they need a cast.
    """
    return cast(Any, connection).prepared_cursor()
