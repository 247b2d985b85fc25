"""When a call of LiteLLM's was: seconds since 1970, as floats, exact to the microsecond."""

from decimal import Decimal, DecimalException

from analytics.ingest.decoding import EventError, excerpt
from analytics.ingest.event_rules import LONGEST, since_1970

_FAR = 10**12  # seconds, past every date; to write out 1e900000 as an integer takes half a minute
_MILLION = 1_000_000
DAY = int(LONGEST.total_seconds()) * _MILLION  # the longest a request may take


def is_seconds(given: object) -> bool:
    return isinstance(given, int | float | Decimal) and not isinstance(given, bool) and given > 0


def instant(seconds: object, name: str) -> int:
    """Seconds since 1970 (a float, whose shortest form is exact to the microsecond) → microseconds."""
    try:
        if isinstance(seconds, int | float | Decimal) and not isinstance(seconds, bool):
            number = Decimal(str(seconds))
            if abs(number) < _FAR:
                since_1970(int(number * _MILLION))
                return int(number * _MILLION)
    except (DecimalException, ArithmeticError, ValueError):
        pass
    raise EventError("timestamp", f"{name} must be a time in seconds since 1970, got {excerpt(seconds)}")


def end_of(begin: int, given: object) -> str | None:
    """None where it cannot be the end of a request: it is only looked at to know the call again."""
    try:
        end = instant(given, "endTime")
    except EventError:
        return None
    return since_1970(end) if 0 <= end - begin <= DAY else None
