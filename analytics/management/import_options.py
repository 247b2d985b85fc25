"""The options of `import_usage`: which format takes which, and whose usage they say it is. CommandError, by option."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import CommandError

from accounts.models import ApiKey, Organization
from analytics.ingest.decoding import EventError, excerpt
from analytics.ingest.event_rules import check
from analytics.ingest.files import json_records, mapped
from analytics.ingest.files.azure_traces import AZURE_NAMES, AzureUsage
from analytics.ingest.files.vendor_csv import Export, Keys
from analytics.ingest.files.vendors import EXPORTS
from analytics.ingest.plain import Checked

# Which options a format takes.
AZURE_OPTIONS = ("api_key", "model", "provider", "input_usd_per_1m", "output_usd_per_1m")
KEY_OPTIONS = ("api_key", "key_map", "organization")
OPTIONS: dict[str, tuple[str, ...]] = {
    "jsonl": (),
    json_records.KIND: KEY_OPTIONS,
    "azure-csv": AZURE_OPTIONS,
    mapped.KIND: (*KEY_OPTIONS, "map", "provider"),
    **dict.fromkeys(EXPORTS, KEY_OPTIONS),
}
ALL = tuple(dict.fromkeys(name for names in OPTIONS.values() for name in names))
MAX_PRICE = 10**6
PRICE_PLACES = 6


@dataclass(frozen=True, slots=True)
class Reading:
    """How files of one format are read: of an export whose its rows are, of the trace what it does not say."""

    kind: str
    azure: AzureUsage | None = None
    export: Export | None = None
    keys: Keys = field(default_factory=Keys)

    @property
    def is_export(self) -> bool:
        return self.kind not in ("jsonl", "azure-csv")


def reading(options: dict[str, Any], kind: str, now: datetime) -> Reading:
    fitting(options, kind)
    if kind == "azure-csv":
        return Reading(kind, azure=azure_usage(options, now))
    if kind == "jsonl":
        return Reading(kind)
    export = mapped_export(options) if kind == mapped.KIND else EXPORTS.get(kind)
    return Reading(kind, export=export, keys=export_keys(options, kind))


def fitting(options: dict[str, Any], kind: str) -> None:
    """That no option is given which the format does not take."""
    for name in ALL:
        if options[name] is not None and name not in OPTIONS[kind]:
            raise CommandError(f"--{name.replace('_', '-')}: is not for --format {kind}")


def mapped_export(options: dict[str, Any]) -> Export:
    try:
        return mapped.export(options["map"] or (), options["provider"])
    except mapped.MapError as problem:
        raise CommandError(f"--map: {problem}") from None


def price(option: str, text: str | None) -> Decimal | None:
    """US dollars per million tokens; six decimal places at most keep every cost exact to twelve."""
    if text is None:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise CommandError(f"{option}: must be a price like 2.50, got {excerpt(text)}") from None
    if not (
        amount.is_finite() and 0 <= amount <= MAX_PRICE and amount == amount.quantize(Decimal(1).scaleb(-PRICE_PLACES))
    ):
        raise CommandError(
            f"{option}: must be from 0 to {MAX_PRICE}, with at most {PRICE_PLACES} decimal places, got {excerpt(text)}"
        )
    return amount


def azure_usage(options: dict[str, Any], now: datetime) -> AzureUsage:
    """The options that say what the trace does not, checked before the first row is read."""
    for name in ("api_key", "model", "provider"):
        if options[name] is None:
            raise CommandError(f"--{name.replace('_', '-')}: is required for --format azure-csv")
    prices = [price(f"--{name.replace('_', '-')}", options[name]) for name in AZURE_OPTIONS[3:]]
    if (prices[0] is None) != (prices[1] is None):
        raise CommandError("--input-usd-per-1m and --output-usd-per-1m: give both, or none where there is no price")
    usage = AzureUsage(options["api_key"], options["provider"], options["model"], *prices)
    fields = {"api_key": usage.api_key, "provider": usage.provider, "model": usage.model}
    try:
        check({"id": "-", "timestamp": now.isoformat(), **fields}, now)
    except EventError as error:
        raise CommandError(f"{AZURE_NAMES[error.field or '']}: {error.message}") from None
    there_is("--api-key", usage.api_key)
    return usage


def there_is(option: str, api_key: str) -> None:
    if not ApiKey.objects.filter(public_id=api_key).exists():
        raise CommandError(f"{option}: there is no such API key, got {excerpt(api_key)}")


def export_keys(options: dict[str, Any], kind: str) -> Keys:
    """The options that say whose an export's rows are, checked before the first is read."""
    if not any(options[name] for name in KEY_OPTIONS):
        raise CommandError(f"--key-map, --organization or --api-key: one is required for --format {kind}")
    named, ambiguous = organization_keys(options["organization"]) if options["organization"] else ({}, frozenset())
    mapped: dict[str, str] = {}
    for text in options["key_map"] or ():
        name, _, api_key = text.rpartition("=")
        if not (name and api_key):
            raise CommandError(f"--key-map: must be NAME=KEY, got {excerpt(text)}")
        if mapped.setdefault(name, api_key) != api_key:
            raise CommandError(f"--key-map: names two API keys for {excerpt(name)}")
        there_is("--key-map", api_key)
    if options["api_key"] is not None:
        there_is("--api-key", options["api_key"])
    return Keys(named | mapped, options["api_key"], ambiguous)


def organization_keys(public_id: str) -> tuple[dict[str, str], frozenset[str]]:
    """Descriptions of an organization's API keys → public ids; and the descriptions that several have."""
    if not Organization.objects.filter(public_id=public_id).exists():
        raise CommandError(f"--organization: there is no such organization, got {excerpt(public_id)}")
    keys = ApiKey.objects.filter(project__organization__public_id=public_id)
    described = list(keys.values_list("description", "public_id"))
    count = Counter(description for description, _ in described)
    ambiguous = frozenset(description for description, times in count.items() if times > 1)
    return {description: key for description, key in described if description not in ambiguous}, ambiguous


def of_living(drafts: Sequence[Checked | EventError]) -> Sequence[Checked | EventError]:
    """Events of deleted organizations refused, as the endpoints refuse their senders. One statement."""
    wanted = {draft.api_key for draft in drafts if not isinstance(draft, EventError)}
    keys = ApiKey.objects.filter(public_id__in=wanted, project__organization__status=Organization.Status.DELETED)
    if not (deleted := set(keys.values_list("public_id", flat=True))):
        return drafts
    return [
        draft if isinstance(draft, EventError) or draft.api_key not in deleted else _refused(draft) for draft in drafts
    ]


def _refused(draft: Checked) -> EventError:
    return EventError("api_key", f"its organization has been deleted, got {excerpt(draft.api_key)}")
