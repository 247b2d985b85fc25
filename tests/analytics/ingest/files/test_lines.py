"""Files are streams: however long a file or a line is, no more than a batch of it is ever held."""

import io
import json
from decimal import Decimal

import pytest

from analytics.ingest.decoding import EventError
from analytics.ingest.event_rules import Draft
from analytics.ingest.files.azure_traces import AzureUsage, azure_csv
from analytics.ingest.files.headers import AZURE_HEADER
from analytics.ingest.files.lines import BATCH, MAX_LINE, TURN, json_lines
from analytics.ingest.plain import Checked
from tests.conftest import NOW

LINE = json.dumps(
    {"id": "a", "timestamp": "2026-06-20T23:30:00Z", "api_key": "k", "provider": "openai", "model": "gpt-5.5"}
).encode()
ROW = b"2023-11-16 18:17:03.9799600,4808,10"
USAGE = AzureUsage("key_a", "azure", "gpt-5.5", Decimal(30), Decimal(60))


class Long(io.RawIOBase):
    """A file longer than any test reads, and counts what it gave."""

    def __init__(self, line: bytes, first: bytes = b"") -> None:
        self.line, self.waiting, self.lines, self.largest = line, first, 0, 0

    def readline(self, size: int = -1) -> bytes:
        assert size > 0, "a line without an upper bound"
        text = self.waiting or self.line
        given, self.waiting = text[:size], text[size:]
        self.lines += 1
        assert self.lines <= 4 * BATCH, "read far more than a batch"
        self.largest = max(self.largest, len(given))
        return given


def numbers(batches) -> list[int]:
    return [line.number for batch in batches for line in batch]


def test_json_lines_are_read_a_batch_at_a_time():
    stream = Long(LINE + b"\n")
    batches = json_lines(stream, NOW)
    assert stream.lines == 0
    for count in (1, 2, 3):
        assert len(next(batches)) == BATCH
        assert stream.lines == count * BATCH


def test_reading_lets_who_records_go_first_every_few_lines(monkeypatch):
    turns = []
    monkeypatch.setattr("time.sleep", turns.append)
    next(json_lines(Long(LINE + b"\n"), NOW))
    assert turns == [0] * (BATCH // TURN)


@pytest.mark.django_db
def test_a_trace_is_read_a_batch_at_a_time():
    stream = Long(ROW + b"\n", AZURE_HEADER.encode() + b"\n")
    batches = azure_csv(stream, USAGE, NOW)
    for count in (1, 2):
        assert len(next(batches)) == BATCH
        assert stream.lines == 1 + count * BATCH
    batches.close()


def test_a_batch_is_not_larger_than_a_transaction_may_be():
    assert BATCH <= 5000


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b""])
def test_a_line_of_any_length_is_refused_in_pieces(ending):
    stream = io.BytesIO(b"x" * 10_000_000 + ending + LINE)
    first, *rest = next(json_lines(stream, NOW))
    assert str(first.outcome) == f"is longer than {MAX_LINE} bytes"
    assert [line.number for line in rest] == [2] * bool(ending)


def test_no_more_than_a_line_is_asked_for_at_once():
    stream = Long(b"x" * 2 * MAX_LINE + b"\n")
    lines = json_lines(stream, NOW)
    next(lines)
    assert stream.largest == MAX_LINE + 1


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("last", [b"", b"\n", b"\r\n", b"\n\n"])
def test_line_ends_may_be_of_either_kind_and_the_last_be_missing(ending, last):
    content = ending.join([LINE, b"", LINE, b"  ", LINE]) + last
    batches = list(json_lines(io.BytesIO(content), NOW))
    assert numbers(batches) == [1, 3, 5]
    assert all(isinstance(line.outcome, Checked) for line in batches[0])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff", "is not UTF-8 at byte 1"),
        (b'{"id": "\xc3\x28"}', "is not UTF-8 at byte 9"),
        (b"\xed\xa0\x80", "is not UTF-8 at byte 1"),
        (b"\x00", "is not JSON: Expecting value at character 1"),
        (LINE + LINE, f"is not JSON: Extra data at character {len(LINE) + 1}"),
        (LINE + b"\r" + LINE, f"is not JSON: Extra data at character {len(LINE) + 2}"),
    ],
)
def test_a_spoilt_line_spoils_no_other(content, message):
    (batch,) = json_lines(io.BytesIO(b"\n".join([LINE, content, LINE])), NOW)
    assert [str(line.outcome) for line in batch if isinstance(line.outcome, EventError)] == [message]
    assert [line.number for line in batch if isinstance(line.outcome, Checked)] == [1, 3]


def test_a_byte_order_mark_is_dropped_at_the_beginning_alone():
    mark = b"\xef\xbb\xbf"
    (batch,) = json_lines(io.BytesIO(mark + LINE + b"\n" + mark + LINE), NOW)
    assert [type(line.outcome) for line in batch] == [Draft, EventError]


def trace_ids(rows: list[bytes], usage: AzureUsage = USAGE) -> list[str]:
    content = b"\n".join([AZURE_HEADER.encode(), *rows])
    batches = azure_csv(io.BytesIO(content), usage, NOW)
    return [line.outcome.id for batch in batches for line in batch if isinstance(line.outcome, Draft)]


@pytest.mark.django_db
class TestTraceIds:
    def test_they_are_the_same_every_time(self):
        assert trace_ids([ROW] * 3) == trace_ids([ROW] * 3)

    def test_equal_rows_are_told_apart_by_their_number(self):
        assert len(set(trace_ids([ROW] * 3))) == 3

    def test_equal_rows_are_told_apart_across_batches(self):
        assert len(set(trace_ids([ROW] * (BATCH + 10)))) == BATCH + 10

    def test_other_rows_between_make_no_difference(self):
        other = b"2023-11-16 18:17:04,1,1"
        assert set(trace_ids([ROW, other, b"spoilt", ROW])) > set(trace_ids([ROW, ROW]))

    def test_the_seventh_decimal_makes_another_row(self):
        rows = [b"2023-11-16 18:17:03.9799600,4808,10", b"2023-11-16 18:17:03.9799601,4808,10"]
        assert trace_ids(rows)[0] != trace_ids(rows)[1]

    def test_another_key_makes_other_ids(self):
        assert trace_ids([ROW]) != trace_ids([ROW], AzureUsage("key_b", "azure", "gpt-5.5"))

    def test_other_prices_or_names_make_the_same(self):
        assert trace_ids([ROW]) == trace_ids([ROW], AzureUsage("key_a", "other", "other"))

    def test_a_file_that_is_left_half_read_does_not_hinder_the_next(self):
        batches = azure_csv(Long(ROW + b"\n", AZURE_HEADER.encode() + b"\n"), USAGE, NOW)
        next(batches)
        batches.close()
        assert len(trace_ids([ROW])) == 1


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        (USAGE, Decimal("0.14484")),
        (AzureUsage("k", "p", "m", Decimal("0.000001"), Decimal(0)), Decimal("0.000000004808")),
        (AzureUsage("k", "p", "m"), None),
    ],
)
def test_a_price_a_million_gives_an_exact_cost(usage, cost):
    assert usage.cost(4808, 10) == cost
