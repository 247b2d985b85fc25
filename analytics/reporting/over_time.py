"""Query -> what was used bucket by bucket, for JSON and CSV.

Every group is read as it is written, so memory does not grow with it; the first groups by cost are read at once.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from operator import sub
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from analytics.metrics import METRICS
from analytics.reporting import levels, reader
from analytics.reporting.query import Query
from analytics.reporting.reader import State
from analytics.reporting.reports import STATEMENT_TIMEOUT, Report, build, is_exact, keys, ranked_by, selection_of
from analytics.reporting.statements import Pattern, Selection
from analytics.reporting.sums import COLUMNS, Group, Line, Sums, plain
from analytics.snapshot import snapshot
from analytics.windows import Bucket, buckets

Amount = TypeVar("Amount", Decimal, int)
Found = TypeVar("Found")
DRAWN = ("cost", "request_count", "total_tokens")  # of each line
WHOLE = (*COLUMNS, "total_tokens")
_WHOLE = msgspec.json.Decoder(list[int])


@dataclass(frozen=True, slots=True)
class BucketRow:
    """One bucket of an `Activity`: its sums, and the groups used in it, by cost descending, then key, `Other` last."""

    bucket: Bucket
    sums: Sums
    breakdown: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """What an answer says before its rows."""

    query: Query
    exact: bool
    data_through: datetime | None
    first_usage: datetime | None
    totals: Sums


@dataclass(frozen=True, slots=True)
class Every:
    """Every group of every bucket. `rows` are read as they are asked for: of each bucket its sums, and of the groups
    used in it their places among `groups`, which are by key, and their texts, by cost descending, then key.
    """

    head: Head
    groups: tuple[Group, ...]
    rows: Iterator[tuple[Bucket, Sums, list[tuple[int, str]]]]


@dataclass(frozen=True, slots=True)
class Activity:
    """Every group by two dimensions: totals first, then one row per bucket, read as they are asked for."""

    head: Head
    rows: Iterator[BucketRow]


@dataclass(frozen=True, slots=True)
class Lines:
    """The dearest groups over time, by cost descending, then key, and `other`, all that are left, if any are.

    `whole` has by column one text per bucket, as the lines have; for each of them the lines sum to it.
    """

    head: Head
    buckets: tuple[Bucket, ...]
    whole: dict[str, list[str]]
    lines: tuple[Line, ...]
    other: Line | None


def lines(query: Query, top: int, columns: tuple[str, ...] = WHOLE, zone: ZoneInfo | None = None) -> Lines:
    """The `top` groups of highest cost in the whole window over time, and the rest as one; `columns` of the whole,
    those that are `DRAWN` at least. `zone`: the reporting zone, as far as is known; without filters that spares looks.
    """
    spine = buckets(query.window, query.bucket)
    found = None
    if zone and not query.filters:  # which are looked up first
        found = reader.dearest(selection_of(query, spine, zone), top, columns, DRAWN)
    if found is None or found[0].zone != zone:
        with snapshot(STATEMENT_TIMEOUT):
            zone = reader.state(query.organization_id).zone
            found = reader.dearest(selection_of(query, spine, zone), top, columns, DRAWN)
    state, whole, first, count = found
    drawn = tuple(
        Line(group, list(map(Decimal, cost)), cost, requests, tokens) for group, (cost, requests, tokens) in first
    )
    texts = dict(zip(columns, whole.texts, strict=True))
    head = _head(query, spine, whole.totals, state)
    return Lines(head, spine, texts, drawn, _rest(texts, drawn, count - len(first)))


def _rest(whole: dict[str, list[str]], drawn: tuple[Line, ...], others: int) -> Line | None:
    """The whole less what is drawn by name, so that the parts always sum to it."""
    if not others:
        return None
    amounts = _less(map(Decimal, whole["cost"]), [line.amounts for line in drawn])
    requests = _less(_whole(whole["request_count"]), [_whole(line.requests) for line in drawn])
    tokens = _less(_whole(whole["total_tokens"]), [_whole(line.tokens) for line in drawn])
    group = Group(None, f"Other ({others})", Sums(), others=others)
    return Line(group, amounts, list(map(plain, amounts)), list(map(str, requests)), list(map(str, tokens)))


def _whole(texts: Sequence[str]) -> list[int]:
    return _WHOLE.decode(f"[{','.join(texts)}]")  # a third of the time of int, which a year of groups asks thousands of


def _less(whole: Iterable[Amount], named: Sequence[Iterable[Amount]]) -> list[Amount]:
    return list(map(sub, whole, map(sum, zip(*named, strict=True))))


def _head(query: Query, spine: tuple[Bucket, ...], totals: Sums, state: State) -> Head:
    exact = is_exact(query.window, spine, state.zone)
    return Head(query, exact, state.data_through, state.first_usage, totals)


@contextmanager
def every(query: Query, pattern: Pattern, known: tuple[Group, ...] | None = None) -> Iterator[Every]:
    """Every group of every bucket, as the text that `pattern` makes of its sums; read the rows inside the context.

    `known` are the groups, where they are, from the same snapshot.
    """
    spine = buckets(query.window, query.bucket)
    with snapshot(STATEMENT_TIMEOUT):
        state = reader.state(query.organization_id)
        selection = selection_of(query, spine, state.zone)
        whole = reader.whole(selection)
        groups = reader.leaders(selection, None)[0] if known is None else known
        by_key = tuple(sorted(groups, key=lambda group: (group.key is None, group.key or "")))
        cells = reader.cells(selection, by_key, pattern) if by_key else iter(())
        yield Every(_head(query, spine, sum(whole, start=Sums()), state), by_key, _texts(spine, whole, cells))


def _texts(
    spine: tuple[Bucket, ...], whole: list[Sums], cells: Iterator[tuple[int, list[tuple[int, Decimal, str]]]]
) -> Iterator[tuple[Bucket, Sums, list[tuple[int, str]]]]:
    for bucket, sums, found in _by_bucket(spine, whole, cells):
        yield bucket, sums, [(place, text) for place, _cost, text in found or ()]


@contextmanager
def activity(query: Query, top: int | None = None) -> Iterator[Activity]:
    """Totals and rows of every group by two dimensions; read the rows inside the context.

    Every group of a row has its `parts`, which sum exactly to it. `top` may name so many groups of the first dimension:
    the rest is one.
    """
    spine = buckets(query.window, query.bucket)
    with snapshot(STATEMENT_TIMEOUT):
        state = reader.state(query.organization_id)
        selection = replace(selection_of(query, spine, state.zone), then=query.then)
        whole = reader.whole(selection)
        yield Activity(
            _head(query, spine, sum(whole, start=Sums()), state), _rows(spine, whole, _groups(selection, top))
        )


@contextmanager
def complete(query: Query) -> Iterator[Report]:
    """The report without series; what is read inside the context is of the same snapshot."""
    with snapshot(STATEMENT_TIMEOUT):
        yield replace(build(replace(query, opened=None), 0, name_last=False), keys=keys(query, of_parts=True))


def _groups(selection: Selection, top: int | None) -> Iterator[tuple[int, Iterable[Group]]]:
    """The index of every bucket with usage, and its groups."""
    named, others = None, 0
    if top is not None:
        every = ranked_by(reader.ranking(selection), METRICS["cost"])
        named, others = [number for group in every[:top] for number in group.numbers], len(every[top:])
    for index, found in groupby(reader.pair_stream(selection, named, others), key=lambda item: item[0]):
        yield index, levels.gathered(pair for _, pair in found)


def _rows(
    spine: tuple[Bucket, ...], whole: list[Sums], used: Iterator[tuple[int, Iterable[Group]]]
) -> Iterator[BucketRow]:
    for bucket, sums, members in _by_bucket(spine, whole, used):
        yield BucketRow(bucket, sums, tuple(members or ()))


def _by_bucket(
    spine: tuple[Bucket, ...], whole: list[Sums], used: Iterator[tuple[int, Found]]
) -> Iterator[tuple[Bucket, Sums, Found | None]]:
    """Every bucket with its sums and what was `used` in it, which comes by the index of the bucket; None: nothing.

    What is used is read on only when the next bucket is asked for.
    """
    following = next(used, None)
    for index, bucket in enumerate(spine):
        if following is None or following[0] != index:
            yield bucket, whole[index], None
            continue
        yield bucket, whole[index], following[1]
        following = next(used, None)
