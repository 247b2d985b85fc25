"""The over-time chart as a table: every bucket by every group that is drawn. No HTML, no database.

Its texts are the chart's own, and the chart's script reads them from here: they are sent once and cannot disagree.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

INLINE_BUCKETS = 100  # a table of more comes when it is asked for
INLINE_SHARES = 31  # of more buckets the shares, which the tooltip alone shows, come when somebody points at the chart
SAID_BY_THE_TABLE = frozenset({"texts", "shares", "totals"})  # what the chart's JSON need not repeat


@dataclass(frozen=True, slots=True)
class TimeCell:
    text: str
    share: str  # of the bucket's total
    estimated: bool  # a part of it is


@dataclass(frozen=True, slots=True)
class TimeRow:
    """One bucket; `link` is the query string that opens it one step finer, "" for an hour."""

    title: str
    note: str  # "partial, through 14:20"; mostly ""
    link: str
    cells: tuple[TimeCell, ...]
    total: TimeCell


@dataclass(frozen=True, slots=True)
class TimeTable:
    """`shown`: the page shows it in the drawing's place. `later`: its shares come when they are asked for, and without
    `rows` so does all of it."""

    rows: tuple[TimeRow, ...]
    shown: bool
    later: bool = False


def build(chart: dict[str, Any], links: tuple[str, ...], *, shown: bool) -> TimeTable:
    """`links`: for every bucket of the chart, where it leads."""
    titles = chart["titles"]
    if len(titles) > INLINE_BUCKETS and not shown:
        return TimeTable((), shown)
    last, unfinished = len(titles) - 1, chart["unfinished"]
    later = len(titles) > INLINE_SHARES and not shown
    return TimeTable(
        tuple(
            TimeRow(
                title=title,
                note=unfinished["note"] if unfinished and index == last else "",
                link=link,
                cells=tuple(
                    _cell(series, series["texts"], () if later else series["shares"], index)
                    for series in chart["series"]
                ),
                total=_cell(chart, chart["totals"], (), index),
            )
            for index, (title, link) in enumerate(zip(titles, links, strict=True))
        ),
        shown,
        later,
    )


def _cell(drawn: dict[str, Any], texts: list[str], shares: list[str] | tuple[()], index: int) -> TimeCell:
    parts = drawn.get("estimated")
    return TimeCell(texts[index], shares[index] if shares else "", bool(parts and parts[index]))


def drawing(chart: dict[str, Any], table: TimeTable) -> dict[str, Any]:
    """What the chart's script is told: the chart without the texts that the table has, or will have."""
    said = SAID_BY_THE_TABLE | {"titles"} if table.rows else SAID_BY_THE_TABLE
    return _without(chart, said) | {"series": [_without(series, said) for series in chart["series"]]}


def _without(drawn: dict[str, Any], said: Collection[str]) -> dict[str, Any]:
    return {name: part for name, part in drawn.items() if name not in said}
