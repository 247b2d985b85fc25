"""The price book as a CSV file: read whole, every mistake named by its line, then written in one transaction."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction

from analytics.ingest.decoding import excerpt
from analytics.ledger.price_names import book_name
from analytics.ledger.rates import tier_of
from analytics.models import MAX_PRICE, MAX_STEP, PRICE_PLACES, Price

HEADER = (
    "provider",
    "model",
    "valid_from",
    "tier",
    "above_input_tokens",
    "input_usd_per_1m",
    "cached_input_usd_per_1m",
    "cache_write_usd_per_1m",
    "cache_write_1h_usd_per_1m",
    "output_usd_per_1m",
)
REQUIRED = ("provider", "model", "valid_from", "input_usd_per_1m", "output_usd_per_1m")
AMOUNTS = tuple(name for name in HEADER if name.endswith("_usd_per_1m"))
MAX_TEXT = 200
Key = tuple[str, str, date, str, int]
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,30})?", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,13}", re.ASCII)
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
        Price.objects.bulk_update(changed, AMOUNTS)
    return Loaded(len(new), len(changed), len(prices) - len(new) - len(changed))


def _key(price: Price) -> Key:
    return price.provider, price.model, price.valid_from, price.tier, price.above_input_tokens


def _amounts(price: Price) -> tuple[Decimal | None, ...]:
    return tuple(getattr(price, name) for name in AMOUNTS)


def _read(data: bytes) -> list[Price]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PriceFileError([f"is not UTF-8 at byte {error.start + 1}"]) from None
    lines = csv.reader(text.splitlines(), strict=True)
    problems: list[str] = []
    found: dict[Key, Price] = {}
    try:
        header = _header(next(lines, []))
        for cells in lines:
            if any(cell.strip() for cell in cells):
                _take(header, [cell.strip() for cell in cells], lines.line_num, found, problems)
    except csv.Error as error:
        raise PriceFileError([f"line {lines.line_num}: is not CSV: {error}"]) from None
    if problems:
        raise PriceFileError(problems)
    return list(found.values())


def _header(cells: list[str]) -> list[str]:
    """The columns in the file's order. Those that older files do not have may be absent."""
    names = [cell.strip() for cell in cells]
    if len(set(names)) != len(names) or not set(REQUIRED) <= set(names) <= set(HEADER):
        optional = ", ".join(name for name in HEADER if name not in REQUIRED)
        raise PriceFileError([f"line 1: must be {','.join(HEADER)} (without {optional}, if you like)"])
    return names


def _take(header: list[str], cells: list[str], line: int, found: dict[Key, Price], problems: list[str]) -> None:
    if len(cells) != len(header):
        problems.append(f"line {line}: must have {len(header)} values, got {len(cells)}")
        return
    row = dict.fromkeys(HEADER, "") | dict(zip(header, cells, strict=True))
    mistakes = [f"line {line}: {name}: {text}" for name, text in _mistakes(row)]
    if mistakes:
        problems += mistakes
        return
    price = _price(row)
    if _key(price) in found:
        problems.append(f"line {line}: {price} is given twice")
    found[_key(price)] = price


def _price(row: dict[str, str]) -> Price:
    return Price(
        provider=row["provider"].lower(),
        model=book_name(row["model"]),
        valid_from=date.fromisoformat(row["valid_from"]),
        tier=tier_of(row["tier"]),
        above_input_tokens=int(row["above_input_tokens"] or 0),
        **{name: Decimal(row[name]) if row[name] else None for name in AMOUNTS},
    )


def _mistakes(row: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name in REQUIRED:
        if not row[name]:
            yield name, "is required"
    for name in ("provider", "model", "tier"):
        if len(row[name]) > MAX_TEXT or "\x00" in row[name]:
            yield name, f"must be text of at most {MAX_TEXT} characters, got {excerpt(row[name])}"
    if row["valid_from"] and not _is_day(row["valid_from"]):
        yield "valid_from", f"must be a day from 2000 to 2100, like 2026-06-20, got {excerpt(row['valid_from'])}"
    if not _is_step(row["above_input_tokens"]):
        yield "above_input_tokens", f"must be a whole number up to {MAX_STEP}, got {excerpt(row['above_input_tokens'])}"
    for name in AMOUNTS:
        if row[name] and not _is_amount(row[name]):
            yield (
                name,
                f"must be from 0 to {MAX_PRICE}, with at most {PRICE_PLACES} decimal places, got {excerpt(row[name])}",
            )


def _is_step(text: str) -> bool:
    return not text or (bool(_WHOLE.fullmatch(text)) and int(text) <= MAX_STEP)


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
