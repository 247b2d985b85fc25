"""What stands in the cells of an export: whole numbers, amounts, times. EventError, by column, where it does not."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from analytics.ingest.decoding import EventError, excerpt
from analytics.ingest.event_rules import MAX_COST, rounded

Row = Mapping[str, str]

_WHOLE = re.compile(r"(-?[0-9]{1,30})(?:\.0*)?", re.ASCII)
_AMOUNT = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{0,60})?(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2}(?:\.[0-9]{1,9})?)?"
    r"(?:(Z)|([+-][0-9]{2})(?::?([0-9]{2}))?)?)?",
    re.ASCII,
)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def whole(row: Row, column: str) -> int:
    """A whole number, also as a spreadsheet writes one: 10 or 10.0."""
    match = _WHOLE.fullmatch(row[column])
    if match is None:
        raise EventError(column, f"must be a whole number, got {excerpt(row[column])}")
    return int(match[1])


def positive(row: Row, column: str) -> int:
    """For what is summed up before an event's own rules see it."""
    number = whole(row, column)
    if number < 0:
        raise EventError(column, f"must not be negative, got {number}")
    return number


def whole_or_none(row: Row, column: str) -> int:
    """0 where the column or its value is not there."""
    return whole(row, column) if row.get(column) else 0


def amount(row: Row, column: str) -> Decimal | None:
    """US dollars; None without a value. A float may have more places than are kept: it is rounded to those."""
    text = row.get(column, "")
    if not text:
        return None
    if not _AMOUNT.fullmatch(text) or not 0 <= Decimal(text) <= MAX_COST:
        raise EventError(column, f"must be an amount from 0 to {MAX_COST}, got {excerpt(text)}")
    return rounded(Decimal(text))


def moment(row: Row, column: str) -> str:
    """RFC 3339; without an offset it is UTC."""
    match = _TIME.fullmatch(row[column])
    if match is None:
        raise EventError(column, f"must be a time like 2026-06-20 23:30:00, got {excerpt(row[column])}")
    day, minute, second, _, hours, minutes = match.groups()
    offset = f"{hours}:{minutes or '00'}" if hours else "Z"
    return f"{day}T{minute or '00:00'}{second or ':00'}{offset}"


def ended(end: datetime, written_at: datetime, row: Row, column: str) -> None:
    """Sums of a time that was not over will be others in the next export, and then count twice."""
    if end > written_at:
        moment = f"{written_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        raise EventError(column, f"had not ended when the file was written, {moment}, got {excerpt(row[column])}")


def seconds(row: Row, column: str) -> datetime:
    try:
        return datetime.fromtimestamp(whole(row, column), UTC)
    except (ValueError, OverflowError, OSError):
        raise EventError(column, f"must be seconds since 1970, got {excerpt(row[column])}") from None
