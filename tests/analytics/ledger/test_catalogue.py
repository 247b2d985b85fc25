"""The catalogue: what it says of agreed requests, that it says what the list says, and what it cannot say."""

import json
import os
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from genai_prices import Usage
from genai_prices.data import providers as published
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analytics.ledger import catalogue
from tests.analytics.ledger.priced import LISTED, NOON, asked
from tests.counting import calls
from tests.servers import ROOT

CASES = Path(os.environ.get("CASES_DIR", ROOT / "../shared/cases")) / "catalogue-prices.json"


def agreed() -> list[dict]:
    return json.loads(CASES.read_text())["rows"] if CASES.exists() else []


@pytest.mark.skipif(not CASES.exists(), reason=f"no {CASES.name} in {CASES.parent}")
def test_there_are_agreed_costs():
    assert len(agreed()) > 40


@pytest.mark.parametrize("row", agreed(), ids=lambda row: f"{row['provider']}-{row['model']}")
def test_an_agreed_request_costs_what_was_agreed(row):
    known = {key: value for key, value in row.items() if key.endswith("_tokens") or key == "service_tier"}
    usage = asked(row["provider"], row["model"], row["timestamp"], **known)
    assert catalogue.cost(usage) == (row["cost"] and Decimal(row["cost"]))


BEDROCK = "anthropic.claude-sonnet-4-5-20250929-v1:0"


@pytest.mark.parametrize(
    ("provider", "model", "known", "millionths"),
    [
        # 1,000 in and 100 out, in millionths of a dollar: worked out by hand from the makers' pages.
        ("openai", "gpt-4o", {}, 1000 * 2.5 + 100 * 10),
        ("openai", "gpt-4o", {"cached_input_tokens": 400}, 600 * 2.5 + 400 * 1.25 + 100 * 10),
        ("openai", "gpt-4o", {"reasoning_tokens": 60}, 1000 * 2.5 + 100 * 10),
        ("openai", "gpt-4o-2024-05-13", {}, 1000 * 5 + 100 * 15),
        ("openai", "gpt-5.5", {"input_tokens": 272_000}, 272_000 * 5 + 100 * 30),
        ("openai", "gpt-5.5", {"input_tokens": 272_001}, 272_001 * 10 + 100 * 45),
        ("openai", "gpt-4o", {"service_tier": "batch"}, 1000 * 1.25 + 100 * 5),
        ("openai", "gpt-5.5", {"service_tier": "flex"}, 1000 * 2.5 + 100 * 15),
        ("openai", "gpt-5.5", {"service_tier": "Priority"}, 1000 * 12.5 + 100 * 75),
        ("openai", "gpt-5.5", {"service_tier": "auto"}, 1000 * 5 + 100 * 30),
        ("openai", "gpt-5.5", {"service_tier": "of a kind nobody knows"}, 1000 * 5 + 100 * 30),
        # Written for five minutes 1.25 times the input, for an hour twice; read a tenth.
        ("anthropic", "claude-sonnet-4-5", {"cache_write_tokens": 300}, 700 * 3 + 300 * 3.75 + 100 * 15),
        (
            "anthropic",
            "claude-sonnet-4-5-20250929",
            {"cached_input_tokens": 100, "cache_write_tokens": 300, "cache_write_1h_tokens": 300},
            600 * 3 + 100 * 0.3 + 300 * 6 + 100 * 15,
        ),
        ("anthropic", "claude-sonnet-4-5", {"service_tier": "batch"}, 1000 * 1.5 + 100 * 7.5),
        ("anthropic", "claude-sonnet-4-5", {"input_tokens": 200_001}, 200_001 * 6 + 100 * 22.5),
        # A cache that the list has no price for costs what input does.
        ("mistral", "mistral-large-latest", {"cache_write_tokens": 500}, 1000 * 2 + 100 * 6),
        ("google", "gemini-2.5-flash", {"audio_input_tokens": 500}, 500 * 0.3 + 500 * 1 + 100 * 2.5),
        ("google", "gemini-2.5-flash", {"service_tier": "batch"}, 1000 * 0.15 + 100 * 1.25),
        ("openai", "gpt-4o", {"audio_input_tokens": 500, "audio_output_tokens": 50}, 1000 * 2.5 + 100 * 10),
        # A regional profile of Bedrock costs a tenth more than the global one.
        ("bedrock", f"us.{BEDROCK}", {}, 1000 * 3.3 + 100 * 16.5),
        ("AWS", f"bedrock/eu.{BEDROCK}", {}, 1000 * 3.3 + 100 * 16.5),
        ("aws.bedrock", f"arn:aws:bedrock:us-east-1:1:inference-profile/jp.{BEDROCK}", {}, 1000 * 3.3 + 100 * 16.5),
        ("amazon-bedrock", f"global.{BEDROCK}", {}, 1000 * 3 + 100 * 15),
        ("vertex_ai", "vertex_ai/claude-sonnet-4-5@20250929", {}, 1000 * 3 + 100 * 15),
        ("google.vertex.chat", "gemini-2.5-pro", {}, 1000 * 1.25 + 100 * 10),
        ("azure-openai.chat", "azure/gpt-4o", {}, 1000 * 2.5 + 100 * 10),
        # Azure's models are priced by OpenAI's list, which knows OpenAI's tiers, not Azure's.
        ("azure", "gpt-4o", {"service_tier": "priority"}, 1000 * 2.5 + 100 * 10),
        ("openrouter", "openrouter/anthropic/claude-sonnet-4.5", {}, 1000 * 3 + 100 * 15),
        ("openrouter", "anthropic/claude-4.5-sonnet-20250929", {}, 1000 * 3 + 100 * 15),
        ("openrouter", "deepseek/deepseek-r1:free", {}, 0),
        ("groq", "llama-3.3-70b-versatile", {}, 1000 * 0.59 + 100 * 0.79),
    ],
)
def test_a_request_costs(provider, model, known, millionths):
    assert catalogue.cost(asked(provider, model, **known)) == round(Decimal(str(millionths)), 6) / 10**6


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "house-model"),
        ("azure", "our deployment"),
        ("ollama", "llama3:8b"),
        ("ollama", "gpt-oss:20b"),
        ("ollama.chat", "gpt-4o"),
        ("hosted_vllm", "hosted_vllm/openai/gpt-oss-120b"),
        ("lm_studio", "gpt-oss-20b"),
        ("unknown", "ollama/gpt-4o"),
        # Another host's price is not this one's.
        ("deepinfra", "meta-llama/Llama-3.3-70B-Instruct"),
        ("openai", "claude-sonnet-4-5"),
        # Paid by the minute, by the page, by the character.
        ("openai", "whisper-1"),
        ("openai", "tts-1"),
        ("mistral", "mistral-ocr-latest"),
    ],
)
def test_what_the_list_does_not_say_has_no_cost(provider, model):
    assert catalogue.cost(asked(provider, model)) is None


@pytest.mark.parametrize("provider", ["strands-agents", "langchain", "unknown", "_OTHER", "litellm", "acme-gateway"])
@pytest.mark.parametrize(
    ("model", "cost"),
    [
        ("gpt-4o", "0.0035"),
        ("gpt-5.5", "0.008"),
        ("gemini-2.5-pro", "0.00225"),
        (f"us.{BEDROCK}", "0.00495"),
        ("publishers/google/models/gemini-2.5-pro", "0.00225"),
        ("meta-llama/llama-3.3-70b-instruct", None),
        ("gpt-oss-20b", None),
        ("house-model", None),
    ],
)
def test_of_an_unknown_provider_a_model_costs_what_all_who_have_it_ask(provider, model, cost):
    assert catalogue.cost(asked(provider, model)) == (cost and Decimal(cost))


def test_where_hosts_differ_in_one_kind_of_token_what_has_none_of_it_is_priced():
    usage = {"provider": "unknown", "model": "anthropic/claude-sonnet-4.5"}
    assert catalogue.cost(asked(**usage)) == Decimal("0.0045")
    assert catalogue.cost(asked(**usage, cache_write_tokens=10, cache_write_1h_tokens=10)) is None


@pytest.mark.parametrize(
    ("at", "cost"),
    [
        ("2019-01-01T00:00:00+00:00", "0.014"),  # before anything is known, the oldest price
        ("2025-06-09T23:59:59+00:00", "0.014"),
        ("2025-06-10T00:30:00+01:00", "0.014"),  # not yet in UTC
        ("2025-06-10T00:00:00+00:00", "0.0028"),
        ("2026-11-20T12:00:00+00:00", "0.0028"),
    ],
)
def test_the_price_is_that_of_the_day(at, cost):
    assert catalogue.cost(asked("openai", "o3", at)) == Decimal(cost)


@pytest.mark.parametrize(
    ("known", "cost"),
    [
        ({}, None),
        ({"is_error": True}, "0"),
        ({"output_tokens": 1}, "0.00001"),
    ],
)
def test_an_answer_that_says_no_tokens_has_no_cost(known, cost):
    usage = asked("openai", "gpt-4o", **{"input_tokens": 0, "output_tokens": 0} | known)
    assert catalogue.cost(usage) == (cost and Decimal(cost))


def test_an_answer_of_a_free_model_is_free_whatever_it_says():
    assert catalogue.cost(asked("openrouter", "deepseek/deepseek-r1:free", input_tokens=0, output_tokens=0)) == 0


def test_audio_that_came_from_a_cache_is_counted_once():
    usage = asked("gemini", "gemini-2.5-flash", cached_input_tokens=800, audio_input_tokens=500)
    # 200 of the 500 must be fresh, if only 200 are: the other 300 are among the 800.
    assert catalogue.cost(usage) == (Decimal("0.03") * 500 + Decimal("0.1") * 300 + 200 + Decimal("2.5") * 100) / 10**6


@settings(max_examples=300, deadline=None)
@given(
    place=st.integers(0, len(LISTED) - 1),
    second=st.integers(0, 5 * 366 * 86_400),
    tokens=st.lists(st.integers(0, 600_000), min_size=6, max_size=6),
    tier=st.sampled_from(["", "batch", "flex", "priority", "default", "fast", "other"]),
    audio=st.booleans(),
)
@example(place=0, second=0, tokens=[0, 0, 0, 1, 0, 0], tier="", audio=True)  # of which no tokens are told
def test_a_cost_is_what_the_list_itself_works_out(place, second, tokens, tier, audio):
    provider, model, _ = LISTED[place]
    fresh, cached, written, hour, output, part = tokens
    at = datetime(2022, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    mine = {"input_tokens": fresh, "output_tokens": output + part}
    theirs = dict(mine)
    if audio:
        mine |= {"audio_input_tokens": fresh // 3, "audio_output_tokens": part}
        theirs |= {"input_audio_tokens": fresh // 3, "output_audio_tokens": part}
    else:
        whole = {"input_tokens": fresh + cached + written + hour}
        mine |= whole | {"cached_input_tokens": cached, "cache_write_tokens": written + hour}
        mine |= {"cache_write_1h_tokens": hour, "reasoning_tokens": part}
        theirs |= whole | {"cache_read_tokens": cached, "cache_write_tokens": written + hour}
        theirs |= {"cache_write_1h_tokens": hour, "output_reasoning_tokens": part}
    schedule = catalogue._schedule(catalogue._By(model), "" if tier in ("default", "other") else tier)
    context = {"processing": tier} if tier == "batch" else {"service_tier": tier, "speed": tier}
    listed = model.calc_price(
        Usage(**theirs), provider, genai_request_timestamp=at, price_context=context if tier else None
    )
    cost = schedule.cost(asked(provider.id, model.id, at.isoformat(), **mine), at)
    some_tokens = any(theirs.values())
    per_token = "input_mtok" in vars(listed.model_price) or not vars(listed.model_price)
    # We say nothing where the list prices minutes or pages, or no tokens are told; there it says 0.
    free = not any(vars(listed.model_price).values())
    expected = round(listed.total_price, 12) if per_token and (some_tokens or free) else None
    assert cost == expected


@pytest.mark.parametrize("hours", [-11, 5.5, 14])
def test_a_time_is_an_instant_whatever_its_offset(hours):
    at = datetime.fromisoformat(NOON).astimezone(timezone(timedelta(hours=hours)))
    assert catalogue.cost(asked("deepseek", "deepseek-chat", at.isoformat())) == catalogue.cost(
        asked("deepseek", "deepseek-chat")
    )


HEARD = [("openai", "gpt-5.5"), ("aws", f"us.{BEDROCK}"), ("unknown", "gpt-4o")]


@pytest.mark.parametrize(("provider", "model"), HEARD)
def test_what_was_asked_before_is_priced_without_a_look_at_the_list(provider, model):
    usage = asked(provider, model)
    catalogue.cost(usage)
    made = calls(lambda: catalogue.cost(usage))
    assert made["analytics.ledger.rates.Rates.cost"] == 1
    assert [name for name in made if "price_list" in name or "canonical" in name or "price_names" in name] == []
    assert made.total() < 30


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("nowhere", "acme/lodge-{}-20250929"),
        ("bedrock", "us.acme.lodge-{}-20250929-v1:0"),
        ("openai", "lodge-{}"),
        ("azure", "azure/lodge-{}"),
    ],
)
def test_an_unheard_name_takes_fewer_steps_than_the_list_has_models(provider, model):
    catalogue.cost(asked(provider, model.format(0)))
    made = calls(lambda: catalogue.cost(asked(provider, model.format(1))))
    assert made["analytics.ledger.price_names.forms"] == 1
    assert made.total() < sum(len(one.models) for one in published)
