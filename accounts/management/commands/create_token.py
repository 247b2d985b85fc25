"""create_token: a bearer token for the JSON endpoints, printed once."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import TOKEN_LIFETIME, AccessToken, Organization, hash_secret, is_public_id
from orgdash import clock
from orgdash.durations import duration

_LONGEST = timedelta(days=3660)


def lifetime(text: str | None) -> timedelta:
    """How long a token is valid; TOKEN_LIFETIME where nothing is said.

    >>> lifetime("90d").days, lifetime("12h").seconds
    (90, 43200)
    """
    if text is None:
        return TOKEN_LIFETIME
    length = duration(text)
    if not length or length > _LONGEST:
        raise CommandError(f'--expires "{text}" is no time such as 30m, 12h, 90d or 4w (at most {_LONGEST.days}d).')
    return length


class Command(BaseCommand):
    help = "Makes an access token. Standard output ends with the token alone on its line; it is stored hashed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", required=True, metavar="ORG", help="public id, such as org_acme")
        parser.add_argument("--scope", required=True, choices=AccessToken.Scope.values)
        parser.add_argument("--name", default="", help="what it is for")
        parser.add_argument("--expires", metavar="90d", help="or never; default: a year")
        parser.add_argument(
            "--create-keys",
            action="store_true",
            help="with usage:write: makes the API keys that a gateway names and nobody made yet",
        )

    def handle(
        self, *, organization: str, scope: str, name: str, expires: str | None, create_keys: bool, **options: Any
    ) -> None:
        now = clock.now()
        if create_keys and scope != AccessToken.Scope.USAGE_WRITE:
            raise CommandError("--create-keys needs --scope usage:write: no other token brings usage.")
        if len(name) > 200 or not name.isprintable():
            raise CommandError("--name must be printable and at most 200 characters.")
        token, secret = AccessToken(scope=scope, name=name, creates_keys=create_keys), AccessToken.new_secret()
        token.organization = _organization(organization)
        token.expires_at = now + lifetime(expires) if expires != "never" else None
        token.token_hash = hash_secret(secret)
        token.save()
        until = f"until {token.expires_at:%Y-%m-%d %H:%M} UTC" if token.expires_at else "until it is revoked"
        self.stderr.write(f"Access token of {organization} for {scope}, valid {until}. It is shown this once:")
        self.stdout.write(secret)


def _organization(public_id: str) -> Organization:
    found = Organization.objects.filter(public_id=public_id, status=Organization.Status.ACTIVE)
    organization = found.first() if is_public_id(public_id) else None
    if organization is None:
        raise CommandError(f'There is no active organization "{public_id}".')
    return organization
