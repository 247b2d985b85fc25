"""The organizations that are measured: one of 500 API keys with a year in every table, and one of ten times as many.

The sums are written by INSERT … SELECT from finest rows, without the log: that is quick, and reading never sees it.
Hours are there for the last two months alone, which is as far back as an hourly window of these figures reaches.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection

from accounts.models import ApiKey, Membership, Organization, Project, User
from analytics.canonical import canonical
from analytics.metrics import TABLE_DIMENSIONS
from analytics.models import SUMS, Model
from tests.bench.ruler import QUICK

ZONE = "America/New_York"
FIRST, LAST = "2025-11-01", "2026-10-31"
HOURS_SINCE = "2026-09-01"
KEYS = 50 if QUICK else 500
PROJECTS = 50
HOURS, NAMES_A_DAY = 21, 12  # of one key on one day
TABLES = ("hourlyusage", "dailyusage", "monthlyusage", "hourlydetail", "dailydetail")
_DIMENSIONS = ", ".join(f"({one.number}::smallint, {one.column})" for one in TABLE_DIMENSIONS[1:])
_TOTALS = ", ".join(f"sum(f.{column})" for column in SUMS)
_COLUMNS = ", ".join(SUMS)


@dataclass(frozen=True, slots=True)
class Made:
    """An organization, its owner, and one of its keys."""

    organization: Organization
    owner: User
    keys: list[ApiKey]


def make() -> tuple[Made, Made]:
    """The organization of a year, and the one with ten times as many keys."""
    owner = User.objects.create(name="Olga Owner", email="owner@bench.test")
    year, many = organization("year", owner, KEYS), organization("many", owner, 10 * KEYS)
    names = _names()
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'; SET work_mem = '256MB'")
        with _without_indexes():
            _finest(year, names)
            _year(year)
            _many(many, names)
        cursor.execute("DROP TABLE bench_other")
        cursor.execute("RESET work_mem")
        cursor.execute("VACUUM ANALYZE")
    return year, many


def organization(name: str, owner: User, keys: int) -> Made:
    organization = Organization.objects.create(
        public_id=f"org_{name}", name=name.title(), plan="enterprise", time_zone=ZONE
    )
    members = [Membership(public_id=f"mem_{name}_0", organization=organization, user=owner, role="owner")]
    for number in range(1, 10):
        user = User.objects.create(name=f"Person {number}", email=f"{name}{number}@bench.test")
        members.append(
            Membership(public_id=f"mem_{name}_{number}", organization=organization, user=user, role="developer")
        )
    members = Membership.objects.bulk_create(members)
    projects = Project.objects.bulk_create(
        Project(public_id=f"proj_{name}_{number}", organization=organization, name=f"Project {number}")
        for number in range(PROJECTS)
    )
    made = ApiKey.objects.bulk_create(
        ApiKey(
            public_id=f"key_{name}_{number}",
            project=projects[number % PROJECTS],
            created_by=members[number % 10],
            description=f"Key {number}",
            secret_hash=f"{name}-{number}",
            last_four=f"{number % 10_000:04d}",
        )
        for number in range(keys)
    )
    return Made(organization, owner, made)


def _names() -> list[int]:
    """The numbers of 79 names as sent of 40 models; the dearest go by three each."""
    providers = ("openai", "azure", "bedrock")
    often = [3 if number < 19 else 2 if number == 19 else 1 for number in range(40)]
    sent = [(providers[n], f"model-{number}") for number, times in enumerate(often) for n in range(times)]
    made = Model.objects.bulk_create(
        Model(provider=provider, name=name, canonical=canonical(name)) for provider, name in sent
    )
    return [model.pk for model in made]


@contextmanager
def _without_indexes() -> Iterator[None]:
    """Tables filled without indexes, which are then made at once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef, conname, pg_get_constraintdef(c.oid), tablename FROM pg_indexes"
            " LEFT JOIN pg_constraint c ON conname = indexname WHERE tablename = ANY(%s)",
            [[f"analytics_{table}" for table in TABLES]],
        )
        found = cursor.fetchall()
        for index, _, constraint, _, table in found:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {index}" if constraint else f"DROP INDEX {index}")
        yield
        for index, definition, constraint, of_constraint, table in found:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {index} {of_constraint}" if constraint else definition)


def _finest(made: Made, names: list[int]) -> None:
    """One row for each key, model and hour: 21 hours a day, in which a key uses twelve names."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE UNLOGGED TABLE bench_finest AS"
            " SELECT (d.day::timestamp AT TIME ZONE %(zone)s) + n * interval '1 hour' AS hour, d.day::date AS day,"
            " k.id AS api_key_id, k.project_id, k.created_by_id AS member_id, (%(names)s::bigint[])"
            " [1 + (k.id + d.number + n %% 12 * 6) %% 79] AS model_id, 1 + n %% 3 AS request_count,"
            " (n = 5)::int AS error_count, 0 AS unpriced_count, 900 + k.id %% 700 + n AS input_tokens,"
            " 200 + n AS output_tokens, 100 AS cached_input_tokens, 10 AS cache_write_tokens, 5 AS reasoning_tokens,"
            " (k.id * 7 + n * 13 + d.number) %% 997 / 1000.0 + 5.0 / (1 + (k.id + d.number + n %% 12 * 6) %% 79)"
            " AS cost, 0.001 AS estimated_cost"
            " FROM accounts_apikey k JOIN accounts_project p ON p.id = k.project_id,"
            " generate_series(0, %(hours)s - 1) n,"
            " generate_series(%(first)s::timestamp, %(last)s::timestamp, '1 day') WITH ORDINALITY AS d(day, number)"
            " WHERE p.organization_id = %(organization)s",
            {
                "zone": ZONE,
                "names": names,
                "hours": HOURS,
                "first": FIRST,
                "last": LAST,
                "organization": made.organization.pk,
            },
        )
        cursor.execute("ANALYZE bench_finest")


def _year(made: Made) -> None:
    number = made.organization.pk
    usage = f"(organization_id, dimension, key, %s, {_COLUMNS})"
    unfolded = f"CROSS JOIN LATERAL (VALUES {_DIMENSIONS}) AS u(dimension, key)"
    statements = (
        f"INSERT INTO analytics_dailydetail (organization_id, day, api_key_id, model_id, project_id, {_COLUMNS})"
        f" SELECT {number}, day, api_key_id, model_id, project_id, {_TOTALS} FROM bench_finest f GROUP BY 2, 3, 4, 5",
        f"INSERT INTO analytics_hourlydetail (organization_id, hour, api_key_id, model_id, project_id, {_COLUMNS})"
        f" SELECT {number}, hour, api_key_id, model_id, project_id, {_TOTALS} FROM bench_finest f"
        f" WHERE day >= '{HOURS_SINCE}' GROUP BY 2, 3, 4, 5",
        f"INSERT INTO analytics_hourlyusage {usage % 'hour'} SELECT {number}, u.dimension, u.key, hour, {_TOTALS}"
        f" FROM bench_finest f {unfolded} WHERE day >= '{HOURS_SINCE}' GROUP BY 2, 3, 4",
        f"INSERT INTO analytics_hourlyusage {usage % 'hour'} SELECT {number}, 0, 0, hour, {_TOTALS}"
        " FROM bench_finest f GROUP BY 4",
        f"INSERT INTO analytics_dailyusage {usage % 'day'} SELECT {number}, u.dimension, u.key, day, {_TOTALS}"
        f" FROM (SELECT f.*, k.created_by_id AS member_id FROM analytics_dailydetail f"
        f" JOIN accounts_apikey k ON k.id = f.api_key_id) f {unfolded} GROUP BY 2, 3, 4",
        f"INSERT INTO analytics_dailyusage {usage % 'day'} SELECT {number}, 0, 0, day, {_TOTALS}"
        f" FROM analytics_dailyusage f WHERE organization_id = {number} AND dimension = 2 GROUP BY 4",
    )
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    _earlier_and_months(number)


def _earlier_and_months(number: int) -> None:
    """The year before, day by day as this one; the months of both; the newest event's time."""
    usage = f"(organization_id, dimension, key, %s, {_COLUMNS})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO analytics_dailyusage {usage % 'day'} SELECT organization_id, dimension, key, day - 365,"
            f" {_COLUMNS} FROM analytics_dailyusage WHERE organization_id = {number}"
        )
        cursor.execute(
            f"INSERT INTO analytics_monthlyusage {usage % 'month'} SELECT {number}, dimension, key,"
            f" date_trunc('month', day)::date, {_TOTALS} FROM analytics_dailyusage f WHERE organization_id = {number}"
            " GROUP BY 2, 3, 4"
        )
        cursor.execute(
            f"INSERT INTO analytics_hourlyusage {usage % 'hour'} SELECT {number}, 0, 0,"
            f" '2024-11-01T04:00Z', {_COLUMNS} FROM analytics_dailyusage"
            f" WHERE organization_id = {number} AND dimension = 0 AND day = '2024-11-01'"
        )
        cursor.execute(f"INSERT INTO analytics_freshness VALUES ({number}, '2026-11-01T00:30Z')")


def _many(made: Made, names: list[int]) -> None:
    """Days of every key, and of the models, projects and members that they come to."""
    number = made.organization.pk
    other = ", ".join(f"({one.number}::smallint, {one.column})" for one in TABLE_DIMENSIONS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE UNLOGGED TABLE bench_other AS SELECT d.day::date AS day, k.id AS api_key_id, k.project_id,"
            " k.created_by_id AS member_id, (%s::bigint[])[1 + (k.id + d.number) %% 79] AS model_id,"
            " 5 AS request_count, 0 AS error_count, 0 AS unpriced_count, 900 AS input_tokens, 200 AS output_tokens,"
            " 100 AS cached_input_tokens, 10 AS cache_write_tokens, 5 AS reasoning_tokens,"
            " (k.id * 7 + d.number) %% 997 / 100.0 AS cost, 0.01 AS estimated_cost"
            " FROM accounts_apikey k JOIN accounts_project p ON p.id = k.project_id,"
            " generate_series(%s::timestamp, %s::timestamp, '1 day') WITH ORDINALITY AS d(day, number)"
            f" WHERE p.organization_id = {number}",
            [names, FIRST, LAST],
        )
        cursor.execute(
            f"INSERT INTO analytics_dailyusage (organization_id, dimension, key, day, {_COLUMNS})"
            f" SELECT {number}, u.dimension, u.key, day, {_TOTALS} FROM bench_other f"
            f" CROSS JOIN LATERAL (VALUES {other}) AS u(dimension, key) GROUP BY 2, 3, 4"
        )
        cursor.execute(
            f"INSERT INTO analytics_hourlyusage (organization_id, dimension, key, hour, {_COLUMNS}) SELECT {number},"
            f" 0, 0, day::timestamp AT TIME ZONE '{ZONE}', {_COLUMNS} FROM analytics_dailyusage"
            f" WHERE organization_id = {number} AND dimension = 0"
        )
        cursor.execute(
            f"INSERT INTO analytics_monthlyusage (organization_id, dimension, key, month, {_COLUMNS}) SELECT {number},"
            f" dimension, key, date_trunc('month', day)::date, {_TOTALS} FROM analytics_dailyusage f"
            f" WHERE organization_id = {number} GROUP BY 2, 3, 4"
        )
        cursor.execute(f"INSERT INTO analytics_freshness VALUES ({number}, '2026-11-01T00:30Z')")
