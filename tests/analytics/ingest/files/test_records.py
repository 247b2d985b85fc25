"""A record by its shape: whose it is, when it was, what failed, what it cost, and what it cannot say."""

import json
from datetime import datetime
from decimal import Decimal

import pytest

from analytics.ingest.files import records
from analytics.ingest.files.shapes import SHAPES
from analytics.ingest.files.vendor_csv import Keys
from analytics.models import Request
from tests.analytics.export_records import BEDROCK, CLOUDFLARE, HELICONE, LANGFUSE, OPENROUTER, PORTKEY, VERCEL
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


def test_the_key_is_the_one_the_record_names(run, usage_file, workspace):
    path = usage_file(json.dumps(BEDROCK))
    assert run(path, key_map=["arn:aws:iam::1:user/prod=key_search"])[0] == 0
    assert Request.objects.get().api_key_id == workspace.search_key.pk


@pytest.mark.parametrize(
    "changed",
    [
        BEDROCK | {"errorCode": "ThrottlingException"},
        LANGFUSE | {"level": "ERROR"},
        HELICONE | {"response_status": 500},
        PORTKEY | {"is_success": False},
        CLOUDFLARE | {"success": False},
        CLOUDFLARE | {"status_code": 429},
    ],
)
def test_a_failure_is_an_error(changed, run, usage_file):
    assert run(usage_file(json.dumps(changed)), api_key="key_olga")[0] == 0
    assert Request.objects.get().is_error


def test_what_is_no_model_call_is_ignored_and_counted(run, usage_file):
    lines = [LANGFUSE, LANGFUSE | {"id": "obs-2", "type": "SPAN"}, LANGFUSE | {"id": "obs-3", "type": "EVENT"}]
    said = run(usage_file("\n".join(map(json.dumps, lines))), api_key="key_olga")[1]
    assert said.splitlines()[0] == "recorded 1, repeated 0, ignored 2, refused 0"


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (
            CLOUDFLARE | {"created_at": "soon"},
            'line 1: created_at: must be a time like 2026-06-20T23:30:00Z, got "soon"',
        ),
        (CLOUDFLARE | {"tokens_in": -1}, "line 1: tokens_in: must not be negative, got -1"),
        (CLOUDFLARE | {"tokens_in": 1.5}, 'line 1: tokens_in: must be a whole number, got "1.5"'),
        (CLOUDFLARE | {"model": ""}, "line 1: model: must not be empty"),
        (VERCEL | {"request_count": 0}, "line 1: request_count: must be from 1 to 1000000, got 0"),
        (VERCEL | {"day": "2026-11-18"}, "line 1: day: had not ended when the file was written"),
    ],
)
def test_what_a_record_cannot_say_is_refused_by_its_own_name_for_it(record, words, run, usage_file):
    good = VERCEL if "day" in record else CLOUDFLARE | {"id": "cf-2"}
    code, _, (complaint,) = run(usage_file(json.dumps(record) + "\n" + json.dumps(good)), api_key="key_olga")
    assert (code, Request.objects.exists()) == (1, True)
    assert words in complaint


def test_a_cost_that_cannot_be_is_not_stated_and_the_command_says_so(run, usage_file):
    costs = [CLOUDFLARE | {"cost": -1}, CLOUDFLARE | {"id": "cf-2", "cost": "a lot"}, CLOUDFLARE | {"id": "cf-3"}]
    files = [
        usage_file("\n".join(map(json.dumps, costs)), "a"),
        usage_file(json.dumps(VERCEL | {"reasoning_tokens": 99}), "b"),
    ]
    code, said, complaints = run(*files, api_key="key_olga")
    assert (code, complaints) == (0, [])
    assert said.splitlines()[:2] == [
        "recorded 7, repeated 0, mended 3, refused 0",  # a row that stands for four requests is mended once
        "recorded without what could not be used: cost_usd (2), reasoning_tokens (1)",
    ]
    assert Request.objects.filter(cost=None).count() == 2
    assert run(*files, api_key="key_olga")[1].splitlines()[0] == (
        "recorded 0, repeated 7, mended 3, refused 0: nothing new"
    )


@pytest.mark.parametrize(
    ("moment", "read"),
    [
        (1781998200, "2026-06-20T23:30:00+00:00"),
        (1781998200.25, "2026-06-20T23:30:00.250000+00:00"),
        (1781998200250, "2026-06-20T23:30:00.250000+00:00"),
        (1781998200250001, "2026-06-20T23:30:00.250001+00:00"),
        (1781998200250001999, "2026-06-20T23:30:00.250001+00:00"),
        ("1781998200250", "2026-06-20T23:30:00.250000+00:00"),
        ("2026-06-20 23:30:00.25", "2026-06-20T23:30:00.250000+00:00"),
        ("2026-06-21T01:30:00+02:00", "2026-06-20T23:30:00+00:00"),
    ],
)
def test_times_are_read_as_they_are_written(moment, read, run, usage_file):
    assert run(usage_file(json.dumps(CLOUDFLARE | {"created_at": moment})), api_key="key_olga")[0] == 0
    assert Request.objects.get().occurred_at == datetime.fromisoformat(read)


# --- one record, without the command ---

KEYS = Keys(default="key_1")


def usage_of(kind: str, record: dict) -> dict:
    found = records.usage(SHAPES[kind], record, KEYS, NOW)
    return found.fields


RECORD = {"a": {"b": {"c": 1}}, "text": '{"b": 2}', "a.b": 3, "empty": "", "none": None, "spoilt": "{b"}


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("a.b.c", 1),
        ("a.b", 3),  # a column of that name comes first
        ("text.b", 2),  # a cell that holds JSON
        ("a.x", None),
        ("a.b.c.d", None),
        ("spoilt.b", None),
        ("empty", None),
        ("none", None),
        ("text.b=2", None),  # what is compared is text
    ],
)
def test_a_place_is_a_column_or_leads_into_what_it_holds(place, value):
    assert records.at(RECORD, place) == value


@pytest.mark.parametrize(
    ("marks", "there"),
    [
        (("a", "none", "empty"), True),  # with something in them or not
        (("nowhere|a",), True),
        (("a", "nowhere"), False),
        (("object=log",), False),
        ((), True),
    ],
)
def test_all_marks_must_be_there(marks, there):
    assert records.has(RECORD, marks) is there


@pytest.mark.parametrize(("value", "there"), [("log", True), ("logs", False), (None, False)])
def test_a_mark_may_ask_for_a_value(value, there):
    assert records.has({"object": value}, ("object=log",)) is there


PARTS = {"input": 30, "input_cached_tokens": 5, "cache_creation_input_tokens": 4, "output": 8}
PARTS |= {"output_reasoning_tokens": 2}


@pytest.mark.parametrize(
    ("total", "tokens"),
    [
        (None, (39, 10)),  # it says of no total: what it counts beside goes into the whole
        (49, (39, 10)),
        (47, (39, 8)),  # the cache is beside its whole, the reasoning in it
        (38, (30, 8)),  # each is in its whole
        (40, (30, 8)),  # no sum of them: as it stands there
    ],
)
def test_the_total_says_whether_parts_are_in_their_whole(total, tokens):
    details = PARTS if total is None else PARTS | {"total": total}
    fields = usage_of("langfuse", LANGFUSE | {"usageDetails": details})
    assert (fields["input_tokens"], fields["output_tokens"]) == tokens
    assert [fields[name] for name in ("cached_input_tokens", "cache_write_tokens", "reasoning_tokens")] == [5, 4, 2]


@pytest.mark.parametrize(
    ("kind", "record", "cost"),
    [
        ("portkey", PORTKEY | {"cost": "0.07"}, Decimal("0.0007")),  # it counts cents
        ("openrouter-activity", OPENROUTER | {"usage": None}, Decimal("0.01")),
        ("openrouter-activity", OPENROUTER | {"usage": 0, "byok_usage_inference": 0}, Decimal(0)),
        ("openrouter-activity", OPENROUTER | {"usage": None, "byok_usage_inference": ""}, None),
        ("cloudflare", CLOUDFLARE | {"cost": "1e-13"}, Decimal(0)),
        ("cloudflare", CLOUDFLARE | {"cost": 0.1 + 0.2}, Decimal("0.3")),
    ],
)
def test_a_cost_is_dollars_and_none_where_none_is_said(kind, record, cost):
    assert usage_of(kind, record)["cost_usd"] == cost


@pytest.mark.parametrize(
    ("value", "status"),
    [(399, "success"), (400, "error"), ("429", "error"), ("", "success"), ("soon", "success"), (None, "success")],
)
def test_an_answer_of_400_or_more_is_a_failure(value, status):
    assert usage_of("helicone", HELICONE | {"response_status": value})["status"] == status


def test_the_key_is_the_first_that_is_said_and_the_provider_the_gateway_where_none_is():
    record = CLOUDFLARE | {"provider": "", "metadata": {"key": "prod"}, "gateway_id": "gate"}
    found = records.usage(SHAPES["cloudflare"], record, Keys(named={"prod": "key_2", "gate": "key_3"}), NOW)
    assert (found.fields["api_key"], found.fields["provider"]) == ("key_2", "cloudflare")
