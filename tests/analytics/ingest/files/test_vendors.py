"""What the columns of each console mean: models, providers, tiers, caches, reasoning, and what has no tokens."""

import csv
import io
from contextlib import nullcontext
from datetime import datetime
from decimal import Decimal

import pytest

from analytics.ingest.decoding import EventError
from analytics.ingest.files.headers import REQUIRED
from analytics.ingest.files.shapes import SHAPES
from analytics.ingest.files.vendor_csv import Keys
from analytics.ingest.files.vendors import EXPORTS
from analytics.models import Model, Request
from tests.analytics.export_files import FILES, KEY_MAP, LATER, changed, drafts_of

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize("column", ["images", "characters", "seconds"])
def test_openais_exports_without_tokens_are_requests(column, run, usage_file):
    text = f"start_time,end_time,num_model_requests,model,{column}\n1759622400,1759708800,3,tts-1,70\n"
    code, said, complaints = run(usage_file(text), api_key="key_olga")
    assert (code, said.splitlines()[0], complaints) == (0, "recorded 3, repeated 0, refused 0", [])


@pytest.mark.parametrize(
    ("kind", "provider", "models", "all_priced"),
    [
        ("openai-csv", {"openai"}, {"gpt-4o", "gpt-5"}, False),
        ("anthropic-csv", {"anthropic"}, {"claude-opus-5", "claude-haiku-4-5"}, False),
        ("openrouter-csv", {"openrouter"}, {"claude-sonnet-4-5", "gpt-oss-120b"}, True),
        ("litellm-csv", {"openai", "litellm"}, {"gpt-4o-mini", "mini"}, False),
    ],
)
def test_each_export_has_its_provider_and_models(kind, provider, models, all_priced, run, usage_file):
    run(usage_file(FILES[kind]), format=kind, key_map=KEY_MAP)
    found = Model.objects.filter(pk__in=Request.objects.values("model_id"))
    assert {model.provider for model in found} == provider
    assert {model.canonical for model in found} == models
    assert Request.objects.filter(cost=None).exists() is not all_priced


# --- one row, without the command ---

KEYS = Keys(named={"prod": "key_1", "batch": "key_2"})


def usages(kind: str, **cells: str) -> list:
    """What the export's two rows say, the first changed."""
    rows = csv.DictReader(io.StringIO(changed(kind, **cells)))
    return [EXPORTS[kind].read(row, KEYS, LATER) for row in rows]


def test_a_row_of_openai_stands_for_as_many_requests_as_it_counts():
    first, second = usages("openai-csv")
    assert (first.requests, first.fields["input_tokens"], first.fields["api_key"]) == (10, 59203, "key_1")
    assert (second.requests, second.fields["input_tokens"], second.fields["api_key"]) == (8, 46264, "key_2")


@pytest.mark.parametrize(
    "cells",
    [
        {"num_model_requests": "", "input_tokens": ""},  # a time without usage
        {"num_model_requests": "0", "input_tokens": "0", "output_tokens": "0.0"},
    ],
)
def test_a_row_of_openai_without_usage_tells_of_none(cells):
    assert usages("openai-csv", **cells)[0] is None


def test_a_row_without_requests_that_has_tokens_is_refused():
    with pytest.raises(EventError, match="num_model_requests: must be from 1 to 1000000, got 0"):
        usages("openai-csv", num_model_requests="0")


@pytest.mark.parametrize(
    ("kind", "standard", "other"),
    [
        ("openai-csv", {"service_tier": "standard"}, {"batch": "TRUE"}),
        ("anthropic-csv", {"usage_type": "standard"}, {"usage_type": "batch"}),
    ],
)
def test_rows_of_another_tier_are_others_and_those_without_one_are_the_standards(kind, standard, other):
    (column,) = standard
    without, with_it, others = (usages(kind, **cells)[0] for cells in ({column: ""}, standard, other))
    assert without.identity == with_it.identity  # so that what was imported before tiers were read is known again
    assert others.identity[: len(without.identity)] == without.identity
    assert others.identity != without.identity


@pytest.mark.parametrize(
    ("window", "is_sum"),
    [("≤ 200k", True), ("", True), ("0-200k", True), ("> 200k", False), (">200k", False), ("200k-1M", False)],
)
def test_a_row_of_anthropic_is_a_sum_unless_every_request_of_it_was_long(window, is_sum):
    assert usages("anthropic-csv", context_window=window)[0].fields["ties"].is_sum is is_sum


@pytest.mark.parametrize(
    ("begin", "written_at", "over"),
    [
        ("2026-08-05", "2026-08-06T00:00Z", True),
        ("2026-08-05", "2026-08-05T23:59Z", False),
        ("2026-08-05 02:00", "2026-08-05T03:00Z", True),
        ("2026-08-05 02:00", "2026-08-05T02:59Z", False),
    ],
)
def test_a_row_of_anthropic_is_of_a_day_or_where_it_has_a_time_of_an_hour(begin, written_at, over):
    row = next(csv.DictReader(io.StringIO(changed("anthropic-csv", usage_date_utc=begin))))
    refused = nullcontext() if over else pytest.raises(EventError, match="usage_date_utc: had not ended")
    with refused:
        EXPORTS["anthropic-csv"].read(row, KEYS, datetime.fromisoformat(written_at))


@pytest.mark.parametrize(
    ("cost", "external", "dollars"),
    [("0.5", "0.02", "0.52"), ("", "0.02", "0.02"), ("0.5", "", "0.5"), ("0", "0", "0"), ("", "", None)],
)
def test_openrouters_cost_is_its_own_and_what_was_paid_with_ones_own_key(cost, external, dollars):
    first = usages("openrouter-csv", cost_total=cost, byok_usage_inference=external)[0]
    assert first.fields["cost_usd"] == (dollars and Decimal(dollars))


def test_an_export_is_called_what_its_format_is_and_its_missing_columns_are_none_that_it_needs():
    assert {kind: export.kind for kind, export in EXPORTS.items()} == {kind: kind for kind in EXPORTS}
    assert set(EXPORTS) == {*REQUIRED, *SHAPES}
    assert [export.kind for export in EXPORTS.values() if set(export.missed) & set(export.required)] == []
