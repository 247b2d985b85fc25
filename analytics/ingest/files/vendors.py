"""What the columns of each console's export mean. Where the names come from, and what follows: docs/imports.md."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from analytics.ingest import litellm_payload
from analytics.ingest.decoding import EventError, excerpt
from analytics.ingest.event_rules import MAX_COST, rounded
from analytics.ingest.files.headers import REQUIRED
from analytics.ingest.files.vendor_csv import MAX_REQUESTS, Export, Keys, Usage

Row = Mapping[str, str]

_WHOLE = re.compile(r"(-?[0-9]{1,30})(?:\.0*)?", re.ASCII)
_AMOUNT = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{0,60})?(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2}(?:\.[0-9]{1,9})?)?"
    r"(?:(Z)|([+-][0-9]{2})(?::?([0-9]{2}))?)?)?",
    re.ASCII,
)
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


def _whole(row: Row, column: str) -> int:
    """A whole number, also as a spreadsheet writes one: 10 or 10.0."""
    match = _WHOLE.fullmatch(row[column])
    if match is None:
        raise EventError(column, f"must be a whole number, got {excerpt(row[column])}")
    return int(match[1])


def _positive(row: Row, column: str) -> int:
    """For what is summed up before an event's own rules see it."""
    number = _whole(row, column)
    if number < 0:
        raise EventError(column, f"must not be negative, got {number}")
    return number


def _whole_or_none(row: Row, column: str) -> int:
    """0 where the column or its value is not there."""
    return _whole(row, column) if row.get(column) else 0


def _amount(row: Row, column: str) -> Decimal | None:
    """US dollars; None without a value. A float may have more places than are kept: it is rounded to those."""
    text = row.get(column, "")
    if not text:
        return None
    if not _AMOUNT.fullmatch(text) or not 0 <= Decimal(text) <= MAX_COST:
        raise EventError(column, f"must be an amount from 0 to {MAX_COST}, got {excerpt(text)}")
    return rounded(Decimal(text))


def _moment(row: Row, column: str) -> str:
    """RFC 3339; without an offset it is UTC."""
    match = _TIME.fullmatch(row[column])
    if match is None:
        raise EventError(column, f"must be a time like 2026-06-20 23:30:00, got {excerpt(row[column])}")
    day, minute, second, _, hours, minutes = match.groups()
    offset = f"{hours}:{minutes or '00'}" if hours else "Z"
    return f"{day}T{minute or '00:00'}{second or ':00'}{offset}"


def _ended(end: datetime, written_at: datetime, row: Row, column: str) -> None:
    """Sums of a time that was not over will be others in the next export, and then count twice."""
    if end > written_at:
        moment = f"{written_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        raise EventError(column, f"had not ended when the file was written, {moment}, got {excerpt(row[column])}")


def _seconds(row: Row, column: str) -> datetime:
    try:
        return datetime.fromtimestamp(_whole(row, column), UTC)
    except (ValueError, OverflowError, OSError):
        raise EventError(column, f"must be seconds since 1970, got {excerpt(row[column])}") from None


# --- OpenAI, Usage → Export → Activity: sums of minutes, hours or days ---


def _openai(row: Row, keys: Keys, written_at: datetime) -> Usage | None:
    start, end = _seconds(row, "start_time"), _seconds(row, "end_time")
    if not row["num_model_requests"] and not row["input_tokens"]:
        return None  # a time without usage is a row without values
    requests, tokens = _whole(row, "num_model_requests"), _whole(row, "input_tokens")
    output, cached = _whole_or_none(row, "output_tokens"), _whole_or_none(row, "input_cached_tokens")
    if not (requests or tokens or output):
        return None
    if not 1 <= requests <= MAX_REQUESTS:
        raise EventError("num_model_requests", f"must be from 1 to {MAX_REQUESTS}, got {requests}")
    _ended(end, written_at, row, "end_time")
    key = row.get("api_key_id", "")
    fields = {
        "timestamp": start.isoformat(),
        "api_key": keys.of("api_key_id", key),
        "provider": "openai",
        "model": row["model"],
        "input_tokens": tokens,
        "output_tokens": output,
        "cached_input_tokens": cached,
    }
    edges = (start.isoformat(), end.isoformat())
    return Usage(fields, (*edges, key, row["model"], requests, tokens, output, cached), requests)


# --- Anthropic, Usage → Export: sums of hours or days, without the number of requests ---

_TOKENS = REQUIRED["anthropic-csv"][2:]


def _anthropic(row: Row, keys: Keys, written_at: datetime) -> Usage:
    moment = _moment(row, "usage_date_utc")
    fresh, *written, cached, output = (_positive(row, name) for name in _TOKENS)
    key = row.get("api_key", "")
    fields = {
        "timestamp": moment,
        "api_key": keys.of("api_key", key),
        "provider": "anthropic",
        "model": row["model_version"],
        "input_tokens": fresh + sum(written) + cached,
        "output_tokens": output,
        "cached_input_tokens": cached,
    }
    length = _HOUR if ":" in row["usage_date_utc"] else _DAY
    with suppress(ValueError, OverflowError):  # no such time: the event's own rules say so
        _ended(datetime.fromisoformat(moment) + length, written_at, row, "usage_date_utc")
    return Usage(fields, (moment, key, row["model_version"], fresh, *written, cached, output))


# --- OpenRouter, Activity → Export: requests ---


def _openrouter(row: Row, keys: Keys, written_at: datetime) -> Usage:
    cost, external = _amount(row, "cost_total"), _amount(row, "byok_usage_inference")
    return Usage(
        {
            "id": row["generation_id"],
            "timestamp": _moment(row, "created_at"),
            "api_key": keys.of("api_key_name", row.get("api_key_name", "")),
            "provider": "openrouter",
            "model": row["model_permaslug"],
            "input_tokens": _whole_or_none(row, "tokens_prompt"),
            "output_tokens": _whole_or_none(row, "tokens_completion"),
            "cached_input_tokens": _whole_or_none(row, "tokens_cached"),
            "cost_usd": cost if external is None else (cost or 0) + external,
            "status": "error" if row.get("finish_reason_normalized") == "error" else "success",
        }
    )


# --- LiteLLM, the table LiteLLM_SpendLogs: requests ---


def _litellm(row: Row, keys: Keys, written_at: datetime) -> Usage:
    metadata = _metadata(row)
    alias = metadata.get("user_api_key_alias")
    failed = "failure" in (row.get("status"), metadata.get("status"))
    return Usage(
        {
            "id": row["request_id"],
            "timestamp": _moment(row, "startTime"),
            "api_key": keys.of("api_key", alias if isinstance(alias, str) else "", row.get("api_key", "")),
            "provider": row.get("custom_llm_provider") or litellm_payload.UNKNOWN,
            "model": row["model"] or row.get("model_group", ""),
            "input_tokens": _whole(row, "prompt_tokens"),
            "output_tokens": _whole(row, "completion_tokens"),
            "cached_input_tokens": _cached(metadata),
            "cost_usd": _spend(row, failed),
            "status": "error" if failed else "success",
        }
    )


def _spend(row: Row, failed: bool) -> object:
    cost = _amount(row, "spend")
    if cost != 0:
        return cost
    hit = row.get("cache_hit", "").lower() == "true"
    used = bool(_whole(row, "prompt_tokens") or _whole(row, "completion_tokens"))
    return cost if litellm_payload.is_free(from_cache=hit, failed=failed, used=used) else None


def _metadata(row: Row) -> dict[str, object]:
    try:
        decoded = json.loads(row.get("metadata") or "{}")
    except (ValueError, RecursionError):
        raise EventError("metadata", f"must be a JSON object, got {excerpt(row['metadata'])}") from None
    if not isinstance(decoded, dict):
        raise EventError("metadata", f"must be a JSON object, got {excerpt(row['metadata'])}")
    return decoded


def _cached(metadata: dict[str, object]) -> object:
    """Where LiteLLM keeps the tokens read from the provider's cache: beside its own sums, or as the provider said."""
    more, usage = metadata.get("additional_usage_values"), metadata.get("usage_object")
    details = usage.get("prompt_tokens_details") if isinstance(usage, dict) else None
    for where, name in ((more, "cache_read_input_tokens"), (details, "cached_tokens")):
        if isinstance(where, dict) and where.get(name) is not None:
            return where[name]
    return 0


_PRICED = "requests are priced by the price book, or else not priced"
_NO_COST = f"costs: {_PRICED}"

_ALL = (
    Export(
        kind="openai-csv",
        read=_openai,
        names={"timestamp": "start_time", "cached_input_tokens": "input_cached_tokens"},
        missed={
            "api_key_id": "API keys: no column api_key_id",
            "output_tokens": "output: no column output_tokens, counted as 0",
            "input_cached_tokens": "cached input: no column input_cached_tokens, counted as 0",
        },
        unknown=(
            "single requests: those of a row share its tokens evenly and stand at the row's beginning (UTC)",
            f"{_NO_COST}; discounts of batch and service tiers are not known",
            "errors",
        ),
        empty=frozenset(("start_time", "end_time", "start_time_iso", "end_time_iso")),
    ),
    Export(
        kind="anthropic-csv",
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
            f"{_NO_COST}; what was written to a cache is priced as input",
            "errors",
        ),
    ),
    Export(
        kind="openrouter-csv",
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
        read=_litellm,
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
EXPORTS = {export.kind: export for export in _ALL}
