"""Report -> what the charts draw: Chart.js data, axis, colour slots, sparklines. No HTML, no database.

Sums become floats here and nowhere else, for drawing only; whatever is read as a number comes as text.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import ceil
from typing import Any

from analytics import formatting
from analytics.metrics import Metric
from analytics.query import Query
from analytics.reports import Compared, Report
from analytics.sums import Sums
from analytics.windows import Bucket, BucketSize

SLOTS = 10  # --series-1 … --series-10; 0 is the grey of Other
MAX_TICKS, MAX_TICKS_SMALL = 6, 4

PERIODS: dict[BucketSize, str] = {"hour": "Hourly", "day": "Daily", "week": "Weekly", "month": "Monthly"}
CURRENT: dict[BucketSize, str] = {"hour": "This hour", "day": "Today", "week": "This week", "month": "This month"}


@dataclass(frozen=True, slots=True)
class Band:
    """One series of the chart, one row of ranking and legend. `slot` 0 is Other."""

    key: str | None
    label: str
    slot: int
    sums: Sums
    values: tuple[Sums, ...]


@dataclass(frozen=True, slots=True)
class Sparkline:
    """SVG paths in a box of `width` × `height`: the line, the area under it, the unfinished last segment.

    `flat` where there is nothing to see: no usage, or a single bucket.
    """

    line: str
    area: str
    unfinished: str
    width: int
    height: int
    flat: bool


def value(sums: Sums, metric: Metric) -> Decimal | int:
    return getattr(sums, metric.column)


def slots(report: Report) -> dict[str | None, int]:
    """The colour of every group that is drawn by name: its standing, else the lowest slot left here, by key.

    Window, metric, order and legend do not enter, so that a group keeps its colour while they change.
    """
    owned = {key: slot for slot, key in enumerate(report.standing[:SLOTS], start=1)}
    drawn = [series.group.key for series in report.series]
    found = {key: owned[key] for key in drawn if key in owned}
    free = [slot for slot in range(1, SLOTS + 1) if slot not in found.values()]
    late = sorted((key for key in drawn if key not in owned), key=lambda key: key or "")
    return found | dict(zip(late, free, strict=False))


def bands(report: Report) -> tuple[Band, ...]:
    """The top groups in rank order, Other last whatever its size."""
    colours = slots(report)
    drawn = [*report.series, *([report.other] if report.other else [])]
    return tuple(
        Band(
            key=series.group.key,
            label=series.group.label,
            slot=0 if series is report.other else colours[series.group.key],
            sums=series.group.sums,
            values=series.values,
        )
        for series in drawn
    )


def over_time(report: Report, now: datetime) -> dict[str, Any]:
    """The stacked chart, for static/js/charts.js. The future is absent; an empty bucket is zero."""
    query, metric = report.query, report.query.metric
    spine = tuple(bucket for bucket in report.buckets if bucket.start <= now)
    whole = [value(sums, metric) for sums in report.whole[: len(spine)]]
    before = _before(report.compared, query, len(spine))
    names = _names(spine, query)
    unfinished = bool(spine) and spine[-1].incomplete(now)
    top = max([*whole, *(before["values"] if before else [])], default=0)
    return {
        "label": f"{title(query)}, {formatting.window(query.window, now)}. The table below has the same numbers.",
        "kind": "bar" if len(spine) == 1 else "line",
        "labels": [name.label for name in names],
        "titles": [name.title for name in names],
        "series": [_series(band, metric, len(spine)) for band in bands(report)],
        "totals": [formatting.amount(number, metric.unit) for number in whole],
        "previous": before,
        "unfinished": _unfinished(query, now) if unfinished else None,
        "ticks": axis(Decimal(top), metric, MAX_TICKS),
        "ticksSmall": axis(Decimal(top), metric, MAX_TICKS_SMALL),
    }


def title(query: Query) -> str:
    return f"{query.metric.label} over time by {formatting.in_text(query.dimension.label)}"


def caption(query: Query) -> str:
    return f"{PERIODS[query.bucket]}, stacked by {formatting.in_text(query.dimension.label)}"


def axis(top: Decimal, metric: Metric, at_most: int) -> list[dict[str, Any]]:
    """At most so many ticks from 0, in steps of 1, 2 or 5 times a power of ten, the last at or above `top`."""
    if not top:
        return [{"value": 0, "label": formatting.ticks((Decimal(0),), metric.unit)[0]}]
    step = _step(top / (at_most - 1), whole=metric.unit != "usd")
    count = ceil(top / step)
    numbers = tuple(step * index for index in range(count + 1))
    labels = formatting.ticks(numbers, metric.unit)
    return [{"value": float(number), "label": label} for number, label in zip(numbers, labels, strict=True)]


def _step(least: Decimal, *, whole: bool) -> Decimal:
    power = Decimal(10) ** least.adjusted()
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least)
    return max(step, Decimal(1)) if whole else step


def _series(band: Band, metric: Metric, length: int) -> dict[str, Any]:
    numbers = [value(sums, metric) for sums in band.values[:length]]
    return {
        "key": band.key,
        "label": band.label,
        "slot": band.slot,
        "values": [float(number) for number in numbers],
        "texts": [formatting.amount(number, metric.unit) for number in numbers],
    }


@dataclass(frozen=True, slots=True)
class _Names:
    """A bucket's text on the axis and at the head of its tooltip."""

    label: str
    title: str


def _names(spine: tuple[Bucket, ...], query: Query) -> list[_Names]:
    """One per bucket; where clocks went back, the two hours of one name show their offsets."""
    zone = query.window.zone
    titles = [formatting.bucket_title(bucket, query.bucket, zone) for bucket in spine]
    often = Counter(titles)
    suffixes = [
        f" {formatting.offset(bucket.start, zone)}" if often[title] > 1 else ""
        for bucket, title in zip(spine, titles, strict=True)
    ]
    labels = [formatting.bucket_tick(bucket, query.bucket, zone) for bucket in spine]
    return [
        _Names(label + suffix, title + suffix) for label, title, suffix in zip(labels, titles, suffixes, strict=True)
    ]


def _unfinished(query: Query, now: datetime) -> dict[str, str]:
    name = CURRENT[query.bucket]
    through = formatting.clock(now, query.window.zone)
    return {"tick": name, "label": f"{name}, partial", "note": f"partial, through {through}"}


def _before(compared: Compared | None, query: Query, length: int) -> dict[str, Any] | None:
    """The dashed line: bucket by bucket beside the window's; where it has fewer, it ends."""
    if compared is None:
        return None
    numbers = [value(sums, query.metric) for sums in compared.whole[:length]]
    return {
        "label": comparison_name(query),
        "values": [float(number) for number in numbers],
        "texts": [formatting.amount(number, query.metric.unit) for number in numbers],
        "titles": [name.title for name in _names(compared.buckets[:length], query)],
    }


def comparison_name(query: Query) -> str:
    """What the dashed line and the changes compare with; empty without a comparison."""
    names = {"previous": f"Previous {compared_length(query)}", "year": "A year earlier"}
    return names.get(query.comparison, "")


def compared_length(query: Query) -> str:
    # The compared window has no preset, and leaves out days that are still to come.
    hours = query.window.preset == "24h" or query.compared is None
    return formatting.length(query.window if hours else query.compared)


def sparkline(report: Report, metric: Metric, now: datetime, width: int = 140, height: int = 40) -> Sparkline:
    """The window's whole over time."""
    spine = [bucket for bucket in report.buckets if bucket.start <= now]
    numbers = [value(sums, metric) for sums in report.whole[: len(spine)]]
    flat = len(spine) < 2 or not any(numbers)
    points = _points([0, 0] if flat else numbers, width, height)
    unfinished = not flat and spine[-1].incomplete(now)
    return Sparkline(
        line=_path(points[:-1] if unfinished else points),
        area=f"{_path(points)}L{width} {height}L0 {height}Z",
        unfinished=_path(points[-2:]) if unfinished else "",
        width=width,
        height=height,
        flat=flat,
    )


def _points(numbers: list[Decimal | int], width: int, height: int) -> list[tuple[float, float]]:
    # One unit of room above and below keeps the 1.5 px stroke inside the box.
    top, step = float(max(numbers)) or 1.0, width / (len(numbers) - 1)
    return [(index * step, height - 1 - float(number) / top * (height - 2)) for index, number in enumerate(numbers)]


def _path(points: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
