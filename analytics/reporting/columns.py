"""The table's columns, and how its rows can be listed: sorted, searched, narrowed, paged. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from operator import attrgetter
from typing import Literal, NamedTuple

from analytics.metrics import METRICS, Metric, Unit
from analytics.reporting.keys import Key, KeyState, LastUse, Named
from analytics.reporting.query import ComparisonKind, Query
from analytics.reporting.sums import MILLION, Number, Pair, Sums, at_least, percent, quotient, value

NAME = "name"  # rows can be sorted by it as by a column
PAGE_ROWS = 25
ALL_PAGES = 0

Kind = Unit | Literal["rate", "share", "change", "named", "used"]


class CellInput(NamedTuple):
    """What a table cell can be computed from. A tuple, because each of thousands of groups has one."""

    metric: Metric
    sums: Sums
    before: Sums | None  # in the window compared with; None without a comparison
    totals: Sums
    current: Sums | None = None  # what of `sums` is measured against `before`; None: all of them
    api_key: Key | None = None  # of a row that is one


Value = Number | Pair | Named | LastUse | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `kind` says how its values are written; None is "not available", of cost "not priced"."""

    key: str
    label: str
    kind: Kind
    value: Callable[[CellInput], Value]


@dataclass(frozen=True, slots=True)
class Sort:
    key: str
    descending: bool

    @property
    def text(self) -> str:
        """As it stands in the URL.

        >>> Sort("cost", True).text, Sort("name", False).text
        ('-cost', 'name')
        """
        return f"-{self.key}" if self.descending else self.key

    @property
    def reversed(self) -> "Sort":
        return Sort(self.key, not self.descending)


@dataclass(frozen=True, slots=True)
class Listing:
    """Which rows, in which order. `page` counts from 1; ALL_PAGES is every row.

    `columns` are those that were chosen; (): as many as fit. `keys`: of API keys only those of which this is so.
    """

    sort: Sort
    search: str = ""
    page: int = 1
    columns: tuple[str, ...] = ()
    keys: KeyState | None = None


def default_sort(query: Query) -> Sort:
    return Sort(query.metric.column if query.metric.is_quotient else query.metric.key, True)


def first_sort(key: str) -> Sort:
    """How the first click on a column sorts: numbers from the largest down, names from A."""
    return Sort(key, key not in (NAME, PROJECT.key, CREATOR.key))


def measured(sums: Sums, metric: Metric) -> Number | None:
    """The metric's number; None where no request has one: a cost that is absent is not zero."""
    if metric.whole:
        return quotient(sums, metric)
    return None if metric.key == "cost" and sums.none_priced else value(sums, metric)


def estimated(sums: Sums, metric: Metric) -> Decimal:
    """The part of the metric's number that is estimated: only of a cost, in US dollars."""
    return sums.estimated_cost if metric.key == "cost" else Decimal(0)


def _pair(part: Number | None, reference: Number | None) -> Pair | None:
    return None if part is None or reference is None else Pair(part, reference)


def _share(cell: CellInput) -> Pair | None:
    return _pair(measured(cell.sums, cell.metric), measured(cell.totals, cell.metric))


def _change(cell: CellInput) -> Pair | None:
    before = None if cell.before is None else measured(cell.before, cell.metric)
    return _pair(measured(cell.sums if cell.current is None else cell.current, cell.metric), before)


def _cost_per(count: Callable[[Sums], int], size: int) -> Callable[[CellInput], Decimal | None]:
    def quotient(cell: CellInput) -> Decimal | None:
        number = count(cell.sums)
        return cell.sums.cost * size / number if number and not cell.sums.none_priced else None

    return quotient


def _cache_share(cell: CellInput) -> Pair | None:
    return Pair(cell.sums.cached_input_tokens, cell.sums.input_tokens) if cell.sums.input_tokens else None


def _metric_column(metric: Metric) -> Column:
    if metric.key == "cost":
        return Column(metric.key, metric.label, metric.unit, lambda cell: measured(cell.sums, metric))
    count: Callable[[Sums], int] = attrgetter(metric.column)
    return Column(metric.key, metric.label, metric.unit, lambda cell: count(cell.sums))


def _tokens_column(key: str, label: str, count: Callable[[Sums], int]) -> Column:
    return Column(key, label, "tokens", lambda cell: count(cell.sums))


# A new column is added here.
_METRIC = {metric.key: _metric_column(metric) for metric in METRICS.values()}
ESTIMATED = Column("estimatedCost", "Estimated", "usd", lambda cell: cell.sums.estimated_cost)
_SHARE = Column("share", "Share", "share", _share)
_PER_MILLION = Column("costPer1M", "Cost per 1M tokens", "rate", _cost_per(lambda sums: sums.total_tokens, MILLION))
_FURTHER = (
    _tokens_column("inputTokens", "Input tokens", lambda sums: sums.input_tokens),
    _tokens_column("outputTokens", "Output tokens", lambda sums: sums.output_tokens),
    _tokens_column("cachedInputTokens", "Cached tokens", lambda sums: sums.cached_input_tokens),
    _tokens_column("cacheWriteTokens", "Cache write tokens", lambda sums: sums.cache_write_tokens),
    _tokens_column("reasoningTokens", "Reasoning tokens", lambda sums: sums.reasoning_tokens),
    Column("costPerRequest", "Cost per request", "rate", _cost_per(lambda sums: sums.request_count, 1)),
    Column("cacheShare", "Cache share", "percent", _cache_share),
    Column("errorRate", "Error rate", "percent", lambda cell: Pair(cell.sums.error_count, cell.sums.request_count)),
)
# Of rows that are API keys; they come before what fewer people ask for.
LAST_USED = Column("lastUsed", "Last used", "used", lambda cell: cell.api_key.last_use if cell.api_key else None)
PROJECT = Column("project", "Project", "named", lambda cell: cell.api_key.project if cell.api_key else None)
CREATOR = Column("createdBy", "Created by", "named", lambda cell: cell.api_key.creator if cell.api_key else None)
OF_KEYS = (LAST_USED, PROJECT, CREATOR)
_CHANGE: dict[ComparisonKind, Column] = {
    "previous": Column("change", "Change vs previous", "change", _change),
    "weekday": Column("change", "Change vs same weekdays", "change", _change),
    "year": Column("change", "Change vs year earlier", "change", _change),
    "day": Column("change", "Change vs chosen days", "change", _change),
}

# Every column that a table may have.
EVERY = (*_METRIC.values(), ESTIMATED, _SHARE, _PER_MILLION, _CHANGE["previous"], *OF_KEYS, *_FURTHER)


def columns(query: Query) -> tuple[Column, ...]:
    """The active metric first, with its share; the columns that narrow screens scroll to come last.

    What is estimated stands beside the cost; a table of which nothing is leaves it out. A quotient has no share.
    """
    if query.metric.is_quotient:
        return _with_quotient_first(query)
    first, *others = sorted(METRICS.values(), key=lambda metric: metric is not query.metric)
    change = (_CHANGE[query.comparison.kind],) if query.comparison else ()
    return (
        *_with_estimate(first),
        _SHARE,
        *(column for metric in others for column in _with_estimate(metric)),
        _PER_MILLION,
        *change,
        *(OF_KEYS if query.dimension.key == "apiKey" else ()),
        *_FURTHER,
    )


def _with_quotient_first(query: Query) -> tuple[Column, ...]:
    shown = columns(replace(query, metric=METRICS["cost"]))
    first = next(column for column in shown if column.key == query.metric.column)
    return (first, *(column for column in shown if column not in (first, _SHARE)))


def _with_estimate(metric: Metric) -> tuple[Column, ...]:
    return (_METRIC[metric.key], ESTIMATED) if metric.key == "cost" else (_METRIC[metric.key],)


def sort_keys(query: Query) -> tuple[str, ...]:
    return (NAME, *(column.key for column in columns(query)))


def sort_value(column: Column, value: Value) -> Number | str | None:
    """What a cell is sorted by; None, which is not available, comes last in either direction. Never used is earliest.

    >>> change = _CHANGE["previous"]
    >>> sort_value(change, Pair(3, 2)), sort_value(change, Pair(3, 0)), sort_value(change, Pair(0, 0))
    (Decimal('50'), Decimal('Infinity'), None)
    """
    if isinstance(value, Named):
        return value.label.casefold()
    if isinstance(value, LastUse):
        return int(value.instant.timestamp()) if value.instant else 0
    if not isinstance(value, Pair):
        return value
    if column.kind != "change":
        return percent(value.current, value.reference)
    if value.reference:
        return percent(value.current - value.reference, value.reference)
    return Decimal("Infinity") if value.current else None


def order_value(column: Column, value: Value) -> Number | str | None:
    """As `sort_value`, but of an error rate what it is at least: few requests do not come before many."""
    if column.key == "errorRate" and isinstance(value, Pair):
        return at_least(int(value.current), int(value.reference)) if value.reference else None
    return sort_value(column, value)
