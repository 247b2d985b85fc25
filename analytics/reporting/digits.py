"""Sums over time as the text that JSON is written with, as SQL, composed and not run: quicker to make and to read than
arrays."""

from dataclasses import replace

from analytics.metrics import ORGANIZATION, SUMMED, Summed
from analytics.reporting.sources import Statement, has_usage, source_of
from analytics.reporting.statements import (
    COST,
    TOKENS,
    Selection,
    as_text,
    cells_of,
    cut_of,
    leaders,
    rows_of,
    sums,
)


def digits(selection: Selection, summed: tuple[Summed, ...]) -> Statement:
    """Sums per bucket of everything together; `TOKENS` may be among `summed`.

    One row, or none where nothing was used: a key, the buckets with usage in any order, the digits of each of `summed`
    in the same order, with blanks between, and the sums of the whole window.
    """
    cells, values = cells_of(selection, ORGANIZATION, (*SUMMED, TOKENS), bucketed=True)
    return f"SELECT c.key, {_texts(summed)}, {sums('c')} FROM ({cells}) c GROUP BY c.key", values


def dearest(
    selection: Selection, of_all: tuple[Summed, ...], of_each: tuple[Summed, ...], at_most: int, state: Statement
) -> Statement:
    """What is asked of the state, everything together, and the groups of highest cost, ties by key; all over time.

    One statement is one state of the database. Rows: first of everything, then of each group, in that order: its place
    (0, then from 1); buckets and texts as `digits` has them, of `of_all`, among which are `of_each`; the sums of the
    whole window, the three columns of `state`, then key, label, status, last four, numbers, and how many groups there
    are. What a row has not is NULL. Where a group that should be one number is several, which are those whose record is
    gone, a bucket may be there for each of them.
    """
    first, given = leaders(selection, cells_of(selection, selection.dimension, COST, bucketed=False), at_most)
    by_rows = has_usage(selection.numbers, selection.dimension)
    series, of_series = (_of_their_rows if by_rows else _of_their_cells)(selection, of_each)
    whole, of_whole = digits(selection, of_all)
    places = [f"s.text{of_each.index(one) + 1}" if one in of_each else "NULL" for one in of_all]
    texts = ", ".join(f"w.text{place}" for place in range(len(of_all) + 1))
    totals = ", ".join(f"w.{one.column}" for one in SUMMED)
    return (
        f"WITH first (key, label, status, last_four, numbers, groups) AS ({first}),"
        " ranked AS MATERIALIZED (SELECT row_number() OVER () AS place, * FROM first)"
        f" SELECT 0 AS place, {texts}, {totals}, a.*, {', '.join(['NULL'] * 4)}, NULL::bigint[], NULL"
        f" FROM ({state[0]}) a LEFT JOIN ({whole}) w ON true UNION ALL"
        f" SELECT f.place, s.text0, {', '.join(places)}, {', '.join(['NULL'] * (len(SUMMED) + 3))},"
        " f.key, f.label, f.status, f.last_four, f.numbers, f.groups"
        f" FROM ranked f {series} ORDER BY place",
        [*given, *state[1], *of_whole, *of_series],
    )


def _of_their_rows(selection: Selection, summed: tuple[Summed, ...]) -> Statement:
    """Group by group: a group's rows lie together in the index."""
    source = source_of(selection.numbers, selection.dimension)
    kept = "f.numbers"
    if source.joins:
        kept = f"ARRAY(SELECT owner.id FROM accounts_apikey owner WHERE {source.key} = ANY(f.numbers))"
    source = replace(source, where=f"{source.where} AND t.key = ANY({kept})", joins="")
    rows, values = rows_of(selection.organization_id, source, cut_of(selection, ("0", []), bucketed=True), summed)
    if source.key != "t.key" or not (selection.day_by_day and selection.dimension.naming.every):
        rows = f"SELECT r.bucket, {sums('r', summed)} FROM ({rows}) r GROUP BY r.bucket"
    return f"CROSS JOIN LATERAL (SELECT {_texts(summed)} FROM ({rows}) c) s", values


def _of_their_cells(selection: Selection, summed: tuple[Summed, ...]) -> Statement:
    """All of them at once, where rows are found by something else than the group."""
    kept = "(SELECT of.number FROM ranked f CROSS JOIN unnest(f.numbers) AS of(number))"
    cells, values = cells_of(selection, selection.dimension, summed, kept, bucketed=True)
    named = (
        f"SELECT f.place, c.bucket, {', '.join(f'c.{one.column}' for one in summed)}"
        " FROM ranked f CROSS JOIN unnest(f.numbers) AS of(number) JOIN cells c ON c.key = of.number"
    )
    if not selection.dimension.naming.every:
        named = f"SELECT r.place, r.bucket, {sums('r', summed)} FROM ({named}) r GROUP BY r.place, r.bucket"
    texts = f"SELECT c.place, {_texts(summed)} FROM ({named} ORDER BY 1, 2) c GROUP BY c.place"
    return f"JOIN (WITH cells AS MATERIALIZED ({cells}) {texts}) s ON s.place = f.place", values


def _texts(summed: tuple[Summed, ...]) -> str:
    texts = ("c.bucket", *(f"c.{one.column}" if one is TOKENS else as_text(one.column) for one in summed))
    return ", ".join(f"string_agg({text}::text, ' ') AS text{place}" for place, text in enumerate(texts))
