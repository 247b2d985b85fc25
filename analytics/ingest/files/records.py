"""A line or row of an export, by its `Shape` → the usage it tells of. JSON and CSV alike."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, DecimalException
from functools import partial
from typing import Any

from analytics.ingest.decoding import EventError, excerpt
from analytics.ingest.event_rules import MAX_COST, mend, rounded, since_1970
from analytics.ingest.files import cells
from analytics.ingest.files.lines import IGNORED, Ignored
from analytics.ingest.files.shapes import Shape
from analytics.ingest.files.vendor_csv import MAX_REQUESTS, Export, Keys, Usage

Record = Mapping[str, Any]

PARTS = {
    "cached_input_tokens": "input_tokens",
    "cache_write_tokens": "input_tokens",
    "cache_write_1h_tokens": "cache_write_tokens",
    "reasoning_tokens": "output_tokens",
    "audio_input_tokens": "input_tokens",
    "audio_output_tokens": "output_tokens",
}
TOKENS = ("input_tokens", "output_tokens", *PARTS)
_DIGITS = 10  # of seconds since 1970; more of them are milli-, micro- or nanoseconds


def export(shape: Shape) -> Export:
    names = {field: places[0] for field, places in shape.places.items()}
    return Export(
        kind=shape.kind,
        read=partial(usage, shape),
        names=names,
        missed={},
        unknown=shape.unknown,
        required=shape.marks,
    )


def at(record: Record, place: str) -> Any:
    """What stands there, None where nothing does; `name=value` is only there with that value."""
    value = _standing(record, place)
    return None if value == "" else value


def has(record: Record, marks: tuple[str, ...]) -> bool:
    """Whether all are there, with something in them or not; `a|b` is either of them."""
    return all(any(_standing(record, place, _NOWHERE) is not _NOWHERE for place in mark.split("|")) for mark in marks)


_NOWHERE = object()


def _standing(record: Record, place: str, otherwise: Any = None) -> Any:
    if place in record:
        return record[place]
    place, _, wanted = place.partition("=")
    value: Any = record
    for name in place.split("."):
        if isinstance(value, str) and value.startswith("{"):
            value = _object(value)
        if not isinstance(value, Mapping) or name not in value:
            return otherwise
        value = value[name]
    return otherwise if wanted and value != wanted else value


def usage(shape: Shape, record: Record, keys: Keys, written_at: datetime) -> Usage | Ignored:
    """EventError, by the place where it stands, for what it cannot be."""
    try:
        return _usage(shape, record, keys, written_at)
    except EventError as error:
        places = shape.places.get(error.field or "", ())
        place = next((path for path in places if at(record, path) is not None), error.field)
        raise EventError(place, error.message) from None


def _usage(shape: Shape, record: Record, keys: Keys, written_at: datetime) -> Usage | Ignored:
    if shape.only and at(record, shape.only[0]) not in shape.only[1]:
        return IGNORED
    found = {field: _first(record, places) for field, places in shape.places.items()}
    begin = _moment(found["timestamp"])
    fields: dict[str, Any] = {
        "timestamp": begin,
        "api_key": keys.of(shape.places.get("key", ("API key",))[0], _text(found.get("key"))),
        "provider": _text(found.get("provider")) or shape.provider,
        "model": _text(found.get("model")),
        "cost_usd": _cost(shape, found),
        "status": "error" if _failed(found) else "success",
        **_tokens(shape, found),
        **{name: _text(found[name]) for name in ("id", "response_id", "service_tier") if found.get(name) is not None},
    }
    if (end := found.get("ended_at")) is not None:
        fields["ended_at"] = _moment(end, "ended_at")
    if shape.length:
        _ended(begin, shape.length, written_at)
    mended = mend(fields) if shape.mends else ()
    identity = tuple(str(fields[name]) for name in ("timestamp", "provider", "model", *TOKENS, "cost_usd"))
    return Usage(fields, identity, _requests(found), mended)


def _first(record: Record, places: tuple[str, ...]) -> Any:
    return next((value for place in places if (value := at(record, place)) is not None), None)


def _object(text: str) -> Any:
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else str(value)


def _moment(value: Any, field: str = "timestamp") -> str:
    """RFC 3339; a number is seconds since 1970, or thousandths of them and so on, by how many digits it has."""
    text = _text(value)
    try:
        number = Decimal(text)
        scale = max(0, len(str(int(abs(number)))) - _DIGITS)
        return since_1970(int(number.scaleb(6 - scale if scale else 6)))
    except (DecimalException, ValueError, OverflowError):
        pass
    try:
        return cells.moment({field: text.removesuffix(" UTC")}, field)
    except EventError:
        raise EventError(field, f"must be a time like 2026-06-20T23:30:00Z, got {excerpt(value)}") from None


def _ended(begin: str, length: timedelta, written_at: datetime) -> None:
    end = datetime.fromisoformat(begin) + length
    if end > written_at:
        moment = f"{written_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        raise EventError("timestamp", f"had not ended when the file was written, {moment}, got {excerpt(begin)}")


def _count(value: Any, field: str) -> int:
    if value is None:
        return 0
    return cells.whole({field: _text(value)}, field)


def _tokens(shape: Shape, found: Mapping[str, Any]) -> dict[str, int]:
    """Parts that a sender counts beside their whole go into it; where it has a total, that says so."""
    counts = {name: _count(found.get(name), name) for name in TOKENS}
    total = _count(found.get("total_tokens"), "total_tokens")
    missing = total - counts["input_tokens"] - counts["output_tokens"]
    beside = {name: counts[name] for name in shape.beside}
    if total and missing != sum(beside.values()):
        beside = {}
    cache = counts["cached_input_tokens"] + counts["cache_write_tokens"]
    if total and not beside and cache and missing == cache:
        beside = {name: counts[name] for name in ("cached_input_tokens", "cache_write_tokens")}
    for name, more in beside.items():
        counts[PARTS[name]] += more
    return counts


def _cost(shape: Shape, found: Mapping[str, Any]) -> Decimal | str | None:
    """US dollars; as it stands there where it is no number, for `mend` or the check to say so."""
    given = [value for name in ("cost_usd", "more_cost") if (value := found.get(name)) is not None]
    try:
        total = sum((Decimal(_text(value)) for value in given), Decimal()) * shape.cost_unit
        return rounded(total) if given and abs(total) <= MAX_COST else (total if given else None)
    except DecimalException:
        return _text(given[0])


def _failed(found: Mapping[str, Any]) -> bool:
    ok, code, error = (_text(found.get(name)).lower() for name in ("ok", "code", "error_word"))
    return (
        ok in ("false", "0", "f")
        or (code.isdigit() and int(code) >= 400)
        or error in ("error", "failure", "failed")
        or bool(found.get("error"))
    )


def _requests(found: Mapping[str, Any]) -> int:
    if (given := found.get("requests")) is None:
        return 1
    requests = _count(given, "requests")
    if not 1 <= requests <= MAX_REQUESTS:
        raise EventError("requests", f"must be from 1 to {MAX_REQUESTS}, got {requests}")
    return requests
