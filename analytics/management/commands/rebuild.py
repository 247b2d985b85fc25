"""The sums made anew from the log, a month at a time. Killed, it goes on where it was: what is right is not written."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from analytics.ledger import months, rebuild
from analytics.management import scope


class Command(BaseCommand):
    help = "Make the sums what the request log says, month by month. Months that are right are read and not written."

    def add_arguments(self, parser: ArgumentParser) -> None:
        scope.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        asked, written, right = scope.read(options), 0, 0
        with tqdm(desc="rebuild", unit="month", disable=None) as bar:
            for organization in asked.organizations:
                for days in months.months(organization.pk, asked.first, asked.end):
                    rows = rebuild.rebuild_month(organization.pk, days)
                    written, right = written + bool(rows), right + (not rows)
                    if rows:
                        self.say(f"{organization.public_id}: {days.first:%Y-%m}: {rows:,} rows written")
                    bar.update()
                rebuild.refresh(organization.pk)
        self.stdout.write(f"months written: {written}; right already: {right}")

    def say(self, text: str) -> None:
        with tqdm.external_write_mode(nolock=True):
            self.stdout.write(text)
            self.stdout.flush()
