"""Exports of gateways and clouds, as their documentation has them: known by their shape, and what they come to."""

import json
from decimal import Decimal

import pytest

from analytics.ingest.files.shapes import INSTEAD, SHAPES
from analytics.ingest.files.vendors import EXPORTS
from analytics.models import Request
from tests.analytics.export_files import written
from tests.analytics.export_records import RECORDS

pytestmark = pytest.mark.django_db

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
