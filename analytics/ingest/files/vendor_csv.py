"""CSV exports of consoles and gateways: a header of named columns, in any order, then a row for each line of usage.

What an export's columns mean is in `consoles`. A row is one request, or, where the console only gives sums, as many
requests as it says, which share its tokens evenly: every sum of theirs is the console's own.
"""

import csv
import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from analytics.ingest.decoding import EventError, excerpt
from analytics.ingest.event_rules import COST_PLACES, Draft, check
from analytics.ingest.files import lines
from analytics.ingest.files.headers import cells, delimiter, fitting, missing
from analytics.ingest.files.lines import FormatError, Ignored, Line, Lines, batches, texts
from analytics.ingest.files.occurrences import counted, occurrences
from analytics.ledger.usage_event import TOKENS

MAX_RECORD = 16 * 1024 * 1024  # bytes; LiteLLM's rows may carry whole prompts, which are not looked at
MAX_REQUESTS = 1_000_000  # that one row may stand for


@dataclass(frozen=True, slots=True)
class Keys:
    """Whose usage a row is: API keys by the names that a file has for them, and `default` for every other row."""

    named: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None
    ambiguous: frozenset[str] = frozenset()  # names that several of the organization's keys have

    def of(self, column: str, *names: str) -> str:
        """The API key's public id; of several names the first that is mapped. EventError: none is, and no default."""
        given = [name for name in names if name]
        for name in given:
            if name in self.named:
                return self.named[name]
        if self.default is not None:
            return self.default
        if not given:
            raise EventError(column, "is empty: --api-key says whose such rows are")
        if self.ambiguous.intersection(given):
            raise EventError(column, f"several API keys are called so, got {excerpt(given[0])}: --key-map says which")
        raise EventError(column, f"is not mapped to an API key, got {excerpt(given[0])}: give --key-map or --api-key")


@dataclass(frozen=True, slots=True)
class Usage:
    """What one row says: an event's fields, as `events.check` takes them; without an id where the file has none.

    Then `identity`, the values by which the row is known again, makes the ids. `requests` share the row's tokens.
    `mended` are the fields that `event_rules.mend` changed.
    """

    fields: dict[str, Any]
    identity: tuple[object, ...] = ()
    requests: int = 1
    mended: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Export:
    """One console's export, `--format kind`.

    `read` gives a row's usage, None where it has none, and `IGNORED` where it tells of something else; its last
    argument is when the file was written. `names` says which columns an event's fields come from, `missed` what it
    means that a column is not there, `unknown` what no such file says.
    """

    kind: str
    read: Callable[[Mapping[str, Any], Keys, datetime], Usage | Ignored | None]
    names: Mapping[str, str]
    missed: Mapping[str, str]
    unknown: tuple[str, ...]
    required: tuple[str, ...] = ()  # the columns without which nothing can be read
    empty: frozenset[str] = frozenset()  # the header of an export of a time without any usage


@dataclass(frozen=True, slots=True)
class Opened:
    """A file whose header is right: what its columns leave unsaid, and its lines."""

    missing: tuple[str, ...]
    batches: Iterator[list[Line]]
    unit: str = "line"  # what their numbers count


@dataclass(frozen=True, slots=True)
class RecordReading:
    """How records are read."""

    export: Export
    keys: Keys
    now: datetime
    written_at: datetime


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    outcome: Draft | EventError | Ignored
    values: str | None = None  # as rows are compared; None where the file gives an id
    requests: int = 1
    mended: tuple[str, ...] = ()


def opened(stream: Lines, export: Export, keys: Keys, now: datetime, written_at: datetime) -> Opened:
    """The header is read at once; FormatError when it is not this export's. Rows are read as batches are asked for.

    Sums of what had not ended when the file was written are refused.
    """
    csv.field_size_limit(MAX_RECORD)  # the parser's own limit is too small for prompts
    remaining = texts(stream, MAX_RECORD)
    number, text = next(remaining, (0, ""))
    if not number:
        raise FormatError("is empty")
    header = () if isinstance(text, EventError) else tuple(cells(text))
    if export.empty and set(header) == export.empty:
        return Opened((), iter(()))
    if lacking := missing(header, export.required):
        raise FormatError(f"has no column {lacking[0].replace('|', ' or ')}{_instead(header, text)}")
    used = (*export.required, *export.missed)
    if doubled := [name for name in used if header.count(name) > 1]:
        raise FormatError(f"has the column {doubled[0]} twice")
    unsaid = tuple(words for name, words in export.missed.items() if name not in header)
    rows = (
        (number, dict(zip(header, values, strict=True)) if isinstance(values, list) else values)
        for number, values in _records(remaining, len(header), delimiter(str(text)))
    )
    return Opened(unsaid, read(rows, RecordReading(export, keys, now, min(now, written_at))))


def _instead(header: tuple[str, ...], text: str | EventError) -> str:
    other = fitting(header)
    return f": {other}" if other else f", got {excerpt(str(text).strip())}"


def read(records: Iterator[tuple[int, Mapping[str, Any] | EventError]], reading: RecordReading) -> Iterator[list[Line]]:
    """Batches of the events that numbered records tell of."""
    with counted():
        yield from batches(_lines(records, reading))


def _lines(records: Iterator[tuple[int, Mapping[str, Any] | EventError]], reading: RecordReading) -> Iterator[Line]:
    rows = (row for row in (_row(number, record, reading) for number, record in records) if row)
    while batch := list(islice(rows, lines.BATCH)):
        for row, times in zip(batch, occurrences([row.values for row in batch]), strict=True):
            if row.values is None or not isinstance(row.outcome, Draft):
                yield Line(row.number, row.outcome, row.mended)
            else:
                yield from (Line(row.number, draft, row.mended) for draft in _requests(row, row.outcome, times))


def _row(number: int, record: Mapping[str, Any] | EventError, reading: RecordReading) -> _Row | None:
    try:
        if isinstance(record, EventError):
            raise record
        usage = reading.export.read(record, reading.keys, reading.written_at)
        if usage is None:
            return None
        if isinstance(usage, Ignored):
            return _Row(number, usage)
        draft = _checked(usage.fields, reading)
    except EventError as error:
        return _Row(number, error)
    if "id" in usage.fields:
        return _Row(number, draft, mended=usage.mended)
    values = json.dumps([reading.export.kind, draft.api_key, *usage.identity])
    return _Row(number, draft, values, usage.requests, usage.mended)


def _checked(fields: dict[str, Any], reading: RecordReading) -> Draft:
    try:
        return check({"id": "-"} | fields, reading.now)
    except EventError as error:
        name = reading.export.names.get(error.field or "", error.field)
        raise EventError(name, error.message) from None


def _records(
    numbered: Iterator[tuple[int, str | EventError]], width: int, between: str
) -> Iterator[tuple[int, list[str] | EventError]]:
    """Each record's values with the number of its first line. Quoted line breaks join lines, up to MAX_RECORD.

    A line whose quote spoils what follows is refused alone: the lines after it are read again without it.
    """
    again: deque[tuple[int, str]] = deque()
    held: list[tuple[int, str]] = []
    quotes = length = 0  # of what is held
    while True:
        number, text = again.popleft() if again else next(numbered, (0, ""))
        if isinstance(text, EventError):
            yield number, text
            continue
        if number:
            held.append((number, text))
            quotes, length = quotes + text.count('"'), length + len(text)
            if quotes % 2 and length <= MAX_RECORD:
                continue
        elif not held:
            return
        record = _values("".join(part for _, part in held), width, between)
        yield held[0][0], record
        if isinstance(record, EventError):
            again.extendleft(reversed(held[1:]))
        held, quotes, length = [], 0, 0


def _values(text: str, width: int, between: str) -> list[str] | EventError:
    try:
        rows = list(csv.reader([text], strict=True, delimiter=between))
    except csv.Error as error:
        return EventError(None, f"is not CSV: {error}")
    values = [cell.strip() for row in rows for cell in row]
    return values if len(values) == width else EventError(None, f"must have {width} values, got {len(values)}")


def _requests(row: _Row, draft: Draft, times: int) -> Iterator[Draft]:
    """The row's requests: each has the whole part of its tokens and cost, some have one more, so that sums are exact.

    Parts stay within their whole that way: those of one whole have their one more side by side, from the first on.
    """
    count = row.requests
    digest = hashlib.sha256(f"{row.values}\n{times}".encode()).hexdigest()
    shares = {name: divmod(getattr(draft, name), count) for name in TOKENS}
    begins = dict.fromkeys(("cache_write_tokens", "cache_write_1h_tokens"), shares["cached_input_tokens"][1])
    cost = None if draft.cost_usd is None else divmod(int(draft.cost_usd.scaleb(COST_PLACES)), count)
    # What is shared evenly is no request's own size.
    ties = replace(draft.ties, is_sum=True) if count > 1 else draft.ties
    for number in range(count):
        changes: dict[str, Any] = {
            name: whole + ((number - begins.get(name, 0)) % count < rest) for name, (whole, rest) in shares.items()
        }
        if cost:
            changes["cost_usd"] = Decimal(cost[0] + (number < cost[1])).scaleb(-COST_PLACES)
        yield draft.model_copy(update={"id": f"{digest}-{number}", "ties": ties, **changes})
