"""Files of usage, read as streams: JSON Lines, and the CSV of the Azure LLM inference traces.

Both give batches of lines, in the order of the file, in constant memory: a line and a batch have an upper bound.
"""

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import BinaryIO

from django.db import connection

from analytics.events import Draft, EventError, check, decode, shown

MAX_LINE = 64 * 1024  # bytes; an event with every field as long as it may be needs a fifth of that
BATCH = 5000  # lines


@dataclass(frozen=True, slots=True)
class Line:
    """Line `number` of a file (from 1): an event whose fields are right, or why it is refused."""

    number: int
    outcome: Draft | EventError


class FormatError(Exception):
    """The file as a whole is not what it should be."""


def json_lines(stream: BinaryIO, now: datetime) -> Iterator[list[Line]]:
    """One event a line, a JSON object whose fields `events` checks. Blank lines do not count as events."""
    return _batches(_json_line(number, text, now) for number, text in _texts(stream))


def _json_line(number: int, text: str | EventError, now: datetime) -> Line:
    if isinstance(text, EventError):
        return Line(number, text)
    try:
        return Line(number, check(decode(text), now))
    except EventError as error:
        return Line(number, error)


def _batches(lines: Iterable[Line]) -> Iterator[list[Line]]:
    remaining = iter(lines)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def _texts(stream: BinaryIO) -> Iterator[tuple[int, str | EventError]]:
    """Line number and text of every line that is not blank; a byte order mark at the beginning is dropped."""
    number = 0
    while line := stream.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            while line and not line.endswith(b"\n"):
                line = stream.readline(MAX_LINE)
            yield number, EventError(None, f"is longer than {MAX_LINE} bytes")
            continue
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            yield number, EventError(None, f"is not UTF-8 at byte {error.start + 1}")
        else:
            if not text.isspace() and text:
                yield number, text


# --- Azure LLM inference traces: TIMESTAMP (UTC), ContextTokens, GeneratedTokens; no ids, no key, no model, no cost.

AZURE_HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens"
# What an event's fields are called by someone who has this file and this command before them.
AZURE_NAMES = {
    "timestamp": "TIMESTAMP",
    "input_tokens": "ContextTokens",
    "output_tokens": "GeneratedTokens",
    "api_key": "--api-key",
    "model": "--model",
    "provider": "--provider",
}
_AZURE_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?)")
_AZURE_TOKENS = re.compile(r"-?[0-9]{1,30}")


@dataclass(frozen=True, slots=True)
class AzureUsage:
    """What the trace does not say. Prices: US dollars per million tokens, at most 6 decimal places; None: no cost."""

    api_key: str
    provider: str
    model: str
    input_price: Decimal | None = None
    output_price: Decimal | None = None

    def cost(self, input_tokens: int, output_tokens: int) -> Decimal | None:
        """Exact to 12 places."""
        if self.input_price is None or self.output_price is None:
            return None
        return (input_tokens * self.input_price + output_tokens * self.output_price).scaleb(-6)


def azure_csv(stream: BinaryIO, usage: AzureUsage, now: datetime) -> Iterator[list[Line]]:
    """One event a row. Its id is a hash of the key, the row's values and how many such rows came before it.

    Those are counted in a temporary table, so that a file of any size and any order fits. Raises FormatError when the
    first line is not the header.
    """
    texts = _texts(stream)
    _, header = next(texts, (1, ""))
    if str(header).strip() != AZURE_HEADER:
        raise FormatError(f"must begin with the header {AZURE_HEADER}, got {shown(str(header).strip())}")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE azure_rows (row_values text PRIMARY KEY, times bigint NOT NULL)")
        try:
            rows = (_azure_row(number, text, usage, now) for number, text in texts)
            while batch := list(islice(rows, BATCH)):
                yield _identified(batch, usage)
        finally:
            cursor.execute("DROP TABLE azure_rows")


def _cells(text: str) -> list[str]:
    """One line is one row: the format quotes nothing, so a stray quote spoils its own line and no other."""
    try:
        return [cell.strip() for row in csv.reader([text], strict=True) for cell in row]
    except csv.Error as error:
        raise EventError(None, f"is not CSV: {error}") from None


def _azure_row(number: int, text: str | EventError, usage: AzureUsage, now: datetime) -> tuple[Line, str]:
    """The line, its event still without an id, and the row's values as they are compared."""
    try:
        if isinstance(text, EventError):
            raise text
        cells = _cells(text)
        return Line(number, _azure_draft(cells, usage, now)), ",".join(cells)
    except EventError as error:
        return Line(number, error), ""


def _azure_draft(cells: list[str], usage: AzureUsage, now: datetime) -> Draft:
    if len(cells) != 3:
        raise EventError(None, f"must have 3 values, got {len(cells)}")
    moment, *tokens = cells
    parts = _AZURE_TIME.fullmatch(moment)
    if parts is None:
        raise EventError("timestamp", f"must be a time like 2023-11-16 18:17:03.9799600, got {shown(moment)}")
    for field, cell in zip(("input_tokens", "output_tokens"), tokens, strict=True):
        if not _AZURE_TOKENS.fullmatch(cell):
            raise EventError(field, f"must be a whole number, got {shown(cell)}")
    input_tokens, output_tokens = map(int, tokens)
    return check(
        {
            "id": "-",
            "timestamp": f"{parts[1]}T{parts[2]}Z",
            "api_key": usage.api_key,
            "provider": usage.provider,
            "model": usage.model,
            "input_tokens": input_tokens,
            "output_tokens": output_tokens,
            "cost_usd": usage.cost(input_tokens, output_tokens),
        },
        now,
    )


def _identified(batch: list[tuple[Line, str]], usage: AzureUsage) -> list[Line]:
    here = Counter(values for line, values in batch if isinstance(line.outcome, Draft))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO azure_rows AS t SELECT * FROM unnest(%s::text[], %s::bigint[]) "
            "ON CONFLICT (row_values) DO UPDATE SET times = t.times + excluded.times RETURNING row_values, times",
            [list(here), list(here.values())],
        )
        before = {values: times - here[values] for values, times in cursor.fetchall()}
    identified = []
    for line, values in batch:
        if isinstance(line.outcome, Draft):
            before[values] += 1
            event_id = _azure_id(usage.api_key, values, before[values])
            identified.append(Line(line.number, line.outcome.model_copy(update={"id": event_id})))
        else:
            identified.append(line)
    return identified


def _azure_id(api_key: str, values: str, occurrence: int) -> str:
    """No comma can be in any of the row's values, so no two rows read the same."""
    return hashlib.sha256(f"{api_key}\n{values}\n{occurrence}".encode()).hexdigest()
