"""Demo data: three companies and thirteen months of traffic. `make run` calls it with --if-empty."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.hashers import check_password
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.models import Organization, User
from analytics.demo import seed
from analytics.demo.cast import COMPANIES, PASSWORD, VISITORS
from analytics.demo.traffic import expected
from orgdash import clock


class Command(BaseCommand):
    help = "Plant the demo data, the same for the same ORGDASH_NOW."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="plant nothing where any organization is")
        parser.add_argument("--url", help="where the server will be, to print beside who can sign in")

    def handle(self, *args: Any, **options: Any) -> None:
        demo = Organization.objects.filter(public_id__in=[f"org_{company.slug}" for company in COMPANIES])
        if not Organization.objects.exists() or not (options["if_empty"] or demo.exists()):
            self.plant()
        elif not options["if_empty"]:
            raise CommandError("the demo data is there already; nothing was changed")
        self.introduce(options["url"])

    def plant(self, scale: float = 1) -> None:
        now = clock.now()
        total = sum(expected(company, scale, now) for company in COMPANIES)
        with tqdm(desc="demo data", total=total, unit=" requests", unit_scale=True, disable=None) as bar:
            seed.plant(now, scale, bar.update)
            bar.total = bar.n

    def introduce(self, url: str | None) -> None:
        """The address, and who of the demo's people can sign in with the demo's password."""
        if url:
            self.stdout.write(f"\norgdash is on {url}\n")
        users = User.objects.in_bulk([email for email, _ in VISITORS], field_name="email")
        visitors = [(email, sees) for email, sees in VISITORS if email in users]
        # They share one hash, which is slow to check on purpose, unless somebody chose a password of their own.
        demos = {hashed: check_password(PASSWORD, hashed) for hashed in {user.password for user in users.values()}}
        known = [(email, sees) for email, sees in visitors if demos[users[email].password]]
        if known:
            self.stdout.write(f"Sign in with the password {PASSWORD} as\n")
            self.stdout.writelines(f"  {email:<24} {sees}\n" for email, sees in known)
