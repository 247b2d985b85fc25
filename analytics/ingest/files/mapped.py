"""Any other CSV, by what its reader says its columns are: `--map timestamp=created_at --map model=model_name …`."""

from collections.abc import Iterable

from analytics.ingest.decoding import excerpt
from analytics.ingest.files import records
from analytics.ingest.files.shapes import Shape
from analytics.ingest.files.vendor_csv import Export

KIND = "csv"
NEEDED = ("timestamp", "model")
FIELDS = (
    "id",
    *NEEDED,
    "api_key",
    "provider",
    *records.TOKENS,
    "service_tier",
    "cost_usd",
    "status",
    "response_id",
    "ended_at",
    "requests",
)
# Where a field of an event has another name in a shape.
_PLACES = {"api_key": "key", "status": "error_word"}


class MapError(Exception):
    """What is wrong with the `--map` options, in words."""


def export(options: Iterable[str], provider: str | None) -> Export:
    """The export that the options describe; `provider` where no column says it. MapError."""
    columns: dict[str, str] = {}
    for text in options:
        field, _, column = text.partition("=")
        if field not in FIELDS:
            raise MapError(f"names no field, got {excerpt(field)}: {', '.join(FIELDS)}")
        if not column:
            raise MapError(f"must be FIELD=COLUMN, got {excerpt(text)}")
        if columns.setdefault(field, column) != column:
            raise MapError(f"names two columns for {field}")
    for field in NEEDED:
        if field not in columns:
            raise MapError(f"{field}=COLUMN is required")
    places = {_PLACES.get(field, field): (column,) for field, column in columns.items()}
    unknown = tuple(words for field, words in _UNSAID.items() if field not in columns)
    marks = tuple(columns.values())
    return records.export(
        Shape(KIND, "a CSV", marks, places, provider=provider or "unknown", unknown=unknown, mends=False)
    )


_UNSAID = {
    "cost_usd": "costs: requests are priced by the price book or the catalogue, or else not priced",
    "id": "ids: equal rows are told apart by how many came before",
}
