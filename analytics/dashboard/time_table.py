"""The over-time chart as a table: every bucket by every group that is drawn. No HTML, no database.

Its texts are the chart's own, and the chart's script reads them from here: they are sent once and cannot disagree.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

INLINE_BUCKETS = 100  # a table of more comes when it is asked for
INLINE_SHARES = 31  # of more buckets the shares, which the tooltip alone shows, come when somebody points at the chart
SAID_BY_THE_TABLE = frozenset({"texts", "shares", "totals"})  # what the chart's JSON need not repeat


class TimeCell(NamedTuple):
    """A tuple, because a page has hundreds."""

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


def has_rows(buckets: int, *, shown: bool) -> bool:
    """Whether the page has the table of so many buckets, and so their texts."""
    return shown or buckets <= INLINE_BUCKETS


def has_shares(buckets: int, *, shown: bool) -> bool:
    return shown or buckets <= INLINE_SHARES


def build(chart: dict[str, Any], links: tuple[str, ...], *, shown: bool) -> TimeTable:
    """`links`: for every bucket of the chart, where it leads."""
    titles = chart["titles"]
    if not has_rows(len(titles), shown=shown):
        return TimeTable((), shown)
    last, unfinished = len(titles) - 1, chart["unfinished"]
    later = not has_shares(len(titles), shown=shown)
    columns = [_column(series, series["texts"], () if later else series["shares"]) for series in chart["series"]]
    return TimeTable(
        tuple(
            TimeRow(title, unfinished["note"] if unfinished and index == last else "", link, cells, total)
            for index, (title, link, cells, total) in enumerate(
                zip(
                    titles,
                    links,
                    zip(*columns, strict=True) if columns else [()] * len(titles),
                    _column(chart, chart["totals"], ()),
                    strict=True,
                )
            )
        ),
        shown,
        later,
    )


def _column(drawn: dict[str, Any], texts: list[str], shares: list[str] | tuple[()]) -> list[TimeCell]:
    none = [""] * len(texts)
    return list(map(TimeCell, texts, shares or none, map(bool, drawn.get("estimated", none))))


def drawing(chart: dict[str, Any], table: TimeTable) -> dict[str, Any]:
    """What the chart's script is told: the chart without the texts that the table has, or will have."""
    said = SAID_BY_THE_TABLE | {"titles"} if table.rows else SAID_BY_THE_TABLE
    return _without(chart, said) | {"series": [_without(series, said) for series in chart["series"]]}


def _without(drawn: dict[str, Any], said: Collection[str]) -> dict[str, Any]:
    return {name: part for name, part in drawn.items() if name not in said}
