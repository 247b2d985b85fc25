"""How long, as people type it to a command: 30m, 12h, 90d, 4w."""

import re
from datetime import timedelta

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def duration(text: str) -> timedelta | None:
    """The length of time that `text` names; None if it names none.

    >>> duration("90d").days, duration("12h").seconds, duration("90"), duration("1.5d")
    (90, 43200, None, None)
    """
    match = re.fullmatch(r"([0-9]{1,6})([mhdw])", text)
    return timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else None
