"""The columns by which a file is known: what each format must have, and which format a header fits."""

import csv
from collections.abc import Sequence

AZURE_HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens"

# `--format` → the columns without which a file of that format cannot be read. Consoles add others, which are ignored.
REQUIRED = {
    "openai-csv": ("start_time", "end_time", "num_model_requests", "model", "input_tokens"),
    "anthropic-csv": (
        "usage_date_utc",
        "model_version",
        "usage_input_tokens_no_cache",
        "usage_input_tokens_cache_write_5m",
        "usage_input_tokens_cache_write_1h",
        "usage_input_tokens_cache_read",
        "usage_output_tokens",
    ),
    "openrouter-csv": (
        "generation_id",
        "created_at",
        "cost_total",
        "tokens_prompt",
        "tokens_completion",
        "model_permaslug",
    ),
    "litellm-csv": ("request_id", "startTime", "model", "spend", "prompt_tokens", "completion_tokens"),
}

# What lies beside the exports of usage in the same consoles, and cannot be read: money without tokens.
_COSTS = {
    "OpenAI's export of costs, which has no tokens: export its usage (Activity)": ("amount_value", "amount_currency"),
    "Anthropic's export of costs, which has no tokens: export its usage": ("token_type", "cost_usd", "usage_date_utc"),
}


def cells(text: str) -> list[str]:
    """A header's names, trimmed; none where it is not CSV."""
    try:
        return [cell.strip() for row in csv.reader([text], strict=True) for cell in row]
    except csv.Error:
        return []


def fitting(header: Sequence[str]) -> str:
    """In words, which other format a header fits; empty where none does.

    >>> fitting(["TIMESTAMP", "ContextTokens", "GeneratedTokens"])
    'its header fits --format azure-csv'
    """
    names = set(header)
    for kind, columns in {"azure-csv": AZURE_HEADER.split(","), **REQUIRED}.items():
        if names.issuperset(columns):
            return f"its header fits --format {kind}"
    for words, columns in _COSTS.items():
        if names.issuperset(columns):
            return f"it is {words}"
    return ""
