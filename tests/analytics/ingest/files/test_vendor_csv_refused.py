"""Exports that are not what they should be: mistakes by line and column, what is good kept; and the options."""

import csv
import io
import os
from datetime import UTC, datetime

import pytest

from analytics.ingest.files import vendor_csv
from analytics.ingest.files.headers import REQUIRED
from analytics.ingest.files.vendors import EXPORTS
from analytics.management.commands.import_usage import Command
from analytics.models import Request
from tests.analytics.export_files import FILES, KEY_MAP, changed, spend_log, written
from tests.servers import ROOT

pytestmark = pytest.mark.django_db

OPENAI, ANTHROPIC, LITELLM = (FILES[f"{name}-csv"] for name in ("openai", "anthropic", "litellm"))


@pytest.mark.parametrize(
    ("kind", "column"), [(kind, column) for kind, names in REQUIRED.items() if kind in FILES for column in names]
)
def test_a_missing_column_is_named_before_anything_is_recorded(kind, column, run, usage_file):
    rows = [
        {name: value for name, value in row.items() if name != column}
        for row in csv.DictReader(io.StringIO(FILES[kind]))
    ]
    path = usage_file(written(rows))
    code, said, complaints = run(path, format=kind, key_map=KEY_MAP)
    assert (code, said) == (1, "recorded 0, repeated 0, refused 0\n")
    assert complaints[0].startswith(f"{path}: has no column {column}, got ")
    assert not Request.objects.exists()


@pytest.mark.parametrize(
    ("kind", "header", "said"),
    [
        (
            "openai-csv",
            "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,project_id",
            "has no column num_model_requests: it is OpenAI's export of costs, which has no tokens:"
            " export its usage (Activity)",
        ),
        (
            "anthropic-csv",
            "usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,cost_type",
            "has no column model_version: it is Anthropic's export of costs, which has no tokens: export its usage",
        ),
        ("openai-csv", "a,b", 'has no column start_time, got "a,b"'),
        ("openai-csv", '"a', 'has no column start_time, got "\\"a"'),
        ("openai-csv", b"\xff", 'has no column start_time, got "is not UTF-8 at byte 1"'),
        ("openai-csv", "", "is empty"),
        ("openai-csv", OPENAI.splitlines()[0] + ",model", "has the column model twice"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(kind, header, said, run, usage_file):
    path = usage_file(header)
    answer = (1, "recorded 0, repeated 0, refused 0\n", [f"{path}: {said}"])
    assert run(path, format=kind, key_map=KEY_MAP) == answer


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("openai-csv", "start_time,end_time,start_time_iso,end_time_iso\n1759881600,1759968000,2025-10-08,2025-10-09"),
        ("openai-csv", "\n".join([OPENAI.splitlines()[0], OPENAI.splitlines()[-1]])),
        ("litellm-csv", LITELLM.splitlines()[0]),
    ],
)
def test_an_export_without_usage_says_so(kind, content, run, usage_file):
    path = usage_file(content)
    code, said, complaints = run(path, format=kind, key_map=KEY_MAP)
    assert (code, said.splitlines()[0]) == (0, "recorded 0, repeated 0, refused 0: nothing new")
    assert complaints == [f"{path}: there is no usage in it"]


@pytest.mark.parametrize("change", ["bom", "crlf", "large", "last line"])
def test_byte_order_marks_line_ends_and_large_cells_make_no_difference(change, run, usage_file):
    prompts = written([spend_log("a", "prod", messages='"' + "x\n" * 200_000 + '"'), spend_log("b", "prod")])
    content = {
        "bom": b"\xef\xbb\xbf" + LITELLM.encode(),
        "crlf": OPENAI.replace("\n", "\r\n").encode(),
        "large": prompts.encode(),
        "last line": ANTHROPIC.rstrip("\n").encode(),
    }[change]
    kind = {"crlf": "openai-csv", "last line": "anthropic-csv"}.get(change, "litellm-csv")
    assert run(usage_file(content), format=kind, key_map=KEY_MAP)[::2] == (0, [])


def test_a_quote_spoils_its_own_line_and_no_other(run, usage_file):
    header, *_ = LITELLM.splitlines()
    good = [written([spend_log(name, "prod")]).splitlines()[1] for name in "abcdefg"]
    half = 'spoilt, "by a quote'
    text = "\n".join([header, good[0], half, *good[1:5], "x,y", half, good[5], half, good[6]])
    code, _, complaints = run(usage_file(text), format="litellm-csv", key_map=KEY_MAP)
    assert code == 1
    assert [line.split(":")[0] for line in complaints] == ["line 3", "line 8", "line 9", "line 11"]
    assert set(Request.objects.values_list("event_id", flat=True)) == set("abcdefg")


def test_a_record_without_an_end_is_given_up_where_it_is_too_long(run, usage_file, monkeypatch):
    monkeypatch.setattr(vendor_csv, "MAX_RECORD", 3000)
    header, *_ = LITELLM.splitlines()
    good = [written([spend_log(str(number), "prod")]).splitlines()[1] for number in range(30)]
    text = "\n".join([header, "spoilt, by 'a \"quote", *good, "x" * 4000, good[0]])
    code, said, complaints = run(usage_file(text), format="litellm-csv", key_map=KEY_MAP)
    assert (code, said.splitlines()[0]) == (1, "recorded 30, repeated 1, refused 2")
    assert [line.split(":")[0] for line in complaints] == ["line 2", "line 33"]
    assert complaints[1] == "line 33: is longer than 3000 bytes"


BAD_CELLS = [
    ("openai-csv", {"start_time": "soon"}, 'start_time: must be a whole number, got "soon"'),
    ("openai-csv", {"start_time": "9" * 30}, f'start_time: must be seconds since 1970, got "{"9" * 30}"'),
    ("openai-csv", {"start_time": "1"}, "start_time: must not be before 2000-01-01, got"),
    ("openai-csv", {"input_tokens": "1.5"}, 'input_tokens: must be a whole number, got "1.5"'),
    ("openai-csv", {"input_tokens": ""}, 'input_tokens: must be a whole number, got ""'),
    ("openai-csv", {"output_tokens": "-1"}, "output_tokens: must not be negative, got -1"),
    ("openai-csv", {"num_model_requests": "0"}, "num_model_requests: must be from 1 to 1000000, got 0"),
    ("openai-csv", {"num_model_requests": "1000001"}, "num_model_requests: must be from 1 to 1000000, got 1000001"),
    ("openai-csv", {"input_cached_tokens": "59204"}, "input_cached_tokens: must be at most input_tokens (59203), got"),
    ("openai-csv", {"model": ""}, 'model: must not be empty, got ""'),
    ("anthropic-csv", {"usage_date_utc": "08/05/2026"}, "usage_date_utc: must be a time like 2026-06-20 23:30:00,"),
    ("anthropic-csv", {"usage_date_utc": "2026-02-30"}, "usage_date_utc: must be a date and time that exists,"),
    ("anthropic-csv", {"usage_input_tokens_no_cache": "-1"}, "usage_input_tokens_no_cache: must not be negative, got"),
    ("anthropic-csv", {"model_version": " "}, 'model_version: must not be empty, got ""'),
    ("openrouter-csv", {"cost_total": "$1"}, 'cost_total: must be an amount from 0 to 1000000, got "$1"'),
    ("openrouter-csv", {"cost_total": "-1"}, 'cost_total: must be an amount from 0 to 1000000, got "-1"'),
    ("openrouter-csv", {"cost_total": "1e999"}, 'cost_total: must be an amount from 0 to 1000000, got "1e999"'),
    ("openrouter-csv", {"generation_id": ""}, 'generation_id: must not be empty, got ""'),
    ("openrouter-csv", {"tokens_cached": "10390"}, "tokens_cached: must be at most input_tokens (10389), got"),
    ("litellm-csv", {"startTime": "yesterday"}, "startTime: must be a time like 2026-06-20 23:30:00,"),
    ("litellm-csv", {"metadata": "{"}, 'metadata: must be a JSON object, got "{"'),
    ("litellm-csv", {"metadata": "[]"}, 'metadata: must be a JSON object, got "[]"'),
    ("litellm-csv", {"prompt_tokens": "x"}, 'prompt_tokens: must be a whole number, got "x"'),
]


@pytest.mark.parametrize(("kind", "cells", "complaint"), BAD_CELLS)
def test_a_bad_cell_is_refused_by_line_and_the_other_row_is_kept(kind, cells, complaint, run, usage_file):
    code, said, complaints = run(usage_file(changed(kind, **cells)), format=kind, key_map=KEY_MAP)
    assert code == 1
    assert len(complaints) == 1
    assert complaints[0].startswith(f"line 2: {complaint}")
    assert said.splitlines()[0].endswith("repeated 0, refused 1")
    assert Request.objects.exists()


def test_a_row_with_another_number_of_values_is_refused(run, usage_file):
    text = "\n".join([*ANTHROPIC.splitlines()[:2], "1,2,3"])
    complaints = run(usage_file(text), format="anthropic-csv", key_map=KEY_MAP)[2]
    assert complaints == ["line 3: must have 14 values, got 3"]


@pytest.mark.parametrize(
    ("kind", "cells", "column"),
    [
        # now is 2026-11-18 12:30
        ("openai-csv", {"start_time": "1794960000", "end_time": "1795046400"}, "end_time"),
        ("anthropic-csv", {"usage_date_utc": "2026-11-18"}, "usage_date_utc"),
        ("anthropic-csv", {"usage_date_utc": "2026-11-18 12:00"}, "usage_date_utc"),
    ],
)
def test_a_sum_that_still_grows_is_refused_so_that_it_never_counts_twice(kind, cells, column, run, usage_file):
    code, _, complaints = run(usage_file(changed(kind, **cells)), format=kind, key_map=KEY_MAP)
    assert code == 1
    said = f"line 2: {column}: had not ended when the file was written, 2026-11-18 12:30 UTC"
    assert [line.split(", got")[0] for line in complaints] == [said]


def test_what_had_not_ended_when_the_file_was_written_is_refused_later_too(run, usage_file):
    """Yesterday's export of yesterday: the next one has the whole day, which is another sum."""
    path = usage_file(changed("anthropic-csv", usage_date_utc="2026-11-16"))
    os.utime(path, times=(0, datetime(2026, 11, 16, 15, 30, tzinfo=UTC).timestamp()))
    code, said, complaints = run(path, format="anthropic-csv", key_map=KEY_MAP)
    assert (code, said.splitlines()[0]) == (1, "recorded 1, repeated 0, refused 1")
    assert complaints == [
        'line 2: usage_date_utc: had not ended when the file was written, 2026-11-16 15:30 UTC, got "2026-11-16"'
    ]
    os.utime(path, times=(0, datetime(2026, 11, 17, tzinfo=UTC).timestamp()))
    assert run(path, format="anthropic-csv", key_map=KEY_MAP)[0] == 0


@pytest.mark.parametrize("text", ["2026-11-17", "2026-11-18 11:00"])
def test_a_day_or_hour_that_has_ended_is_taken(text, run, usage_file):
    path = usage_file(changed("anthropic-csv", usage_date_utc=text))
    assert run(path, format="anthropic-csv", key_map=KEY_MAP)[::2] == (0, [])


@pytest.mark.parametrize("kind", FILES)
def test_help_and_the_document_name_every_format_and_column(kind):
    document = (ROOT / "docs/imports.md").read_text()
    columns = {*REQUIRED[kind], *EXPORTS[kind].missed}
    assert [name for name in (kind, *columns) if f"`{name}`" not in document] == []
    assert kind in Command().create_parser("manage.py", "import_usage").format_help()
