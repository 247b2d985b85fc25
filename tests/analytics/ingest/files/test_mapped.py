"""Any other CSV, by `--map`: what its columns are called, and what is said of the options."""

from decimal import Decimal

import pytest
from django.core.management import CommandError

from analytics.models import Request

pytestmark = pytest.mark.django_db

CSV = """\
call,created_at,model_name,who,in,out,from cache,dollars,result
a,2026-06-20 23:30:00,gpt-4o,prod,100,20,30,0.0123,ok
b,2026-06-20T23:31:00Z,gpt-4o-mini,batch,50,,,,failed
"""
MAP = [
    "id=call",
    "timestamp=created_at",
    "model=model_name",
    "api_key=who",
    "input_tokens=in",
    "output_tokens=out",
    "cached_input_tokens=from cache",
    "cost_usd=dollars",
    "status=result",
]
KEYS = {"key_map": ["prod=key_olga", "batch=key_search"]}


def test_columns_are_read_as_they_are_mapped(run, usage_file):
    path = usage_file(CSV)
    code, said, complaints = run(path, map=MAP, provider="openai", **KEYS)
    assert (code, said, complaints) == (0, "recorded 2, repeated 0, refused 0\n", [])
    first, second = Request.objects.order_by("event_id")
    assert (first.input_tokens, first.output_tokens, first.cached_input_tokens) == (100, 20, 30)
    assert (first.cost, first.is_error, second.cost, second.is_error) == (Decimal("0.0123"), False, None, True)
    assert run(path, map=MAP, provider="openai", **KEYS)[1] == "recorded 0, repeated 2, refused 0: nothing new\n"


def test_what_is_not_mapped_is_said_at_the_end(run, usage_file):
    said = run(usage_file(CSV), map=MAP[1:3], api_key="key_olga")[1].splitlines()
    assert said[0] == "recorded 2, repeated 0, refused 0"
    assert [line.split(":")[1] for line in said[1:]] == [" costs", " ids"]


def test_a_sum_is_as_many_requests_as_its_column_says(run, usage_file):
    path = usage_file("day,model,n,tokens,usd\n2026-06-20,gpt-4o,3,10,1\n")
    mapped = ["timestamp=day", "model=model", "requests=n", "input_tokens=tokens", "cost_usd=usd"]
    assert run(path, map=mapped, api_key="key_olga")[0] == 0
    requests = Request.objects.all()
    assert sorted(one.input_tokens for one in requests) == [3, 3, 4]
    assert sum(one.cost for one in requests) == 1


def test_a_bad_cell_is_refused_by_its_column(run, usage_file):
    path = usage_file(CSV.replace(",100,", ",many,").replace(",50,", ",-1,"))
    code, _, complaints = run(path, map=MAP, **KEYS)
    assert (code, complaints) == (
        1,
        ['line 2: in: must be a whole number, got "many"', "line 3: in: must not be negative, got -1"],
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"map": ["timestamp=created_at"]}, "--map: model=COLUMN is required"),
        ({"map": ["model=x"]}, "--map: timestamp=COLUMN is required"),
        ({"map": [*MAP, "colour=x"]}, '--map: names no field, got "colour"'),
        ({"map": [*MAP, "provider"]}, '--map: must be FIELD=COLUMN, got "provider"'),
        ({"map": [*MAP, "model=other"]}, "--map: names two columns for model"),
        ({"map": MAP, "format": "openrouter-csv"}, "--map: is not for --format openrouter-csv"),
        ({"format": "csv"}, "--map: timestamp=COLUMN is required"),
    ],
)
def test_what_is_wrong_with_the_options_is_said_before_a_file_is_read(options, words, run, usage_file):
    with pytest.raises(CommandError) as refused:
        run(usage_file(CSV), **options, **KEYS)
    assert words in str(refused.value)


def test_a_column_that_is_not_there_is_named(run, usage_file):
    path = usage_file(CSV)
    (complaint,) = run(path, map=["timestamp=created_at", "model=nowhere"], api_key="key_olga")[2]
    assert complaint.startswith(f'{path}: has no column nowhere, got "call,created_at,')
