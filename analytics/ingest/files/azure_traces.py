"""The CSV of the Azure LLM inference traces: TIMESTAMP (UTC), ContextTokens, GeneratedTokens, and nothing else.

No ids, no key, no model, no cost: the command's options say what the trace does not.
"""

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice

from analytics.ingest.decoding import EventError, excerpt
from analytics.ingest.event_rules import Draft, check
from analytics.ingest.files import lines
from analytics.ingest.files.headers import AZURE_HEADER, cells, fitting
from analytics.ingest.files.lines import FormatError, Line, Lines, texts
from analytics.ingest.files.occurrences import counted, occurrences

# What an event's fields are called by someone who has this file and this command before them.
AZURE_NAMES = {
    "timestamp": "TIMESTAMP",
    "input_tokens": "ContextTokens",
    "output_tokens": "GeneratedTokens",
    "api_key": "--api-key",
    "model": "--model",
    "provider": "--provider",
}
_AZURE_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?)")
_AZURE_TOKENS = re.compile(r"-?[0-9]{1,30}")


@dataclass(frozen=True, slots=True)
class AzureUsage:
    """What the trace does not say. Prices: US dollars per million tokens, at most 6 decimal places; None: no cost."""

    api_key: str
    provider: str
    model: str
    input_price: Decimal | None = None
    output_price: Decimal | None = None

    def cost(self, input_tokens: int, output_tokens: int) -> Decimal | None:
        """Exact to 12 places."""
        if self.input_price is None or self.output_price is None:
            return None
        return (input_tokens * self.input_price + output_tokens * self.output_price).scaleb(-6)


def azure_csv(stream: Lines, usage: AzureUsage, now: datetime) -> Iterator[list[Line]]:
    """One event a row. Its id is a hash of the key, the row's values and how many such rows came before it.

    Raises FormatError when the first line is not the header.
    """
    remaining = texts(stream)
    _, header = next(remaining, (1, ""))
    if str(header).strip() != AZURE_HEADER:
        other = fitting(cells(str(header)))
        got = f"; {other}" if other else f", got {excerpt(str(header).strip())}"
        raise FormatError(f"must begin with the header {AZURE_HEADER}{got}")
    with counted():
        rows = (_azure_row(number, text, usage, now) for number, text in remaining)
        while batch := list(islice(rows, lines.BATCH)):
            yield _identified(batch, usage)


def _cells(text: str) -> list[str]:
    """One line is one row: the format quotes nothing, so a stray quote spoils its own line and no other."""
    try:
        return [cell.strip() for row in csv.reader([text], strict=True) for cell in row]
    except csv.Error as error:
        raise EventError(None, f"is not CSV: {error}") from None


def _azure_row(number: int, text: str | EventError, usage: AzureUsage, now: datetime) -> tuple[Line, str]:
    """The line, its event still without an id, and the row's values as they are compared."""
    try:
        if isinstance(text, EventError):
            raise text
        row = _cells(text)
        return Line(number, _azure_draft(row, usage, now)), ",".join(row)
    except EventError as error:
        return Line(number, error), ""


def _azure_draft(row: list[str], usage: AzureUsage, now: datetime) -> Draft:
    if len(row) != 3:
        raise EventError(None, f"must have 3 values, got {len(row)}")
    moment, *tokens = row
    parts = _AZURE_TIME.fullmatch(moment)
    if parts is None:
        raise EventError("timestamp", f"must be a time like 2023-11-16 18:17:03.9799600, got {excerpt(moment)}")
    for field, cell in zip(("input_tokens", "output_tokens"), tokens, strict=True):
        if not _AZURE_TOKENS.fullmatch(cell):
            raise EventError(field, f"must be a whole number, got {excerpt(cell)}")
    input_tokens, output_tokens = map(int, tokens)
    return check(
        {
            "id": "-",
            "timestamp": f"{parts[1]}T{parts[2]}Z",
            "api_key": usage.api_key,
            "provider": usage.provider,
            "model": usage.model,
            "input_tokens": input_tokens,
            "output_tokens": output_tokens,
            "cost_usd": usage.cost(input_tokens, output_tokens),
        },
        now,
    )


def _identified(batch: list[tuple[Line, str]], usage: AzureUsage) -> list[Line]:
    numbers = occurrences([values if isinstance(line.outcome, Draft) else None for line, values in batch])
    return [
        Line(line.number, line.outcome.model_copy(update={"id": _azure_id(usage.api_key, values, number)}))
        if isinstance(line.outcome, Draft)
        else line
        for (line, values), number in zip(batch, numbers, strict=True)
    ]


def _azure_id(api_key: str, values: str, occurrence: int) -> str:
    """No comma can be in any of the row's values, so no two rows read the same."""
    return hashlib.sha256(f"{api_key}\n{values}\n{occurrence}".encode()).hexdigest()
