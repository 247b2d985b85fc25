"""Report -> CSV, the current view as a file: what was asked, every row of the table, what changed, every bucket.

Written piece by piece as it is read; numbers with all their digits, days and instants in ISO form.
"""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain
from typing import Literal

from django.utils.text import slugify

from accounts.models import Organization
from analytics.dashboard import changes, key_rows, table
from analytics.dashboard.fields import column_field, group_head, group_names, heads, metric_field
from analytics.dashboard.spreadsheets import LINE_END, CsvRow, line
from analytics.reporting import over_time
from analytics.reporting.causes import Causes
from analytics.reporting.columns import OF_KEYS, columns, sort_value
from analytics.reporting.explained import Explained
from analytics.reporting.keys import Key, KeyState
from analytics.reporting.parameters import FILTERS, PageQuestion
from analytics.reporting.query import Query
from analytics.reporting.reports import Report
from analytics.reporting.sums import Group, Sums, plain, quotient, value
from analytics.windows import Bucket, Window

BYTE_ORDER_MARK = "\ufeff"  # without it spreadsheets take UTF-8 for something else
EXPLAINED_ROWS = 100  # how many groups of what changed have their causes, those that changed the cost most
RATIO_PLACES = Decimal("1e-12")  # quotients are cut after as many decimals as a cost has
# The columns of a bucket's row, and what they are of its sums.
BUCKET_COLUMNS = {
    "requests": "request_count",
    "errors": "error_count",
    "not_priced_requests": "unpriced_count",
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cached_input_tokens": "cached_input_tokens",
    "cache_write_tokens": "cache_write_tokens",
    "reasoning_tokens": "reasoning_tokens",
    "cost_usd": "cost",
    "estimated_cost_usd": "estimated_cost",
}

CELL = tuple((",", column) for column in BUCKET_COLUMNS.values())
NO_USAGE = ",0" * len(CELL)

# The columns of a change of cost, and what they are of its causes. All but the last, a part of the rate, sum to it.
CAUSES = {
    "volume_usd": "volume",
    "mix_usd": "mix",
    "rate_usd": "rate",
    "without_tokens_usd": "tokenless",
    "rate_by_token_shares_usd": "classes",
}

# The columns of API keys, at the end; without those that name the row already.
KEY_FIELDS = ("project_id", "project", "created_by_id", "created_by", "last_used")

# The whole report in its blocks · the table alone · every day by group: the last two with one header and no more.
File = Literal["report", "table", "days"]


def wanted(text: str) -> File:
    """The file that a link asks for: the report unless it says otherwise."""
    flat: dict[str, File] = {"table": "table", "days": "days"}
    return flat.get(text, "report")


def filename(query: Query, organization: Organization, scope_name: str = "", file: File = "report") -> str:
    """The organization, what is shown, and the days: northwind-labs-cost-by-project-2026-10-24-2026-11-22.csv"""
    name = slugify(organization.name) or organization.public_id
    then = f"-and-{slugify(query.then.label)}" if query.then else ""
    shown = f"{query.metric.key}-by-{slugify(query.dimension.label)}{then}"
    parts = (name, slugify(scope_name), shown, query.window.first_day, query.window.last_day)
    return "-".join(str(part) for part in (*parts, "" if file == "report" else file) if part) + ".csv"


def pieces(asked: PageQuestion, organization: Organization, now: datetime, file: File = "report") -> Generator[str]:
    """The file's text. All of it comes from one snapshot, which is open until the last piece is taken (`spooled`)."""
    if file == "days" and asked.query.bucket != "hour":
        asked = replace(asked, query=replace(asked.query, bucket="day"))
    query = replace(asked.query, split_rows=EXPLAINED_ROWS, why_at=now) if file == "report" else asked.query
    with over_time.complete(query) as report:
        rows: dict[File, tuple[Iterator[CsvRow], ...]] = {
            "report": (_breakdown(report, asked, now), _blank(), _changes(report)),
            "table": (_without_total(_breakdown(report, asked, now, asked.listing.keys)),),
            "days": (),
        }
        about = _about(asked, report, organization, now) if file == "report" else ()
        yield BYTE_ORDER_MARK + "".join(map(line, about))
        yield from map(line, chain.from_iterable(rows[file]))
        if file != "table":
            yield from _over_time(asked.query, report.groups, now)


def _blank() -> Iterator[CsvRow]:
    yield []


def _without_total(rows: Iterator[CsvRow]) -> Iterator[CsvRow]:
    """Who sums a column of the file must not count everything twice."""
    yield from list(rows)[:-1]


def _about(asked: PageQuestion, report: Report, organization: Organization, now: datetime) -> Iterator[CsvRow]:
    """What the file shows: organization, window, filters, one a row, with its name first."""
    query, window = asked.query, asked.query.window
    yield ["Organization", organization.name, organization.public_id]
    yield ["Rows", len(report.groups if query.then else table.every_group(report, now))]
    yield ["Metric", query.metric.label]
    yield ["Group by", query.dimension.label, *([query.then.label] if query.then else [])]
    yield ["Sort", asked.listing.sort.key, "descending" if asked.listing.sort.descending else "ascending"]
    yield ["Time zone", window.zone.key]
    yield ["Window", *_window(window)]
    yield ["Compared with", *_compared_with(query)]
    if query.comparison and query.comparison.partial:
        yield ["Compared", *_window(query.comparison.shown)]
    for field in FILTERS:
        for chosen in getattr(query.filters, field):
            yield ["Filter", field, chosen]
    yield ["Data through", _instant(report.data_through) if report.data_through else ""]
    yield ["First usage", _instant(report.first_usage) if report.first_usage else ""]
    yield ["Exported at", _instant(now)]
    if report.compared and report.compared.since:
        yield ["Note", f"Usage is recorded since {report.compared.since}, so there is no change to tell"]
    if why := changes.why(report):
        yield ["Why", f"Changed by {why}"]
    if report.totals.estimated_cost:
        amount = plain(report.totals.estimated_cost)
        yield ["Note", f"{amount} of the cost is estimated from the price book and list prices"]
    if report.totals.unpriced_count:
        yield ["Note", f"{report.totals.unpriced_count} requests are not priced, so the cost is a lower bound"]
    if not report.exact:
        yield [
            "Note",
            f"Sums are kept by the hours of {organization.time_zone}; an hour belongs to the day it begins in",
        ]
    for note in asked.notes:
        if note.field not in ("q", "page"):  # they are no part of this file
            yield ["Ignored", note.field, note.message]
    yield []


def _compared_with(query: Query) -> tuple[str, ...]:
    return (query.comparison.kind, *_window(query.comparison.window)) if query.comparison else ("none",)


def _window(window: Window) -> tuple[str, ...]:
    """First and last day, and the instants it begins and ends at."""
    edges = (window.start.astimezone(window.zone), window.end.astimezone(window.zone))
    return (window.first_day.isoformat(), window.last_day.isoformat(), *(edge.isoformat() for edge in edges))


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _breakdown(report: Report, asked: PageQuestion, now: datetime, only: KeyState | None = None) -> Iterator[CsvRow]:
    """The table. `only`: of API keys those of which this is so; the table alone is what the page shows."""
    shown = columns(report.query)
    groups, keys = table.every_group(report, now), key_rows.known(report)
    kept = key_rows.having(report, groups, now)[only] if only else {group.key for group in groups}
    rows = table.rows_of(report, (group for group in groups if group.key in kept), asked.listing.sort, shown)
    total = _without_keys(table.total(report, shown))
    previous = ["previous_" + metric_field(report.query)] if report.compared else []
    more = ["errors", "not_priced_requests", *previous, "price_from"]
    of_keys = _key_fields(report.query)
    yield [*heads(report.query), "status", *(column_field(cell.column) for cell in total), *more, *of_keys]
    before = report.compared.groups if report.compared else {}
    parts_before = report.parts.before if report.parts else {}
    for row in rows:
        was = before[row.group.key].sums if row.group.key in before else Sums()
        if report.query.then is None:
            yield [*group_names(row.group), *_numbers(row, was, report), *_of_key(keys.get(row.group.key), of_keys)]
        for part in row.all_parts:
            was = parts_before.get((row.group.key, part.group.key), Sums())
            key = row.group if report.query.dimension.key == "apiKey" else part.group
            names = (*group_names(row.group), *group_names(part.group))
            yield [*names, *_numbers(part, was, report), *_of_key(keys.get(key.key), of_keys)]
    whole_before = report.compared.totals if report.compared else Sums()
    yield [
        *(["", ""] if report.query.then else []),
        "",
        "Total",
        "",
        *(_cell(cell) for cell in total),
        *_more(report.totals, whole_before, report),
        *("" for _ in of_keys),
    ]


def _without_keys(cells: Iterable[table.Cell]) -> list[table.Cell]:
    """What is known of keys has columns of its own, at the end."""
    return [cell for cell in cells if cell.column not in OF_KEYS]


def _key_fields(query: Query) -> tuple[str, ...]:
    """Of a file with a row for each API key, or for each of its parts, or of which keys are the parts."""
    named = heads(query)
    return tuple(field for field in KEY_FIELDS if field not in named) if query.names_keys else ()


def _of_key(key: Key | None, fields: tuple[str, ...]) -> Iterator[str]:
    """Whose a key is and when it was used last; of one whose record is gone nothing is known."""
    if key is None:
        return ("" for _ in fields)
    used = _instant(key.last_use.instant) if key.last_use.instant else "never"
    known = (key.project.id, key.project.label, key.creator.id, key.creator.label, used)
    return (text for field, text in zip(KEY_FIELDS, known, strict=True) if field in fields)


def _numbers(row: table.TableRow, before: Sums, report: Report) -> list[object]:
    return [row.group.status, *map(_cell, _without_keys(row.cells)), *_more(row.group.sums, before, report)]


def _more(sums: Sums, before: Sums, report: Report) -> list[object]:
    previous = [_measured(before, report.query)] if report.compared else []
    return [sums.error_count, sums.unpriced_count, *previous, _price_from(sums)]


def _measured(sums: Sums, query: Query) -> str:
    """The metric's number; of a quotient twelve decimals, and nothing where there is none."""
    if not query.metric.is_quotient:
        return plain(value(sums, query.metric))
    found = quotient(sums, query.metric)
    return "" if found is None else plain(found.quantize(RATIO_PLACES, ROUND_HALF_UP))


def _price_from(sums: Sums) -> str:
    """Who said what the cost is; nothing of a cost of zero. The sums do not part the two lists."""
    sources = {"sender": sums.cost - sums.estimated_cost, "price_book_or_catalogue": sums.estimated_cost}
    return "+".join(source for source, amount in sources.items() if amount)


def _changes(report: Report) -> Iterator[CsvRow]:
    """Every part of the change and the whole; without Other: it has the groups that are no longer used, too."""
    if report.compared is None or report.compared.since or report.query.metric.is_quotient:
        return
    metric, why = metric_field(report.query), report.compared.why
    yield [
        *group_head(report.query.dimension),
        "what_changed",
        f"{metric}_before",
        f"{metric}_now",
        f"{metric}_change",
        *(CAUSES if why else ()),
    ]
    for part in changes.parts(report, report.compared):
        yield _change(part, part.news or "Changed", why.rows.get(part.group.key) if why else None, why)
    yield _change(changes.total(report, report.compared), "", why.whole if why else None, why)
    yield []


def _change(part: changes.GroupChange, news: str, found: Causes | None, why: Explained | None) -> list[object]:
    causes = [plain(getattr(found, cause)) if found else "" for cause in CAUSES.values()] if why else []
    return [*group_names(part.group), news, *map(plain, (part.before, part.now, part.amount)), *causes]


def _over_time(query: Query, groups: tuple[Group, ...], now: datetime) -> Iterator[str]:
    """Every bucket by group, a bucket at a time; one without usage has one row of zeros."""
    starts = ["start"] if query.bucket == "hour" else []
    yield line(["date", *starts, "incomplete", *heads(query), *BUCKET_COLUMNS])
    if query.then:
        with over_time.activity(query) as activity:
            for row in activity.rows:
                cut = (
                    [*_when(row.bucket, query, now), *named, *_numbers_of(sums)] for named, sums in _cut(row.breakdown)
                )
                yield "".join(map(line, cut))
        return
    with over_time.every(query, CELL, groups) as every:
        named = [line(group_names(group)).removesuffix(LINE_END) for group in every.groups]  # each is made safe once
        for bucket, _sums, cells in every.rows:
            when = ",".join(_when(bucket, query, now))
            lines = [f"{when},{named[place]}{text}{LINE_END}" for place, text in cells]
            yield "".join(lines) or f"{when},,{NO_USAGE}{LINE_END}"


def _when(bucket: Bucket, query: Query, now: datetime) -> list[str]:
    """Day, beginning of an hour, and whether it is over: digits and words of this code."""
    start = [bucket.start.astimezone(query.window.zone).isoformat()] if query.bucket == "hour" else []
    return [bucket.day.isoformat(), *start, "true" if bucket.incomplete(now) else "false"]


def _numbers_of(sums: Sums) -> Iterator[str]:
    return (plain(getattr(sums, column)) for column in BUCKET_COLUMNS.values())


def _cut(breakdown: tuple[Group, ...]) -> Iterator[tuple[tuple[str, ...], Sums]]:
    """The parts of the groups of a bucket; one without usage has nobody's zeros."""
    nobody = Group(None, "", Sums())
    for group in breakdown or (nobody._replace(parts=(nobody,)),):
        for part in group.parts:
            yield (*group_names(group), *group_names(part)), part.sums


def _cell(cell: table.Cell) -> str:
    """Exact where the number is; shares and rates are quotients, cut after twelve places."""
    number = sort_value(cell.column, cell.value)
    if not isinstance(number, Decimal | int):
        return ""
    if cell.column.kind in ("usd", "requests", "tokens"):
        return plain(number)
    quotient = Decimal(number)
    # "New" has no percentage.
    return plain(quotient.quantize(RATIO_PLACES, ROUND_HALF_UP)) if quotient.is_finite() else "new"
