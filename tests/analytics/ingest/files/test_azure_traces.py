"""The Azure traces: known by their header alone, priced by the options, and ids that a second import finds again."""

import io
from decimal import Decimal

import pytest

from analytics.ingest.event_rules import Draft
from analytics.ingest.files import lines
from analytics.ingest.files.azure_traces import AzureUsage, azure_csv
from analytics.ingest.files.headers import AZURE_HEADER
from analytics.ingest.files.lines import BATCH
from analytics.models import Request
from tests.analytics.export_files import TRACE, TRACE_HEADER, TRACE_OPTIONS, TRACE_ROW
from tests.analytics.ingest.files.long import Long
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


ROW = TRACE_ROW.encode()

USAGE = AzureUsage("key_a", "azure", "gpt-5.5", Decimal(30), Decimal(60))


def trace_ids(rows: list[bytes], usage: AzureUsage = USAGE) -> list[str]:
    content = b"\n".join([AZURE_HEADER.encode(), *rows])
    batches = azure_csv(io.BytesIO(content), usage, NOW)
    return [line.outcome.id for batch in batches for line in batch if isinstance(line.outcome, Draft)]


def test_a_trace_is_read_a_batch_at_a_time():
    stream = Long(ROW + b"\n", AZURE_HEADER.encode() + b"\n")
    batches = azure_csv(stream, USAGE, NOW)
    for count in (1, 2):
        assert len(next(batches)) == BATCH
        assert stream.lines == 1 + count * BATCH
    batches.close()


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


# --- by the command ---


def test_a_trace_is_priced_and_its_seventh_decimal_cut(run, usage_file):
    assert run(usage_file(TRACE), **TRACE_OPTIONS) == (0, "recorded 1, repeated 0, refused 0\n", [])
    request = Request.objects.get()
    assert request.occurred_at.isoformat() == "2023-11-16T18:17:03.979960+00:00"
    assert (request.input_tokens, request.output_tokens, f"{request.cost:.5f}") == (4808, 10, "0.14484")


def test_equal_rows_are_as_many_requests_and_a_second_import_none(run, usage_file):
    path = usage_file(TRACE_HEADER + "\r\n".join([TRACE_ROW] * 3))
    assert run(path, **TRACE_OPTIONS)[1] == "recorded 3, repeated 0, refused 0\n"
    assert run(path, **TRACE_OPTIONS)[1] == "recorded 0, repeated 3, refused 0: nothing new\n"


def test_the_same_trace_under_another_key_is_other_usage(run, usage_file):
    path = usage_file(TRACE)
    for key in ("key_olga", "key_dora"):
        assert run(path, **TRACE_OPTIONS | {"api_key": key})[1] == "recorded 1, repeated 0, refused 0\n"


def test_a_trace_without_prices_is_not_priced(run, usage_file):
    run(usage_file(TRACE), **TRACE_OPTIONS | {"input_usd_per_1m": None, "output_usd_per_1m": None})
    assert Request.objects.get().cost is None


def test_bad_rows_of_a_trace_are_named_by_its_own_columns(run, usage_file):
    rows = [
        TRACE_ROW,
        "2023-11-16 18:17:03.9799600,4808",
        "2023-11-16T18:17:03Z,1,1",
        "2023-11-16 18:17:03,1.5,1",
        "2023-11-16 18:17:03,1,-1",
        "2023-02-30 18:17:03,1,1",
        '"2023-11-16 18:17:03,1,1',
        TRACE_ROW,
    ]
    code, said, complaints = run(usage_file(TRACE_HEADER + "\n".join(rows)), **TRACE_OPTIONS)
    assert (code, said) == (1, "recorded 2, repeated 0, refused 6\n")
    assert complaints == [
        "line 3: must have 3 values, got 2",
        'line 4: TIMESTAMP: must be a time like 2023-11-16 18:17:03.9799600, got "2023-11-16T18:17:03Z"',
        'line 5: ContextTokens: must be a whole number, got "1.5"',
        "line 6: GeneratedTokens: must not be negative, got -1",
        'line 7: TIMESTAMP: must be a date and time that exists, got "2023-02-30T18:17:03Z"',
        "line 8: is not CSV: unexpected end of data",
    ]


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("", '""'),
        ("Time,In,Out\n1,2,3", '"Time,In,Out"'),
        (TRACE_ROW, f'"{TRACE_ROW}"'),
        (b"\xff\xfe\n", '"is not UTF-8 at byte 1"'),
        ("h" * (lines.MAX_LINE + 1), '"is longer than 65536 bytes"'),
    ],
)
def test_a_trace_must_begin_with_its_header(content, shown, run, usage_file):
    path = usage_file(content)
    complaint = f"{path}: must begin with the header TIMESTAMP,ContextTokens,GeneratedTokens, got {shown}"
    assert run(path, **TRACE_OPTIONS) == (1, "recorded 0, repeated 0, refused 0\n", [complaint])
