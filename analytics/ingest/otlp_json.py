"""OpenTelemetry's JSON, of which nothing is taken for granted: https://opentelemetry.io/docs/specs/otlp/."""

import json
import re
from collections.abc import Iterator, Mapping

from analytics.ingest.body import invalid
from analytics.ingest.decoding import excerpt
from analytics.ingest.json_counts import check_width, values
from analytics.ingest.span_values import Given, Value
from analytics.ingest.whose import AROUND

MAX_NAME = 200  # characters of a name that is looked at: of a span, a scope, a service
MAX_NANOSECONDS = 2**64
MAX_VALUES = 1_000_000  # of a body: a hundred and twenty for each span of a collector's batch
_UNREAD: dict[str, object] = {}
_WHOLE = re.compile(r"-?[0-9]{1,25}", re.ASCII)
Sent = tuple[object, str, Given]  # a span or a log record, the name of its scope, and what is said around it
_KINDS = ("stringValue", "boolValue", "intValue", "doubleValue")


def decode(body: bytes, names: frozenset[str]) -> object:
    """Of the attributes only those of these names. ApiError: it is no JSON, or too much."""
    values(body, MAX_VALUES)
    check_width(body)

    def read(made: dict[str, object]) -> dict[str, object]:
        """Conversations are attributes too: what nobody reads is let go at once."""
        key = made.get("key")
        return _UNREAD if isinstance(key, str) and "value" in made and key not in names else made

    try:
        return json.loads(body.decode("utf-8-sig"), object_hook=read)
    except json.JSONDecodeError as problem:
        raise invalid(f"The body is not JSON: {problem.msg} at character {problem.pos + 1}.") from None
    except (ValueError, RecursionError):  # not UTF-8, thousands of digits or of brackets
        raise invalid("The body is not JSON that can be read.") from None


def listed(parent: object, name: str, place: str) -> list[object]:
    """Absent or null is empty, as everywhere in protobuf's JSON."""
    if not isinstance(parent, dict):
        raise invalid(f"{place} must be an object, got {excerpt(parent)}.", place)
    found = parent.get(name)
    if not isinstance(found, list | None):
        raise invalid(f"{name} of {place} must be a list, got {excerpt(found)}.", name)
    return found or []


def each(body: bytes, read: frozenset[str], resources: str, scopes: str, things: str) -> Iterator[Sent]:
    """Every span or log record of a body of `resources`, which have `scopes`, which have such `things`.

    Of their attributes only those that are `read`. ApiError: the body is no JSON, or none of these.
    """
    for number, resource in enumerate(listed(decode(body, read | AROUND), resources, "the body")):
        place = f"{resources}[{number}]"
        inner = listed(resource, scopes, place)
        around = attributes(inside(resource, "resource"), AROUND)
        for index, scope in enumerate(inner):
            found = listed(scope, things, f"{place}.{scopes}[{index}]")
            name = plain(inside(scope, "scope").get("name"))
            yield from ((element, name, around) for element in found)


def plain(given: object) -> str:
    """What a thing is called, as far as it is looked at; empty where that is no plain text."""
    return given if isinstance(given, str) and len(given) <= MAX_NAME and given.isascii() else ""


def inside(parent: object, name: str) -> Mapping[str, object]:
    """An object of an object; empty where it is none. What is said around a span refuses no span."""
    found = parent.get(name) if isinstance(parent, dict) else None
    return found if isinstance(found, dict) else {}


def attributes(parent: object, names: frozenset[str]) -> dict[str, Value]:
    """Those of these names that say something plain. What is no attribute is none."""
    found = parent.get("attributes") if isinstance(parent, dict) else None
    known: dict[str, Value] = {}
    for attribute in found if isinstance(found, list) else ():
        key = attribute.get("key") if isinstance(attribute, dict) else None
        if isinstance(key, str) and key in names:
            known[key] = _value(inside(attribute, "value"))
    return known


def _value(given: Mapping[str, object]) -> Value:
    """Whole numbers may come as text; lists, maps and bytes are None."""
    value = next((given[kind] for kind in _KINDS if kind in given), None)
    if "intValue" in given and isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    return value if isinstance(value, str | bool | int | float) else None


def nanoseconds(value: object) -> int:
    """An instant as text or number; 0, which is none, where it is neither."""
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    return value if type(value) is int and 0 < value < MAX_NANOSECONDS else 0


def hex_id(value: object, digits: int) -> str:
    """An id in hex, in lower case; empty where it is none, or all zeros."""
    found = isinstance(value, str) and re.fullmatch(rf"[0-9a-fA-F]{{{digits}}}", value)
    return found[0].lower() if found and found[0].strip("0") else ""
