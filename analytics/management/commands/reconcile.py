"""Do the sums say what the log says? Prints every difference; --repair writes anew what differs."""

from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.models import Organization
from analytics.ledger import differences, rebuild
from analytics.ledger.clocks import ALL_TIME


def day(option: str, text: str | None, default: date) -> date:
    if text is None:
        return default
    try:
        parsed = date.fromisoformat(text)
    except ValueError:
        parsed = None
    if parsed is None or parsed.isoformat() != text or not 2000 <= parsed.year <= 2100:
        raise CommandError(f"{option}: must be a day from 2000 to 2100, like 2026-06-20, got {text!r}")
    return parsed


class Command(BaseCommand):
    help = "Compare the sums with the request log; exit 1 if any difference is left."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", metavar="ORG", help="one organization (default: all)")
        parser.add_argument("--from", dest="from_day", metavar="D", help="first day, in its reporting time zone")
        parser.add_argument("--to", dest="to_day", metavar="D", help="last day, included")
        parser.add_argument("--repair", action="store_true", help="rebuild what differs, then compare again")

    def handle(self, *args: Any, **options: Any) -> None:
        first = day("--from", options["from_day"], ALL_TIME[0])
        end = day("--to", options["to_day"], ALL_TIME[1] - timedelta(days=1)) + timedelta(days=1)
        if first >= end:
            raise CommandError(f"--from: must not be after --to, got {first} and {end - timedelta(days=1)}")
        organizations = Organization.objects.order_by("pk")
        if options["organization"] is not None:
            organizations = organizations.filter(public_id=options["organization"])
            if not organizations:
                raise CommandError(f"--organization: there is no organization {options['organization']!r}")
        left = 0
        for organization in tqdm(organizations, desc="reconcile", unit="organization", disable=None):
            left += self.reconcile(organization, first, end, options["repair"])
        self.stdout.write(
            f"{left} {'difference' if left == 1 else 'differences'}{' left' if options['repair'] else ''}"
        )
        if left:
            raise SystemExit(1)

    def reconcile(self, organization: Organization, first: date, end: date, repair: bool) -> int:
        """How many differences are left."""
        self.say_what_is_pruned(organization, first, end)
        found = self.compare(organization, first, end)
        if not (found and repair):
            return found
        rebuild.rebuild(organization.pk, first, end)
        return self.compare(organization, first, end)

    def say_what_is_pruned(self, organization: Organization, first: date, end: date) -> None:
        horizon, whole = differences.checked_from(organization.pk) or (None, first)
        if whole <= first:
            return
        rest = f"checked from {whole} on" if whole < end else f"it could be checked from {whole} on"
        with tqdm.external_write_mode(nolock=True):
            self.stdout.write(
                f"{organization.public_id}: the request log is pruned before {horizon:%Y-%m-%d %H:%M} UTC; {rest}"
            )

    def compare(self, organization: Organization, first: date, end: date) -> int:
        found = differences.differences(organization.pk, first, end)
        with tqdm.external_write_mode(nolock=True):
            for difference in found:
                self.stdout.write(f"{organization.public_id}: {difference}")
        return len(found)
