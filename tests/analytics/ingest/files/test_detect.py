"""Which format a file is taken for by its first line, and what is said where it is none."""

import json

import pytest

from analytics.ingest.files.detect import format_of, is_json
from analytics.ingest.files.lines import FormatError
from tests.analytics.export_files import FILES, TRACE
from tests.analytics.export_records import RECORDS


def test_what_nobody_knows_is_told_of_map(run, usage_file):
    path = usage_file("when,which,how many\n2026-06-20,gpt-4o,7\n")
    assert run(path)[2] == [
        f"{path}: is no export that is known here: --map says what its columns are: when, which, how many"
    ]


ONE_EVENT = b'{"id": "a", "timestamp": "2026-06-20T23:30:00Z"}\n'
EMPTY_OPENAI = b"start_time,end_time,start_time_iso,end_time_iso\n"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        *((text.splitlines()[0].encode(), kind) for kind, text in FILES.items()),
        *((json.dumps(record).encode(), kind) for kind, record in RECORDS.items()),
        (TRACE.splitlines()[0].encode(), "azure-csv"),
        (b"\xef\xbb\xbf" + TRACE.splitlines()[0].encode() + b"\r\n", "azure-csv"),
        (EMPTY_OPENAI, "openai-csv"),  # of a time without usage
        (EMPTY_OPENAI.replace(b",", b";"), "openai-csv"),
        (ONE_EVENT, "jsonl"),
        (b"\xef\xbb\xbf" + ONE_EVENT, "jsonl"),
        (b"{\n", "json"),  # a document over many lines
        (b" [ \n", "json"),
        (b"{}", "jsonl"),
        (b'{"data": []}', "json"),
        (b'[{"id": 1}]', "json"),
        (b"{spoilt", "jsonl"),
        (b"", "jsonl"),
        (b"nonsense", "jsonl"),
        (b"one,two", "jsonl"),  # too few columns to be a table
        (b"one,,three", "jsonl"),
        (b"\xff\xff", "jsonl"),
    ],
)
def test_a_file_is_taken_for_what_its_first_line_says(head, kind):
    assert format_of(head) == kind


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (
            b"token_type,cost_usd,usage_date_utc",
            "it is Anthropic's export of costs, which has no tokens: export its usage",
        ),
        (b"a;b;c", "is no export that is known here: --map says what its columns are: a, b, c"),
        (
            ",".join(f"c{n}" for n in range(9)).encode(),
            "is no export that is known here: --map says what its columns are: c0, c1, c2, c3, c4, c5, c6, c7, …",
        ),
        (
            b'{"object": "organization.costs.result"}',
            "is OpenAI's report of costs, which has no tokens: ask for /v1/organization/usage/completions",
        ),
    ],
)
def test_a_table_that_is_none_of_them_is_said_to_be_so(head, said):
    with pytest.raises(FormatError) as refused:
        format_of(head)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("head", "json_like"),
    [(b"{", True), (b" \t[1]", True), (b"\xef\xbb\xbf{", True), (b"", False), (b'"{"', False), (b"a,{", False)],
)
def test_json_begins_with_an_object_or_a_list(head, json_like):
    assert is_json(head) is json_like
