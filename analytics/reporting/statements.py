"""Questions to the sums as SQL, composed and not run: `reader` runs them.

Every statement is bounded by organization, and every one that reads sums by time. Unfiltered questions read the usage
tables of one dimension, filtered ones the detail tables. Sums over a window come from the coarsest rows that fit
(months, days, hours), also from a whole month less its days outside; series from days where every bucket begins at the
reporting zone's midnight, else from hours.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from analytics.metrics import ORGANIZATION, SUMMED, Dimension, Summed
from analytics.reporting.sources import MODEL, Numbers, Source, Statement, detail, has_usage, source_of
from analytics.windows import ONE_DAY, Bucket, Stretch, aligned, cover, day_of, midnight

# Groups with their sums · the first groups' names · groups by two dimensions: over the window, and per bucket.
Answer = Literal["ranking", "leaders", "pairs", "pair stream"]
# How the text of a cell is put together: what stands before a column, and the column; "total_tokens" is one, too.
Pattern = Sequence[tuple[str, str]]

EXACT = frozenset(summed.column for summed in SUMMED if summed.exact)
COST, REQUESTS = (tuple(one for one in SUMMED if one.column == column) for column in ("cost", "request_count"))
TOKENS = Summed("total_tokens", "input_tokens + output_tokens")  # no column: of both together
NAMES_AS_SENT = 5  # of a group, however many there are


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows of one organization in [start, end), grouped by `dimension`, cut into `buckets` where a series is asked.

    `then` is the second dimension of pairs.
    """

    organization_id: int
    zone: ZoneInfo  # the reporting time zone
    dimension: Dimension
    numbers: Numbers
    start: datetime
    end: datetime
    buckets: tuple[Bucket, ...]
    then: Dimension | None = None
    _by_days: list[bool] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def by_days(self) -> bool:
        """Whether rows by day can be put into the buckets. Found out once: a year has hundreds."""
        if not self._by_days:
            self._by_days.append(aligned([bucket.start for bucket in self.buckets], self.zone, "day"))
        return self._by_days[0]

    @property
    def day_by_day(self) -> bool:
        """Whether every bucket is a day of the reporting zone, with none left out between the first and the last."""
        if not self.buckets:
            return False
        first, last = (day_of(self.buckets[place].start, self.zone) for place in (0, -1))
        whole = (self.start, self.end) == (midnight(first, self.zone), midnight(last + ONE_DAY, self.zone))
        return whole and (last - first).days == len(self.buckets) - 1 and self.by_days


def compose(selection: Selection, answer: Answer, keys: list[int] | None = None, limit: int | None = None) -> Statement:
    """The statement of one answer. `limit` is for "leaders"; None: all of them.

    Pairs are of the detail sums. With `keys` all other numbers of their first dimension are one, NULL.

    Rows: "ranking" key, label, status, last four, numbers, the first names as sent, how many there are, sums;
    "leaders" key, label, status, last four, numbers, how many groups there are; "pairs" whether it is the rest, then
    key, label, status and last four twice, sums; "pair stream" bucket (from 1) before the same.
    """
    if selection.then and answer in ("pairs", "pair stream"):
        return _pairs(selection, selection.then, keys, bucketed=answer == "pair stream")
    naming = selection.dimension.naming
    if answer == "leaders":
        return leaders(selection, cells_of(selection, selection.dimension, COST, bucketed=False), limit)
    cells, values = cells_of(selection, selection.dimension, SUMMED, bucketed=False)
    sent = f"(array_agg(DISTINCT {naming.sent}))[:{NAMES_AS_SENT}], count(DISTINCT {naming.sent})"
    columns = f"{naming.columns}, array_agg(c.key), {sent}, {sums('c')}"
    order = "ORDER BY sum(c.cost) DESC, 1"
    return f"SELECT {columns} FROM ({cells}) c {naming.joins} GROUP BY 1, 2, 3, 4 {order}", values


def leaders(selection: Selection, used: Statement, limit: int | None) -> Statement:
    """The groups of highest cost, ties by key, of what is `used`: key and cost.

    Groups that are a number each are ranked before they are named, for there may be thousands.
    """
    naming, (cells, values) = selection.dimension.naming, used
    if not naming.every:
        return (
            f"SELECT {naming.columns}, array_agg(c.key), count(*) OVER () FROM ({cells}) c {naming.joins}"
            " GROUP BY 1, 2, 3, 4 ORDER BY sum(c.cost) DESC, 1 LIMIT %s",
            [*values, limit],
        )
    order = 'cost DESC, public_id COLLATE "C" LIMIT %s'
    return (
        f"WITH o AS MATERIALIZED ({naming.every}), n AS MATERIALIZED (SELECT r.key AS number, r.cost, o.id, o.public_id"
        f" FROM ({cells}) r LEFT JOIN o ON o.id = r.key), c AS (SELECT * FROM (SELECT id AS key, public_id, cost,"
        f" ARRAY[number] AS numbers FROM (SELECT * FROM n WHERE id IS NOT NULL ORDER BY {order}) n"
        " UNION ALL SELECT NULL, NULL, sum(cost), array_agg(number) FROM n WHERE id IS NULL HAVING count(*) > 0) c"
        f" ORDER BY {order})"
        f" SELECT {naming.columns}, c.numbers, (SELECT count(n.id) + (count(*) > count(n.id))::int FROM n)"
        f" FROM c {naming.joins} ORDER BY c.cost DESC, 1",
        [selection.organization_id, *values, limit, limit],
    )


def cells(selection: Selection, groups: Sequence[Sequence[int]], pattern: Pattern) -> Statement:
    """Every cell with usage, of `groups`, which are all there are: by bucket (from 1), in it in any order.

    Rows: bucket, first number of the group, cost, the text.
    """
    found, values = cells_of(selection, selection.dimension, SUMMED, groups, bucketed=True, every=True)
    text = " || ".join(f"%s::text || {as_text(column)}" for _, column in pattern)
    given = [before for before, _ in pattern]
    return f"SELECT c.bucket, c.key, c.cost, {text} FROM ({found}) c ORDER BY c.bucket", [*given, *values]


def as_text(column: str) -> str:
    """A number with all its digits and no zeros behind, as `sums.plain` writes it."""
    if column == "total_tokens":
        return "(c.input_tokens + c.output_tokens)"
    return f"trim_scale(c.{column})" if column in EXACT else f"c.{column}"


def over_time(selection: Selection, groups: Sequence[Sequence[int]] | None, summed: tuple[Summed, ...]) -> Statement:
    """Sums per bucket of each of `groups`, which are numbers of the dimension; None: of everything together.

    Rows: the first number of the group (0 of everything), its buckets with usage (from 1) in any order, and an array
    beside them for each of `summed`.
    """
    dimension = ORGANIZATION if groups is None else selection.dimension
    cells, values = cells_of(selection, dimension, summed, groups, bucketed=True)
    arrays = ", ".join(f"array_agg(c.{one.column})" for one in summed)
    return f"SELECT c.key, array_agg(c.bucket), {arrays} FROM ({cells}) c GROUP BY c.key", values


def models(selections: tuple[Selection, ...]) -> Statement:
    """By number of the dimension and canonical model, from the detail sums of what filters keep.

    Rows: the place of the selection (from 0), number, model, sums.
    """
    parts, values = [], []
    for place, selection in enumerate(selections):
        source = detail(selection.numbers, selection.dimension)
        stretches = cover(selection.start, selection.end, selection.zone, months=False)
        columns = f"{place} AS place, {source.key} AS number, {MODEL.detail} AS key"
        rows, given = rows_of(selection.organization_id, source, [(stretch, (columns, [])) for stretch in stretches])
        parts.append(rows)
        values += given
    cells = f"SELECT r.place, r.number, r.key, {sums('r')} FROM ({' UNION ALL '.join(parts)}) r GROUP BY 1, 2, 3"
    named = f"FROM ({cells}) c {MODEL.naming.joins}"
    return f"SELECT c.place, c.number, {MODEL.naming.key}, {sums('c')} {named} GROUP BY 1, 2, 3", values


# How they are put together


def sums(table: str, columns: Sequence[Summed] = SUMMED) -> str:
    return ", ".join(f"{one.total(f'{table}.{one.column}')} AS {one.column}" for one in columns)


def _stretches(selection: Selection, *, bucketed: bool) -> tuple[Stretch, ...]:
    """The rows to read: for a window the coarsest that fit, for a series days or hours."""
    if bucketed and not selection.by_days:
        return (Stretch("hour", selection.start, selection.end),)
    months = not bucketed and has_usage(selection.numbers, selection.dimension) and selection.then is None
    return cover(selection.start, selection.end, selection.zone, months=months)


def cells_of(  # noqa: PLR0913 - all of them say which cells
    selection: Selection,
    dimension: Dimension,
    summed: tuple[Summed, ...],
    groups: Sequence[Sequence[int]] | str | None = None,
    *,
    bucketed: bool,
    every: bool = False,
) -> Statement:
    """The rows of all stretches, summed by bucket (if asked) and key; `groups` keeps some, each under its first number.

    With `every` they are all there are. As text `groups` is a query of the numbers to keep.

    A bucket is its place among the buckets, from 1. A row of the usage tables by day is a cell as it is, where buckets
    are days and groups numbers: there is nothing to sum.
    """
    source = source_of(selection.numbers, dimension)
    key, given = source.key, []
    if isinstance(groups, str):
        source = replace(source, where=f"{source.where} AND {source.key} = ANY(ARRAY{groups})")
    elif groups is not None:
        numbers = [number for group in groups for number in group]
        if not every:
            where, kept = f"{source.where} AND {source.key} = ANY(%s)", [*source.values, numbers]
            source = replace(source, where=where, values=kept)
        if len(numbers) > len(groups):
            key = f"(%s::bigint[])[array_position(%s::bigint[], {source.key})]"
            given = [[group[0] for group in groups for _ in group], numbers]
    cut = cut_of(selection, (f"{key} AS key", given), bucketed=bucketed)
    less = any(stretch.less for stretch, _ in cut)
    rows, values = rows_of(
        selection.organization_id, source, cut, dict.fromkeys((*summed, *REQUESTS)) if less else summed
    )
    if bucketed and not given and source.key == "t.key" and selection.day_by_day:
        return rows, values
    by = "r.bucket, r.key" if bucketed else "r.key"
    having = f" HAVING {REQUESTS[0].total('r.request_count')} > 0" if less else ""  # not used in the window
    return f"SELECT {by}, {sums('r', summed)} FROM ({rows}) r GROUP BY {by}{having}", values


def _pairs(selection: Selection, then: Dimension, keys: list[int] | None, *, bucketed: bool) -> Statement:
    """Sums by both dimensions, from the detail rows: each row has a key and a model, and the key says the rest."""
    source, part = detail(selection.numbers, selection.dimension), detail(selection.numbers, then)
    key, named = (
        (source.key, []) if keys is None else (f"CASE WHEN {source.key} = ANY(%s) THEN {source.key} END", [keys])
    )
    both = replace(source, joins=f"{source.joins} {part.joins}")
    columns = f"{key} AS key, {part.key} AS part", named
    rows, values = rows_of(selection.organization_id, both, cut_of(selection, columns, bucketed=bucketed))
    first, by = ("c.bucket, ", "r.bucket, r.key, r.part") if bucketed else ("", "r.key, r.part")
    cells = f"SELECT {by}, {sums('r')} FROM ({rows}) r GROUP BY {by}"
    names = f"{selection.dimension.naming.columns}, {then.naming.columns}"
    joins = f"{selection.dimension.naming.joins} {then.naming.joins.replace('c.key', 'c.part')}"
    groups = ", ".join(str(number) for number in range(1, 10 + bucketed))
    order = " ORDER BY c.bucket" if bucketed else ""
    return (
        f"SELECT {first}c.key IS NULL, {names}, {sums('c')} FROM ({cells}) c {joins} GROUP BY {groups}{order}",
        values,
    )


def cut_of(selection: Selection, named: Statement, *, bucketed: bool) -> list[tuple[Stretch, Statement]]:
    """The stretches to read, and of each what its rows are named by: the bucket, if asked, before what is `named`."""
    (columns, given), found = named, []
    for stretch in _stretches(selection, bucketed=bucketed):
        bucket, starts = _bucket(selection, stretch) if bucketed else ("", [])
        found.append((stretch, (f"{bucket} {columns}", [*starts, *given])))
    return found


def rows_of(
    organization_id: int,
    source: Source,
    stretches: Iterable[tuple[Stretch, Statement]],
    columns: Iterable[Summed] = SUMMED,
) -> Statement:
    """The rows of all stretches, with what each is named by and the columns that are summed."""
    columns, parts, values = list(columns), [], []
    for stretch, (named, given) in stretches:
        summed = ", ".join(_summed(one, stretch) for one in columns)
        parts.append(
            f"SELECT {named}, {summed} FROM {source.tables[stretch.size]} t {source.joins}"
            f" WHERE t.organization_id = %s AND t.{stretch.size} >= %s AND t.{stretch.size} < %s AND {source.where}"
        )
        values += [*given, organization_id, stretch.start, stretch.end, *source.values]
    return " UNION ALL ".join(parts), values


def _summed(column: Summed, stretch: Stretch) -> str:
    if stretch.less:
        return f"-t.{column.column} AS {column.column}"
    return "t.input_tokens + t.output_tokens AS total_tokens" if column is TOKENS else f"t.{column.column}"


def _bucket(selection: Selection, stretch: Stretch) -> Statement:
    if stretch.size == "day" and selection.day_by_day:
        return "t.day - %s::date + 1 AS bucket,", [day_of(selection.buckets[0].start, selection.zone)]
    if stretch.size == "day":
        days = [bucket.start.astimezone(selection.zone).date() for bucket in selection.buckets]
        return "width_bucket(t.day, %s::date[]) AS bucket,", [days]
    return "width_bucket(t.hour, %s::timestamptz[]) AS bucket,", [[bucket.start for bucket in selection.buckets]]
