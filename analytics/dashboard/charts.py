"""Report -> what the charts draw: Chart.js data, axis, color slots. No HTML, no database.

Sums become floats here and nowhere else, for drawing only; whatever is read as a number comes as text.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import ceil
from operator import attrgetter
from typing import Any

from analytics.dashboard import dates, formatting
from analytics.dashboard.colors import color_slots
from analytics.dashboard.names import isolated
from analytics.metrics import Metric
from analytics.reporting.columns import measured
from analytics.reporting.query import ComparisonKind, Query
from analytics.reporting.reports import Report
from analytics.reporting.sums import Group, Number, Sums, value
from analytics.windows import Bucket, BucketSize, whole_period

# What is compared with, by how it was chosen.
NAMES: dict[ComparisonKind, str] = {
    "previous": "Previous",
    "weekday": "Same weekdays",
    "year": "A year earlier",
    "day": "Chosen days",
}
MAX_TICKS, MAX_TICKS_SMALL = 6, 4
MAX_LABELS, MAX_LABELS_SMALL = 8, 4
MAX_AXES = 12
DRAWN_DIGITS = 4  # of the highest point: finer than any screen, and a fraction of the bytes

PERIODS: dict[BucketSize, str] = {"hour": "Hourly", "day": "Daily", "week": "Weekly", "month": "Monthly"}
CURRENT: dict[BucketSize, str] = {"hour": "This hour", "day": "Today", "week": "This week", "month": "This month"}


@dataclass(frozen=True, slots=True)
class Band:
    """One series of the chart, one row of ranking and legend. `slot` 0 is Other."""

    group: Group
    slot: int
    values: tuple[Sums, ...]

    @property
    def key(self) -> str | None:
        return self.group.key

    @property
    def label(self) -> str:
        return self.group.label

    @property
    def sums(self) -> Sums:
        return self.group.sums


def bands(report: Report) -> tuple[Band, ...]:
    """The top groups in rank order, Other last whatever its size."""
    colors = color_slots(report)
    drawn = [*report.series, *([report.other] if report.other else [])]
    return tuple(
        Band(
            group=series.group,
            slot=0 if series is report.other else colors[series.group.key],
            values=series.values,
        )
        for series in drawn
    )


def over_time(report: Report, now: datetime, *, texts: bool = True, shares: bool = True) -> dict[str, Any]:
    """The stacked chart, for static/js/charts.js. The future is absent; an empty bucket is zero.

    Two sets of ticks, for wide and for small screens. Every text is made here: the browser formats no number. Without
    `texts` or `shares` those of the series are left empty.
    """
    query, metric = report.query, report.query.metric
    spine = past(report, now)
    unfinished = bool(spine) and spine[-1].incomplete(now)
    every = report.whole[: len(spine)]
    whole, lines = _numbers(every, metric), _lines(report, len(spine))
    top, least = _heights(report, whole, lines)
    return {
        "label": f"{title(query)}, {dates.window(query.window, now)}. The table below has the same numbers.",
        "kind": "line" if (query.bucket == "hour" or metric.is_quotient) and len(spine) > 1 else "bar",
        "stacked": not metric.is_quotient,
        "dimension": query.dimension.key,
        "measure": metric.label if metric.is_quotient else f"{metric.label} per {query.bucket}",
        "titles": _titles(spine, query),
        "opens": "" if query.bucket == "hour" else f"Click or press Enter for this {query.bucket} alone",
        "series": [_series(line, metric, top, texts=texts, whole=whole if shares else None) for line in lines],
        "totals": _texts(every, whole, metric) if texts else [],
        **_estimated(every, metric),
        "previous": _before(report, spine, top),
        "unfinished": _unfinished(query, now) if unfinished else None,
        "clipped": _clipped(spine[:-1] if unfinished else spine, query),
        "x": {
            "wide": x_ticks(spine, query, MAX_LABELS),
            "small": x_ticks(spine, query, MAX_LABELS_SMALL, CURRENT[query.bucket] if unfinished else ""),
        },
        "y": {"wide": axes(top, least, metric, MAX_TICKS), "small": axes(top, least, metric, MAX_TICKS_SMALL)},
    }


def past(report: Report, now: datetime) -> tuple[Bucket, ...]:
    """The buckets that have begun: those that are drawn."""
    return tuple(bucket for bucket in report.buckets if bucket.start <= now)


@dataclass(frozen=True, slots=True)
class _Line:
    """A band as far as it is drawn, and the metric's number of each bucket."""

    band: Band
    values: tuple[Sums, ...]
    numbers: list[Number]


def _lines(report: Report, length: int) -> list[_Line]:
    cut = [(band, band.values[:length]) for band in bands(report)]
    return [_Line(band, values, _numbers(values, report.query.metric)) for band, values in cut]


def _heights(report: Report, whole: list[Number], lines: list[_Line]) -> tuple[Decimal, Decimal]:
    """The highest of what is drawn, the compared line included, and the highest of the lowest series."""
    metric, drawn = report.query.metric, [*whole]
    drawn += _numbers(report.compared.whole[: len(whole)], metric) if report.compared else []
    drawn += [number for line in lines for number in line.numbers] if metric.is_quotient else []
    least = min((max(line.numbers, default=0) for line in lines), default=0)
    return Decimal(max(drawn, default=0)), Decimal(least)


def title(query: Query) -> str:
    return f"{query.metric.label} over time by {formatting.in_text(query.dimension.label)}"


def caption(query: Query) -> str:
    return PERIODS[query.bucket]


def x_ticks(spine: tuple[Bucket, ...], query: Query, at_most: int, last: str = "") -> list[tuple[int, str]]:
    """(place, label): the last bucket and every nth before it. `last`: what the last is called instead of its date."""
    count, zone = len(spine), query.window.zone
    if not count:
        return []
    step = ceil(count / at_most)
    offsets, found, years = _offsets(spine, query), [], set()
    for index in range((count - 1) % step, count, step):
        day = spine[index].day
        first_of_year = day.month == 1 and day.year not in years
        years |= {day.year} if first_of_year else set()
        text = dates.bucket_tick(spine[index], query.bucket, zone, year=first_of_year)
        found.append((index, text + offsets[index]))
    return [*found[:-1], (count - 1, last or found[-1][1])]


def axes(top: Decimal, least: Decimal, metric: Metric, at_most: int) -> list[list[tuple[float, str]]]:
    """The axis up to `top`, and before it smaller ones down to `least`, for when the legend hides what is large."""
    found = [axis(top, metric, at_most)]
    while least and top / 2 >= least and len(found) < MAX_AXES:
        top /= 2
        if (smaller := axis(top, metric, at_most)) != found[0]:
            found.insert(0, smaller)
    return found


def axis(top: Decimal, metric: Metric, at_most: int) -> list[tuple[float, str]]:
    """At most so many ticks from 0, in steps of 1, 2 or 5 times a power of ten, the last at or above `top`."""
    if not top:
        return [(0.0, formatting.ticks((Decimal(0),), metric.unit)[0])]
    step = _step(top / (at_most - 1), whole=metric.unit in ("requests", "tokens"))
    count = ceil(top / step)
    numbers = tuple(step * index for index in range(count + 1))
    labels = formatting.ticks(numbers, metric.unit)
    return [(float(number), label) for number, label in zip(numbers, labels, strict=True)]


def _step(least: Decimal, *, whole: bool) -> Decimal:
    power = Decimal(10) ** least.adjusted()
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least)
    return max(step, Decimal(1)) if whole else step


def _numbers(values: tuple[Sums, ...], metric: Metric) -> list[Number]:
    return (
        [value(sums, metric) for sums in values] if metric.is_quotient else list(map(attrgetter(metric.column), values))
    )


def _drawn(numbers: list[Number], top: Decimal) -> list[float]:
    places = DRAWN_DIGITS - 1 - top.adjusted()
    return [float(round(Decimal(number), places)) for number in numbers]


def _texts(values: tuple[Sums, ...], numbers: list[Number], metric: Metric) -> list[str]:
    if metric.is_quotient:
        return [_quotient(sums, metric) for sums in values]
    return list(map(formatting.amounts(metric.unit), numbers))


def _quotient(sums: Sums, metric: Metric) -> str:
    """An error rate says of how many requests."""
    number = measured(sums, metric)
    counts = f" ({sums.error_count:,} of {sums.request_count:,})" if metric.key == "errorRate" else ""
    return formatting.DASH if number is None else formatting.amount(number, metric.unit) + counts


def _gaps(drawn: list[float], values: tuple[Sums, ...], metric: Metric) -> list[float | None]:
    """What is drawn of a quotient; where there is nothing to divide by, nothing."""
    if not metric.is_quotient:
        return [*drawn]
    return [None if measured(sums, metric) is None else number for number, sums in zip(drawn, values, strict=True)]


def _series(line: _Line, metric: Metric, top: Decimal, *, texts: bool, whole: list[Number] | None) -> dict[str, Any]:
    """`whole`: what shares are of; None: there are none."""
    pairs = [] if whole is None else zip(line.numbers, whole, strict=True)
    return {
        "key": line.band.key,
        "label": isolated(line.band.label),
        "slot": line.band.slot,
        "values": _gaps(_drawn(line.numbers, top), line.values, metric),
        "texts": _texts(line.values, line.numbers, metric) if texts else [],
        "shares": ["" if metric.is_quotient else formatting.share(number, total) for number, total in pairs],
        **_estimated(line.values, metric),
    }


def _estimated(values: tuple[Sums, ...], metric: Metric) -> dict[str, list[str]]:
    """How much of each bucket is estimated, "" for nothing; no list at all where nothing ever is."""
    parts = [sums.estimated_cost for sums in values] if metric.key == "cost" else []
    return {"estimated": [formatting.money(part) if part else "" for part in parts]} if any(parts) else {}


def _titles(spine: tuple[Bucket, ...], query: Query) -> list[str]:
    """At the head of the tooltip, one per bucket."""
    return [
        dates.bucket_title(bucket, query.bucket, query.window.zone) + offset
        for bucket, offset in zip(spine, _offsets(spine, query), strict=True)
    ]


def _offsets(spine: tuple[Bucket, ...], query: Query) -> list[str]:
    """What to add to a bucket's name: where clocks went back, the two hours of one name show their offsets."""
    if query.bucket != "hour":
        return [""] * len(spine)
    zone = query.window.zone
    names = [dates.bucket_title(bucket, query.bucket, zone) for bucket in spine]
    often = Counter(names)
    return [
        f" {dates.offset(bucket.start, zone)}" if often[name] > 1 else ""
        for bucket, name in zip(spine, names, strict=True)
    ]


def _unfinished(query: Query, now: datetime) -> dict[str, str]:
    through = dates.clock(now, query.window.zone)
    return {"label": f"{CURRENT[query.bucket]}, partial", "note": f"partial, through {through}"}


def _clipped(spine: tuple[Bucket, ...], query: Query) -> list[tuple[int, str]]:
    """(place, days) of the first and the last bucket, where the window has only a part of that week or month."""
    zone = query.window.zone
    places = sorted({0, len(spine) - 1}) if spine else []
    return [
        (place, dates.clipped_span(spine[place], zone))
        for place in places
        if not whole_period(spine[place], query.bucket, zone)
    ]


def _before(report: Report, spine: tuple[Bucket, ...], top: Decimal) -> dict[str, Any] | None:
    """The dashed line: bucket by bucket beside the window's. It begins with the first usage, and where the compared
    window has fewer buckets, it ends; of an hour that a clock change left out it has none."""
    compared, query = report.compared, report.query
    if compared is None:
        return None
    since, metric = report.first_usage or query.window.end, query.metric
    beside = compared.buckets[: len(spine)]
    recorded = [since < bucket.end and bucket.start < bucket.end for bucket in beside]
    before = compared.whole[: len(beside)]
    numbers = _numbers(before, metric)
    drawn, texts = _gaps(_drawn(numbers, top), before, metric), _texts(before, numbers, metric)
    name = NAMES[query.comparison.kind] if query.comparison else ""
    return {
        "label": comparison_name(report),
        "values": [number if there else None for number, there in zip(drawn, recorded, strict=True)],
        "texts": [
            text if there else "not recorded" if bucket.end <= since else ""
            for text, there, bucket in zip(texts, recorded, beside, strict=True)
        ],
        "titles": [
            f"{name}, {dates.bucket_span(earlier, query.bucket, query.window.zone, bucket.day.year)}"
            for earlier, bucket in zip(beside, spine, strict=False)
        ],
        # (place, label) of the mark where the line begins, if it does not go all along.
        "since": (recorded.index(True), f"{name}: recorded from here") if compared.since and True in recorded else None,
    }


def comparison_name(report: Report) -> str:
    """The days of the dashed line, in the legend; empty without a comparison.

    "Oct 1 – 26", or, where only a part is recorded, "A year earlier, from Oct 20, 2025".
    """
    query, compared = report.query, report.compared
    if query.comparison is None or compared is None:
        return ""
    days = dates.short_days(compared.window, query.window.last_day.year)
    return f"{NAMES[query.comparison.kind]}, from {dates.day(compared.since)}" if compared.since else days
