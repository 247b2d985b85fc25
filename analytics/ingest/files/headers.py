"""The columns by which a file is known: what each format must have, and which format a header fits."""

import csv
from collections.abc import Sequence

from analytics.ingest.files.shapes import INSTEAD, SHAPES

_DELIMITERS = (",", ";", "\t")
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
    "openai-media-csv": ("start_time", "end_time", "num_model_requests", "model", "images|characters|seconds"),
    "litellm-csv": ("request_id", "startTime", "model", "spend", "prompt_tokens", "completion_tokens"),
}


def cells(text: str) -> list[str]:
    """A header's names, trimmed; none where it is not CSV."""
    return _cells(text, delimiter(text))


def delimiter(text: str) -> str:
    """What stands between a header's names: of comma, semicolon and tab the one that tells most names apart.

    >>> delimiter("a,b"), delimiter('a;"b;c, d";e'), delimiter("a\\tb"), delimiter("a")
    (',', ';', '\\t', ',')
    """
    return max(_DELIMITERS, key=lambda one: len(_cells(text, one)))


def _cells(text: str, between: str) -> list[str]:
    try:
        return [cell.strip() for row in csv.reader([text], strict=True, delimiter=between) for cell in row]
    except csv.Error:
        return []


def known(header: Sequence[str]) -> str:
    """The `--format` whose columns are all in a header; empty where none fits."""
    for kind, columns in {"azure-csv": tuple(AZURE_HEADER.split(",")), **REQUIRED}.items():
        if fits(header, columns):
            return kind
    return next((kind for kind, shape in SHAPES.items() if fits(header, shape.marks)), "")


def fits(header: Sequence[str], marks: Sequence[str]) -> bool:
    return not missing(header, marks)


def missing(header: Sequence[str], marks: Sequence[str]) -> list[str]:
    """The columns that a header lacks. `a|b` is either of them, and `a.b` stands in column a."""
    names = set(header)
    return [mark for mark in marks if not any(names & {place, place.partition(".")[0]} for place in mark.split("|"))]


def fitting(header: Sequence[str]) -> str:
    """In words, which other format a header fits, or what to do instead; empty where nothing is known of it.

    >>> fitting(["TIMESTAMP", "ContextTokens", "GeneratedTokens"])
    'its header fits --format azure-csv'
    """
    if kind := known(header):
        return f"its header fits --format {kind}"
    for words, columns in INSTEAD.items():
        if set(header).issuperset(columns):
            return f"it is {words}"
    return ""
