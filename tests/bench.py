"""`make bench`: what the rollups are worth, as ratios measured in one run on this machine.

A generated organization (50 projects, 500 keys, 40 models, a year of requests) in a database of its own, which is
dropped at the end. Nothing here is a test: speed is measured, never asserted.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import count
from zoneinfo import ZoneInfo

import django
from django.db import connection
from django.test.utils import setup_databases, setup_test_environment, teardown_databases

REQUESTS_PER_KEY_AND_DAY = 4
ZONE = "America/New_York"
YEAR = (datetime(2025, 11, 1, 4, tzinfo=UTC), datetime(2026, 11, 1, 4, tzinfo=UTC))


def median_ms(work: Callable[[], object], times: int = 7) -> float:
    work()
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def make_organization():
    from analytics.ledger import rebuild, record
    from tests.analytics.usage import event
    from tests.factories import ApiKeyFactory, MembershipFactory, OrganizationFactory, ProjectFactory

    organization = OrganizationFactory(time_zone=ZONE)
    members = [MembershipFactory(organization=organization) for _ in range(10)]
    projects = [ProjectFactory(organization=organization) for _ in range(50)]
    keys = [ApiKeyFactory(project=projects[n % 50], created_by=members[n % 10]) for n in range(500)]
    record.record_events([event(keys[n], "2025-11-01T00:00", model=f"model-{n}") for n in range(40)])
    record.record_events(
        [event(keys[0], datetime(2025 + (10 + n) // 12, (10 + n) % 12 + 1, 1, tzinfo=UTC)) for n in range(13)]
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO analytics_request SELECT %(org)s, day + (k.id * 37 + n * 211) %% 1440 * interval '1 minute',"
            " day::date || '-' || k.id || '-' || n, k.project_id, k.id, k.created_by_id,"
            " (SELECT min(id) FROM analytics_model) + (k.id + n) %% 40, false, 1000 + k.id, 100 + n, 0,"
            " ((k.id * 7 + n) %% 997) / 1000.0 FROM accounts_apikey k, generate_series(0, %(times)s - 1) n,"
            " generate_series('2025-11-01'::timestamptz, '2026-10-31'::timestamptz, '1 day') day"
            " ON CONFLICT DO NOTHING",
            {"org": organization.pk, "times": REQUESTS_PER_KEY_AND_DAY},
        )
    rebuild.rebuild(organization.pk)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return organization, keys


def from_the_log(organization, column: str) -> None:
    """The same year, summed from the request log: what the page would cost without rollups."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT (occurred_at AT TIME ZONE %s)::date, {column}, count(*), sum(cost),"
            " sum(input_tokens + output_tokens) FROM analytics_request WHERE organization_id = %s"
            " AND occurred_at >= %s AND occurred_at < %s GROUP BY 1, 2",
            [ZONE, organization.pk, *YEAR],
        )
        cursor.fetchall()


def reading(organization) -> None:
    from analytics.metrics import DIMENSIONS, METRICS
    from analytics.reporting import reports
    from analytics.reporting.query import Query
    from analytics.windows import day_window

    columns = {"model": "model_id", "project": "project_id", "apiKey": "api_key_id", "user": "member_id"}
    print("One year, top 10 + Other + totals, against the same sums from the request log:")
    for key, dimension in DIMENSIONS.items():
        window = day_window(date(2025, 11, 1), date(2026, 10, 31), ZoneInfo(ZONE))
        query = Query(organization.pk, window, "day", dimension, METRICS["cost"])
        report = median_ms(lambda query=query: reports.build(query, 10))
        log = median_ms(lambda column=columns[key]: from_the_log(organization, column), 3)
        print(f"  by {dimension.label:<8} report {report:7.1f} ms · log {log:8.1f} ms · {log / report:6.1f} x")


def quotas(keys) -> None:
    """What counting events costs a request of 100, and of 1000, against recording them."""
    from accounts import quotas
    from analytics.ledger import record
    from tests.analytics.usage import event

    number = keys[0].project.organization_id
    counting = median_ms(lambda: quotas.take(quotas.EVENTS, number, 100), 50)
    print("Counting the events of a request for the quota:")
    for size in (100, 1000):
        made = lambda size=size: [event(keys[n % 500], "2026-11-05T10:00") for n in range(size)]  # noqa: E731
        free = median_ms(lambda made=made: record.record_events(made()), 15)
        bound = median_ms(lambda made=made: record.record_events(made(), number), 15)
        print(
            f"  {size:>4} events: {counting:.2f} ms · {100 * counting / free:.1f} % of recording"
            f" · recording with quotas {bound / free:.2f} x without"
        )


def strangers(organization) -> None:
    """The same questions before and after another organization sent 600,000 names of models that nobody else uses."""
    from analytics.metrics import DIMENSIONS, METRICS
    from analytics.models import SUMS
    from analytics.reporting import reader, reports
    from analytics.reporting.query import Filters, Query
    from analytics.windows import day_window

    window = day_window(date(2026, 10, 1), date(2026, 10, 31), ZoneInfo(ZONE))

    def asked(**filters) -> Query:
        return Query(organization.pk, window, "day", DIMENSIONS["model"], METRICS["cost"], Filters(**filters))

    questions = {
        "a report by model": lambda: reports.build(asked(), 10),
        "one of one model": lambda: reports.build(asked(model=("model-1",)), 10),
        "the models to choose from": lambda: reports.groups(asked()),
        "which models are known": lambda: reader.known_models(organization.pk, ("model-1", "nothing")),
    }
    before = {name: median_ms(question) for name, question in questions.items()}
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO analytics_model (provider, name, canonical)"
            " SELECT 'junk', 'junk-' || n, 'junk-' || n FROM generate_series(1, 600000) n"
        )
        cursor.execute(
            f"INSERT INTO analytics_monthlyusage (organization_id, dimension, key, month, {', '.join(SUMS)})"
            f" SELECT 0, 1, id, '2026-10-01', {', '.join('1' for _ in SUMS)} FROM analytics_model"
        )
        cursor.execute("VACUUM ANALYZE")
    print("After another organization's 600,000 models:")
    for name, question in questions.items():
        after = median_ms(question)
        print(f"  {name:<26} {after:7.1f} ms · {after / before[name]:4.1f} x before")


def writing(keys) -> None:
    from analytics.ledger import record
    from tests.analytics.usage import event

    def per_second(batch: int, number: int) -> float:
        batches = [[event(keys[n % 500], "2026-11-05T10:00") for n in range(batch)] for _ in range(number)]
        began = time.perf_counter()
        for events in batches:
            record.record_events(events)
        return batch * number / (time.perf_counter() - began)

    single = per_second(1, 100)
    print("Recording into the log and all five tables, one writer:")
    for batch in (100, 1000, 5000):
        rate = per_second(batch, max(2, 5000 // batch))
        print(f"  batches of {batch:>4}: {rate:8.0f} events/s · {rate / single:5.1f} x one at a time ({single:.0f}/s)")


def calls(keys) -> None:
    """What it costs to record 500 events of which others may tell too, against 500 of which nobody can."""
    from dataclasses import replace
    from datetime import timedelta

    from analytics.ledger import record
    from analytics.ledger.usage_event import Ties
    from tests.analytics.usage import event

    numbers = count()

    def plain():
        begin = datetime(2026, 11, 6, 10, tzinfo=UTC)
        return [event(keys[n % 500], begin + timedelta(seconds=7 * next(numbers))) for n in range(500)]

    def answered():
        return [replace(told, response_id=f"msg-{told.event_id}") for told in plain()]

    def again():
        """Another sender tells of what was recorded before."""
        known = answered()
        record.record_events(known)
        return [replace(told, event_id=f"{told.event_id}-again") for told in known]

    def spans():
        return [replace(told, ties=Ties(span=told.event_id, parent=f"{told.event_id}-up")) for told in plain()]

    def repeated():
        known = answered()
        record.record_events(known)
        return known

    kinds = {"plain": plain, "with an answer's id": answered, "spans": spans, "merged": again, "repeated": repeated}
    took: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(9):  # in turn, so that whatever else the machine does meets all of them
        for name, made in kinds.items():
            events = made()
            began = time.perf_counter()
            record.record_events(events)
            took[name].append((time.perf_counter() - began) * 1000)
    print("Recording 500 events of one call each:")
    base = statistics.median(took["plain"])
    for name, times in took.items():
        print(f"  {name:<20} {statistics.median(times):7.1f} ms · {statistics.median(times) / base:4.1f} x plain")


def names() -> None:
    """What the hardest names cost against an ordinary one, and a price from memory against one that is looked for."""
    from analytics.canonical import canonical
    from analytics.ledger import catalogue, price_names
    from tests.analytics.ledger.priced import asked

    forms = price_names.forms.__wrapped__  # without its memory
    hard = {
        "a path of 100 parts": "a/" * 100,
        "33 routes behind": "us.a." + "-v1:0" * 33,
        "28 in front": "openai:" * 28,
    }
    print("A model's name, against an ordinary one:")
    for what, work in (("canonical name", canonical), ("forms to look for", forms)):
        usual = median_ms(lambda work=work: work("us.anthropic.claude-sonnet-4-5-20250929-v1:0"), 99)
        for name, text in hard.items():
            print(f"  {what:<17} {name:<19} {median_ms(lambda work=work, text=text: work(text), 99) / usual:6.1f} x")
    numbers = count()
    heard = median_ms(lambda: catalogue.cost(asked("openai", "gpt-5.5")), 999)
    unheard = median_ms(lambda: catalogue.cost(asked("nowhere", f"acme/house-{next(numbers)}-20250929")), 99)
    print(f"  a price from memory {heard * 1000:.0f} µs · of an unheard name anywhere {unheard / heard:.0f} x")


def second_lock(organization, keys) -> None:
    """What it costs that PostgreSQL shows a request its own organizations' rows alone: whole requests, in turn."""
    import json

    from django.conf import settings
    from django.test import Client

    settings.RATE_LIMIT = settings.QUOTA_EVENTS = 10**9
    secret = "sk-org-" + "b" * 40
    keys[0].set_secret(secret)
    keys[0].save()
    person, sender = Client(), Client(headers={"Authorization": f"Bearer {secret}"})
    member = keys[0].created_by
    member.role = "owner"
    member.save()
    person.force_login(member.user)
    numbers = count()
    page = f"/organizations/{organization.public_id}/analytics/"

    def events(many: int):
        told = {"timestamp": "2026-11-07T10:00:00Z", "provider": "openai", "model": "model-1"}
        told |= {"input_tokens": 1, "output_tokens": 1, "cost_usd": "0.1"}
        sent = [{"id": f"locked-{next(numbers)}", **told} for _ in range(many)]
        return sender.post("/usage/events", json.dumps(sent), content_type="application/json")

    asked = {
        "page, a year": lambda: person.get(f"{page}?from=2025-11-01&to=2026-10-31"),
        "page, 30 days": lambda: person.get(f"{page}?from=2026-10-01&to=2026-10-30"),
        "page, filtered": lambda: person.get(f"{page}?from=2026-10-01&to=2026-10-30&apiKey={keys[1].public_id}"),
        "JSON, 30 days": lambda: b"".join(
            person.get(f"/analytics/activity?organizationId={organization.public_id}&from=2026-10-01&to=2026-10-30")
        ),
        "1 event": lambda: events(1),
        "100 events": lambda: events(100),
        "1,000 events": lambda: events(1000),
    }
    print("Whole requests with the second lock, against the same without (median of 60 pairs):")
    for name, ask in asked.items():
        took: dict[bool, list[float]] = {True: [], False: []}
        for turn in range(124):  # one with, one without, so that whatever else the machine does meets both
            connection._locks = locked = bool(turn % 2)
            began = time.perf_counter()
            ask()
            took[locked].append((time.perf_counter() - began) * 1000)
        pairs = [with_it / without for with_it, without in zip(took[True][2:], took[False][2:], strict=True)]
        medians = f"{statistics.median(took[True]):7.1f} ms · without {statistics.median(took[False]):7.1f} ms"
        print(f"  {name:<14} {medians} · {statistics.median(pairs):5.2f} x", flush=True)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orgdash.settings")
    django.setup()
    setup_test_environment()
    names()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        began = time.perf_counter()
        organization, keys = make_organization()
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM analytics_request")
            print(f"{cursor.fetchone()[0]:,} requests made in {time.perf_counter() - began:.0f} s", flush=True)
        reading(organization)
        writing(keys)
        calls(keys)
        quotas(keys)
        strangers(organization)
        second_lock(organization, keys)
    finally:
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    sys.exit(main())
