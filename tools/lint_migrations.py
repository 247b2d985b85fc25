"""`make lint`: whether migrations suit the version that still runs while they are applied. Exit code 1 if one does not.

django-migration-linter reads the SQL that PostgreSQL would be sent; nothing is applied. It is called here and not as a
management command, which would have to be among the server's apps. The first migrations came before the rule.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ("accounts", "analytics")
BEFORE_THE_RULE = 3  # up to this number
# "app.name" of a migration that may break the rule -> why nobody is hurt. docs/upgrading.md says what to do.
ALLOWED: dict[str, str] = {
    "analytics.0005_price_classes": "The price book has some dozens of rows; checking them takes no time.",
}


def unsuitable(before_the_rule: int = BEFORE_THE_RULE) -> int:
    """How many migrations with a higher number break the rule; each is printed with what is wrong."""
    from django_migration_linter import MigrationLinter

    found = [(app, path.stem) for app in APPS for path in (ROOT / app / "migrations").glob("[0-9]*.py")]
    old = [name for app, name in found if int(name[:4]) <= before_the_rule or f"{app}.{name}" in ALLOWED]
    linter = MigrationLinter(
        str(ROOT),
        include_apps=APPS,
        ignore_name=old,
        no_cache=True,
        analyser_string="postgresql",  # it would guess from the name of the database's engine, which is our own
        warnings_as_errors_tests=["CREATE_INDEX", "CREATE_INDEX_EXCLUSIVE", "DROP_INDEX", "REINDEX"],
        quiet=["ignore", "ok"],
    )
    linter.lint_all_migrations()
    return linter.nb_erroneous


def main() -> int:
    import django

    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orgdash.settings")
    django.setup()
    return 1 if unsuitable() else 0


if __name__ == "__main__":
    sys.exit(main())
