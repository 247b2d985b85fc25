"""Builds a database of its own, measures, drops it. A whole run writes docs/benchmarks.md."""

import os
import time
from datetime import datetime

import django
from django.db import connection
from django.test.utils import override_settings, setup_databases, teardown_databases

NOW = "2026-11-02T12:00:00+00:00"  # two days after the year that is measured


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orgdash.settings")
    django.setup()
    began = time.perf_counter()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        with override_settings(
            DEBUG=False,
            ALLOWED_HOSTS=["testserver"],
            ROOT_URLCONF="tests.bench.urls",
            ORGDASH_NOW=datetime.fromisoformat(NOW),
            RATE_LIMIT=10**9,
            QUOTA_EVENTS=10**9,
            WHITENOISE_AUTOREFRESH=True,
        ):
            _measure(began)
    finally:
        teardown_databases(databases, verbosity=0)


def _measure(began: float) -> None:
    # What is measured can be imported only now.
    from analytics.reporting import over_time, reports
    from orgdash import database_limits
    from tests.bench import costs, importing, reading, rebuilding, recording, reference, year
    from tests.bench.ruler import QUICK, Ruler, write

    # On a busy machine nothing is cut off.
    database_limits.PAGE = database_limits.ENDPOINT = database_limits.COMMAND
    reports.STATEMENT_TIMEOUT = over_time.STATEMENT_TIMEOUT = "10min"
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        cursor.execute(
            f"ALTER DATABASE {connection.ops.quote_name(connection.settings_dict['NAME'])}"
            " SET max_parallel_workers_per_gather = 0"
        )
        cursor.execute("SHOW server_version")
        (version,) = cursor.fetchone()
    connection.settings_dict["CONN_MAX_AGE"] = None  # the processor time of another one begins at zero
    ruler, (one, _many) = Ruler(), year.make()
    reference.make(one.organization.pk)
    connection.close()  # the next one knows what was just set
    print(f"made in {time.perf_counter() - began:.0f} s", flush=True)
    reading.measure(ruler, one, "model-1")
    if os.environ.get("ONLY") != "reading":
        recording.measure(ruler, one)
        importing.measure(ruler, one)
        rebuilding.measure(ruler, one)
        costs.names(ruler)
        costs.strangers(ruler, one)
        costs.second_lock(ruler, one)
    took = time.perf_counter() - began
    print(f"measured in {took:.0f} s", flush=True)
    if not QUICK and "ONLY" not in os.environ:
        write(ruler, f"PostgreSQL {version}", took)


if __name__ == "__main__":
    main()
