"""Query -> Report: one answer from one snapshot of the rollups; page, CSV and JSON are renderings of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import repeat
from operator import sub
from zoneinfo import ZoneInfo

from analytics.metrics import SUMMED, Metric, Summed
from analytics.reporting import levels, reader
from analytics.reporting.comparisons import counterparts
from analytics.reporting.explained import Explained, by_change, by_model, explained
from analytics.reporting.keys import Key
from analytics.reporting.levels import Parts
from analytics.reporting.query import Query
from analytics.reporting.reader import State
from analytics.reporting.statements import Selection
from analytics.reporting.sums import COLUMNS, Group, Number, Sums, rank, total
from analytics.snapshot import snapshot
from analytics.windows import Bucket, Window, aligned, buckets, day_of, preset_window

STATEMENT_TIMEOUT = "10s"  # of PostgreSQL, for each statement of a report
PAGE_TOP = 8  # how many groups the charts draw by name
EXPLAINED = ("cost", "costPerMillion")  # metrics of which a page says why they changed
COLOR_OWNERS, COLOR_PRESET = 10, "12m"  # how many groups own a color, by their cost in which window


@dataclass(frozen=True, slots=True)
class Series:
    """One group over time: `values` has one entry per bucket of the report, zeros included."""

    group: Group
    values: tuple[Sums, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """The same question over the window compared with, and what of the window shown is measured against it.

    `buckets` and `whole` stand beside the report's, from the first on. `current` and `current_groups` are what the
    window shown comes to as far as it is compared. `since`: the first day that has anything to compare with, where the
    compared window begins before the organization's first usage but has some.
    """

    window: Window
    buckets: tuple[Bucket, ...]
    totals: Sums
    whole: tuple[Sums, ...]
    groups: dict[str | None, Group]
    current: Sums
    current_groups: dict[str | None, Sums]
    since: date | None
    why: Explained | None = None  # why the cost changed; where that is shown


@dataclass(frozen=True, slots=True)
class Report:
    """Sums are exact; groups are ranked by the metric asked for, descending, then by key.

    `totals` is the sum of `whole` (one entry per bucket), of `groups`, and of `series` with `other`; of a page, these
    two have over time only what its chart is drawn from.
    """

    query: Query
    exact: bool  # every bucket begins and ends where rollup hours do
    data_through: datetime | None  # the newest event of the organization
    first_usage: datetime | None  # its first event; where that is not known, when its hour began
    buckets: tuple[Bucket, ...]
    totals: Sums
    whole: tuple[Sums, ...]
    groups: tuple[Group, ...]  # every group with usage in the window
    series: tuple[Series, ...]  # the top groups, in rank order
    other: Series | None  # all groups that are not in `series`, as one; None when there are none
    compared: Compared | None
    color_owners: tuple[str | None, ...] = ()  # keys of the groups that cost most in the last 12 months
    unpriced_models: tuple[Group, ...] = ()  # those with requests that are not priced, those with most first
    parts: Parts | None = None  # of the groups that are open, where there is a second dimension
    keys: tuple[Key, ...] = ()  # by API key: every key that filters let through, those that nobody used too


def build(
    query: Query,
    top: int = PAGE_TOP,
    *,
    rank_by: Metric | None = None,
    name_last: bool = True,
    page_at: datetime | None = None,
) -> Report:
    """The whole answer. The `top` groups by `rank_by` (default: the query's metric) have series, the rest is Other.

    With `name_last` a single group left over is named instead of being called Other. A page says with `page_at` (now)
    that it is one: which groups own a color costs a statement, and so do the names of the models that are not priced,
    where there are any and models are not what is grouped by; by API key every key costs one, too. A page says why the
    cost changed, as the query's `why_at` does.
    """
    spine = buckets(query.window, query.bucket)
    with snapshot(STATEMENT_TIMEOUT):
        state = reader.state(query.organization_id)
        selection = selection_of(query, spine, state.zone)
        groups = ranked_by(reader.ranking(selection), rank_by or query.metric)
        whole = tuple(reader.whole(selection))
        totals = total(whole)
        drawn = groups[: top + 1] if name_last and len(groups) == top + 1 else groups[:top]
        columns = _of(query.metric) if page_at else SUMMED
        series = tuple(Series(group, tuple(values)) for group, values in _over_time(selection, drawn, columns))
        return Report(
            query=query,
            exact=is_exact(query.window, spine, state.zone),
            data_through=state.data_through,
            first_usage=state.first_usage,
            buckets=spine,
            totals=totals,
            whole=whole,
            groups=groups,
            series=series,
            other=_other(groups[len(drawn) :], whole, series, columns),
            compared=_compared(query, selection, groups, state, query.why_at or page_at),
            color_owners=_color_owners(query, page_at, selection) if page_at else (),
            unpriced_models=_unpriced_models(selection, groups) if page_at and totals.unpriced_count else (),
            parts=levels.parts(query, selection),
            keys=keys(query) if page_at else (),
        )


def groups(query: Query) -> tuple[Group, ...]:
    """Every group with usage in the window, by the query's metric, descending, then by key; nothing over time."""
    with snapshot(STATEMENT_TIMEOUT):
        zone = reader.state(query.organization_id).zone
        return _ranked(reader.ranking(selection_of(query, (), zone)), query.metric.column)


def selection_of(query: Query, spine: tuple[Bucket, ...], zone: ZoneInfo) -> Selection:
    """The rows of the query; `zone` is the reporting time zone."""
    return Selection(
        organization_id=query.organization_id,
        zone=zone,
        dimension=query.dimension,
        numbers=reader.filtered(query.organization_id, query.filters),
        start=query.window.start,
        end=query.window.end,
        buckets=spine,
    )


def _over_time(
    selection: Selection, groups: tuple[Group, ...], columns: tuple[Summed, ...]
) -> Iterator[tuple[Group, list[Sums]]]:
    return zip(groups, reader.series(selection, groups, columns), strict=True)


def _of(metric: Metric) -> tuple[Summed, ...]:
    """The columns that a chart of the metric is drawn from: a quotient needs to know whether anything is priced."""
    wanted = {metric.part, metric.whole, "request_count", "unpriced_count"} if metric.whole else {metric.column}
    if "total_tokens" in wanted:
        wanted |= {"input_tokens", "output_tokens"}
    if metric.column == "cost":
        wanted.add("estimated_cost")
    return tuple(summed for summed in SUMMED if summed.column in wanted)


def is_exact(window: Window, spine: tuple[Bucket, ...], zone: ZoneInfo) -> bool:
    """Whether every bucket begins and ends where rollup hours do."""
    edges = [bucket.start for bucket in spine] + [window.end]
    return window.zone.key == zone.key or aligned(edges, zone, "hour")


def _ranked(groups: list[Group], column: str) -> tuple[Group, ...]:
    """`groups` by that column of their sums, descending, then by key; sorting is stable."""
    by_key = sorted(groups, key=lambda group: group.key or "")
    return tuple(sorted(by_key, key=lambda group: getattr(group.sums, column), reverse=True))


def ranked_by(groups: list[Group], metric: Metric) -> tuple[Group, ...]:
    """`groups` by the metric, descending, then by key."""
    by_key = sorted(groups, key=lambda group: group.key or "")
    return tuple(sorted(by_key, key=lambda group: rank(group.sums, metric), reverse=True))


def _other(
    rest: tuple[Group, ...], whole: tuple[Sums, ...], series: tuple[Series, ...], read: tuple[Summed, ...]
) -> Series | None:
    """All of `rest` as one group: the whole less the groups that are drawn, so that the parts always sum to it, in the
    columns that are `read`."""
    if not rest:
        return None
    columns: list[Iterable[Number]] = [repeat(nothing, len(whole)) for nothing in Sums()]
    every, *drawn = ([*zip(*values, strict=True)] for values in (whole, *(one.values for one in series)))
    for place in (COLUMNS.index(summed.column) for summed in read):
        left: Iterable[Number] = every[place]
        for named in drawn:
            left = map(sub, left, named[place])
        columns[place] = left
    group = Group(None, f"Other ({len(rest)})", total(group.sums for group in rest), others=len(rest))
    return Series(group, tuple(map(Sums._make, zip(*columns, strict=True))))


def _compared(
    query: Query, shown: Selection, groups: tuple[Group, ...], state: State, why_at: datetime | None
) -> Compared | None:
    comparison = query.comparison
    if comparison is None:
        return None
    window, spine = comparison.window, counterparts(comparison, shown.buckets)
    selection = replace(shown, start=window.start, end=window.end, buckets=spine)
    before = {group.key: group for group in reader.ranking(selection)}
    current = _measured(groups, shown, comparison.shown.end)
    since = _since(window, state.first_usage)
    why = None
    if (why_at or query.split_rows) and query.metric.key in EXPLAINED and since is None and before:
        through = replace(shown, end=comparison.shown.end)
        models = by_model(selection, before.values()), by_model(through, groups if through == shown else None)
        why = explained(query, (selection, through), models, by_change(before, groups, current), why_at)
    return Compared(
        window=window,
        buckets=spine,
        totals=total(group.sums for group in before.values()),
        whole=tuple(reader.whole(selection)),
        groups=before,
        current=total(current.values()),
        current_groups=current,
        since=since,
        why=why,
    )


def _measured(groups: tuple[Group, ...], shown: Selection, through: datetime) -> dict[str | None, Sums]:
    """What `groups` come to before `through`: less what came after, which is an hour or so."""
    current = {group.key: group.sums for group in groups}
    if through < shown.end:
        for late in reader.ranking(replace(shown, start=through)):
            current[late.key] -= late.sums
    return {key: sums for key, sums in current.items() if sums.request_count}


def keys(query: Query, *, of_parts: bool = False) -> tuple[Key, ...]:
    """By API key every key that the filters on project, key and member let through; else none.

    `of_parts`: also where only the second dimension is the API key.
    """
    wanted = query.names_keys if of_parts else query.dimension.key == "apiKey"
    return tuple(reader.keys(query.organization_id, query.filters)) if wanted else ()


def _since(window: Window, first_usage: datetime | None) -> date | None:
    if first_usage is None or not window.start < first_usage < window.end:
        return None
    first = day_of(first_usage, window.zone)
    return first if first > window.first_day else None


def _color_owners(query: Query, now: datetime, shown: Selection) -> tuple[str | None, ...]:
    """Of the whole organization, whatever the filters: who drills down meets the same group in the same color."""
    window = preset_window(COLOR_PRESET, now, query.window.zone)
    everything = replace(shown, numbers={}, start=window.start, end=window.end, buckets=())
    owners, _count = reader.leaders(everything, COLOR_OWNERS)
    return tuple(group.key for group in owners)


def _unpriced_models(selection: Selection, groups: tuple[Group, ...]) -> tuple[Group, ...]:
    models = by_model(selection, groups)
    return _ranked([model for model in models if model.sums.unpriced_count], "unpriced_count")
