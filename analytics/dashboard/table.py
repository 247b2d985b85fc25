"""Report -> the table: its columns, one row per group, the total. No HTML and no database."""

from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from analytics.dashboard import charts
from analytics.reporting.columns import (
    ALL_PAGES,
    ESTIMATED,
    NAME,
    PAGE_ROWS,
    CellInput,
    Column,
    Listing,
    Sort,
    Value,
    columns,
    default_sort,
    estimated,
    first_sort,
    order_value,
)
from analytics.reporting.parameters import Note
from analytics.reporting.reports import Report
from analytics.reporting.sums import Group, Number, Sums


@dataclass(frozen=True, slots=True)
class Cell:
    column: Column
    value: Value
    estimated: Decimal = Decimal(0)  # the part of `value` that is


@dataclass(frozen=True, slots=True)
class TableRow:
    """One group of the table. `slot` 0 is grey: it is part of Other in the charts."""

    group: Group
    slot: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column. `sorted` is "ascending", "descending" or ""; `sort` is its link's parameter, None where
    that is what the page shows anyway."""

    key: str
    label: str
    kind: str
    sorted: str
    sort: str | None


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` are those of `page`; `found` were found by name, of `count`. The total is of all of them, always."""

    name: Head
    heads: tuple[Head, ...]
    rows: tuple[TableRow, ...]
    total: tuple[Cell, ...]
    lead: str  # the column that stands for the row where there is room for one
    count: int
    found: int
    page: int
    pages: int
    estimates: bool  # whether there is a column of them
    unpriced_count: int
    notes: tuple[Note, ...]

    @property
    def all_heads(self) -> tuple[Head, ...]:
        return (self.name, *self.heads)

    @property
    def active(self) -> Head:
        return next(head for head in self.all_heads if head.sorted)

    @property
    def first(self) -> int:
        return (self.page - 1) * PAGE_ROWS + 1 if self.page else 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    @property
    def previous(self) -> int | None:
        return self.page - 1 if self.page > 1 else None

    @property
    def next(self) -> int | None:
        return self.page + 1 if 0 < self.page < self.pages else None


def build(report: Report, listing: Listing) -> Table:
    """The rows that `listing` asks for. A page that is not there is noted, and the first one shown."""
    shown = _shown(report, listing.sort)
    every = every_row(report, listing.sort, shown)
    rows = [row for row in every if listing.search.casefold() in row.group.label.casefold()]
    pages = ceil(len(rows) / PAGE_ROWS) or 1
    page = listing.page if listing.page <= pages else 1
    start, end = (0, len(rows)) if page == ALL_PAGES else ((page - 1) * PAGE_ROWS, page * PAGE_ROWS)
    missing = Note("page", f'page "{listing.page}" is beyond the last page, {pages}')
    default = default_sort(report.query)
    return Table(
        name=_head(NAME, report.query.dimension.label, "name", listing.sort, default),
        heads=tuple(_head(column.key, column.label, column.kind, listing.sort, default) for column in shown),
        rows=tuple(rows[start:end]),
        total=total(report, shown),
        lead=default.key if listing.sort.key == NAME else listing.sort.key,
        count=len(report.groups),
        found=len(rows),
        page=page,
        pages=pages,
        estimates=ESTIMATED in shown,
        unpriced_count=report.totals.unpriced_count,
        notes=(missing,) if page != listing.page else (),
    )


def _shown(report: Report, sort: Sort) -> tuple[Column, ...]:
    """Without a column of estimates where there are none, unless rows are sorted by it."""
    kept = report.totals.estimated_cost or sort.key == ESTIMATED.key
    return tuple(column for column in columns(report.query) if kept or column is not ESTIMATED)


def every_row(report: Report, sort: Sort, shown: tuple[Column, ...]) -> list[TableRow]:
    """Every group of the window with the columns `shown`; ties by name."""
    slots = charts.slots(report)
    rows = [TableRow(group, slots.get(group.key, 0), _row_cells(shown, report, group)) for group in report.groups]
    return _sorted(rows, sort)


def _row_cells(shown: tuple[Column, ...], report: Report, group: Group) -> tuple[Cell, ...]:
    compared = report.compared
    if compared is None:
        return _cells(shown, report, CellInput(report.query.metric, group.sums, None, report.totals))
    before = compared.groups[group.key].sums if group.key in compared.groups else Sums()
    current = compared.current_groups.get(group.key, Sums())
    return _cells(shown, report, _compared(report, group.sums, before, current))


def total(report: Report, shown: tuple[Column, ...]) -> tuple[Cell, ...]:
    compared = report.compared
    if compared is None:
        return _cells(shown, report, CellInput(report.query.metric, report.totals, None, report.totals))
    return _cells(shown, report, _compared(report, report.totals, compared.totals, compared.current))


def _compared(report: Report, sums: Sums, before: Sums, current: Sums) -> CellInput:
    """Where only a part of the compared window is recorded, there is nothing to measure by."""
    recorded = report.compared is not None and report.compared.since is None
    return CellInput(report.query.metric, sums, before if recorded else None, report.totals, current)


def _sorted(rows: list[TableRow], sort: Sort) -> list[TableRow]:
    by_name = sorted(rows, key=lambda row: (row.group.label.casefold(), row.group.key or ""))
    if sort.key == NAME:
        return by_name[::-1] if sort.descending else by_name
    numbered = [(_number(row, sort.key), row) for row in by_name]
    known = [(number, row) for number, row in numbered if number is not None]
    known.sort(key=lambda pair: pair[0], reverse=sort.descending)
    return [row for _, row in known] + [row for number, row in numbered if number is None]


def _number(row: TableRow, key: str) -> Number | None:
    cell = next(cell for cell in row.cells if cell.column.key == key)
    return order_value(cell.column, cell.value)


def _head(key: str, label: str, kind: str, sort: Sort, default: Sort) -> Head:
    active = sort.key == key
    following = sort.reversed if active else first_sort(key)
    direction = ("descending" if sort.descending else "ascending") if active else ""
    return Head(key, label, kind, direction, None if following == default else following.text)


def _cells(shown: tuple[Column, ...], report: Report, given: CellInput) -> tuple[Cell, ...]:
    metric = report.query.metric
    part = estimated(given.sums, metric)
    return tuple(
        Cell(column, column.value(given), part if column.key == metric.key else Decimal(0)) for column in shown
    )
