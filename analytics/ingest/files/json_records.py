"""JSON of consoles and gateways: an object a line, or one document with them all, as their APIs answer."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Any

from analytics.ingest.decoding import DuplicateKeys, EventError, decode
from analytics.ingest.files import records
from analytics.ingest.files.lines import FormatError, texts
from analytics.ingest.files.shapes import INSTEAD, SHAPES
from analytics.ingest.files.sources import Peeked
from analytics.ingest.files.vendor_csv import MAX_RECORD, Export, Keys, Opened, RecordReading, read
from analytics.ingest.files.vendors import EXPORTS

KIND = "json"  # a document, or lines, whose records say which export they are
MAX_DOCUMENT = 64 * 1024 * 1024  # bytes of a document, which is read whole; of lines there may be any number
_LISTS = ("data", "results", "result", "records", "value", "logs", "observations")
_EDGES = ("start_time", "end_time", "starting_at", "ending_at")  # of a span of time with results
_OPENAI = tuple(
    f"organization.usage.{name}.result"
    for name in ("completions", "embeddings", "moderations", "images", "audio_speeches", "audio_transcriptions")
)
# What Anthropic's report calls what its console's export has as columns.
_ANTHROPIC = {
    "usage_date_utc": "starting_at",
    "model_version": "model",
    "api_key": "api_key_id",
    "usage_type": "service_tier",
    "context_window": "context_window",
    "usage_input_tokens_no_cache": "uncached_input_tokens",
    "usage_input_tokens_cache_write_5m": "cache_creation.ephemeral_5m_input_tokens",
    "usage_input_tokens_cache_write_1h": "cache_creation.ephemeral_1h_input_tokens",
    "usage_input_tokens_cache_read": "cache_read_input_tokens",
    "usage_output_tokens": "output_tokens",
    "ending_at": "ending_at",
}
Record = Mapping[str, Any]


def known(head: bytes) -> str:
    """The format of a file that begins with this line; empty where it is none of these. FormatError: what to do."""
    found = _decoded(head)
    if found is None:
        return ""
    if not isinstance(found, Mapping) or isinstance(found, DuplicateKeys):
        return KIND if isinstance(found, list) and found and isinstance(found[0], Mapping) else ""
    kind = _kind(found)
    return kind or (KIND if any(isinstance(found.get(name), list) for name in _LISTS) else "")


def opened(stream: Peeked, keys: Keys, now: datetime, written_at: datetime) -> tuple[Export, Opened]:
    """The records, and which export they are. FormatError: they are none that is known, or what to do instead."""
    unit = "line" if _is_line(_decoded(stream.head)) else "record"
    numbered = _numbered(stream)
    first = next(numbered, None)
    if first is None:
        raise FormatError("has no usage in it")
    record = first[1]
    kind = _kind(record) if isinstance(record, Mapping) else ""
    if not kind:
        names = ", ".join(list(record)[:8]) if isinstance(record, Mapping) else str(record)
        raise FormatError(f"is no export that is known here: its fields are {names}")
    export = EXPORTS[kind]
    rows = ((number, _row(record)) for number, record in chain([first], numbered))
    return export, Opened((), read(rows, RecordReading(export, keys, now, min(now, written_at))), unit)


def _kind(record: Record) -> str:
    if record.get("object") in _OPENAI:
        return "openai-csv"
    if "uncached_input_tokens" in record and "model" in record:
        return "anthropic-csv"
    for kind, shape in SHAPES.items():
        if records.has(record, shape.marks):
            return kind
    for words, marks in INSTEAD.items():
        if records.has(record, marks):
            raise FormatError(f"is {words}")
    return ""


def _row(record: Any) -> Record | EventError:
    """As its export reads it: those of which there is a CSV too have its columns, and texts in them."""
    if isinstance(record, EventError):
        return record
    if not isinstance(record, Mapping) or isinstance(record, DuplicateKeys):
        return EventError(None, "must be a JSON object")
    if record.get("object") in _OPENAI:
        return {"input_tokens": "0"} | {name: _cell(value) for name, value in record.items()}
    if "uncached_input_tokens" in record:
        return {name: _cell(records.at(record, place)) for name, place in _ANTHROPIC.items()} | _zeros(record)
    return record


def _zeros(record: Record) -> dict[str, str]:
    return {name: "0" for name, place in _ANTHROPIC.items() if "tokens" in name and records.at(record, place) is None}


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _decoded(text: bytes) -> Any:
    """None where it is no JSON by itself."""
    try:
        return decode(text.decode("utf-8-sig"))
    except (EventError, UnicodeDecodeError):
        return None


def _numbered(stream: Peeked) -> Iterator[tuple[int, Any]]:
    """Records with their line, or of a document with their place in it, from 1."""
    if _is_line(_decoded(stream.head)):
        for number, text in texts(stream, MAX_RECORD):
            yield number, text if isinstance(text, EventError) else _line(text)
        return
    document = stream.read(MAX_DOCUMENT + 1)
    if len(document) > MAX_DOCUMENT:
        raise FormatError(
            f"is one JSON document of more than {MAX_DOCUMENT} bytes: write an object a line (jq -c '.[]')"
        )
    try:
        whole = decode(document.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise FormatError(f"is not UTF-8 at byte {error.start + 1}") from None
    except EventError:  # several documents, one after another: pages of an answer, a line each
        whole = [_line(line) for line in document.decode("utf-8-sig").splitlines() if line.strip()]
    yield from enumerate(_within(whole), 1)


def _is_line(found: Any) -> bool:
    """Whether it is a record by itself: others may follow, a line each."""
    return isinstance(found, Mapping) and not any(isinstance(found.get(name), list) for name in _LISTS)


def _line(text: str) -> Any:
    try:
        return decode(text)
    except EventError as error:
        return error


def _within(document: Any) -> Iterator[Any]:
    """The records of a document: the lists in it, and the results of each span of time with its edges."""
    if isinstance(document, list):
        for element in document:
            yield from _within(element)
        return
    held = (
        next((document[name] for name in _LISTS if isinstance(document.get(name), list)), None)
        if isinstance(document, Mapping)
        else None
    )
    if held is None:
        yield document
        return
    edges = {name: value for name, value in document.items() if name in _EDGES}
    for element in held:
        for record in _within(element):
            yield {**edges, **record} if isinstance(record, Mapping) and edges else record
