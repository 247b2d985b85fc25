"""Equal rows are told apart by how many such rows came before: what files without ids need for the ids they get."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection


@contextmanager
def counted() -> Iterator[None]:
    """While one file is read, `occurrences` counts: in a temporary table, so that a file of any size and order fits."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE file_rows (row_values text PRIMARY KEY, times bigint NOT NULL)")
        try:
            yield
        finally:
            cursor.execute("DROP TABLE file_rows")


def occurrences(batch: Sequence[str | None]) -> list[int]:
    """For each row's values, how many such rows of the file there were with it. None, no row, is 0. One statement."""
    here = Counter(values for values in batch if values is not None)
    if not here:
        return [0] * len(batch)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO file_rows AS t SELECT * FROM unnest(%s::text[], %s::bigint[]) "
            "ON CONFLICT (row_values) DO UPDATE SET times = t.times + excluded.times RETURNING row_values, times",
            [list(here), list(here.values())],
        )
        before = Counter({values: times - here[values] for values, times in cursor.fetchall()})
    numbers = []
    for values in batch:
        if values is not None:
            before[values] += 1
        numbers.append(before[values] if values is not None else 0)
    return numbers
