"""The acceptance cases of LiteLLM, as far as its events say: what two of them tell of one call is put together here."""

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest

from analytics.ingest.decoding import decode
from analytics.ingest.event_rules import check
from analytics.ingest.files.vendor_csv import Keys, opened
from analytics.ingest.files.vendors import EXPORTS
from analytics.ingest.litellm_payload import call
from tests.conftest import NOW

CASES = Path(os.environ.get("CASES_DIR", Path(__file__).parents[3] / "../shared/cases"))
LATER = NOW.replace(day=26)  # the cases are of the days before
FOUND = sorted([*CASES.glob("litellm-*.json"), *CASES.glob("import-litellm-*.json")])
TOKENS = {
    "inputTokens": "input_tokens",
    "outputTokens": "output_tokens",
    "cachedInputTokens": "cached_input_tokens",
    "cacheWriteTokens": "cache_write_tokens",
    "reasoningTokens": "reasoning_tokens",
}

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not FOUND, reason="there are no acceptance cases here: CASES_DIR says where they are"),
]


def events_of(sent: object) -> list:
    """Of what goes in by LiteLLM's two doors; what other doors tell is theirs to read."""
    match sent:
        case {"file": name}:
            with (CASES / name).open("rb") as stream:
                file = opened(stream, EXPORTS["litellm-csv"], Keys(default="key_1"), LATER, LATER)
                return [line.outcome for batch in file.batches for line in batch if hasattr(line.outcome, "model")]
        case {"path": "/usage/litellm", "body": body} | body if isinstance(body, list):
            calls = [call(decode(json.dumps(payload))) for payload in body]
            return [check({**one.event, "api_key": "key_1"}, LATER) for one in calls if one.is_usage]
    return []


def calls_of(events: list) -> list:
    """One event for each call: the first of those that are alike or have one answer."""
    known, calls = set(), []
    for event in sorted(events, key=lambda one: one.timestamp):
        names = {event.ties.alike, event.response_id} - {None}
        if not names & known:
            calls.append(event)
        known |= names
    return calls


def sums_of(calls: list) -> dict[str, object]:
    costs = [one.cost_usd for one in calls if one.cost_usd is not None]
    return {name: sum(getattr(one, field) for one in calls) for name, field in TOKENS.items()} | {
        "requestCount": len(calls),
        "errorCount": sum(one.status == "error" for one in calls),
        "unpricedRequestCount": len(calls) - len(costs),
        "cost": sum(costs) if costs else None,
    }


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_a_case_comes_to_its_sums(path):
    case = json.loads(path.read_text())
    sums = sums_of(calls_of([event for sent in case["sends"] for event in events_of(sent)]))
    expected = {name: value for name, value in case["expect"].items() if name in sums}
    if expected.get("cost"):
        expected["cost"] = Decimal(expected["cost"])
    assert {name: sums[name] for name in expected} == expected
