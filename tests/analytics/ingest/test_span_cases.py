"""What real senders write of a call, and what must be handed to the ledger: the acceptance cases for spans.

They are read from CASES_DIR, by default ../shared/cases, and are no part of this repository. What several spans tell of
one call is put together here as the ledger does it (one answer's id, or parent and child), only to see that it can.
"""

import json
import os
import re
from itertools import combinations
from pathlib import Path

import pytest

from analytics.ingest.otlp_encoding import JSON, each
from analytics.ingest.spans import model_call
from tests.servers import ROOT

DIRECTORY = Path(os.environ.get("CASES_DIR") or ROOT / "../shared/cases").resolve()
NAMES = sorted(path.name for path in DIRECTORY.glob("otlp-*.json")) or ["otlp-*.json"]
CASES = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.skipif(not DIRECTORY.exists(), reason="no cases")) for name in NAMES]
)
TOKENS = {
    "inputTokens": "input_tokens",
    "outputTokens": "output_tokens",
    "cachedInputTokens": "cached_input_tokens",
    "cacheWriteTokens": "cache_write_tokens",
    "reasoningTokens": "reasoning_tokens",
}


def case(name: str) -> dict:
    return json.loads((DIRECTORY / name).read_text())


def events_of(case: dict) -> list[dict]:
    """Each span once, however often it is sent."""
    spans = [span for body in case["sends"] for span in each(json.dumps(body).encode(), JSON)]
    calls = [call.event for span in spans if (call := model_call(span))]
    return list({event["id"]: event for event in calls}.values())


def counts(event: dict) -> tuple:
    return event["input_tokens"], event["output_tokens"]


def model(event: dict) -> str:
    """Its name without its date and its route, which is enough to tell these apart."""
    return re.sub(r".*/|.*\banthropic\.|-v\d:\d$|-\d{4}-?\d{2}-?\d{2}(?=$|-v)", "", event["model"])


def tied(one: dict, other: dict) -> bool:
    answers = one.get("response_id"), other.get("response_id")
    parents = one["ties"].parent == other["ties"].span or other["ties"].parent == one["ties"].span
    same_answer = bool(answers[0]) and answers[0] == answers[1]
    overlap = max(one["timestamp"], other["timestamp"]) <= min(one["ended_at"], other["ended_at"])
    agree = counts(one) == counts(other) or (0, 0) in (counts(one), counts(other))
    return model(one) == model(other) and agree and (parents or (same_answer and overlap))


def calls_of(events: list[dict]) -> list[list[dict]]:
    calls = [[event] for event in events]
    for one, other in combinations(events, 2):
        mine, its = (next(call for call in calls if event in call) for event in (one, other))
        if mine is not its and tied(one, other):
            mine += its
            calls.remove(its)
    return calls


@CASES
def test_a_cases_spans_are_its_calls(name):
    expected = case(name)["expect"]
    calls = calls_of(events_of(case(name)))
    assert len(calls) == expected["requestCount"]
    failed = [call for call in calls if any(event["status"] == "error" for event in call)]
    assert len(failed) == expected.get("errorCount", 0)
    models = {model(event) for call in calls for event in call}
    assert models == set(expected.get("models", models))


@CASES
def test_a_cases_tokens_are_all_counted_in_the_right_class(name):
    wanted = {field: TOKENS[field] for field in case(name)["expect"] if field in TOKENS}
    calls = calls_of(events_of(case(name)))
    sums = {field: sum(max(event[ours] for event in call) for call in calls) for field, ours in wanted.items()}
    assert sums == {field: case(name)["expect"][field] for field in wanted}


@CASES
def test_a_cases_stated_cost_is_handed_on_and_no_other(name):
    expected = case(name)["expect"]
    stated = {str(event["cost_usd"].normalize()) for event in events_of(case(name)) if event.get("cost_usd")}
    assert stated == ({expected["cost"]} if expected.get("estimated") is False else set())


@CASES
def test_nothing_of_a_case_is_refused_in_another_order(name):
    told = case(name)
    turned = told | {"sends": told["sends"][::-1]}
    by_id = [{event["id"]: event for event in events_of(one)} for one in (told, turned)]
    assert by_id[0] == by_id[1]
