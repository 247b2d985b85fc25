"""Report -> the table: its columns, one row per group, the total. No HTML and no database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from math import ceil
from typing import Any, NamedTuple

from analytics.dashboard import key_rows
from analytics.dashboard.colors import color_slots
from analytics.reporting.columns import (
    ALL_PAGES,
    CREATOR,
    ESTIMATED,
    NAME,
    PAGE_ROWS,
    PROJECT,
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
from analytics.reporting.keys import Key
from analytics.reporting.levels import Parts
from analytics.reporting.parameter_notes import Note
from analytics.reporting.reports import Report
from analytics.reporting.sums import Group, Pair, Sums

_Given = tuple[Group, CellInput]
_NOTHING = Sums()


class Cell(NamedTuple):
    """A tuple, because a table has thousands."""

    column: Column
    value: Value
    estimated: Decimal = Decimal(0)  # the part of `value` that is


@dataclass(frozen=True, slots=True)
class TableRow:
    """One group of the table. `slot` 0 is grey: it is part of Other in the charts. `errors_before`: of requests."""

    group: Group
    slot: int
    cells: tuple[Cell, ...]
    parts: tuple["TableRow", ...] | None = None  # its groups by the second dimension; None: it is closed
    errors_before: Pair | None = None  # in the window compared with

    @property
    def all_parts(self) -> tuple["TableRow", ...]:
        return self.parts or ()


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column. `sorted` is "ascending", "descending" or ""; `sort` is its link's parameter, None where
    that is what the page shows anyway."""

    key: str
    label: str
    kind: str
    sorted: str
    sort: str | None

    @property
    def lines(self) -> tuple[str, str]:
        """The label on two lines, as evenly as words allow.

        >>> [Head("", label, "", "", None).lines for label in ("Cost per 1M tokens", "Change vs previous")]
        [('Cost per', '1M tokens'), ('Change', '')]
        """
        return (self.label, "") if self.kind in ("name", "named") else _lines(self.label)

    @property
    def ask_is_low(self) -> bool:
        """Whether what leads to the meaning stands beside the second line, which is the shorter one."""
        first, second = self.lines
        return len(first) > len(second) > 0


@cache
def _lines(label: str) -> tuple[str, str]:
    words = label.partition(" vs ")[0].split()  # what it is compared with stands above the table
    cuts = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words) + 1)]
    return min(cuts, key=lambda cut: max(map(len, cut)))


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` are those of `page`; `found` were found by search and chip, of `count`. The total is of all, always."""

    name: Head
    heads: tuple[Head, ...]
    choices: tuple[tuple[Column, bool], ...]  # every column that can be shown, and whether it is
    chosen: bool  # whether the link names columns; else as many are shown as fit
    rows: tuple[TableRow, ...]
    total: tuple[Cell, ...]
    lead: str  # the column that stands for the row where there is room for one
    count: int
    unused: int  # how many of them are API keys without usage
    found: int
    page: int
    pages: int
    estimates: bool  # whether there is a column of them
    unpriced_count: int
    notes: tuple[Note, ...]
    chips: tuple[key_rows.Chip, ...]

    @property
    def narrowed(self) -> key_rows.Chip | None:
        return next((chip for chip in self.chips if chip.on), None)

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


def build(report: Report, listing: Listing, now: datetime) -> Table:
    """The rows that `listing` asks for. A page that is not there is noted, and the first one shown."""
    possible = _possible(report, listing.sort)
    shown = _shown(possible, listing)
    groups = every_group(report, now)
    states = key_rows.having(report, groups, now)
    kept = [group for group in groups if listing.keys is None or group.key in states[listing.keys]]
    wanted = listing.search.casefold()
    found = [group for group in kept if _found(group, wanted)] if wanted else kept
    pages = ceil(len(found) / PAGE_ROWS) or 1
    page = listing.page if listing.page <= pages else 1
    start, end = (0, len(found)) if page == ALL_PAGES else ((page - 1) * PAGE_ROWS, page * PAGE_ROWS)
    missing = Note("page", f'page "{listing.page}" is beyond the last page, {pages}')
    default = default_sort(report.query)
    return Table(
        name=_head(NAME, report.query.dimension.label, "name", listing.sort, default),
        heads=tuple(_head(column.key, column.label, column.kind, listing.sort, default) for column in shown),
        choices=tuple((column, column in shown) for column in possible),
        chosen=bool(listing.columns),
        rows=tuple(rows_of(report, found, listing.sort, shown, slice(start, end))),
        total=total(report, shown),
        lead=default.key if listing.sort.key == NAME else listing.sort.key,
        count=len(groups),
        unused=len(groups) - len(report.groups),
        found=len(found),
        page=page,
        pages=pages,
        estimates=ESTIMATED in shown,
        unpriced_count=report.totals.unpriced_count,
        notes=(missing,) if page != listing.page else (),
        chips=key_rows.chips(report, states, listing.keys, listing.sort),
    )


def every_group(report: Report, now: datetime) -> tuple[Group, ...]:
    """Every group of the window, and by API key those keys that nobody used."""
    return (*report.groups, *key_rows.unused(report, now))


def _found(group: Group, wanted: str) -> bool:
    """By its name, its status, or the last characters of its secret, as the page shows them."""
    secret = f"sk-…{group.last_four}" if group.last_four else ""
    return any(wanted in text.casefold() for text in (group.label, group.status, secret))


def _shown(possible: tuple[Column, ...], listing: Listing) -> tuple[Column, ...]:
    """What was chosen, with what rows are about and what they are sorted by; else all."""
    if not listing.columns:
        return possible
    kept = {possible[0].key, listing.sort.key, *listing.columns}
    return tuple(column for column in possible if column.key in kept)


def _possible(report: Report, sort: Sort) -> tuple[Column, ...]:
    """Without a column of which all rows would say the same or nothing, unless rows are sorted by it."""
    filters, without = report.query.filters, set()
    for column, same in (
        (ESTIMATED, not report.totals.estimated_cost),
        (PROJECT, len(filters.project) == 1),
        (CREATOR, len(filters.member) == 1),
    ):
        if same and sort.key != column.key:
            without.add(column)
    return tuple(column for column in columns(report.query) if column not in without)


def rows_of(
    report: Report, groups: Iterable[Group], sort: Sort, shown: tuple[Column, ...], wanted: slice = slice(None)
) -> list[TableRow]:
    """The rows of these groups with the columns `shown`, of the sorted ones those that are `wanted`; ties by name."""
    slots, keys = color_slots(report), key_rows.known(report)
    every = [(group, _group_input(report, group, keys.get(group.key))) for group in groups]
    return [
        TableRow(
            group,
            slots.get(group.key, 0),
            _cells(shown, report, given),
            _part_rows(report, group, sort, shown),
            _errors_before(report, group),
        )
        for group, given in _sorted(every, sort, shown)[wanted]
    ]


def _part_rows(report: Report, group: Group, sort: Sort, shown: tuple[Column, ...]) -> tuple[TableRow, ...] | None:
    """What an open group is made of, in the table's order; shares are of the table's total, as the group's own is."""
    parts = report.parts
    if parts is None or group.key not in parts.groups:
        return None
    every = [(part, _part_input(report, parts, group, part)) for part in parts.groups[group.key]]
    return tuple(TableRow(part, 0, _cells(shown, report, given)) for part, given in _sorted(every, sort, shown))


def _part_input(report: Report, parts: Parts, group: Group, part: Group) -> CellInput:
    if report.compared is None:
        return CellInput(report.query.metric, part.sums, None, report.totals)
    pair = (group.key, part.key)
    return _compared(report, part.sums, parts.before.get(pair, Sums()), parts.current[pair])


def _group_input(report: Report, group: Group, key: Key | None) -> CellInput:
    compared = report.compared
    if compared is None:
        return CellInput(report.query.metric, group.sums, None, report.totals, api_key=key)
    before = compared.groups[group.key].sums if group.key in compared.groups else _NOTHING
    return _compared(report, group.sums, before, compared.current_groups.get(group.key, _NOTHING), key)


def _errors_before(report: Report, group: Group) -> Pair | None:
    if report.compared is None or group.key not in report.compared.groups:
        return None
    before = report.compared.groups[group.key].sums
    return Pair(before.error_count, before.request_count)


def total(report: Report, shown: tuple[Column, ...]) -> tuple[Cell, ...]:
    compared = report.compared
    if compared is None:
        return _cells(shown, report, CellInput(report.query.metric, report.totals, None, report.totals))
    return _cells(shown, report, _compared(report, report.totals, compared.totals, compared.current))


def _compared(report: Report, sums: Sums, before: Sums, current: Sums, key: Key | None = None) -> CellInput:
    """Where only a part of the compared window is recorded, there is nothing to measure by."""
    recorded = report.compared is not None and report.compared.since is None
    return CellInput(report.query.metric, sums, before if recorded else None, report.totals, current, key)


def _sorted(every: list[_Given], sort: Sort, shown: tuple[Column, ...]) -> list[_Given]:
    """By the one column, so that nothing else is computed of groups that the page does not show."""
    by_name = sorted(every, key=lambda pair: (pair[0].label.casefold(), pair[0].key or ""))
    if sort.key == NAME:
        return by_name[::-1] if sort.descending else by_name
    column = next(column for column in shown if column.key == sort.key)
    numbered = [(_number(column, given), (group, given)) for group, given in by_name]
    known = [(number, pair) for number, pair in numbered if number is not None]
    known.sort(key=lambda numbered: numbered[0], reverse=sort.descending)
    return [pair for _, pair in known] + [pair for number, pair in numbered if number is None]


def _number(column: Column, given: CellInput) -> Any:
    """Of one column all numbers, or all texts."""
    return order_value(column, column.value(given))


def _head(key: str, label: str, kind: str, sort: Sort, default: Sort) -> Head:
    active = sort.key == key
    following = sort.reversed if active else first_sort(key)
    direction = ("descending" if sort.descending else "ascending") if active else ""
    return Head(key, label, kind, direction, None if following == default else following.text)


def _cells(shown: tuple[Column, ...], report: Report, given: CellInput) -> tuple[Cell, ...]:
    metric, none = report.query.metric, Decimal(0)
    part = estimated(given.sums, metric)
    return tuple([Cell(column, column.value(given), part if column.key == metric.key else none) for column in shown])
