"""Report -> the table: its columns, one row per group, the total. No HTML and no database."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from analytics import charts, formatting
from analytics.formatting import Number, Pair
from analytics.metrics import METRICS, Metric, Unit
from analytics.query import Query
from analytics.reports import Report
from analytics.sums import Group, Sums


@dataclass(frozen=True, slots=True)
class Facts:
    """What a table cell can be computed from."""

    metric: Metric
    sums: Sums
    before: Sums | None  # in the window compared with; None without a comparison
    totals: Sums


Kind = Unit | Literal["rate", "share", "change"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of numbers. `kind` says how its values are written; None is "not available"."""

    key: str
    label: str
    kind: Kind
    value: Callable[[Facts], Number | Pair | None]


@dataclass(frozen=True, slots=True)
class Cell:
    column: Column
    value: Number | Pair | None


@dataclass(frozen=True, slots=True)
class Row:
    """One group of the table. `slot` 0 is grey: it is part of Other in the charts."""

    group: Group
    slot: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: tuple[Cell, ...]


# The table's columns. One more is one more here.


def _metric_column(metric: Metric) -> Column:
    return Column(metric.key, metric.label, metric.unit, lambda facts: charts.value(facts.sums, metric))


def _share(facts: Facts) -> Pair:
    return Pair(charts.value(facts.sums, facts.metric), charts.value(facts.totals, facts.metric))


def _cost_per_million(facts: Facts) -> Decimal | None:
    tokens = facts.sums.total_tokens
    return facts.sums.cost * formatting.MILLION / tokens if tokens else None


def _change(facts: Facts) -> Pair:
    return Pair(charts.value(facts.sums, facts.metric), charts.value(facts.before, facts.metric))


def columns(query: Query) -> tuple[Column, ...]:
    """The active metric first, its share beside it."""
    first, *others = sorted(METRICS.values(), key=lambda metric: metric is not query.metric)
    change = [Column("change", "Change vs previous", "change", _change)] if query.compared else []
    return (
        _metric_column(first),
        Column("share", "Share", "share", _share),
        *map(_metric_column, others),
        Column("rate", "Cost per 1M tokens", "rate", _cost_per_million),
        *change,
    )


def build(report: Report) -> Table:
    """Every group, in rank order."""
    shown, slots = columns(report.query), charts.slots(report)
    before = report.compared.groups if report.compared else {}
    rows = tuple(
        Row(group, slots.get(group.key, 0), _cells(shown, report, group.sums, before.get(group.key, Sums())))
        for group in report.groups
    )
    whole_before = report.compared.totals if report.compared else None
    return Table(shown, rows, _cells(shown, report, report.totals, whole_before))


def _cells(shown: tuple[Column, ...], report: Report, sums: Sums, before: Sums | None) -> tuple[Cell, ...]:
    facts = Facts(report.query.metric, sums, before, report.totals)
    return tuple(Cell(column, column.value(facts)) for column in shown)
