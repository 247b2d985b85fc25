"""What is compared with, in words: the choices and the days each means, and what the page says where history begins.

No HTML, no database.
"""

from dataclasses import dataclass
from datetime import date, datetime

from analytics.dashboard import dates
from analytics.reporting.comparisons import PERIODS, compare, shown_day
from analytics.reporting.query import ComparisonKind, Query
from analytics.reporting.reports import Compared, Report
from analytics.windows import day_of

# In the list of choices, in its order; a day of one's own stands beside it.
CHOICES: dict[ComparisonKind, str] = {
    "previous": "Previous period",
    "weekday": "Same weekdays",
    "year": "A year earlier",
}
SHORTEST_PART = 7  # days that both windows have; of fewer no link is made
_PERIODS = {1: "month", 3: "quarter", 12: "year"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to compare the window that is shown, and the days it means."""

    value: str
    label: str
    days: str


@dataclass(frozen=True, slots=True)
class Beginning:
    """What is said where the compared window begins before the organization's first usage.

    `part`: first and last day of the window shown that have something to compare with, as `compare` says; None where
    there are too few. `previous`: whether the window before is recorded.
    """

    since: date
    compared: str
    words: str
    part: tuple[date, date] | None
    compare: str
    previous: bool

    @property
    def part_days(self) -> str:
        return dates.days(*self.part).rsplit(",", 1)[0] if self.part else ""


def choices(query: Query, now: datetime) -> tuple[Choice, ...]:
    year, zone = query.window.last_day.year, query.window.zone
    found = ((kind, label, compare(query.window, kind, now, zone).window) for kind, label in CHOICES.items())
    return tuple(Choice(kind, label, dates.short_days(window, year)) for kind, label, window in found)


def words(query: Query) -> str:
    """The compared window inside a sentence: "No usage …"."""
    if query.comparison is None:
        return ""
    match query.comparison.kind:
        case "year":
            return "a year earlier"
        case "previous":
            months = PERIODS.get(query.window.preset or "")
            return (
                f"in the {_PERIODS[months]} before"
                if months
                else f"in the previous {dates.length(query.comparison.shown)}"
            )
    return dates.in_words(query.comparison.window)


def beginning(report: Report, now: datetime) -> Beginning | None:
    """None where everything compared with is recorded, or nothing of it."""
    comparison, compared = report.query.comparison, report.compared
    if comparison is None or compared is None or compared.since is None:
        return None
    first, last = shown_day(comparison, compared.since), comparison.shown.last_day
    long_enough = (last - first).days + 1 >= SHORTEST_PART
    return Beginning(
        since=compared.since,
        compared=dates.days(compared.window.first_day, compared.window.last_day),
        words="a year earlier" if comparison.kind == "year" else _days_from(compared),
        part=(first, last) if long_enough else None,
        compare="year" if comparison.kind == "year" else compared.since.isoformat(),
        previous=comparison.kind != "previous" and _recorded(report, now),
    )


def _days_from(compared: Compared) -> str:
    last = compared.window.last_day
    return dates.days(compared.since or last, last)


def _recorded(report: Report, now: datetime) -> bool:
    """Whether the days right before are in the history."""
    window = report.query.window
    before = compare(window, "previous", now, window.zone).window
    return report.first_usage is not None and day_of(report.first_usage, window.zone) <= before.first_day
