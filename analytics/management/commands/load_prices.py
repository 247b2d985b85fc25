"""load_prices FILE: the price book from CSV, in one transaction."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from analytics.ingest import price_file


class Command(BaseCommand):
    help = "Creates or updates prices from a CSV file, all of it or nothing. `reprice` fills the past with them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help=f"CSV: {','.join(price_file.HEADER)}")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            loaded = price_file.load(file.read_bytes())
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from None
        except price_file.PriceFileError as error:
            raise CommandError(f"{file}: nothing was changed.\n{error}") from None
        self.stdout.write(f"{loaded.created} created, {loaded.changed} changed, {loaded.unchanged} left as they were.")
