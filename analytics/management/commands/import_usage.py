"""Usage from files into the log and the sums. Run again, it counts nothing twice."""

import os
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.models import ApiKey
from analytics import formats, rollup
from analytics.events import EventError, check, shown
from orgdash import clock

AZURE_OPTIONS = ("api_key", "model", "provider", "input_usd_per_1m", "output_usd_per_1m")
MAX_PRICE = 10**6
PRICE_PLACES = 6


def price(option: str, text: str | None) -> Decimal | None:
    """US dollars per million tokens; six decimal places at most keep every cost exact to twelve."""
    if text is None:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise CommandError(f"{option}: must be a price like 2.50, got {shown(text)}") from None
    if not (amount.is_finite() and 0 <= amount <= MAX_PRICE and amount.as_tuple().exponent >= -PRICE_PLACES):
        raise CommandError(
            f"{option}: must be from 0 to {MAX_PRICE}, with at most {PRICE_PLACES} decimal places, got {shown(text)}"
        )
    return amount


def azure_usage(options: dict[str, Any], now: datetime) -> formats.AzureUsage:
    """The options that say what the trace does not, checked before the first row is read."""
    for name in ("api_key", "model", "provider"):
        if options[name] is None:
            raise CommandError(f"--{name.replace('_', '-')}: is required for --format azure-csv")
    prices = [price(f"--{name.replace('_', '-')}", options[name]) for name in AZURE_OPTIONS[3:]]
    if (prices[0] is None) != (prices[1] is None):
        raise CommandError("--input-usd-per-1m and --output-usd-per-1m: give both, or none where there is no price")
    usage = formats.AzureUsage(options["api_key"], options["provider"], options["model"], *prices)
    fields = {"api_key": usage.api_key, "provider": usage.provider, "model": usage.model}
    try:
        check({"id": "-", "timestamp": now.isoformat(), **fields}, now)
    except EventError as error:
        raise CommandError(f"{formats.AZURE_NAMES[error.field]}: {error.message}") from None
    if not ApiKey.objects.filter(public_id=usage.api_key).exists():
        raise CommandError(f"--api-key: there is no such API key, got {shown(usage.api_key)}")
    return usage


class Command(BaseCommand):
    help = "Record usage events from files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--format", choices=("jsonl", "azure-csv"), default="jsonl")
        azure = parser.add_argument_group("azure-csv", "what the trace does not say; without prices it has no cost")
        azure.add_argument("--api-key", metavar="KEY")
        azure.add_argument("--model", metavar="M")
        azure.add_argument("--provider", metavar="P")
        azure.add_argument("--input-usd-per-1m", metavar="X")
        azure.add_argument("--output-usd-per-1m", metavar="Y")

    def handle(self, *args: Any, **options: Any) -> None:
        self.now = clock.now()
        self.recorded = self.repeated = self.refused = 0
        self.azure = None
        self.several = len(options["files"]) > 1
        if options["format"] == "azure-csv":
            self.azure = azure_usage(options, self.now)
        elif given := [name for name in AZURE_OPTIONS if options[name] is not None]:
            raise CommandError(f"--{given[0].replace('_', '-')}: only for --format azure-csv")
        unread = sum([not self.import_file(path) for path in options["files"]])
        nothing = ": nothing new" if not (self.recorded or self.refused or unread) else ""
        self.stdout.write(f"recorded {self.recorded}, repeated {self.repeated}, refused {self.refused}{nothing}")
        if self.refused or unread:
            raise SystemExit(1)

    def import_file(self, path: str) -> bool:
        """False when the file as a whole could not be read."""
        try:
            with open(path, "rb") as stream:
                self.import_stream(stream, path)
        except (OSError, formats.FormatError) as error:
            self.complain(f"{path}: {getattr(error, 'strerror', None) or error}")
            return False
        return True

    def import_stream(self, stream: BinaryIO, path: str) -> None:
        size = os.fstat(stream.fileno()).st_size or None
        # disable=None: silent when standard error is not a terminal
        with tqdm(desc=os.path.basename(path), total=size, unit="B", unit_scale=True, disable=None) as bar:
            for batch in self.batches(stream):
                self.import_batch(batch, f"{path}: " if self.several else "")
                bar.update(stream.tell() - bar.n if stream.seekable() else 0)

    def batches(self, stream: BinaryIO) -> Iterator[list[formats.Line]]:
        if self.azure:
            return formats.azure_csv(stream, self.azure, self.now)
        return formats.json_lines(stream, self.now)

    def import_batch(self, batch: list[formats.Line], prefix: str) -> None:
        drafts = [line.outcome for line in batch if not isinstance(line.outcome, EventError)]
        taken, result = rollup.take(drafts)
        resolved = iter(taken)
        outcomes = [line.outcome if isinstance(line.outcome, EventError) else next(resolved) for line in batch]
        for line, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, EventError):
                self.refused += 1
                self.complain(f"{prefix}line {line.number}: {self.in_words(outcome)}")
        self.recorded += result.recorded
        self.repeated += result.repeated

    def in_words(self, error: EventError) -> EventError:
        if self.azure and error.field:
            return EventError(formats.AZURE_NAMES.get(error.field, error.field), error.message)
        return error

    def complain(self, text: str) -> None:
        with tqdm.external_write_mode(nolock=True):
            self.stderr.write(text)
