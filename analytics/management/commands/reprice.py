"""Price anew what no sender stated a cost of. What a sender said it cost stays."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.models import Organization
from analytics.ledger import differences, reprice
from analytics.ledger.reprice import Repriced
from analytics.reporting.sums import plain


class Command(BaseCommand):
    help = "Price anew what no sender stated a cost of, a day (UTC) in each transaction, sums included."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", metavar="ORG", help="one organization (default: all)")
        parser.add_argument("--all", action="store_true", help="also what has an estimate, by the prices of today")
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")

    def handle(self, *args: Any, **options: Any) -> None:
        organizations = Organization.objects.order_by("pk")
        if options["organization"] is not None:
            organizations = organizations.filter(public_id=options["organization"])
            if not organizations:
                raise CommandError(f"--organization: there is no organization {options['organization']!r}")
        every, dry_run = options["all"], options["dry_run"]
        days = [
            (organization, day) for organization in organizations for day in reprice.days(organization.pk, every=every)
        ]
        for organization in organizations:
            self.say_what_is_pruned(organization)
        changed: dict[tuple[str, str], Repriced] = {}
        for organization, day in tqdm(days, desc="reprice", unit="day", disable=None):
            for row in reprice.reprice(organization.pk, day, every=every, dry_run=dry_run):
                name = (row.provider, row.model)
                changed[name] = changed[name] + row if name in changed else row
        for name in sorted(changed):
            self.stdout.write(self.in_words(changed[name]))
        requests = sum(row.requests for row in changed.values())
        would = " would be" if dry_run else ""
        self.stdout.write(f"{self.requests(requests)}{would} priced")

    def in_words(self, row: Repriced) -> str:
        """US dollars, exact."""
        before, after, change = (plain(amount) for amount in (row.before, row.after, row.after - row.before))
        sign = "" if change.startswith("-") else "+"
        return f"{row.provider} · {row.model}: {self.requests(row.requests)}, ${before} → ${after} ({sign}{change})"

    def requests(self, number: int) -> str:
        return f"{number} {'request' if number == 1 else 'requests'}"

    def say_what_is_pruned(self, organization: Organization) -> None:
        if (checked := differences.checked_from(organization.pk)) is not None:
            before = f"{checked[0]:%Y-%m-%d %H:%M} UTC"
            self.stdout.write(
                f"{organization.public_id}: the request log is pruned before {before};"
                " what is not priced there stays so"
            )
