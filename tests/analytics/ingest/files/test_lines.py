"""Files are streams: however long a file or a line is, no more than a batch of it is ever held."""

import io
import json

import pytest

from analytics.ingest.decoding import EventError
from analytics.ingest.event_rules import Draft
from analytics.ingest.files.lines import BATCH, MAX_LINE, TURN, json_lines
from analytics.ingest.plain import Checked
from tests.analytics.ingest.files.long import Long
from tests.conftest import NOW

LINE = json.dumps(
    {"id": "a", "timestamp": "2026-06-20T23:30:00Z", "api_key": "k", "provider": "openai", "model": "gpt-5.5"}
).encode()


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
