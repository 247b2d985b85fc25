"""Report → the card of a metric: its value, which part of it is estimated, how it changed, its sparkline. No HTML."""

from dataclasses import dataclass
from datetime import datetime

from analytics.dashboard import sparkline
from analytics.metrics import Metric
from analytics.reporting import sums
from analytics.reporting.columns import estimated, measured
from analytics.reporting.reports import Report
from analytics.reporting.sums import Number, Pair


@dataclass(frozen=True, slots=True)
class Card:
    metric: Metric
    value: Number | None  # None: not priced, which is not zero
    estimated: Pair | None  # which part of the value is; None: nothing
    change: Pair | None
    sparkline: sparkline.Sparkline


def build(report: Report, metric: Metric, now: datetime) -> Card:
    """Of everything the filters let through; without a change where what it is compared with is not recorded whole."""
    compared, before = report.compared, None
    if compared and compared.since is None:
        before = Pair(sums.value(compared.current, metric), sums.value(compared.totals, metric))
    drawn = sparkline.sparkline(report, metric, now)
    return Card(metric, measured(report.totals, metric), estimated_part(report, metric), before, drawn)


def estimated_part(report: Report, metric: Metric) -> Pair | None:
    """Which part of the metric's total is estimated, and the total; None: nothing is."""
    part = estimated(report.totals, metric)
    return Pair(part, sums.value(report.totals, metric)) if part else None
