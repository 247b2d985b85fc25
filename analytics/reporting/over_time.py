"""Query -> what was used bucket by bucket, for JSON and CSV: read as it is written, so memory does not grow with it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from analytics.metrics import METRICS
from analytics.reporting import levels, reader
from analytics.reporting.query import Query
from analytics.reporting.reports import STATEMENT_TIMEOUT, Report, build, is_exact, ranked_by, selection_of
from analytics.reporting.statements import Selection
from analytics.reporting.sums import Group, Sums
from analytics.snapshot import snapshot
from analytics.windows import Bucket, buckets


@dataclass(frozen=True, slots=True)
class BucketRow:
    """One bucket of an `Activity`: its sums, and the groups used in it, by cost descending, then key, `Other` last."""

    bucket: Bucket
    sums: Sums
    breakdown: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Activity:
    """The JSON endpoint's answer: totals first, then one row per bucket, read as they are asked for."""

    query: Query
    exact: bool
    data_through: datetime | None
    first_usage: datetime | None
    totals: Sums
    rows: Iterator[BucketRow]


@contextmanager
def activity(query: Query, top: int | None = None) -> Iterator[Activity]:
    """Totals and rows of the JSON answer. Without `top` every group is there; read the rows inside the context.

    With a second dimension every group of a row has its `parts`, which sum exactly to it.
    """
    if top is not None and query.then is None:
        report = build(query, top, rank_by=METRICS["cost"], name_last=False)
        rows = _report_rows(report)
        yield Activity(query, report.exact, report.data_through, report.first_usage, report.totals, rows)
        return
    spine = buckets(query.window, query.bucket)
    with snapshot(STATEMENT_TIMEOUT):
        state = reader.state(query.organization_id)
        selection = selection_of(query, spine, state.zone)
        whole = reader.whole(selection)
        rows = _rows(spine, whole, _groups(replace(selection, then=query.then), top))
        exact = is_exact(query.window, spine, state.zone)
        totals = sum(whole, start=Sums())
        yield Activity(query, exact, state.data_through, state.first_usage, totals, rows)


@contextmanager
def complete(query: Query) -> Iterator[tuple[Report, Iterator[BucketRow]]]:
    """The report without series, and every group of every bucket as a stream; both from one snapshot."""
    with snapshot(STATEMENT_TIMEOUT):
        report = build(replace(query, opened=None), 0, name_last=False)
        with activity(query) as every:
            yield report, every.rows


def _groups(selection: Selection, top: int | None) -> Iterator[tuple[int, Iterable[Group]]]:
    """The index of every bucket with usage, and its groups."""
    if selection.then is None:
        for index, members in groupby(reader.stream(selection), key=lambda item: item[0]):
            yield index, (group for _, group in members)
        return
    named, others = None, 0
    if top is not None:
        every = ranked_by(reader.ranking(selection), METRICS["cost"])
        named, others = [number for group in every[:top] for number in group.numbers], len(every[top:])
    for index, found in groupby(reader.pair_stream(selection, named, others), key=lambda item: item[0]):
        yield index, levels.gathered(pair for _, pair in found)


def _rows(
    spine: tuple[Bucket, ...], whole: list[Sums], used: Iterator[tuple[int, Iterable[Group]]]
) -> Iterator[BucketRow]:
    index_used, members = next(used, (None, ()))
    for index, bucket in enumerate(spine):
        breakdown: tuple[Group, ...] = ()
        if index == index_used:
            breakdown = tuple(members)
            index_used, members = next(used, (None, ()))
        yield BucketRow(bucket, whole[index], breakdown)


def _report_rows(report: Report) -> Iterator[BucketRow]:
    for index, bucket in enumerate(report.buckets):
        used = [replace(series.group, sums=series.values[index]) for series in report.series]
        used = [group for group in ranked_by(used, METRICS["cost"]) if group.sums.request_count]
        if report.other and report.other.values[index].request_count:
            used.append(replace(report.other.group, sums=report.other.values[index]))
        yield BucketRow(bucket, report.whole[index], tuple(used))
