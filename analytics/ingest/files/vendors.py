"""What the columns of each console's export mean. Where the names come from, and what follows: docs/imports.md."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from analytics.ingest.decoding import EventError
from analytics.ingest.files import records, spend_logs
from analytics.ingest.files.cells import DAY, HOUR, Row, amount, ended, moment, positive, seconds, whole, whole_or_none
from analytics.ingest.files.headers import REQUIRED
from analytics.ingest.files.shapes import SHAPES
from analytics.ingest.files.vendor_csv import MAX_REQUESTS, Export, Keys, Usage
from analytics.ledger.usage_event import STANDARD, Ties

# --- OpenAI, Usage → Export → Activity: sums of minutes, hours or days ---


def _openai(row: Row, keys: Keys, written_at: datetime) -> Usage | None:
    start, end = seconds(row, "start_time"), seconds(row, "end_time")
    if not row["num_model_requests"] and not row["input_tokens"]:
        return None  # a time without usage is a row without values
    requests, tokens = whole(row, "num_model_requests"), whole(row, "input_tokens")
    output, cached = whole_or_none(row, "output_tokens"), whole_or_none(row, "input_cached_tokens")
    if not (requests or tokens or output):
        return None
    if not 1 <= requests <= MAX_REQUESTS:
        raise EventError("num_model_requests", f"must be from 1 to {MAX_REQUESTS}, got {requests}")
    ended(end, written_at, row, "end_time")
    key = row.get("api_key_id", "")
    fields = {
        "timestamp": start.isoformat(),
        "api_key": keys.of("api_key_id", key),
        "provider": "openai",
        "model": row["model"],
        "input_tokens": tokens,
        "output_tokens": output,
        "cached_input_tokens": cached,
        "audio_input_tokens": whole_or_none(row, "input_audio_tokens"),
        "audio_output_tokens": whole_or_none(row, "output_audio_tokens"),
        "service_tier": _tier(row),
    }
    edges = (start.isoformat(), end.isoformat())
    told = (fields["service_tier"],) if fields["service_tier"] != STANDARD else ()  # as ids were before it was read
    return Usage(fields, (*edges, key, row["model"], requests, tokens, output, cached, *told), requests)


def _tier(row: Row) -> str:
    return "batch" if row.get("batch", "").lower() in ("true", "1") else row.get("service_tier", "") or STANDARD


def _openai_media(row: Row, keys: Keys, written_at: datetime) -> Usage | None:
    """Images, speech and transcriptions: counted by pieces, seconds or characters, which have no tokens."""
    return _openai(
        {"input_tokens": "0", **row} if row["num_model_requests"] else {"input_tokens": "", **row}, keys, written_at
    )


# --- Anthropic, Usage → Export: sums of hours or days, without the number of requests ---

_TOKENS = REQUIRED["anthropic-csv"][2:]
_LONG = ("> 200k", ">200k", "200k-1M")  # the console's word, and the report's


def _anthropic(row: Row, keys: Keys, written_at: datetime) -> Usage:
    begin = moment(row, "usage_date_utc")
    fresh, *written, cached, output = (positive(row, name) for name in _TOKENS)
    key = row.get("api_key", "")
    fields = {
        "timestamp": begin,
        "api_key": keys.of("api_key", key),
        "provider": "anthropic",
        "model": row["model_version"],
        "input_tokens": fresh + sum(written) + cached,
        "output_tokens": output,
        "cached_input_tokens": cached,
        "cache_write_tokens": sum(written),
        "cache_write_1h_tokens": written[1],
        "service_tier": row.get("usage_type", "") or STANDARD,
        # Nobody knows of how many requests; in a row of long ones every one of them is long.
        "ties": Ties(is_sum=row.get("context_window", "") not in _LONG),
    }
    length = HOUR if ":" in row["usage_date_utc"] else DAY
    with suppress(ValueError, OverflowError):  # no such time: the event's own rules say so
        end = moment(row, "ending_at") if row.get("ending_at") else ""
        edge = datetime.fromisoformat(end) if end else datetime.fromisoformat(begin) + length
        ended(edge, written_at, row, "usage_date_utc")
    told = (fields["service_tier"],) if fields["service_tier"] != STANDARD else ()  # as ids were before it was read
    return Usage(fields, (begin, key, row["model_version"], fresh, *written, cached, output, *told))


# --- OpenRouter, Activity → Export: requests ---


def _openrouter(row: Row, keys: Keys, written_at: datetime) -> Usage:
    cost, external = amount(row, "cost_total"), amount(row, "byok_usage_inference")
    return Usage(
        {
            "id": row["generation_id"],
            "timestamp": moment(row, "created_at"),
            "api_key": keys.of("api_key_name", row.get("api_key_name", "")),
            "provider": "openrouter",
            "model": row["model_permaslug"],
            "input_tokens": whole_or_none(row, "tokens_prompt"),
            "output_tokens": whole_or_none(row, "tokens_completion"),
            "cached_input_tokens": whole_or_none(row, "tokens_cached"),
            "reasoning_tokens": whole_or_none(row, "tokens_reasoning"),
            "response_id": row["generation_id"],
            "cost_usd": cost if external is None else (cost or 0) + external,
            "status": "error" if row.get("finish_reason_normalized") == "error" else "success",
        }
    )


_PRICED = "requests are priced by the price book or the catalogue, or else not priced"
_NO_COST = f"costs: {_PRICED}"

_ALL = (
    Export(
        kind="openai-csv",
        required=REQUIRED["openai-csv"],
        read=_openai,
        names={"timestamp": "start_time", "cached_input_tokens": "input_cached_tokens"},
        missed={
            "api_key_id": "API keys: no column api_key_id",
            "output_tokens": "output: no column output_tokens, counted as 0",
            "input_cached_tokens": "cached input: no column input_cached_tokens, counted as 0",
        },
        unknown=(
            "single requests: those of a row share its tokens evenly and stand at the row's beginning (UTC)",
            _NO_COST,
            "errors",
        ),
        empty=frozenset(("start_time", "end_time", "start_time_iso", "end_time_iso")),
    ),
    Export(
        kind="anthropic-csv",
        required=REQUIRED["anthropic-csv"],
        read=_anthropic,
        names={
            "timestamp": "usage_date_utc",
            "model": "model_version",
            "input_tokens": "usage_input_tokens_*",
            "cached_input_tokens": "usage_input_tokens_cache_read",
            "output_tokens": "usage_output_tokens",
        },
        missed={"api_key": "API keys: no column api_key"},
        unknown=(
            "the number of requests: each row counts as one, at its beginning (UTC)",
            _NO_COST,
            "errors",
        ),
    ),
    Export(
        kind="openrouter-csv",
        required=REQUIRED["openrouter-csv"],
        read=_openrouter,
        names={
            "id": "generation_id",
            "timestamp": "created_at",
            "model": "model_permaslug",
            "input_tokens": "tokens_prompt",
            "output_tokens": "tokens_completion",
            "cached_input_tokens": "tokens_cached",
            "cost_usd": "cost_total",
        },
        missed={
            "api_key_name": "API keys: no column api_key_name",
            "tokens_cached": "cached input: no column tokens_cached, counted as 0",
            "byok_usage_inference": "what was paid with keys of one's own: no column byok_usage_inference",
            "finish_reason_normalized": "errors: no column finish_reason_normalized",
        },
        unknown=("the offset of created_at: read as UTC",),
    ),
    Export(
        kind="litellm-csv",
        required=REQUIRED["litellm-csv"],
        read=spend_logs.usage,
        names={
            "id": "request_id",
            "timestamp": "startTime",
            "provider": "custom_llm_provider",
            "input_tokens": "prompt_tokens",
            "output_tokens": "completion_tokens",
            "cached_input_tokens": "metadata",
            "cost_usd": "spend",
        },
        missed={
            "api_key": "API keys' hashes: no column api_key",
            "metadata": "API keys' names and cached input: no column metadata",
            "custom_llm_provider": 'providers: no column custom_llm_provider, "litellm" stands there',
            "status": "errors: no column status",
        },
        unknown=(f"what a spend of 0 was, for LiteLLM writes it where it knew no price: {_PRICED}",),
    ),
)
_MEDIA = replace(
    _ALL[0],
    kind="openai-media-csv",
    read=_openai_media,
    required=REQUIRED["openai-media-csv"],
    missed={"api_key_id": _ALL[0].missed["api_key_id"]},
    unknown=(*_ALL[0].unknown, "tokens: images, seconds and characters are not counted as any"),
)
EXPORTS = {export.kind: export for export in (*_ALL, _MEDIA, *map(records.export, SHAPES.values()))}
