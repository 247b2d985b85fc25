"""Report -> the ranking beside the chart: a bar for each series, the largest first. No HTML, no database."""

from dataclasses import dataclass
from decimal import Decimal

from analytics.dashboard.charts import Band
from analytics.reporting import sums
from analytics.reporting.columns import estimated, measured
from analytics.reporting.reports import Report
from analytics.reporting.sums import Number, Pair


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of the ranking; `width` in percent of the largest."""

    band: Band
    value: Number | None  # None: not priced
    estimated: Decimal  # the part of `value` that is
    share: Pair | None  # of the total; a quotient has none
    counts: Pair | None  # errors of requests, of an error rate
    width: Decimal


def bars(bands: tuple[Band, ...], report: Report) -> tuple[Bar, ...]:
    metric = report.query.metric
    numbers = [sums.value(band.sums, metric) for band in bands]
    largest, total = max(numbers, default=0), sums.value(report.totals, metric)
    return tuple(
        Bar(
            band=band,
            value=measured(band.sums, metric),
            estimated=estimated(band.sums, metric),
            share=None if metric.is_quotient else Pair(number, total),
            counts=Pair(band.sums.error_count, band.sums.request_count) if metric.key == "errorRate" else None,
            width=sums.percent(number, largest),
        )
        for band, number in zip(bands, numbers, strict=True)
    )
