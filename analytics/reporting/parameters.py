"""Query string -> Query and back: the only parser, for page, CSV and JSON, and the only writer, for the page's links.

Every parameter that cannot be used becomes a note that names the field and the value. The page shows the default in its
place and the notes; the JSON endpoint answers 400 with them.
"""

from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

from django.http import QueryDict

from accounts.models import Organization, time_zone_names
from analytics.metrics import DIMENSIONS, EVERY_METRIC, GROUPINGS, METRICS, Dimension
from analytics.reporting.columns import Listing, default_sort
from analytics.reporting.comparisons import compare, default_kind
from analytics.reporting.known import known_values
from analytics.reporting.listings import read_listing, read_opened
from analytics.reporting.query import Comparison, ComparisonKind, Filters, Query
from analytics.windows import (
    BUCKET_SIZES,
    DEFAULT_PRESET,
    FIRST_DAY,
    LAST_DAY,
    MAX_DAYS,
    MAX_HOUR_DAYS,
    PRESETS,
    BucketSize,
    Window,
    buckets,
    day_exists,
    day_window,
    default_bucket,
    preset_window,
)

FILTERS = tuple(field.name for field in fields(Filters))
DATE_PARAMETERS = ("range", "from", "to", "timezone", "bucket")
PLAIN_PARAMETERS = (*DATE_PARAMETERS, "groupBy", "metric", "compare", "chart", "why")
EVERYTHING = Filters()

Word = TypeVar("Word", bound=str)
COMPARISONS: tuple[ComparisonKind | Literal["none"], ...] = ("previous", "weekday", "year", "none")
CHART_SHAPES = ("drawing", "table")
EXPLANATIONS = ("whole", "rows")
MAX_TOP = 100
MAX_PAIR_BUCKETS = 31  # of an answer with two groupings and every group


@dataclass(frozen=True, slots=True)
class Note:
    """Something in the query string that could not be used, and why."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class PageQuestion:
    """What a page's or a CSV's query string asks for. `listing` is the table's.

    `scope` holds the filters that the page itself fixes. `given` are the plain parameters that were used, as they stood
    in the link: one that was left out stays left out in the links that `write` makes. `as_table`: the chart is shown as
    a table. `why_rows`: the change of each row is split into its causes, too.
    """

    query: Query
    listing: Listing
    scope: Filters = EVERYTHING
    given: tuple[tuple[str, str], ...] = ()
    notes: tuple[Note, ...] = ()
    as_table: bool = False
    why_rows: bool = False


@dataclass(frozen=True, slots=True)
class JsonQuestion:
    """What a query string asks the JSON endpoint for. `top`: so many groups by name; None: all."""

    query: Query
    top: int | None
    notes: tuple[Note, ...]


def read_page(
    params: QueryDict, organization: Organization, now: datetime, scope: Filters = EVERYTHING
) -> PageQuestion:
    """The page's and the CSV's question. `scope` holds filters that the page itself fixes; they are not in the URL."""
    parser = _Parser(params, organization, now)
    query = parser.query(page=True)
    metric = EVERY_METRIC[parser.choice("metric", tuple(EVERY_METRIC), "cost")]
    comparison = parser.comparison(query.window)
    opened, narrowed = read_opened(parser, query, organization), _narrowed(query.filters, scope)
    query = replace(query, metric=metric, comparison=comparison, filters=narrowed, opened=opened)
    listing = read_listing(parser, query)
    as_table = parser.choice("chart", CHART_SHAPES, "drawing") == "table"
    why_rows = parser.choice("why", EXPLANATIONS, "whole") == "rows"
    return PageQuestion(query, listing, scope, parser.given(), tuple(parser.notes), as_table, why_rows)


def read_json(params: QueryDict, organization: Organization, now: datetime) -> JsonQuestion:
    """The JSON endpoint's question; with any note in it the answer is 400."""
    parser = _Parser(params, organization, now)
    query, top = parser.query(page=False), parser.top()
    if query.then and top is None and (rows := len(buckets(query.window, query.bucket))) > MAX_PAIR_BUCKETS:
        parser.note(
            "groupBy", f"{query.group_by} in {rows} buckets needs top; without it {MAX_PAIR_BUCKETS} are possible"
        )
    return JsonQuestion(query, top, tuple(parser.notes))


def write(question: PageQuestion) -> QueryDict:
    """The parameters that `read_page` reads as this question, for links to build on.

    Without what was ignored, without what the page's scope fixes, and without the table's page: every other change
    leads to the first.
    """
    query, listing = question.query, question.listing
    written = QueryDict(mutable=True)
    for field, text in question.given:
        written[field] = text
    for field in FILTERS:
        if (values := getattr(query.filters, field)) and not getattr(question.scope, field):
            written.setlist(field, values)
    if listing.sort != default_sort(query):
        written["sort"] = listing.sort.text
    if listing.search:
        written["q"] = listing.search
    if query.opened:
        written.setlist("open", query.opened)
    if listing.columns:
        written["columns"] = ",".join(listing.columns)
    return written


def _narrowed(filters: Filters, scope: Filters) -> Filters:
    """`filters`, with `scope` in place of the fields that it sets: a link cannot widen a page's own scope."""
    return Filters(*(getattr(scope, name) or getattr(filters, name) for name in FILTERS))


class _Parser:
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

    def query(self, *, page: bool) -> Query:
        window = self.window(self.zone())
        dimension, then = self.grouping()
        return Query(
            organization_id=self.organization.pk,
            window=window,
            bucket=self.bucket(window, default_bucket(window) if page else "day"),
            dimension=dimension,
            metric=METRICS["cost"],
            filters=self.filters(),
            then=then,
        )

    def grouping(self) -> tuple[Dimension, Dimension | None]:
        first, comma, second = (value := self.one("groupBy") or "model").partition(",")
        if value in GROUPINGS:
            return GROUPINGS[value]
        allowed = ", ".join(DIMENSIONS)
        if comma and {first, second} <= set(DIMENSIONS):
            self.note("groupBy", f'"{value}" names one twice; two are different ones of {allowed}')
        else:
            self.note("groupBy", f'"{value}" is not one of {allowed}, or two of them with a comma')
        return GROUPINGS["model"]

    def zone(self) -> ZoneInfo:
        name = self.one("timezone")
        if name and name not in time_zone_names():
            self.note("timezone", f'"{name}" is not an IANA time zone such as Europe/Berlin')
            name = ""
        return ZoneInfo(name or self.organization.time_zone)

    def window(self, zone: ZoneInfo) -> Window:
        preset, first, last = self.one("range"), self.one("from"), self.one("to")
        if preset and (first or last):
            self.note("range", f'range "{preset}" and from/to are given; give one of them')
            preset = ""
        if first or last:
            return self.custom(first, last, zone) or preset_window(DEFAULT_PRESET, self.now, zone)
        if preset and preset not in PRESETS:
            self.note("range", f'"{preset}" is not one of {", ".join(PRESETS)}')
            preset = ""
        return preset_window(preset or DEFAULT_PRESET, self.now, zone)

    def custom(self, first: str, last: str, zone: ZoneInfo) -> Window | None:
        for field, other, given in (("from", "to", first), ("to", "from", last)):
            if not given:
                self.note(field, f"{field} is missing; give both from and to, {other} is given")
                return None
        first_day, last_day = self.day("from", first, zone), self.day("to", last, zone)
        if not first_day or not last_day:
            return None
        if first_day > last_day:
            self.note("from", f"from {first} is after to {last}")
            return None
        window = day_window(first_day, last_day, zone)
        if window.days > MAX_DAYS:
            self.note("to", f"{first} to {last} is {window.days} days; at most {MAX_DAYS} are possible")
            return None
        return window

    def day(self, field: str, text: str, zone: ZoneInfo) -> date | None:
        try:
            day = date.fromisoformat(text) if len(text) == len("2026-06-20") and text[4] == text[7] == "-" else None
        except ValueError:
            day = None
        if day is None:
            self.note(field, f'"{text}" is not a day; write it as 2026-06-20')
            return None
        if not FIRST_DAY <= day <= LAST_DAY:
            self.note(field, f'"{text}" is not between {FIRST_DAY.year} and {LAST_DAY.year}')
            return None
        if not day_exists(day, zone):
            self.note(field, f'"{text}" does not exist in {zone.key}, which skipped that day')
            return None
        return day

    def bucket(self, window: Window, default: BucketSize) -> BucketSize:
        asked = self.choice("bucket", BUCKET_SIZES, "hour" if window.preset == "24h" else default)
        if window.preset == "24h" and asked != "hour":
            self.note("bucket", f'"{asked}" is not possible with range 24h, which comes in hours')
            return "hour"
        if asked == "hour" and window.days > MAX_HOUR_DAYS:
            self.note("bucket", f'"hour" is possible up to {MAX_HOUR_DAYS} days; these are {window.days}')
            return default
        return asked

    def comparison(self, window: Window) -> Comparison | None:
        text, chosen = self.one("compare"), None
        kind: ComparisonKind | Literal["none"] = default_kind(window)
        if text[:1].isdecimal():
            chosen = self.day("compare", text, window.zone)
            kind = "day" if chosen else kind
        elif text in COMPARISONS:
            kind = self.choice("compare", COMPARISONS, kind)
        elif text:
            self.note("compare", f'"{text}" is not one of {", ".join(COMPARISONS)}, nor a day such as 2026-06-20')
        if kind == "none":
            return None
        return compare(window, kind, self.now, ZoneInfo(self.organization.time_zone), chosen)

    def top(self) -> int | None:
        text = self.one("top")
        if not text:
            return None
        if text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= MAX_TOP:
            return int(text)
        self.note("top", f'"{text}" is not a whole number from 1 to {MAX_TOP}')
        return None

    def filters(self) -> Filters:
        return Filters(*(self.filter(field) for field in FILTERS))

    def filter(self, field: str) -> tuple[str, ...]:
        values = tuple(dict.fromkeys(value for value in self.params.getlist(field) if value))
        if not values:
            return ()
        known = known_values(field, self.organization, values)
        for value in values:
            if value not in known:
                self.note(field, f'{field} "{value}" is not in this organization')
        return tuple(value for value in values if value in known)
