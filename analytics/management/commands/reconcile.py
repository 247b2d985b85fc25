"""Do the sums say what the log says? Prints every difference; --repair writes anew what differs."""

from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from accounts.models import Organization
from analytics.ledger import differences, months, rebuild
from analytics.ledger.differences import Difference
from analytics.ledger.months import Days
from analytics.management import scope


class Command(BaseCommand):
    help = "Compare the sums with the request log, month by month; exit 1 if any difference is left."

    def add_arguments(self, parser: ArgumentParser) -> None:
        scope.add_arguments(parser)
        parser.add_argument("--repair", action="store_true", help="rebuild the months that differ, and compare again")

    def handle(self, *args: Any, **options: Any) -> None:
        asked, repair = scope.read(options), options["repair"]
        left = 0
        for organization in tqdm(asked.organizations, desc="reconcile", unit="organization", disable=None):
            self.say_what_is_pruned(organization, asked.first, asked.end)
            for days in months.months(organization.pk, asked.first, asked.end):
                left += self.month(organization, days, repair)
            left += self.freshness(organization, repair)
        self.stdout.write(f"{left} {'difference' if left == 1 else 'differences'}{' left' if repair else ''}")
        if left:
            raise SystemExit(1)

    def month(self, organization: Organization, days: Days, repair: bool) -> int:
        """How many differences are left."""
        found = self.say(organization, differences.of_a_month(organization.pk, days))
        if not (found and repair):
            return found
        rebuild.rebuild_month(organization.pk, days)
        return self.say(organization, differences.of_a_month(organization.pk, days))

    def freshness(self, organization: Organization, repair: bool) -> int:
        found = self.say(organization, differences.of_the_freshness(organization.pk))
        if not (found and repair):
            return found
        rebuild.refresh(organization.pk)
        return self.say(organization, differences.of_the_freshness(organization.pk))

    def say_what_is_pruned(self, organization: Organization, first: date, end: date) -> None:
        horizon, whole = differences.checked_from(organization.pk) or (None, first)
        if whole <= first:
            return
        rest = f"checked from {whole} on" if whole < end else f"it could be checked from {whole} on"
        with tqdm.external_write_mode(nolock=True):
            self.stdout.write(
                f"{organization.public_id}: the request log is pruned before {horizon:%Y-%m-%d %H:%M} UTC; {rest}"
            )

    def say(self, organization: Organization, found: Iterable[Difference]) -> int:
        """How many there are; each is printed as it comes."""
        count = 0
        with tqdm.external_write_mode(nolock=True):
            for difference in found:
                self.stdout.write(f"{organization.public_id}: {difference}")
                count += 1
        return count
