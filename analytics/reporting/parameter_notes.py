"""Parameters by name as a link has them, with a note on each that cannot be used. Which there are, too."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar

from django.http import QueryDict

from accounts.models import Organization
from analytics.reporting.query import ComparisonKind

DATE_PARAMETERS = ("range", "from", "to", "timezone", "bucket")
PLAIN_PARAMETERS = (*DATE_PARAMETERS, "groupBy", "metric", "compare", "chart", "why")
COMPARISONS: tuple[ComparisonKind | Literal["none"], ...] = ("previous", "weekday", "year", "none")

Word = TypeVar("Word", bound=str)


@dataclass(frozen=True, slots=True)
class Note:
    """Something in the query string that could not be used, and why."""

    field: str
    message: str


class Parser:
    """One query string being read: gathers notes instead of stopping at the first."""

    def __init__(self, params: QueryDict, organization: Organization, now: datetime) -> None:
        self.params, self.organization, self.now = params, organization, now
        self.notes: list[Note] = []

    def note(self, field: str, message: str) -> None:
        self.notes.append(Note(field, message))

    def one(self, field: str) -> str:
        """The value of a parameter that may be given once; an empty one is absent, two are ignored."""
        values = self.stated(field)
        if len(values) > 1:
            self.note(field, f"{field} is given {len(values)} times; it may be given once")
            return ""
        return values[0] if values else ""

    def stated(self, field: str) -> list[str]:
        """The values of a parameter. For `compare` the form without scripts has a list and a day: the day counts."""
        values = self.params.getlist(field)
        if field == "compare" and len(values) == 2 and not (values[1] and values[1] in COMPARISONS):
            return [values[1] or values[0]]
        return values

    def choice(self, field: str, allowed: tuple[Word, ...], default: Word) -> Word:
        value = self.one(field) or default
        for word in allowed:
            if word == value:
                return word
        self.note(field, f'"{value}" is not one of {", ".join(allowed)}')
        return default

    def given(self) -> tuple[tuple[str, str], ...]:
        """The plain parameters that were used. `from` and `to` are used together or not at all."""
        ignored = {note.field for note in self.notes}
        if ignored & {"from", "to"}:
            ignored |= {"from", "to"}
        kept = [field for field in PLAIN_PARAMETERS if any(self.params.getlist(field)) and field not in ignored]
        return tuple((field, self.stated(field)[-1]) for field in kept if self.stated(field)[-1])
