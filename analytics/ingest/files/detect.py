"""Which format a file is, by its first line: a header of named columns, or JSON of a known shape."""

from analytics.ingest.files import headers, json_records
from analytics.ingest.files.lines import FormatError
from analytics.ingest.files.vendors import EXPORTS

JSONL = "jsonl"
_SHOWN = 8  # columns of a header that is not known


def is_json(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def format_of(head: bytes) -> str:
    """The `--format`; what is nothing else is taken for events. FormatError: no such file is read, and what to do."""
    if is_json(head):
        if len(head.split()) == 1 and len(head.strip()) == 1:  # a document over many lines
            return json_records.KIND
        return json_records.known(head) or JSONL
    header = headers.cells(head.decode("utf-8-sig", "replace"))
    if kind := headers.known(header):
        return kind
    if any(export.empty and export.empty == set(header) for export in EXPORTS.values()):
        return "openai-csv"
    if other := headers.fitting(header):
        raise FormatError(other)
    if len(header) > 2 and all(header):
        names = ", ".join(header[:_SHOWN]) + (", …" if len(header) > _SHOWN else "")
        raise FormatError(f"is no export that is known here: --map says what its columns are: {names}")
    return JSONL
