"""The only reader of the sums; the request log is never read here. What is asked is composed in `statements`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from itertools import chain, groupby, repeat
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from analytics.metrics import SUMMED, Summed
from analytics.reporting import digits, lookups, statements
from analytics.reporting.keys import Key, Named
from analytics.reporting.query import Filters
from analytics.reporting.sources import Numbers, Statement
from analytics.reporting.statements import TOKENS, Pattern, Selection, compose
from analytics.reporting.sums import Group, Sums, plain
from orgdash import prepared

CHUNK_ROWS = 2000
NOTHING = Sums()
COLUMNS = {summed.column: summed for summed in (*SUMMED, TOKENS)}


@dataclass(frozen=True, slots=True)
class State:
    """What a report needs to know of the organization, from the report's own snapshot."""

    zone: ZoneInfo  # the reporting time zone
    data_through: datetime | None  # the newest event's instant, None before the first
    first_usage: datetime | None  # the first event's, or where that is not known when its hour began; None before it


@dataclass(frozen=True, slots=True)
class Everything:
    """All groups together: the sums, and of each column asked for one text per bucket, with all of its digits."""

    totals: Sums
    texts: list[list[str]]


def state(organization_id: int) -> State:
    ((zone, newest, first),) = _rows(lookups.state(organization_id))
    return State(ZoneInfo(zone), newest, first)


def filtered(organization_id: int, filters: Filters) -> Numbers:
    """What filters keep, as numbers of the detail tables' columns; looked up once for all answers of one snapshot.

    A key never changes its project or creator, so keys say it all; the project is named beside them because that is
    what the index knows, and members where nothing else is filtered by, because they have sums of their own.
    """
    numbers: Numbers = {}
    if filters.project or filters.apiKey or filters.member:
        keys = _rows(lookups.filtered_keys(organization_id, filters))
        numbers["project_id"] = sorted({project for _, project, _ in keys})
        numbers["api_key_id"] = [key for key, _, _ in keys]
        if filters == Filters(member=filters.member):
            numbers["member_id"] = sorted({member for _, _, member in keys})
    if filters.model:
        models = lookups.filtered_models(organization_id, filters.model)
        numbers["model_id"] = [number for (number,) in _rows(models)]
    return numbers


def known_models(organization_id: int, names: tuple[str, ...]) -> set[str]:
    """Which of the canonical `names` this organization ever used."""
    return {name for (name,) in _rows(lookups.known_models(organization_id, names))}


def keys(organization_id: int, filters: Filters) -> list[Key]:
    """Every API key that the filters on project, key and member let through, used or not, in no order."""
    rows = _rows(lookups.keys(organization_id, filters))
    return [
        Key(id_, label, last_four, Named(*project), Named(*creator), *instants)
        for id_, label, last_four, project, creator, instants in (
            (*row[:3], row[3:6], row[6:9], (row[9], row[10], row[11], row[12], row[13])) for row in rows
        )
    ]


def ranking(selection: Selection) -> list[Group]:
    """Every group with usage in [start, end), by cost descending, then key, with its sums over all of it."""
    return [
        Group(key, label, Sums(*sums), status, last_four, tuple(numbers), sent=tuple(sent[:names]), names_as_sent=names)
        for key, label, status, last_four, numbers, sent, names, *sums in _rows(compose(selection, "ranking"))
    ]


def leaders(selection: Selection, at_most: int | None) -> tuple[tuple[Group, ...], int]:
    """The groups of highest cost in [start, end), ties by key, and how many there are; None: all of them.

    The beginning of `ranking`, without sums.
    """
    rows = _rows(compose(selection, "leaders", limit=at_most))
    first = tuple(
        Group(key, label, Sums(), status, last_four, tuple(numbers))
        for key, label, status, last_four, numbers, _ in rows
    )
    return first, rows[0][-1] if rows else 0


def whole(selection: Selection) -> list[Sums]:
    """All groups together, one entry per bucket, zeros included."""
    found = _columns(selection, statements.over_time(selection, None, SUMMED))
    return _as_sums(selection, found.get(0))


def series(selection: Selection, groups: tuple[Group, ...], summed: tuple[Summed, ...] = SUMMED) -> list[list[Sums]]:
    """Each of `groups` (from `ranking`) over time: one list per group, one entry per bucket, zeros included.

    Sums that are not asked for are zero.
    """
    found = _columns(selection, statements.over_time(selection, [group.numbers for group in groups], summed))
    return [_as_sums(selection, found.get(group.numbers[0]), summed) for group in groups]


def dearest(
    selection: Selection, at_most: int, of_all: tuple[str, ...], of_each: tuple[str, ...]
) -> tuple[State, Everything, list[tuple[Group, list[list[str]]]], int]:
    """The state, everything together, the groups of highest cost as `leaders`, each with texts of the columns
    `of_each`, and how many groups there are. In one statement, so that all of it belongs together.

    A column is one of the sums, or "total_tokens". "cost" and "request_count" are among `of_each`, these among the
    columns `of_all`, of which everything has texts.
    """
    columns, wanted = _summed(of_all), _summed(of_each)
    asked = digits.dearest(selection, columns, wanted, at_most, lookups.state(selection.organization_id))
    texts = slice(2, 2 + len(of_all))
    totals = slice(texts.stop, texts.stop + len(SUMMED))
    (whole, *rows), found = _rows(asked), []
    zone, newest, earliest = whole[totals.stop : totals.stop + 3]
    everything = Everything(NOTHING, [["0"] * len(selection.buckets) for _ in of_all])
    if whole[1] is not None:
        everything = Everything(Sums(*whole[totals]), _split(selection, whole[1], *whole[texts]))
    for _, *row, key, label, status, last_four, numbers, _ in rows:
        drawn = [row[0], *(row[1 + of_all.index(column)] for column in of_each)]
        if len(numbers) > 1 and selection.dimension.naming.every:
            drawn = _added_up(*drawn)
        found.append((Group(key, label, Sums(), status, last_four, tuple(numbers)), _split(selection, *drawn)))
    return State(ZoneInfo(zone), newest, earliest), everything, found, rows[0][-1] if rows else 0


def models(before: Selection, now: Selection) -> dict[tuple[int, int], dict[str, Sums]]:
    """Sums by canonical model of each number of the dimension, by (0 for `before` or 1 for `now`, number).

    From the detail sums: both need numbers that filters keep.
    """
    found: dict[tuple[int, int], dict[str, Sums]] = {}
    for side, number, model, *sums in _rows(statements.models((before, now))):
        found.setdefault((side, number), {})[model or ""] = Sums(*sums)
    return found


def cells(
    selection: Selection, groups: Sequence[Group], pattern: Pattern
) -> Iterator[tuple[int, list[tuple[int, Decimal, str]]]]:
    """Every cell with usage as (index of the bucket, [(place of its group, cost, text)]).

    Buckets ascend, cells are by cost descending; `groups` are all there are, in the order of cells of one cost.
    PostgreSQL writes the text of each (`pattern`): there may be a million. Read through a server-side cursor: memory
    does not grow with the answer. Needs an open `snapshot`.
    """
    places = {group.numbers[0]: place for place, group in enumerate(groups)}
    with connection.chunked_cursor() as cursor:
        cursor.execute(*statements.cells(selection, [group.numbers for group in groups], pattern))
        rows = chain.from_iterable(iter(lambda: cursor.fetchmany(CHUNK_ROWS), []))
        for bucket, members in groupby(rows, key=itemgetter(0)):
            found = [(places[number], cost, text) for _, number, cost, text in members]
            found.sort(key=itemgetter(0))
            found.sort(key=itemgetter(1), reverse=True)
            yield bucket - 1, found


def pairs(selection: Selection) -> Iterator[tuple[Group, Group]]:
    """Every group with usage in [start, end) beside each of its parts by the second dimension; these have the sums."""
    for row in _rows(compose(selection, "pairs")):
        yield _pair(row, 0)


def pair_stream(
    selection: Selection, named: list[int] | None, others: int = 0
) -> Iterator[tuple[int, tuple[Group, Group]]]:
    """The pairs of every bucket as (index of the bucket, pair), ascending; through a server-side cursor, as `cells`.

    With `named` all other numbers of the first dimension are one group, which stands for so many `others`.
    """
    with connection.chunked_cursor() as cursor:
        cursor.execute(*compose(selection, "pair stream", keys=named))
        while rows := cursor.fetchmany(CHUNK_ROWS):
            for bucket, *row in rows:
                yield bucket - 1, _pair(row, others)


def _pair(row: Sequence[Any], others: int) -> tuple[Group, Group]:
    rest, key, label, status, last_four, part, part_label, part_status, part_last_four, *sums = row
    if rest:
        first = Group(None, f"Other ({others})", Sums(), others=others)
    else:
        first = Group(key, label, Sums(), status, last_four)
    return first, Group(part, part_label, Sums(*sums), part_status, part_last_four)


def _rows(statement: Statement) -> list[tuple[Any, ...]]:
    with prepared.cursor() as cursor:
        cursor.execute(*statement)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _columns(selection: Selection, statement: Statement) -> dict[int, list[list[Any]]]:
    """By number one list for each column, with one entry per bucket, zeros included."""
    count, found = len(selection.buckets), {}
    every = list(range(1, count + 1))
    for number, buckets, *columns in _rows(statement):
        found[number] = columns if buckets == every else [_placed(buckets, column, count) for column in columns]
    return found


def _placed(buckets: list[int], column: list[Any], count: int, nothing: Any = None) -> list[Any]:
    values = [type(column[0])() if nothing is None else nothing] * count
    for bucket, value in zip(buckets, column, strict=True):
        values[bucket - 1] = value
    return values


def _summed(columns: tuple[str, ...]) -> tuple[Summed, ...]:
    return tuple(COLUMNS[column] for column in columns)


def _split(selection: Selection, buckets: str, *texts: str) -> list[list[str]]:
    """Of each column one text per bucket, zeros included."""
    count = len(selection.buckets)
    if buckets == _in_order(count):
        return [text.split(" ") for text in texts]
    places = list(map(int, buckets.split(" ")))
    return [_placed(places, text.split(" "), count, "0") for text in texts]


def _added_up(buckets: str, *texts: str) -> list[str]:
    """Each bucket once, and the numbers that were there for it added up."""
    found: dict[str, list[Decimal]] = {}
    for bucket, *numbers in zip(buckets.split(" "), *(text.split(" ") for text in texts), strict=True):
        found[bucket] = [
            before + Decimal(number)
            for before, number in zip(found.get(bucket, [Decimal(0)] * len(texts)), numbers, strict=True)
        ]
    return [" ".join(found), *(" ".join(map(plain, column)) for column in zip(*found.values(), strict=True))]


@lru_cache(maxsize=16)  # asked of each group, and a year has hundreds
def _in_order(count: int) -> str:
    return " ".join(map(str, range(1, count + 1)))


def _as_sums(selection: Selection, columns: list[list[Any]] | None, summed: tuple[Summed, ...] = SUMMED) -> list[Sums]:
    if not columns:
        return [NOTHING] * len(selection.buckets)
    read = dict(zip((one.column for one in summed), columns, strict=True))
    return list(map(Sums, *(read.get(name, repeat(nothing)) for name, nothing in NOTHING._asdict().items())))
