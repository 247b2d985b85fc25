"""What it takes to make the sums anew from the log, over reading the log once and over copying it."""

import statistics

from django.db import connection

from analytics.ledger import differences, rebuild, request_log
from analytics.models import Model
from tests.bench import year
from tests.bench.ruler import QUICK, Ruler, Work, spent_ms
from tests.bench.year import Made

DAYS = 60 if QUICK else 20  # of a request of each key in each of 21 hours
# With a tenth of the keys an hour has more rows for each request.
GOAL = ("", 0) if QUICK else ("<=", 39)
FIRST = "2025-05-05"


def measure(ruler: Ruler, made: Made) -> None:
    organization = year.organization("log", made.owner, year.KEYS).organization
    requests, number = _log(organization.pk), organization.pk
    ruler.chapter(f"Sums made anew from {requests:,} requests")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_copied (LIKE analytics_request INCLUDING ALL)")
        copied = _took(lambda: cursor.execute(f"INSERT INTO bench_copied {_ALL}", [number]))
        read = statistics.median(_took(lambda: cursor.execute(_READ, [number])) for _ in range(5))
        cursor.execute("DROP TABLE bench_copied")
    before = _temporary()
    lost = _took(lambda: rebuild.rebuild(number))
    right = _took(lambda: rebuild.rebuild(number))
    if differences.differences(number):
        raise RuntimeError("the sums are not what the log says")
    temporary = _temporary() - before
    millions = requests / 1e6
    ruler.say("rebuild-a-million-requests", lost / 1000 / millions, "s", *GOAL)
    ruler.say("rebuild-a-million-that-are-right", right / 1000 / millions, "s", *GOAL)
    ruler.say("rebuild-over-copying-the-log", lost / copied, "x")
    ruler.say("rebuild-over-reading-the-log", lost / read, "x")
    ruler.say("temporary-files-of-rebuilding-and-comparing", temporary / 1e6, "MB", "<=", 500)


_ALL = "SELECT * FROM analytics_request WHERE organization_id = %s"
_READ = "SELECT count(*), sum(cost), sum(input_tokens) FROM analytics_request WHERE organization_id = %s"
_FILL = """
INSERT INTO analytics_request (organization_id, occurred_at, event_id, project_id, api_key_id, member_id, model_id,
                               is_error, input_tokens, output_tokens, cached_input_tokens, cost)
SELECT p.organization_id, %(first)s::timestamptz + d * interval '1 day' + h * interval '1 hour'
           + k.id %% 3600 * interval '1 second', 'logged-' || d || '-' || h, k.project_id, k.id, k.created_by_id,
       (%(models)s::bigint[])[1 + (k.id + d + h %% 12 * 6) %% cardinality(%(models)s::bigint[])], h = 5,
       900 + k.id %% 700 + h, 200 + h, 100, (k.id * 7 + h * 13 + d) %% 997 / 1000.0
FROM generate_series(0, %(days)s - 1) d, generate_series(0, 20) h,
     accounts_apikey k JOIN accounts_project p ON p.id = k.project_id WHERE p.organization_id = %(organization)s"""


def _log(organization_id: int) -> int:
    """A log without sums; how many requests it has."""
    models = list(Model.objects.filter(name__startswith="model-").values_list("pk", flat=True))
    given = {"organization": organization_id, "models": models, "days": DAYS, "first": f"{FIRST}T00:00Z"}
    with connection.cursor() as cursor:
        days = "SELECT %(first)s::timestamptz + d * interval '1 day' FROM generate_series(0, %(days)s) d"
        cursor.execute(days, given)
        request_log.make_partitions(at for (at,) in cursor.fetchall())
        cursor.execute(_FILL, given)
        requests: int = cursor.rowcount
        cursor.execute("VACUUM ANALYZE analytics_request")
    return requests


def _took(work: Work) -> float:
    began = spent_ms()
    work()
    return spent_ms() - began


def _temporary() -> int:
    """Bytes that PostgreSQL wrote to temporary files of this database so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT temp_bytes FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]
