"""LiteLLM's table LiteLLM_SpendLogs, row by row, read by the function that reads what its callback says."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from analytics.ingest import litellm_payload
from analytics.ingest.decoding import EventError, excerpt
from analytics.ingest.event_rules import EPOCH
from analytics.ingest.files.cells import Row, moment, whole
from analytics.ingest.files.lines import IGNORED, Ignored
from analytics.ingest.files.vendor_csv import Keys, Usage

_MICROSECOND = 1_000_000


def usage(row: Row, keys: Keys, written_at: datetime) -> Usage | Ignored:
    """Ignored: a row of a call that uses no model, like one that reads an answer back."""
    del written_at  # its rows are requests, and none is unfinished
    metadata = _metadata(row)
    call = litellm_payload.call(_payload(row, metadata))
    if not call.is_usage:
        return IGNORED
    if isinstance(call.event, EventError):
        raise call.event
    alias = call.key_alias if isinstance(call.key_alias, str) else ""
    fields = {**call.event, "api_key": keys.of("api_key", alias, row.get("api_key", ""))}
    return Usage(fields, mended=call.mended)


def _payload(row: Row, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The payload that LiteLLM made the row from, as far as it is still there."""
    failed = "failure" in (row.get("status"), metadata.get("status"))
    return {
        "id": row["request_id"],
        "litellm_call_id": row.get("litellm_call_id") or metadata.get("litellm_call_id"),
        "call_type": row.get("call_type", ""),
        "cache_hit": row.get("cache_hit", "").lower() == "true",
        "status": "failure" if failed else "success",
        "custom_llm_provider": row.get("custom_llm_provider"),
        "startTime": _seconds(row, "startTime"),
        "endTime": _seconds(row, "endTime") if row.get("endTime") else None,
        "model": row["model"],
        "model_group": row.get("model_group"),
        "api_base": row.get("api_base"),
        "response_cost": _spend(row["spend"]),
        "cost_breakdown": metadata.get("cost_breakdown"),
        **{name: whole(row, name) for name in ("prompt_tokens", "completion_tokens")},
        "total_tokens": whole(row, "total_tokens") if row.get("total_tokens") else None,
        "model_map_information": metadata.get("model_map_information"),
        "error_information": metadata.get("error_information"),
        "hidden_params": {"batch_models": metadata.get("batch_models")},
        "metadata": {
            "user_api_key_alias": metadata.get("user_api_key_alias"),
            "usage_object": _provider_usage(metadata),
        },
    }


def _provider_usage(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What the provider said, and what earlier versions kept of it beside their own sums."""
    said, more = metadata.get("usage_object"), metadata.get("additional_usage_values")
    known = {name: value for name, value in more.items() if value} if isinstance(more, dict) else {}
    return {**known, **(said if isinstance(said, dict) else {})}


def _metadata(row: Row) -> dict[str, Any]:
    try:
        decoded = json.loads(row.get("metadata") or "{}", parse_float=Decimal)
    except (ValueError, RecursionError):
        raise EventError("metadata", f"must be a JSON object, got {excerpt(row['metadata'])}") from None
    if not isinstance(decoded, dict):
        raise EventError("metadata", f"must be a JSON object, got {excerpt(row['metadata'])}")
    return decoded


def _seconds(row: Row, column: str) -> Decimal | str:
    """Since 1970, to the microsecond; as it stands there where no date is so."""
    text = moment(row, column)
    try:
        since = datetime.fromisoformat(text) - EPOCH
    except (ValueError, OverflowError):
        return row[column]
    return Decimal((since.days * 86_400 + since.seconds) * _MICROSECOND + since.microseconds) / _MICROSECOND


def _spend(text: str) -> Decimal | str | None:
    """US dollars; as it stands there where it is no number, for it counts as not stated then."""
    try:
        return Decimal(text) if text else None
    except ArithmeticError:
        return text
