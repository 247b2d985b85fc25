"""How fast usage is recorded: over a bare COPY into a log with the same index, and what calls and quotas add."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import count
from threading import Event, Thread

import psycopg
from django.db import connection
from django.test import Client

from accounts import quotas
from accounts.models import ApiKey, hash_secret
from analytics.ledger import record
from analytics.ledger.log_columns import values
from analytics.ledger.usage_event import Ties, UsageEvent
from tests.analytics.usage import event
from tests.bench.ruler import QUICK, Ruler, median_ms, quiet, spent_ms
from tests.bench.year import FIRST, LAST, Made

ROUNDS = 5 if QUICK else 15
_numbers = count()


def measure(ruler: Ruler, made: Made) -> None:
    ruler.chapter("Recording")
    _batches(ruler, made.keys)
    _calls(ruler, made.keys)
    _quotas(ruler, made.keys)
    _requests(ruler, made.keys)
    _held(ruler, made)
    _beside(ruler, made)


def _events(keys: list[ApiKey], many: int) -> list[UsageEvent]:
    """Of different keys, one every seven seconds, as no batch before."""
    begin = datetime(2026, 11, 5, 10, tzinfo=UTC)
    return [event(keys[n % len(keys)], begin + timedelta(seconds=7 * next(_numbers))) for n in range(many)]


def _batches(ruler: Ruler, keys: list[ApiKey]) -> None:
    record.record_events(_events(keys, 1))  # the month's partition, and the model
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_log (LIKE analytics_request INCLUDING ALL)")
    single = 0.0
    for size, goal in ((1, 0.0), (100, 0.2), (500, 0.25), (2000, 0.3)):
        ours, bare = [], []
        for _ in range(ROUNDS if size > 1 else 5 * ROUNDS):
            events = _events(keys, size)
            ours.append(_took(lambda events=events: record.record_events(events)))
            bare.append(_took(lambda events=events: _copied(events)))
        single = single or 1000 / quiet(ours)
        ruler.say(f"record-{size}-over-bare-copy", quiet(bare) / quiet(ours), "x", ">=" if goal else "", goal)
        ruler.say(f"record-{size}", size * 1000 / quiet(ours), "events/s")
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_log")


def _copied(events: list[UsageEvent]) -> None:
    columns = values(events, every=True)
    columns["model_id"] = [1] * len(events)
    with connection.cursor() as cursor, cursor.copy(f"COPY bench_log ({', '.join(columns)}) FROM STDIN") as copy:
        for row in zip(*columns.values(), strict=True):
            copy.write_row(row)


def _took(work: Callable[[], object]) -> float:
    began = spent_ms()
    work()
    return spent_ms() - began


def _calls(ruler: Ruler, keys: list[ApiKey]) -> None:
    """What it costs to record 500 events of which others may tell too, against 500 of which nobody can."""

    def plain() -> list[UsageEvent]:
        return _events(keys, 500)

    def answered() -> list[UsageEvent]:
        return [replace(told, response_id=f"msg-{told.event_id}") for told in plain()]

    def again() -> list[UsageEvent]:
        """Another sender tells of what was recorded before."""
        known = answered()
        record.record_events(known)
        return [replace(told, event_id=f"{told.event_id}-again") for told in known]

    def spans() -> list[UsageEvent]:
        return [replace(told, ties=Ties(span=told.event_id, parent=f"{told.event_id}-up")) for told in plain()]

    def repeated() -> list[UsageEvent]:
        known = answered()
        record.record_events(known)
        return known

    kinds = {"plain": plain, "with-an-answers-id": answered, "spans": spans, "merged": again, "repeated": repeated}
    took: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(ROUNDS):  # in turn, so that whatever else the machine does meets all of them
        for name, made in kinds.items():
            events = made()
            took[name].append(_took(lambda events=events: record.record_events(events)))
    for name, times in took.items():
        ruler.say(f"record-500-{name}-over-plain", quiet(times) / quiet(took["plain"]), "x")


def _quotas(ruler: Ruler, keys: list[ApiKey]) -> None:
    """What counting events costs a request of 100, and of 1000, against recording them."""
    number = keys[0].project.organization_id
    counting = median_ms(lambda: quotas.take(quotas.EVENTS, number, 100), 50)
    for size in (100, 1000):
        free = statistics.median(_took(lambda size=size: record.record_events(_events(keys, size))) for _ in range(5))
        ruler.say(f"counting-for-the-quota-of-{size}-recorded", 100 * counting / free, "%")


def _requests(ruler: Ruler, keys: list[ApiKey]) -> None:
    """One event a request, one sender that waits for each answer, commits included: by the clock."""
    secret, client = "sk-org-bench", Client()
    ApiKey.objects.filter(pk=keys[0].pk).update(secret_hash=hash_secret(secret))
    sent = {"timestamp": "2026-11-01T10:00:00Z", "provider": "openai", "model": "model-1", "input_tokens": 9}
    headers = {"Authorization": f"Bearer {secret}"}
    took = []
    for _ in range(20 * ROUNDS):
        body = sent | {"id": f"single-{next(_numbers)}", "output_tokens": 1, "cost_usd": "0.01"}
        began = time.perf_counter()
        answer = client.post("/usage/events", body, "application/json", headers=headers)
        took.append(time.perf_counter() - began)
        if answer.status_code != HTTPStatus.OK:
            raise RuntimeError(f"one event was answered {answer.status_code}: {answer.content!r}")
    ruler.say("record-1-a-request", 1 / quiet(took), "requests/s")


def _same_hour(made: Made) -> list[float]:
    """What each of 60 batches of 100 takes, all of them into one hour, so that the same rows change each time."""
    begin, took = datetime(2026, 11, 6, 10, tzinfo=UTC), []
    for _ in range(60):
        events = [event(made.keys[n % len(made.keys)], begin + timedelta(seconds=n)) for n in range(100)]
        took.append(_took(lambda events=events: record.record_events(events)))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM analytics_hourlyusage, analytics_dailyusage, analytics_monthlyusage")
    return took


def _held(ruler: Ruler, made: Made) -> None:
    """The last of 60 batches over the first while somebody else holds a snapshot, so that no dead row can go."""
    _same_hour(made)
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        other.execute("SELECT 1")
        took = _same_hour(made)
    ruler.say("record-100-last-over-first-beside-a-snapshot", quiet(took[-10:]) / quiet(took[:10]), "x", "<=", 1.2)


def _beside(ruler: Ruler, made: Made) -> None:
    """Batches of 100 while a large CSV is made and its reader then takes nothing, over alone."""
    alone = quiet(_same_hour(made)[-20:])
    with _stalled(made):
        beside = quiet(_same_hour(made)[-20:])
    ruler.say("record-100-beside-a-stalled-csv", beside / alone, "x", "<=", 1.2)


@contextmanager
def _stalled(made: Made) -> Iterator[None]:
    """Somebody asked for a year by API key by day, took a first piece, and no more."""
    began, over = Event(), Event()

    def stall() -> None:
        client = Client()
        client.force_login(made.owner)
        path = f"/organizations/{made.organization.public_id}/analytics/export.csv"
        answer = client.get(f"{path}?from={FIRST}&to={LAST}&groupBy=apiKey&bucket=day&compare=none")
        next(iter(answer.streaming_content))
        began.set()
        over.wait()
        answer.close()
        connection.close()

    reader = Thread(target=stall)
    reader.start()
    began.wait()
    try:
        yield
    finally:
        over.set()
        reader.join()
