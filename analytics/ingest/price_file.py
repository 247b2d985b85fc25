"""The price book as a CSV file: read whole, every mistake named by its line, then written in one transaction."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction

from analytics.canonical import priced_name
from analytics.ingest.decoding import excerpt
from analytics.models import MAX_PRICE, PRICE_PLACES, Price

HEADER = ("provider", "model", "valid_from", "input_usd_per_1m", "cached_input_usd_per_1m", "output_usd_per_1m")
MAX_TEXT = 200
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,30})?", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class PriceFileError(Exception):
    """The file changes nothing; `problems` say where and why."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Loaded:
    created: int
    changed: int
    unchanged: int


def load(data: bytes) -> Loaded:
    """Create or update what the file names; other prices stay. All of it or, on any mistake, nothing."""
    prices = _read(data)
    with transaction.atomic():
        before = {_key(price): price for price in Price.objects.select_for_update()}
        new = [price for price in prices if _key(price) not in before]
        changed = [
            price for price in prices if _key(price) in before and _amounts(price) != _amounts(before[_key(price)])
        ]
        for price in changed:
            price.pk = before[_key(price)].pk
        Price.objects.bulk_create(new)
        Price.objects.bulk_update(changed, HEADER[3:])
    return Loaded(len(new), len(changed), len(prices) - len(new) - len(changed))


def _key(price: Price) -> tuple[str, str, date]:
    return price.provider, price.model, price.valid_from


def _amounts(price: Price) -> tuple[Decimal | None, ...]:
    return price.input_usd_per_1m, price.cached_input_usd_per_1m, price.output_usd_per_1m


def _read(data: bytes) -> list[Price]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PriceFileError([f"is not UTF-8 at byte {error.start + 1}"]) from None
    lines = csv.reader(text.splitlines(), strict=True)
    problems: list[str] = []
    found: dict[tuple[str, str, date], Price] = {}
    try:
        if tuple(cell.strip() for cell in next(lines, [])) != HEADER:
            raise PriceFileError([f"line 1: must be {','.join(HEADER)}"])
        for cells in lines:
            if any(cell.strip() for cell in cells):
                _take([cell.strip() for cell in cells], lines.line_num, found, problems)
    except csv.Error as error:
        raise PriceFileError([f"line {lines.line_num}: is not CSV: {error}"]) from None
    if problems:
        raise PriceFileError(problems)
    return list(found.values())


def _take(cells: list[str], line: int, found: dict[tuple[str, str, date], Price], problems: list[str]) -> None:
    if len(cells) != len(HEADER):
        problems.append(f"line {line}: must have {len(HEADER)} values, got {len(cells)}")
        return
    row = dict(zip(HEADER, cells, strict=True))
    mistakes = [f"line {line}: {name}: {text}" for name, text in _mistakes(row)]
    if mistakes:
        problems += mistakes
        return
    provider, model = priced_name(row["provider"], row["model"])
    amounts = {name: Decimal(row[name]) if row[name] else None for name in HEADER[3:]}
    price = Price(provider=provider, model=model, valid_from=date.fromisoformat(row["valid_from"]), **amounts)
    if _key(price) in found:
        problems.append(f"line {line}: {provider} · {model} from {price.valid_from} is given twice")
    found[_key(price)] = price


def _mistakes(row: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name in ("provider", "model"):
        if not row[name]:
            yield name, "is required"
        elif len(row[name]) > MAX_TEXT or "\x00" in row[name]:
            yield name, f"must be text of at most {MAX_TEXT} characters, got {excerpt(row[name])}"
    if not _is_day(row["valid_from"]):
        yield "valid_from", f"must be a day from 2000 to 2100, like 2026-06-20, got {excerpt(row['valid_from'])}"
    for name in HEADER[3:]:
        if not row[name] and name != "cached_input_usd_per_1m":
            yield name, "is required"
        elif row[name] and not _is_amount(row[name]):
            yield (
                name,
                f"must be from 0 to {MAX_PRICE}, with at most {PRICE_PLACES} decimal places, got {excerpt(row[name])}",
            )


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text)) and 2000 <= date.fromisoformat(text).year <= 2100
    except ValueError:
        return False


def _is_amount(text: str) -> bool:
    if not _AMOUNT.fullmatch(text):
        return False
    amount = Decimal(text)
    return amount <= MAX_PRICE and amount == round(amount, PRICE_PLACES)
