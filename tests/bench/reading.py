"""How fast it is read: whole requests of one signed-in person, in turn, over a bare view."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import Client, RequestFactory

from tests.bench import reference
from tests.bench.ruler import QUICK, Ruler, in_turn, quiet
from tests.bench.year import FIRST, LAST, Made

ROUNDS, SLOW_ROUNDS = (5, 1) if QUICK else (13, 3)
YEAR, DAYS = f"from={FIRST}&to={LAST}", f"from=2026-10-02&to={LAST}"


@dataclass(frozen=True, slots=True)
class Asked:
    """An address, and what is sent with it. `again`: once more, with the ETag of the first answer."""

    path: str
    htmx: bool = False
    again: bool = False


class Reader:
    """A browser that is signed in, takes gzip and reads every byte; it asks the server's own WSGI application.

    Not by Django's test client: that keeps a copy of every template's context.
    """

    def __init__(self, made: Made) -> None:
        client = Client()
        client.force_login(made.owner)
        self.cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        self.application, self.tags = WSGIHandler(), dict[Asked, str]()

    def __call__(self, asked: Asked) -> int:
        """How many bytes came."""
        told: list[Any] = []
        environ = RequestFactory().get(asked.path).environ | {
            "HTTP_COOKIE": self.cookies,
            "HTTP_ACCEPT_ENCODING": "gzip",
            **({"HTTP_HX_REQUEST": "true"} if asked.htmx else {}),
            **({"HTTP_IF_NONE_MATCH": self.tags[asked]} if asked in self.tags else {}),
        }
        answered = self.application(environ, lambda *given: told.append(given))
        size = sum(map(len, answered))
        answered.close()
        ((status, headers),) = told
        if status[:3] not in ("200", "304"):
            raise RuntimeError(f"{asked.path} answered {status}")
        if asked.again and (tag := dict(headers).get("ETag")):
            self.tags[asked] = tag
        return size


def page(query: str, organization: str = "org_year") -> str:
    return f"/organizations/{organization}/analytics/?{query}"


def answer(query: str, organization: str = "org_year") -> str:
    return f"/analytics/activity?organizationId={organization}&{query}"


def measure(ruler: Ruler, year: Made, model: str) -> None:
    reader = Reader(year)
    one_model, one_member = f"{YEAR}&model={model}", f"{YEAR}&member=mem_year_3"
    asked = {
        "bare": Asked("/bench/bare"),
        **{f"year {by}": Asked(answer(f"{YEAR}&top=10&groupBy={by}")) for by in ("model", "project", "apiKey")},
        **{
            f"columns {by}": Asked(answer(f"{YEAR}&top=10&groupBy={by}&shape=columns"))
            for by in ("model", "project", "apiKey")
        },
        **{f"days {by}": Asked(answer(f"{DAYS}&top=10&groupBy={by}")) for by in ("model", "project", "apiKey")},
        "page": Asked(page(f"{YEAR}&compare=none")),
        "page previous": Asked(page(f"{YEAR}&compare=previous")),
        "page model none": Asked(page(f"{YEAR}&compare=none&groupBy=model")),
        "page key": Asked(page(f"{YEAR}&compare=none&groupBy=apiKey")),
        "page key previous": Asked(page(f"{YEAR}&compare=previous&groupBy=apiKey")),
        "page project": Asked(page(f"{YEAR}&compare=none&groupBy=project")),
        "page project previous": Asked(page(f"{YEAR}&compare=previous&groupBy=project")),
        "page day": Asked(page(f"{YEAR}&bucket=day&groupBy=project")),
        "swap": Asked(page(f"{YEAR}&compare=previous&groupBy=project"), htmx=True),
        "swap days": Asked(page("range=30d&groupBy=project"), htmx=True),
        "again": Asked(page(f"{YEAR}&compare=previous&groupBy=project"), again=True),
        "again json": Asked(answer(f"{YEAR}&top=10&groupBy=project"), again=True),
        "all rows": Asked(page(f"{YEAR}&compare=previous&groupBy=apiKey&page=all")),
        "whole": Asked(answer(f"{YEAR}&top=10&groupBy=project")),
        "of a model": Asked(answer(f"{one_model}&top=10&groupBy=project")),
        "of a member": Asked(answer(f"{one_member}&top=10&groupBy=project")),
        "page of a model": Asked(page(f"{one_model}&compare=none&groupBy=project")),
        "page of a member": Asked(page(f"{one_member}&compare=none&groupBy=project")),
        "many year": Asked(answer(f"{YEAR}&top=10&groupBy=apiKey", "org_many")),
        "many days": Asked(answer(f"{DAYS}&top=10&groupBy=apiKey", "org_many")),
        "many page": Asked(page(f"{YEAR}&compare=none&groupBy=apiKey", "org_many")),
    }
    took = _quiet(reader, asked, ROUNDS)
    _limits(ruler, year, took["bare"])
    _answers(ruler, took)
    _pages(ruler, took)
    _sizes(ruler, reader)
    _slow(ruler, reader, took["bare"])


def _quiet(reader: Reader, asked: dict[str, Asked], rounds: int) -> dict[str, float]:
    works = {name: (lambda one=one: reader(one)) for name, one in asked.items()}
    return {name: quiet(times) for name, times in in_turn(works, rounds).items()}


def _limits(ruler: Ruler, year: Made, bare: float) -> None:
    """What nothing can be faster than: a bare view, an answer of PostgreSQL, and the rows of ten groups as they are."""

    def rows(dimension: int) -> None:
        cursor.execute(
            "SELECT day, key, cost, request_count, input_tokens + output_tokens FROM analytics_dailyusage"
            " WHERE organization_id = %s AND dimension = %s AND day BETWEEN %s AND %s AND key = ANY(ARRAY(SELECT key"
            " FROM analytics_monthlyusage WHERE organization_id = %s AND dimension = %s GROUP BY 1 LIMIT 10))",
            [*(given := [year.organization.pk, dimension]), FIRST, LAST, *given],
        )
        cursor.fetchall()

    ruler.chapter("What cannot be faster")
    with connection.cursor() as cursor:
        works = {"select": lambda: cursor.execute("SELECT 1"), "rows": lambda: rows(2), "key rows": lambda: rows(3)}
        took = {name: quiet(times) for name, times in in_turn(works, 99 // (3 if QUICK else 1)).items()}
    ruler.say("bare-view", bare, "ms")
    ruler.say("select-1", took["select"], "ms")
    ruler.say("year-rows-of-ten-projects", took["rows"], "ms")
    ruler.say("year-rows-of-ten-keys", took["key rows"], "ms")


def _answers(ruler: Ruler, took: dict[str, float]) -> None:
    bare = took["bare"]
    ruler.chapter("JSON: a year, the ten dearest groups and the rest")
    for by, goal, compact in (("model", 7, 4), ("project", 6, 3), ("apiKey", 7, 4)):
        ruler.say(f"json-year-{by}-over-bare", took[f"year {by}"] / bare, "x", "<=", goal)
        ruler.say(f"json-columns-year-{by}-over-bare", took[f"columns {by}"] / bare, "x", "<=", compact)
        ruler.say(f"json-year-over-30-days-{by}", took[f"year {by}"] / took[f"days {by}"], "x", "<=", 4)
    ruler.say("json-again-over-bare", took["again json"] / bare, "x", "<=", 1.5)
    ruler.say("json-one-model-over-all", took["of a model"] / took["whole"], "x", "<=", 2)
    ruler.say("json-one-member-over-all", took["of a member"] / took["whole"], "x", "<=", 2)
    ruler.say("json-year-ten-times-the-keys", took["many year"] / took["year apiKey"], "x", "<=", 2)
    ruler.say("json-30-days-ten-times-the-keys", took["many days"] / took["days apiKey"], "x", "<=", 2.5)


def _pages(ruler: Ruler, took: dict[str, float]) -> None:
    bare = took["bare"]
    ruler.chapter("Pages: a year, by weeks if nothing else is said")
    for name, what, goal in (
        ("page-year-project-over-bare", "page project", 6),
        ("page-year-project-compared-over-bare", "page project previous", 7),
        ("page-year-model-over-bare", "page model none", 6),
        ("page-year-model-compared-over-bare", "page previous", 7),
        ("page-year-key-over-bare", "page key", 7),
        ("page-year-key-compared-over-bare", "page key previous", 9),
        ("page-year-by-day-over-bare", "page day", 10),
        ("swap-year-over-bare", "swap", 5),
        ("swap-30-days-over-bare", "swap days", 5),
        ("page-again-over-bare", "again", 1.5),
        ("page-every-row-over-bare", "all rows", 25),
    ):
        ruler.say(name, took[what] / bare, "x", "<=", goal)
    ruler.say("page-one-model-over-all", took["page of a model"] / took["page project"], "x", "<=", 2)
    ruler.say("page-one-member-over-all", took["page of a member"] / took["page project"], "x", "<=", 2)
    ruler.say("page-ten-times-the-keys", took["many page"] / took["page key"], "x", "<=", 2.5)


def _sizes(ruler: Ruler, reader: Reader) -> None:
    """Kilobytes as they are sent."""
    ruler.chapter("What is sent")
    wanted: Iterable[tuple[str, Asked, float]] = (
        ("page-year", Asked(page(f"{YEAR}&groupBy=project")), 150),
        ("swap-year", Asked(page(f"{YEAR}&groupBy=project"), htmx=True), 20),
        ("swap-year-by-key", Asked(page(f"{YEAR}&groupBy=apiKey"), htmx=True), 20),
        ("json-year", Asked(answer(f"{YEAR}&top=10&groupBy=project")), 0),
        ("json-columns-year", Asked(answer(f"{YEAR}&top=10&groupBy=project&shape=columns")), 0),
    )
    for name, asked, goal in wanted:
        ruler.say(f"bytes-{name}", reader(asked) / 1000, "kB", "<=" if goal else "", goal)


def _slow(ruler: Ruler, reader: Reader, bare: float) -> None:
    """The reference's way beside ours, and what is large."""
    ruler.chapter("The reference's way, over ours; a year")
    asked = {
        **{
            f"theirs {by}": Asked(f"/bench/reference?organizationId=org_year&top=10&groupBy={by}")
            for by in reference.NAMED
        },
        **{f"ours {by}": Asked(answer(f"{YEAR}&top=10&groupBy={by}&shape=columns")) for by in reference.NAMED},
        **{f"our rows {by}": Asked(answer(f"{YEAR}&top=10&groupBy={by}")) for by in reference.NAMED},
        "theirs every": Asked("/bench/reference?organizationId=org_year&groupBy=apiKey"),
        "ours every": Asked(answer(f"{YEAR}&groupBy=apiKey")),
        "csv": Asked(f"/organizations/org_year/analytics/export.csv?{YEAR}&groupBy=apiKey&bucket=day&compare=none"),
    }
    took = _quiet(reader, asked, SLOW_ROUNDS)
    for by, goal in (("apiKey", 200), ("model", 150), ("project", 40)):
        ruler.say(f"reference-over-columns-{by}", took[f"theirs {by}"] / took[f"ours {by}"], "x", ">=", goal)
        ruler.say(f"reference-over-rows-{by}", took[f"theirs {by}"] / took[f"our rows {by}"], "x", ">=", goal)
    ruler.say("reference-over-every-key-by-day", took["theirs every"] / took["ours every"], "x", ">=", 6)
    ruler.chapter("Everything as a file")
    ruler.say("csv-year-by-key-by-day", took["csv"] / 1000, "s", "<=", 3)
