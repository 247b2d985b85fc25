"""Usage from files into the log and the sums. Run again, it counts nothing twice."""

import os
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.models import ApiKey, Organization
from analytics.ingest import intake
from analytics.ingest.decoding import EventError, excerpt
from analytics.ingest.event_rules import check
from analytics.ingest.files.azure import AZURE_NAMES, AzureUsage, azure_csv
from analytics.ingest.files.lines import IGNORED, FormatError, Line, json_lines
from analytics.ingest.files.vendor_csv import Keys, opened
from analytics.ingest.files.vendors import EXPORTS
from analytics.ingest.intake import COUNTED
from orgdash import clock

# Which options a format takes.
AZURE_OPTIONS = ("api_key", "model", "provider", "input_usd_per_1m", "output_usd_per_1m")
KEY_OPTIONS = ("api_key", "key_map", "organization")
OPTIONS = {"jsonl": (), "azure-csv": AZURE_OPTIONS, **dict.fromkeys(EXPORTS, KEY_OPTIONS)}
MAX_PRICE = 10**6
PRICE_PLACES = 6


def price(option: str, text: str | None) -> Decimal | None:
    """US dollars per million tokens; six decimal places at most keep every cost exact to twelve."""
    if text is None:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise CommandError(f"{option}: must be a price like 2.50, got {excerpt(text)}") from None
    exponent = amount.as_tuple().exponent  # a word, of what is not finite
    if not (isinstance(exponent, int) and 0 <= amount <= MAX_PRICE and exponent >= -PRICE_PLACES):
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


def export_keys(options: dict[str, Any]) -> Keys:
    """The options that say whose an export's rows are, checked before the first is read."""
    if not any(options[name] for name in KEY_OPTIONS):
        raise CommandError(f"--key-map, --organization or --api-key: one is required for --format {options['format']}")
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


class Command(BaseCommand):
    help = "Record usage events from files. A second run of a file adds nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument(
            "--format", choices=OPTIONS, default="jsonl", help="default: jsonl; docs/imports.md says more of each"
        )
        parser.add_argument("--api-key", metavar="KEY", help="whose the usage is; of an export, all that is not mapped")
        exports = parser.add_argument_group(
            ", ".join(EXPORTS),
            "Exports of consoles and gateways. Their times are UTC. What such a file does not say is said at the end. "
            "Sums stand at the beginning of their hour or day; one that had not ended when the file was written is "
            "refused.",
        )
        exports.add_argument(
            "--key-map", action="append", metavar="NAME=KEY", help="the API key of what the file calls NAME; repeatable"
        )
        exports.add_argument(
            "--organization", metavar="ORG", help="what the file calls as an API key of ORG is described is that key's"
        )
        azure = parser.add_argument_group("azure-csv", "what the trace does not say; without prices it has no cost")
        azure.add_argument("--model", metavar="M")
        azure.add_argument("--provider", metavar="P")
        azure.add_argument("--input-usd-per-1m", metavar="X")
        azure.add_argument("--output-usd-per-1m", metavar="Y")

    def handle(self, *args: Any, **options: Any) -> None:
        self.now, self.format = clock.now(), options["format"]
        self.ignored = self.refused = self.conflicting = 0
        self.counts: Counter[str] = Counter(dict.fromkeys(COUNTED, 0))
        self.unsaid: dict[str, None] = {}
        self.several = len(options["files"]) > 1
        for name in (*AZURE_OPTIONS, *KEY_OPTIONS):
            if options[name] is not None and name not in OPTIONS[self.format]:
                raise CommandError(f"--{name.replace('_', '-')}: is not for --format {self.format}")
        self.azure = azure_usage(options, self.now) if self.format == "azure-csv" else None
        self.keys = export_keys(options) if self.format in EXPORTS else None
        unread = sum([not self.import_file(path) for path in options["files"]])
        self.stdout.write(self.summary(unread))
        for words in self.unsaid:
            self.stdout.write(f"not in the file: {words}")
        if self.refused or self.conflicting or unread:
            raise SystemExit(1)

    def summary(self, unread: int) -> str:
        """What is more than the usual is told only where there is any of it."""
        counts = self.counts | Counter(ignored=self.ignored, conflicting=self.conflicting, refused=self.refused)
        usual = ("recorded", "repeated", "refused")
        named = [name for name in (*COUNTED, "ignored", "conflicting", "refused") if name in usual or counts[name]]
        new = any(counts[name] for name in counts if name not in ("repeated", "ignored"))
        nothing = "" if new or unread else ": nothing new"
        return ", ".join(f"{name} {counts[name]}" for name in named) + nothing

    def import_file(self, path: str) -> bool:
        """False when the file as a whole could not be read."""
        try:
            with open(path, "rb") as stream:
                self.import_stream(stream, path)
        except (OSError, FormatError) as error:
            self.complain(f"{path}: {getattr(error, 'strerror', None) or error}")
            return False
        return True

    def import_stream(self, stream: BinaryIO, path: str) -> None:
        size = os.fstat(stream.fileno()).st_size or None
        found = False
        # disable=None: silent when standard error is not a terminal
        with tqdm(desc=os.path.basename(path), total=size, unit="B", unit_scale=True, disable=None) as bar:
            for batch in self.batches(stream):
                found = True
                self.import_batch(batch, f"{path}: " if self.several else "")
                bar.update(stream.tell() - bar.n if stream.seekable() else 0)
        if self.keys and not found:
            self.complain(f"{path}: there is no usage in it")

    def batches(self, stream: BinaryIO) -> Iterator[list[Line]]:
        self.refused_line: int | None = None
        if self.azure:
            return azure_csv(stream, self.azure, self.now)
        if self.keys:
            export = EXPORTS[self.format]
            written_at = datetime.fromtimestamp(os.fstat(stream.fileno()).st_mtime, UTC)
            file = opened(stream, export, self.keys, self.now, written_at)
            self.unsaid |= dict.fromkeys((*export.unknown, *file.missing))
            return file.batches
        return json_lines(stream, self.now)

    def import_batch(self, batch: list[Line], prefix: str) -> None:
        self.ignored += sum(line.outcome is IGNORED for line in batch)
        batch = [line for line in batch if line.outcome is not IGNORED]
        outcomes, result = intake.resolve_and_record([line.outcome for line in batch])
        for line, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, EventError) and line.number != self.refused_line:
                self.refused += 1
                self.refused_line = line.number  # all requests of a row are refused as one
                self.complain(f"{prefix}line {line.number}: {self.in_words(outcome)}")
        for conflict in result.conflicts:
            fields = ", ".join(conflict.fields)
            self.complain(f"{prefix}line {batch[conflict.index].number}: says another {fields} than what is recorded")
        self.conflicting += len(result.conflicts)
        for name in self.counts:
            self.counts[name] += getattr(result, name)

    def in_words(self, error: EventError) -> EventError:
        names = AZURE_NAMES if self.azure else EXPORTS[self.format].names if self.keys else {}
        return EventError(names.get(error.field, error.field) if error.field else None, error.message)

    def complain(self, text: str) -> None:
        with tqdm.external_write_mode(nolock=True):
            self.stderr.write(text)
