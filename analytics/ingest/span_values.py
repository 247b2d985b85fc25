"""What an attribute of a span says: text, a number, counts written as JSON. What cannot be used is None, no error."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from analytics.ingest.decoding import MAX_TEXT

Value = str | bool | int | float | None
Given = Mapping[str, Value]

MAX_KEY = 100  # characters of a name in such JSON
MAX_JSON = 20_000  # characters of counts or costs; they take a few hundred
_NUMBER = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
_COUNT_IN_TEXT = re.compile(r"['\"](\w{1,60})['\"]: ?([0-9]{1,15})\b", re.ASCII)


def value_of(value: AnyValue) -> Value:
    """None for lists, maps and bytes."""
    kind = value.WhichOneof("value")
    if kind in ("string_value", "bool_value", "int_value", "double_value"):
        return getattr(value, kind)  # type: ignore[no-any-return]
    return None


def said(given: Given, names: Iterable[str]) -> Iterator[tuple[str, Value]]:
    """Those of these attributes that say something, in the names' order."""
    return ((name, given[name]) for name in names if given.get(name) not in (None, ""))


def number(value: Value) -> Decimal | None:
    """Exactly what is written, in digits or as a number; None: it is no number."""
    text = str(value).strip()
    return Decimal(text) if not isinstance(value, bool) and _NUMBER.fullmatch(text) else None


def text(value: Value) -> str | None:
    """Text that a field can hold, trimmed, without the quotes of JSON; None: it is none."""
    if not isinstance(value, str):
        return None
    trimmed = value.strip().strip('"').strip()
    usable = 0 < len(trimmed) <= MAX_TEXT and "\x00" not in trimmed
    return trimmed if usable else None


def first_text(words: Iterable[tuple[str, Value]]) -> str | None:
    """The first of these that is text."""
    return next((found for _, value in words if (found := text(value))), None)


def decoded(value: Value, longest: int = MAX_JSON) -> dict[str, object]:
    """The JSON object that an attribute's text is; empty where it is none, or longer than `longest` characters."""
    if not isinstance(value, str) or len(value) > longest:
        return {}
    try:
        found = json.loads(value, parse_int=_short, parse_float=_short)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def flat(nested: Mapping[str, object]) -> dict[str, Value]:
    """One level of objects unpacked: {"a": {"b": 1}} → {"a.b": 1}. Lists are left out.

    >>> flat({"input": 7, "details": {"cached": 3}})
    {'input': 7, 'details.cached': 3}
    """
    plain: dict[str, Value] = {}
    for name, value in nested.items():
        if len(name) > MAX_KEY:
            continue  # it would be written before each of its own
        inner = value if isinstance(value, dict) else {}
        plain |= {f"{name}.{key}": one for key, one in inner.items() if isinstance(one, str | int | float)}
        if isinstance(value, str | int | float):
            plain[name] = value
    return plain


def makers_counts(value: Value) -> dict[str, Value]:
    """The usage that makers of models wrote, without theirs and its names: of text a model gave nothing is taken.

    >>> makers_counts('{"anthropic": {"usage": {"input_tokens": 7, "cache_creation": {"x": 3}}}}')
    {'input_tokens': '7', 'x': '3'}
    """
    found: dict[str, Value] = {}
    for answered in decoded(value).values():
        for place in ("usage", "usageMetadata"):
            usage = answered.get(place) if isinstance(answered, dict) else None
            counts = flat(usage) if isinstance(usage, dict) else {}
            found |= {name.removeprefix("cache_creation."): count for name, count in counts.items()}
    return found


def counts_in(value: Value) -> dict[str, Value]:
    """Counts in text that is a map as Python prints it, or JSON.

    >>> counts_in("{'cache_read': 300, 'note': 'x'}")
    {'cache_read': 300}
    """
    if not isinstance(value, str) or len(value) > MAX_JSON:
        return {}
    return {name: int(digits) for name, digits in _COUNT_IN_TEXT.findall(value)}


def _short(digits: str) -> str:
    """As text: a number of thousands of digits is then refused like any other, and no digit is lost."""
    return digits
