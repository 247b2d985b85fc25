"""migrate, one at a time: a second one waits for the first, and then finds everything done; and the second lock."""

import time
from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from orgdash import database_limits, second_lock

LOCK = 0x6D696772 << 32  # its upper half tells it from the locks that writers of usage take
LOOK_SECONDS = 0.2


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with connections[options["database"]].cursor() as cursor:
            if not _taken(cursor):
                self.stderr.write("Another migrate is running; waiting for it.")
            # Looked for and not waited for: an index built concurrently waits for every statement that runs.
            while not _taken(cursor):
                time.sleep(LOOK_SECONDS)
        try:
            super().handle(*args, **options)
            self._lock(options["database"])
        finally:
            with connections[options["database"]].cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock_all()")

    def _lock(self, database: str) -> None:
        """As for migrations: nobody waits long behind it."""
        database_limits.use(database_limits.MIGRATION)
        try:
            with connections[database].cursor() as cursor:
                if not second_lock.install(cursor):
                    self.stderr.write(second_lock.WHY_OFF)
        finally:
            database_limits.use(database_limits.COMMAND)


def _taken(cursor: Any) -> bool:
    """A lock of the session: it is gone with a process that is killed."""
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
    return bool(cursor.fetchone()[0])
