"""What consoles say beside input and output: tiers, what was written to a cache, reasoning; as CSV and JSON."""

import io
import json
from decimal import Decimal

import pytest
from django.core.management import call_command

from analytics.ingest.files.vendor_csv import Keys, opened
from analytics.ingest.files.vendors import EXPORTS
from analytics.models import Request
from tests.analytics.export_files import FILES, changed, written
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

LATER = NOW.replace(day=26)
PARTS = ("cached_input_tokens", "cache_write_tokens", "reasoning_tokens", "cache_write_1h_tokens")


def drafts_of(kind: str, text: str) -> list:
    file = opened(io.BytesIO(text.encode()), EXPORTS[kind], Keys(default="key_1"), LATER, LATER)
    return [line.outcome for batch in file.batches for line in batch]


@pytest.mark.parametrize(
    ("kind", "cells", "tier"),
    [
        ("openai-csv", {"batch": "TRUE"}, "batch"),
        ("openai-csv", {"batch": "False", "service_tier": "flex"}, "flex"),
        ("openai-csv", {"batch": "", "service_tier": "default"}, "standard"),
        ("openai-csv", {"service_tier": ""}, "standard"),
        ("anthropic-csv", {"usage_type": "batch"}, "batch"),
        ("anthropic-csv", {"usage_type": "standard"}, "standard"),
        ("anthropic-csv", {"usage_type": "priority"}, "priority"),
    ],
)
def test_the_tier_is_the_columns(kind, cells, tier):
    assert {one.service_tier for one in drafts_of(kind, changed(kind, **cells))[:1]} == {tier}


def test_what_was_written_to_a_cache_is_read_and_how_long_it_is_kept():
    first = drafts_of("anthropic-csv", FILES["anthropic-csv"])[0]
    assert (first.input_tokens, first.cached_input_tokens) == (63181, 200)
    assert (first.cache_write_tokens, first.cache_write_1h_tokens) == (16000, 31)


def test_openrouters_reasoning_and_answer_are_read():
    first = drafts_of("openrouter-csv", FILES["openrouter-csv"])[0]
    assert (first.reasoning_tokens, first.response_id) == (100, "gen-1782618417-NpEX".replace("NpEX", "NEpX"))


@pytest.mark.parametrize("requests", [1, 2, 3, 7])
@pytest.mark.parametrize(
    "tokens", [(2, 1, 1, 1), (10, 4, 5, 2), (11, 5, 6, 6), (3, 0, 3, 1), (100, 33, 66, 5), (7, 7, 0, 0)]
)
def test_the_requests_of_a_sum_share_every_class_and_parts_stay_within_their_whole(requests, tokens):
    whole, read, written, hour = tokens
    report = {
        "day": "2026-06-20",
        "model": "m",
        "total_cost": "0.000000000010",
        "input_tokens": whole,
        "output_tokens": whole,
        "cached_input_tokens": read,
        "cache_creation_input_tokens": written,
        "reasoning_tokens": hour,
        "request_count": requests,
    }
    text = ",".join(report) + "\n" + ",".join(map(str, report.values())) + "\n"
    drafts = drafts_of("vercel", text)
    assert len(drafts) == requests
    sums = {name: sum(getattr(one, name) for one in drafts) for name in ("input_tokens", *PARTS[:3], "cost_usd")}
    assert list(sums.values()) == [whole, read, written, hour, Decimal("0.00000000001")]
    assert all(one.cached_input_tokens + one.cache_write_tokens <= one.input_tokens for one in drafts)
    assert all(one.reasoning_tokens <= one.output_tokens for one in drafts)


OPENAI = {
    "object": "page",
    "data": [
        {
            "object": "bucket",
            "start_time": 1759622400,
            "end_time": 1759708800,
            "results": [
                {
                    "object": "organization.usage.completions.result",
                    "input_tokens": 1000,
                    "output_tokens": 500,
                    "input_cached_tokens": 800,
                    "input_audio_tokens": 0,
                    "output_audio_tokens": 0,
                    "num_model_requests": 5,
                    "project_id": None,
                    "api_key_id": "prod",
                    "model": "gpt-4o-2024-08-06",
                    "batch": True,
                },
                {
                    "object": "organization.usage.images.result",
                    "images": 2,
                    "num_model_requests": 2,
                    "api_key_id": "prod",
                    "model": "dall-e-3",
                },
            ],
        },
        {"object": "bucket", "start_time": 1759708800, "end_time": 1759795200, "results": []},
    ],
}
ANTHROPIC = {
    "data": [
        {
            "starting_at": "2026-08-05T00:00:00Z",
            "ending_at": "2026-08-06T00:00:00Z",
            "results": [
                {
                    "uncached_input_tokens": 1500,
                    "cache_creation": {"ephemeral_1h_input_tokens": 1000, "ephemeral_5m_input_tokens": 500},
                    "cache_read_input_tokens": 200,
                    "output_tokens": 500,
                    "api_key_id": "prod",
                    "model": "claude-opus-5",
                    "service_tier": "batch",
                }
            ],
        }
    ],
    "has_more": False,
    "next_page": None,
}


@pytest.mark.parametrize(
    ("report", "requests", "tokens"),
    [(OPENAI, 7, (1000, 500, 800)), (ANTHROPIC, 1, (3200, 500, 200))],
    ids=["OpenAI", "Anthropic"],
)
def test_the_reports_of_their_apis_come_to_the_same_as_their_exports(report, requests, tokens, run, usage_file):
    for indent in (None, 2):
        assert run(usage_file(json.dumps(report, indent=indent)), key_map=["prod=key_olga"])[::2] == (0, [])
    found = Request.objects.all()
    names = ("input_tokens", "output_tokens", "cached_input_tokens")
    assert (len(found), tuple(sum(getattr(one, name) for one in found) for name in names)) == (requests, tokens)


@pytest.mark.parametrize("column", ["images", "characters", "seconds"])
def test_openais_exports_without_tokens_are_requests(column, run, usage_file):
    text = f"start_time,end_time,num_model_requests,model,{column}\n1759622400,1759708800,3,tts-1,70\n"
    code, said, complaints = run(usage_file(text), api_key="key_olga")
    assert (code, said.splitlines()[0], complaints) == (0, "recorded 3, repeated 0, refused 0", [])


# --- what a sum costs: nobody knows how long its requests were ---

CONSOLE = {
    "usage_date_utc": "2026-06-20",
    "model_version": "claude-sonnet-4-5-20250929",
    "context_window": "≤ 200k",
    "usage_input_tokens_no_cache": 1_000_000,
    "usage_input_tokens_cache_write_5m": 0,
    "usage_input_tokens_cache_write_1h": 0,
    "usage_input_tokens_cache_read": 0,
    "usage_output_tokens": 0,
}
REPORT = {
    "model": "claude-sonnet-4-5-20250929",
    "context_window": "0-200k",
    "uncached_input_tokens": 1_000_000,
    "output_tokens": 0,
}


def reported(window: str) -> str:
    edges = {"starting_at": "2026-06-20T00:00:00Z", "ending_at": "2026-06-21T00:00:00Z"}
    return json.dumps({"data": [edges | {"results": [REPORT | {"context_window": window}]}]})


SUMS = {
    "of short requests": (written([CONSOLE]), "3"),
    "of long ones": (written([CONSOLE | {"context_window": "> 200k"}]), "6"),
    "of whichever": (written([{name: one for name, one in CONSOLE.items() if name != "context_window"}]), "3"),
    "reported, of short ones": (reported("0-200k"), "3"),
    "reported, of long ones": (reported("200k-1M"), "6"),
}


@pytest.mark.parametrize(("content", "cost"), SUMS.values(), ids=SUMS)
def test_a_sum_has_the_price_of_short_requests_unless_all_of_them_were_long(content, cost, run, usage_file, settings):
    settings.CATALOGUE = True
    assert run(usage_file(content), api_key="key_olga")[0] == 0
    assert Request.objects.get().cost == Decimal(cost)
    call_command("reprice", all=True)
    assert Request.objects.get().cost == Decimal(cost)


@pytest.mark.parametrize(("requests", "cost"), [("1", "6"), ("2", "3")])
def test_a_row_of_one_request_is_as_long_as_it_says(requests, cost, run, usage_file, settings):
    settings.CATALOGUE = True
    row = {"at": "2026-06-20T10:00:00Z", "name": "claude-sonnet-4-5", "in": 1_000_000, "many": requests}
    names = ["timestamp=at", "model=name", "input_tokens=in", "requests=many"]
    assert run(usage_file(written([row])), api_key="key_olga", map=names, provider="anthropic")[0] == 0
    assert sum(one.cost for one in Request.objects.all()) == Decimal(cost)
