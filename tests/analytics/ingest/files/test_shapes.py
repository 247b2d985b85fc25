"""Exports of gateways and clouds, as their documentation has them: known by their shape, and what they come to."""

import json
from datetime import datetime
from decimal import Decimal

import pytest

from analytics.ingest.files.shapes import INSTEAD, SHAPES
from analytics.ingest.files.vendors import EXPORTS
from analytics.models import Request
from tests.analytics.export_files import written

pytestmark = pytest.mark.django_db

BEDROCK = {
    "schemaType": "ModelInvocationLog",
    "timestamp": "2026-06-20T23:30:00Z",
    "accountId": "1",
    "identity": {"arn": "arn:aws:iam::1:user/prod"},
    "region": "us-east-1",
    "requestId": "915a6a04",
    "operation": "Converse",
    "modelId": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "input": {"inputTokenCount": 35, "cacheReadInputTokenCount": 100, "cacheWriteInputTokenCount": 20},
    "output": {"outputTokenCount": 446},
}
AZURE = {
    "time": "2026-06-20T23:30:00.5Z",
    "category": "GatewayLlmLogs",
    "resourceId": "/SUBSCRIPTIONS/1",
    "properties": {
        "correlationId": "c-1",
        "modelName": "gpt-4o",
        "promptTokens": 35,
        "completionTokens": 10,
        "totalTokens": 45,
    },
}
VERTEX = {
    "endpoint": "prod",
    "logging_time": "2026-06-20 23:30:00.5 UTC",
    "request_id": "7",
    "model": "publishers/google/models/gemini-2.5-pro",
    "full_response": json.dumps(
        {
            "usageMetadata": {
                "promptTokenCount": 35,
                "candidatesTokenCount": 10,
                "thoughtsTokenCount": 5,
                "cachedContentTokenCount": 7,
                "totalTokenCount": 50,
            }
        }
    ),
}
LANGFUSE = {
    "id": "obs-1",
    "traceId": "t-1",
    "type": "GENERATION",
    "startTime": "2026-06-20T23:30:00.000Z",
    "endTime": "2026-06-20T23:30:01.000Z",
    "model": "gpt-4o",
    "usageDetails": {"input": 30, "input_cached_tokens": 5, "output": 8, "output_reasoning_tokens": 2, "total": 45},
    "costDetails": {"total": 0.0123},
    "level": "DEFAULT",
}
HELICONE = {
    "request_id": "h-1",
    "request_created_at": "2026-06-20T23:30:00.000Z",
    "response_created_at": "2026-06-20T23:30:01.000Z",
    "response_status": 200,
    "provider": "OPENAI",
    "model": "gpt-4o",
    "prompt_tokens": 35,
    "completion_tokens": 10,
    "prompt_cache_read_tokens": 5,
    "total_tokens": 45,
    "cost": 0.0123,
}
PORTKEY = {
    "id": "p-1",
    "created_at": "2026-06-20T23:30:00.000Z",
    "ai_org": "openai",
    "ai_model": "gpt-4o",
    "req_units": 35,
    "res_units": 10,
    "total_units": 45,
    "cost": 1.23,
    "is_success": True,
    "response_status_code": 200,
}
CLOUDFLARE = {
    "id": "cf-1",
    "created_at": "2026-06-20T23:30:00.000Z",
    "provider": "openai",
    "model": "gpt-4o",
    "tokens_in": 35,
    "tokens_out": 10,
    "cost": 0.0123,
    "success": True,
    "status_code": 200,
}
VERCEL = {
    "day": "2026-06-20",
    "model": "openai/gpt-4o",
    "total_cost": 0.0123,
    "market_cost": 0.02,
    "input_tokens": 35,
    "output_tokens": 10,
    "cached_input_tokens": 5,
    "cache_creation_input_tokens": 3,
    "reasoning_tokens": 2,
    "request_count": 4,
}
OPENROUTER = {
    "date": "2026-06-20",
    "model": "openai/gpt-4o",
    "model_permaslug": "openai/gpt-4o-2024-08-06",
    "endpoint_id": "e",
    "provider_name": "OpenAI",
    "usage": 0.0123,
    "byok_usage_inference": 0.01,
    "requests": 3,
    "prompt_tokens": 35,
    "completion_tokens": 10,
    "reasoning_tokens": 2,
}
RECORDS = {
    "bedrock-json": BEDROCK,
    "azure-gateway-json": AZURE,
    "vertex-json": VERTEX,
    "langfuse": LANGFUSE,
    "helicone": HELICONE,
    "portkey": PORTKEY,
    "cloudflare": CLOUDFLARE,
    "vercel": VERCEL,
    "openrouter-activity": OPENROUTER,
}
# requests, input, output, cached, written, reasoning, cost
SUMS = {
    "bedrock-json": (1, 155, 446, 100, 20, 0, None),
    "azure-gateway-json": (1, 35, 10, 0, 0, 0, None),
    "vertex-json": (1, 35, 15, 7, 0, 5, None),
    "langfuse": (1, 35, 10, 5, 0, 2, "0.0123"),
    "helicone": (1, 40, 10, 5, 0, 0, "0.0123"),
    "portkey": (1, 35, 10, 0, 0, 0, "0.0123"),
    "cloudflare": (1, 35, 10, 0, 0, 0, "0.0123"),
    "vercel": (4, 35, 10, 5, 3, 2, "0.0123"),
    "openrouter-activity": (3, 35, 10, 0, 0, 2, "0.0223"),
}


def sums() -> tuple:
    requests = list(Request.objects.all())
    names = ("input_tokens", "output_tokens", "cached_input_tokens")
    costs = [one.cost for one in requests if one.cost is not None]
    return (
        len(requests),
        *(sum(getattr(one, name) for one in requests) for name in names),
        sum(costs) if costs else None,
    )


def test_there_is_a_record_of_every_shape():
    assert set(RECORDS) == set(SHAPES) == set(SUMS)


FORMS = {
    "lines": lambda record: json.dumps(record) + "\n" + json.dumps(record),
    "array": lambda record: json.dumps([record, record], indent=1),
    "answer": lambda record: json.dumps({"object": "list", "data": [record, record]}),
    "one line": lambda record: json.dumps({"results": [record, record]}),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", RECORDS)
def test_an_export_is_known_by_its_shape_and_comes_to_its_sums(kind, form, run, usage_file):
    requests, tokens_in, tokens_out, cached, _, _, cost = SUMS[kind]
    twice = 1 if "id" in SHAPES[kind].places else 2  # without ids equal lines are two
    code, said, complaints = run(usage_file(FORMS[form](RECORDS[kind])), api_key="key_olga")
    assert (code, complaints) == (0, [])
    assert sums() == tuple(
        one and one * twice for one in (requests, tokens_in, tokens_out, cached, cost and Decimal(cost))
    )
    assert [f"not in the file: {words}" for words in EXPORTS[kind].unknown] == said.splitlines()[1:]


@pytest.mark.parametrize("kind", ["helicone", "portkey", "cloudflare", "vercel", "openrouter-activity", "langfuse"])
def test_the_same_as_csv_is_the_same(kind, run, usage_file):
    row = {name: json.dumps(value) if isinstance(value, dict) else value for name, value in RECORDS[kind].items()}
    assert run(usage_file(json.dumps(RECORDS[kind]), "a"), api_key="key_olga")[0] == 0
    first = sums()
    again = run(usage_file(written([row]), "b"), api_key="key_olga")
    assert (again[0], again[1].splitlines()[0]) == (0, f"recorded 0, repeated {SUMS[kind][0]}, refused 0: nothing new")
    assert sums() == first


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


# --- what is told what to do instead ---

OTHERS = [
    written([{"amount_value": "1", "amount_currency": "usd", "start_time": "1"}]),
    written([{"token_type": "input", "cost_usd": "1", "usage_date_utc": "2026-06-20"}]),
    written([{"Date": "06/20/2026", "MeterCategory": "Cognitive Services", "MeterName": "gpt", "Quantity": "1"}]),
    written([{"lineItem/UsageType": "x", "lineItem/UsageAmount": "1", "c": "d"}]),
    json.dumps({"object": "page", "data": [{"results": [{"object": "organization.costs.result", "amount": {}}]}]}),
    json.dumps({"data": [{"starting_at": "x", "results": [{"currency": "USD", "amount": "1", "workspace_id": "w"}]}]}),
    json.dumps({"category": "RequestResponse", "resourceId": "/x", "properties": {}}),
    json.dumps({"billing_account_id": "1", "sku": {"id": "x"}, "cost": 1}),
    json.dumps({"Gateway": "g", "RequestBody": {}, "StatusCode": 200}),
]


@pytest.mark.parametrize("content", OTHERS)
def test_a_file_without_tokens_is_named_and_told_what_to_do_instead(content, run, usage_file):
    code, said, (complaint,) = run(usage_file(content), api_key="key_olga")
    assert (code, said) == (1, "recorded 0, repeated 0, refused 0\n")
    assert any(words in complaint for words in INSTEAD)
    assert ": " in complaint


def test_what_nobody_knows_is_told_of_map(run, usage_file):
    path = usage_file("when,which,how many\n2026-06-20,gpt-4o,7\n")
    assert run(path)[2] == [
        f"{path}: is no export that is known here: --map says what its columns are: when, which, how many"
    ]
    path = usage_file(json.dumps({"data": [{"when": 1, "what": 2}]}))
    assert run(path, api_key="key_olga")[2] == [f"{path}: is no export that is known here: its fields are when, what"]
