"""load_workspace FILE: organizations, members, projects and API keys from JSON, in one transaction."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import workspace
from accounts.workspace_file import WorkspaceError
from orgdash import clock


class Command(BaseCommand):
    help = "Creates or updates organizations, members, projects and API keys from a JSON file, all of it or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            outcome = workspace.load(file.read_bytes(), clock.now())
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from None
        except WorkspaceError as error:
            raise CommandError(f"{file}: nothing was changed.\n{error}") from None
        for key, secret in outcome.secrets:
            self.stdout.write(f"{key} {secret}")
        if outcome.created or outcome.changed:
            self.stdout.write(
                f"{outcome.created} created, {outcome.changed} changed, {outcome.unchanged} left as they were."
            )
        else:
            self.stdout.write(f"Nothing changed: all {outcome.unchanged} entries were already there.")
        if outcome.secrets:
            self.stderr.write("The new secrets above are shown this once.")
