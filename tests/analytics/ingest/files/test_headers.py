"""A file is known by its header: every format's columns, whatever stands between them, and what it is if no format."""

import csv
import io

import pytest

from analytics.ingest.files.headers import REQUIRED, delimiter, fits, fitting, known, missing
from analytics.ingest.files.headers import cells as names_of
from analytics.models import Request
from tests.analytics.export_files import FILES, KEY_MAP, TRACE, sums_of

MORE = {"jsonl": {}, "azure-csv": {"api_key": "key_olga", "model": "m", "provider": "p"}}


@pytest.mark.parametrize(
    ("asked", "given"),
    [(asked, given) for asked in (*MORE, *FILES) for given in ("azure-csv", *FILES) if asked != given],
)
def test_the_header_of_another_format_is_recognized(asked, given, run, usage_file):
    path = usage_file({"azure-csv": TRACE, **FILES}[given])
    code, said, complaints = run(path, format=asked, **MORE.get(asked, {"key_map": KEY_MAP}))
    assert (code, said) == (1, "recorded 0, repeated 0, refused 0\n")
    assert len(complaints) == 1
    assert complaints[0].endswith(f" its header fits --format {given}")


def spelled(text: str, between: str) -> str:
    """The same rows with other signs between them."""
    again = io.StringIO()
    csv.writer(again, delimiter=between).writerows(csv.reader(io.StringIO(text)))
    return again.getvalue()


@pytest.mark.parametrize("between", [";", "\t"])
@pytest.mark.parametrize("kind", FILES)
def test_semicolons_and_tabs_stand_between_columns_as_commas_do(kind, between, run, usage_file):
    assert run(usage_file(FILES[kind], "a.csv"), key_map=KEY_MAP)[0] == 0
    before = sums_of()
    code, said, complaints = run(usage_file(spelled(FILES[kind], between), "b.csv"), key_map=KEY_MAP)
    assert (code, complaints, "nothing new" in said) == (0, [], True)
    assert sums_of() == before


def test_what_a_header_is_taken_for_does_not_depend_on_signs_inside_names(run, usage_file):
    content = '"at, when";"model; name";in\n2026-06-20;gpt-4o;7\n'
    names = ["timestamp=at, when", "model=model; name", "input_tokens=in"]
    assert run(usage_file(content), api_key="key_olga", map=names)[0] == 0
    assert Request.objects.get().input_tokens == 7


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (" a , b\r\n", ["a", "b"]),
        ('"a, b";c', ["a, b", "c"]),
        ("a\tb,c\td", ["a", "b,c", "d"]),
        ('"a', []),  # no CSV
        ("", []),
    ],
)
def test_names_are_trimmed_and_told_apart_by_what_stands_between_most(text, names):
    assert names_of(text) == names


@pytest.mark.parametrize(
    ("text", "sign"), [("a,b;c", ","), ("a;b;c,d", ";"), ("a\tb\tc,d", "\t"), ('"a;b;c",d', ","), ("", ",")]
)
def test_the_sign_that_tells_most_names_apart_stands_between_them(text, sign):
    assert delimiter(text) == sign


@pytest.mark.parametrize("kind", REQUIRED)
def test_a_format_is_known_by_its_columns_in_any_order_with_others_and_not_without_one(kind):
    columns = [mark.split("|")[-1] for mark in REQUIRED[kind]]
    assert known([*reversed(columns), "news"]) == kind
    assert [missing(columns[:n] + columns[n + 1 :], REQUIRED[kind]) for n in range(len(columns))] == [
        [mark] for mark in REQUIRED[kind]
    ]


def test_an_export_of_openai_with_tokens_is_not_taken_for_one_of_images():
    assert known(["start_time", "end_time", "num_model_requests", "model", "input_tokens", "images"]) == "openai-csv"


@pytest.mark.parametrize(
    ("header", "mark", "there"),
    [
        (["b"], "a|b", True),
        (["c"], "a|b", False),
        (["usage"], "usage.input", True),  # a column that holds an object
        (["usage.input"], "usage.input", True),
        (["usage.output"], "usage.input", False),
        (["a"], "", False),
    ],
)
def test_a_mark_may_be_either_of_two_columns_or_stand_inside_one(header, mark, there):
    assert fits(header, [mark]) is there


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (FILES["litellm-csv"].splitlines()[0].split(","), "its header fits --format litellm-csv"),
        (
            ["Date", "MeterCategory", "Quantity"],
            "it is Azure's export of costs, which has no requests: turn on API Management's log GatewayLlmLogs",
        ),
        (["a", "b"], ""),
        ([], ""),
    ],
)
def test_what_a_header_fits_is_said_in_words(header, words):
    assert fitting(header) == words
