"""What safety costs: hard names, other organizations' names, the second lock."""

import json
import statistics
from datetime import date
from itertools import count
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.test import Client

from analytics.canonical import canonical
from analytics.ledger import catalogue, price_names
from analytics.metrics import DIMENSIONS, METRICS
from analytics.models import SUMS
from analytics.reporting import reader, reports
from analytics.reporting.query import Filters, Query
from analytics.windows import day_window
from tests.analytics.ledger.priced import asked as priced
from tests.bench.ruler import QUICK, Ruler, in_turn, median_ms, spent_ms
from tests.bench.year import ZONE, Made

PAIRS = 20 if QUICK else 60
STRANGE_MODELS = 60_000 if QUICK else 600_000


def names(ruler: Ruler) -> None:
    """What the hardest names cost against an ordinary one, and a price that is looked for against one from memory."""
    ruler.chapter("Hard names, over an ordinary one")
    forms = price_names.forms.__wrapped__  # without its memory
    hard = {
        "a-path-of-100-parts": "a/" * 100,
        "33-routes-behind": "us.a." + "-v1:0" * 33,
        "28-in-front": "openai:" * 28,
    }
    for what, work in (("canonical-name", canonical), ("forms-to-look-for", forms)):
        usual = median_ms(lambda work=work: work("us.anthropic.claude-sonnet-4-5-20250929-v1:0"), 99)
        for name, text in hard.items():
            ruler.say(f"{what}-{name}", median_ms(lambda work=work, text=text: work(text), 99) / usual, "x")
    numbers = count()
    heard = median_ms(lambda: catalogue.cost(priced("openai", "gpt-5.5")), 999)
    unheard = median_ms(lambda: catalogue.cost(priced("nowhere", f"acme/house-{next(numbers)}-20250929")), 99)
    ruler.say("price-of-an-unheard-name-over-memory", unheard / heard, "x")


def strangers(ruler: Ruler, made: Made) -> None:
    """The same questions before and after another organization sent 600,000 names of models that nobody else uses."""
    window = day_window(date(2026, 10, 1), date(2026, 10, 31), ZoneInfo(ZONE))

    def asked(**filters: tuple[str, ...]) -> Query:
        number = made.organization.pk
        return Query(number, window, "day", DIMENSIONS["model"], METRICS["cost"], Filters(**filters))

    questions = {
        "report-by-model": lambda: reports.build(asked(), 10),
        "report-of-one-model": lambda: reports.build(asked(model=("model-1",)), 10),
        "models-to-choose-from": lambda: reports.groups(asked()),
        "which-models-are-known": lambda: reader.known_models(made.organization.pk, ("model-1", "nothing")),
    }
    before = {name: statistics.median(times) for name, times in in_turn(questions, 9).items()}
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO analytics_model (provider, name, canonical)"
            " SELECT 'junk', 'junk-' || n, 'junk-' || n FROM generate_series(1, %s) n",
            [STRANGE_MODELS],
        )
        cursor.execute(
            f"INSERT INTO analytics_monthlyusage (organization_id, dimension, key, month, {', '.join(SUMS)})"
            f" SELECT 0, 1, id, '2026-10-01', {', '.join('1' for _ in SUMS)} FROM analytics_model"
        )
        cursor.execute("VACUUM ANALYZE analytics_model, analytics_monthlyusage")
    ruler.chapter(f"After another organization's {STRANGE_MODELS:,} models, over before")
    for name, times in in_turn(questions, 9).items():
        ruler.say(name, statistics.median(times) / before[name], "x")


def second_lock(ruler: Ruler, made: Made) -> None:
    """What it costs that PostgreSQL shows a request its own organizations' rows alone: whole requests, in turn."""
    ruler.chapter("Whole requests with the second lock, over the same without")
    settings.RATE_LIMIT = settings.QUOTA_EVENTS = 10**9
    secret, key = "sk-org-" + "b" * 40, made.keys[0]
    key.set_secret(secret)
    key.save()
    person, sender = Client(), Client(headers={"Authorization": f"Bearer {secret}"})
    person.force_login(made.owner)
    numbers = count()
    page = f"/organizations/{made.organization.public_id}/analytics/"

    def events(many: int) -> object:
        told = {"timestamp": "2026-10-31T10:00:00Z", "provider": "openai", "model": "model-1"}
        told |= {"input_tokens": 1, "output_tokens": 1, "cost_usd": "0.1"}
        sent = [{"id": f"locked-{next(numbers)}", **told} for _ in range(many)]
        return sender.post("/usage/events", json.dumps(sent), content_type="application/json")

    asked = {
        "page-of-a-year": lambda: person.get(f"{page}?from=2025-11-01&to=2026-10-31"),
        "page-of-30-days": lambda: person.get(f"{page}?from=2026-10-01&to=2026-10-30"),
        "page-filtered": lambda: person.get(f"{page}?from=2026-10-01&to=2026-10-30&apiKey={made.keys[1].public_id}"),
        "events-1": lambda: events(1),
        "events-100": lambda: events(100),
        "events-1000": lambda: events(1000),
    }
    for name, ask in asked.items():
        took: dict[bool, list[float]] = {True: [], False: []}
        for turn in range(2 * PAIRS + 4):  # one with, one without, so that whatever else the machine does meets both
            connection._locks = locked = bool(turn % 2)
            began = spent_ms()
            ask()
            took[locked].append(spent_ms() - began)
        pairs = [with_it / without for with_it, without in zip(took[True][2:], took[False][2:], strict=True)]
        ruler.say(f"lock-{name}", statistics.median(pairs), "x")
    connection._locks = True
