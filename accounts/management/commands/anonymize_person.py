"""anonymize_person EMAIL: what names a person goes, what was used stays."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import leaving
from accounts.models import User
from orgdash import clock


class Command(BaseCommand):
    help = "Erases a person's name, e-mail, sessions and traces in the admin's log, for good. Sums stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument(
            "--api-keys", required=True, choices=("keep", "revoke"), help="whether what they made goes on sending"
        )

    def handle(self, *, email: str, api_keys: str, **options: Any) -> None:
        try:
            left = leaving.anonymize(email, clock.now(), revoke=api_keys == "revoke")
        except User.DoesNotExist:
            raise CommandError(f'There is no person with the e-mail "{email}".') from None
        became = "revoked" if api_keys == "revoke" else "kept"
        self.stdout.write(f"Anonymized. Memberships ended: {left.members}. API keys {became}: {left.keys}.")
