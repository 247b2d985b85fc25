"""Lines of files, and JSON Lines: batches in the order of the file, in constant memory."""

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Protocol

from analytics.ingest.decoding import EventError, decode
from analytics.ingest.event_rules import check
from analytics.ingest.files.headers import cells, fitting
from analytics.ingest.plain import Checked, plain

MAX_LINE = 64 * 1024  # bytes; an event with every field as long as it may be needs a fifth of that
BATCH = 5000  # lines
TURN = 10  # lines, after which another thread may go on


class Lines(Protocol):
    """What the readers of formats need of a stream."""

    def readline(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Ignored:
    """A line that is right and tells of no usage: nothing is wrong with it, and it is counted."""


IGNORED = Ignored()


@dataclass(frozen=True, slots=True)
class Line:
    """Line `number` of a file (from 1): an event whose fields are right, or why it is refused.

    Of a row that stands for several requests there are as many, with the same number. `mended` are the fields of it
    that could not be used as they stand there.
    """

    number: int
    outcome: Checked | EventError | Ignored
    mended: tuple[str, ...] = ()


class FormatError(Exception):
    """The file as a whole is not what it should be."""


def json_lines(stream: Lines, now: datetime) -> Iterator[list[Line]]:
    """One event a line, a JSON object whose fields `events` checks. Blank lines do not count as events.

    Raises FormatError when the first line is the header of another format.
    """
    return batches(_json_events(stream, now))


def _json_events(stream: Lines, now: datetime) -> Iterator[Line]:
    for number, line in _lines(stream, MAX_LINE):
        if number % TURN == 0:
            time.sleep(0)  # who records goes first, and this goes on while the database is at work
        event = None if isinstance(line, EventError) else plain(line, now)
        if event is not None:
            yield Line(number, event)
        elif text := _text(number, line):
            yield _json_line(number, text, now)


def _json_line(number: int, text: str | EventError, now: datetime) -> Line:
    if isinstance(text, EventError):
        return Line(number, text)
    try:
        return Line(number, check(decode(text), now))
    except EventError as error:
        if number == 1 and (other := fitting(cells(text))):
            raise FormatError(f"is not JSON Lines: {other}") from None
        return Line(number, error)


def batches(lines: Iterable[Line]) -> Iterator[list[Line]]:
    remaining = iter(lines)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def ahead(lines: Iterator[list[Line]]) -> Iterator[list[Line]]:
    """The same batches; one is read while the one before is recorded, for the database has a processor of its own."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, lines, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, lines, None)
            yield batch


def texts(stream: Lines, at_most: int = MAX_LINE) -> Iterator[tuple[int, str | EventError]]:
    """Line number and text of every line that is not blank; a byte order mark at the beginning is dropped."""
    for number, line in _lines(stream, at_most):
        if text := _text(number, line):
            yield number, text


def _lines(stream: Lines, at_most: int) -> Iterator[tuple[int, bytes | EventError]]:
    number = 0
    while line := stream.readline(at_most + 1):
        number += 1
        if len(line) <= at_most:
            yield number, line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(at_most)
        yield number, EventError(None, f"is longer than {at_most} bytes")


def _text(number: int, line: bytes | EventError) -> str | EventError:
    """Empty where it is blank."""
    if isinstance(line, EventError):
        return line
    try:
        text = line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        return EventError(None, f"is not UTF-8 at byte {error.start + 1}")
    return "" if text.isspace() else text
