"""Query string -> Query and back: the only parser, for page, CSV and JSON, and the only writer, for the page's links.

Every parameter that cannot be used becomes a note that names the field and the value. The page shows the default in its
place and the notes; the JSON endpoint answers 400 with them.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime

from django.http import QueryDict

from accounts.models import Organization
from analytics.metrics import DIMENSIONS, EVERY_METRIC, GROUPINGS, METRICS, Dimension
from analytics.reporting.columns import Listing, default_sort
from analytics.reporting.date_range import read_bucket, read_comparison, read_window
from analytics.reporting.known import known_values
from analytics.reporting.listings import read_listing, read_opened
from analytics.reporting.parameter_notes import Note, Parser
from analytics.reporting.query import Filters, Query
from analytics.windows import Window, buckets, default_bucket

FILTERS = tuple(field.name for field in fields(Filters))
EVERYTHING = Filters()

CHART_SHAPES = ("drawing", "table")
SHAPES = ("rows", "columns")
EXPLANATIONS = ("whole", "rows")
MAX_TOP = 100
MAX_PAIR_BUCKETS = 31  # of an answer with two groupings and every group


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
    """What a query string asks the JSON endpoint for. `top`: so many groups by name; None: all.

    `columns`: the numbers once for each group, and not a row for each bucket; with `top` and one grouping alone.
    """

    query: Query
    top: int | None
    notes: tuple[Note, ...]
    columns: bool = False


def read_page(
    params: QueryDict, organization: Organization, now: datetime, scope: Filters = EVERYTHING
) -> PageQuestion:
    """The page's and the CSV's question. `scope` holds filters that the page itself fixes; they are not in the URL."""
    parser = Parser(params, organization, now)
    query = _query(parser, page=True)
    metric = EVERY_METRIC[parser.choice("metric", tuple(EVERY_METRIC), "cost")]
    comparison = read_comparison(parser, query.window)
    opened, narrowed = read_opened(parser, query, organization), _narrowed(query.filters, scope)
    query = replace(query, metric=metric, comparison=comparison, filters=narrowed, opened=opened)
    listing = read_listing(parser, query)
    as_table = parser.choice("chart", CHART_SHAPES, "drawing") == "table"
    why_rows = parser.choice("why", EXPLANATIONS, "whole") == "rows"
    return PageQuestion(query, listing, scope, parser.given(), tuple(parser.notes), as_table, why_rows)


def read_json(params: QueryDict, organization: Organization, now: datetime) -> JsonQuestion:
    """The JSON endpoint's question; with any note in it the answer is 400."""
    parser = Parser(params, organization, now)
    query, top = _query(parser, page=False), _top(parser)
    if query.then and top is None and (rows := len(buckets(query.window, query.bucket))) > MAX_PAIR_BUCKETS:
        parser.note(
            "groupBy", f"{query.group_by} in {rows} buckets needs top; without it {MAX_PAIR_BUCKETS} are possible"
        )
    columns = parser.choice("shape", SHAPES, "rows") == "columns"
    if columns and (top is None or query.then):
        parser.note("shape", f"columns {'is possible with one grouping' if query.then else 'needs top'}")
    return JsonQuestion(query, top, tuple(parser.notes), columns)


def glance(params: QueryDict, organization: Organization, now: datetime) -> tuple[Window, tuple[tuple[str, str], ...]]:
    """The window and those plain parameters that it and the grouping are of; asks no database."""
    parser = Parser(params, organization, now)
    window, _groups = read_window(parser), _grouping(parser)
    return window, parser.given()


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
    if listing.keys:
        written["keys"] = listing.keys
    return written


def _narrowed(filters: Filters, scope: Filters) -> Filters:
    """`filters`, with `scope` in place of the fields that it sets: a link cannot widen a page's own scope."""
    return Filters(*(getattr(scope, name) or getattr(filters, name) for name in FILTERS))


def _query(parser: Parser, *, page: bool) -> Query:
    window = read_window(parser)
    dimension, then = _grouping(parser)
    return Query(
        organization_id=parser.organization.pk,
        window=window,
        bucket=read_bucket(parser, window, default_bucket(window) if page else "day"),
        dimension=dimension,
        metric=METRICS["cost"],
        filters=_filters(parser),
        then=then,
    )


def _grouping(parser: Parser) -> tuple[Dimension, Dimension | None]:
    first, comma, second = (value := parser.one("groupBy") or "model").partition(",")
    if value in GROUPINGS:
        return GROUPINGS[value]
    allowed = ", ".join(DIMENSIONS)
    if comma and {first, second} <= set(DIMENSIONS):
        parser.note("groupBy", f'"{value}" names one twice; two are different ones of {allowed}')
    else:
        parser.note("groupBy", f'"{value}" is not one of {allowed}, or two of them with a comma')
    return GROUPINGS["model"]


def _top(parser: Parser) -> int | None:
    text = parser.one("top")
    if not text:
        return None
    if text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= MAX_TOP:
        return int(text)
    parser.note("top", f'"{text}" is not a whole number from 1 to {MAX_TOP}')
    return None


def _filters(parser: Parser) -> Filters:
    return Filters(*(_filter(parser, field) for field in FILTERS))


def _filter(parser: Parser, field: str) -> tuple[str, ...]:
    values = tuple(dict.fromkeys(value for value in parser.params.getlist(field) if value))
    if not values:
        return ()
    known = known_values(field, parser.organization, values)
    for value in values:
        if value not in known:
            parser.note(field, f'{field} "{value}" is not in this organization')
    return tuple(value for value in values if value in known)
