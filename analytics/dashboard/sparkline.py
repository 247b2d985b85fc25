"""Report -> the small line on a card: the window's whole over time as SVG paths. No HTML, no database."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import attrgetter

from analytics.metrics import Metric
from analytics.reporting.reports import Report


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


def sparkline(report: Report, metric: Metric, now: datetime, width: int = 140, height: int = 40) -> Sparkline:
    """The window's whole over time."""
    spine = [bucket for bucket in report.buckets if bucket.start <= now]
    numbers = list(map(attrgetter(metric.column), report.whole[: len(spine)]))
    flat = len(spine) < 2 or not any(numbers)
    points = _points([0, 0] if flat else numbers, width, height)
    unfinished, path = not flat and spine[-1].incomplete(now), _path(points)
    return Sparkline(
        line=_path(points[:-1]) if unfinished else path,
        area=f"{path}L{width} {height}L0 {height}Z",
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
