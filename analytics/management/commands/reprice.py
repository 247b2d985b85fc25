"""Give a cost to requests that have none and whose price is known by now. What has a cost keeps it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.models import Organization
from analytics.ledger import differences, reprice


class Command(BaseCommand):
    help = "Price the requests of the past that have no cost, a day (UTC) in each transaction, sums included."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", metavar="ORG", help="one organization (default: all)")

    def handle(self, *args: Any, **options: Any) -> None:
        organizations = Organization.objects.order_by("pk")
        if options["organization"] is not None:
            organizations = organizations.filter(public_id=options["organization"])
            if not organizations:
                raise CommandError(f"--organization: there is no organization {options['organization']!r}")
        days = [(one, day) for one in organizations for day in reprice.unpriced_days(one.pk)]
        rates = reprice.known_rates()
        for organization in organizations:
            self.say_what_is_pruned(organization)
        priced = 0
        for organization, day in tqdm(days, desc="reprice", unit="day", disable=None):
            priced += reprice.reprice(organization.pk, day, rates)
        self.stdout.write(f"{priced} {'request' if priced == 1 else 'requests'} priced")

    def say_what_is_pruned(self, organization: Organization) -> None:
        if (checked := differences.checked_from(organization.pk)) is not None:
            before = f"{checked[0]:%Y-%m-%d %H:%M} UTC"
            self.stdout.write(
                f"{organization.public_id}: the request log is pruned before {before}; what had no cost then keeps none"
            )
