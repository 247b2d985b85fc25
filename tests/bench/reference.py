"""The reference's way: what is usually built, on the same server with the same numbers, to be measured against."""

from collections import defaultdict
from typing import Any

from django.db import connection
from django.http import HttpRequest, JsonResponse

from accounts.models import Membership
from analytics.metrics import DIMENSIONS
from orgdash import database_limits
from tests.bench.year import FIRST, LAST, ZONE

TOP = 10
NAMED = {
    "model": "JOIN analytics_model n ON n.id = f.model_id|n.canonical",
    "project": "JOIN accounts_project n ON n.id = f.project_id|n.public_id",
    "apiKey": "JOIN accounts_apikey n ON n.id = f.api_key_id|n.public_id",
}


def make(organization_id: int) -> None:
    """An hourly table for each dimension: its key and its tokens as text, cost as a float; from the finest rows."""
    with connection.cursor() as cursor:
        for dimension, named in NAMED.items():
            join, name = named.split("|")
            table = f"bench_hourly_{dimension.lower()}"
            cursor.execute(
                f"CREATE TABLE {table} AS SELECT {organization_id}::bigint AS organization_id, hour,"
                f" {name}::text AS name,"
                " sum(cost)::float8 AS cost, sum(request_count)::int AS requests,"
                " sum(input_tokens + output_tokens)::text AS tokens"
                f" FROM bench_finest f {join} GROUP BY 2, 3"
            )
            cursor.execute(f"CREATE INDEX ON {table} (organization_id, hour)")
            cursor.execute(f"GRANT SELECT ON {table} TO PUBLIC")
            cursor.execute(f"VACUUM ANALYZE {table}")


def activity(request: HttpRequest) -> JsonResponse:
    """Days and their groups: two statements; all of it comes to Python, where the top groups are found."""
    database_limits.use(database_limits.COMMAND)  # it may take longer than a page may
    dimension = request.GET["groupBy"]
    membership = Membership.objects.get(user=request.user.pk, organization__public_id=request.GET["organizationId"])
    days, groups = _rows(membership.organization_id, f"bench_hourly_{DIMENSIONS[dimension].key.lower()}")
    totals: dict[str, float] = defaultdict(float)
    for _day, name, cost, _requests, _tokens in groups:
        totals[name] += cost
    top = (
        set(sorted(totals, key=lambda name: totals[name], reverse=True)[:TOP]) if "top" in request.GET else set(totals)
    )
    cells: dict[Any, dict[str, list[float]]] = defaultdict(dict)
    for day, name, cost, requests, tokens in groups:
        cell = cells[day].setdefault(name if name in top else "Other", [0.0, 0, 0])
        cell[0] += cost
        cell[1] += requests
        cell[2] += tokens
    return JsonResponse(
        {
            "activity": [
                {
                    "date": day.isoformat(),
                    "cost": cost,
                    "requestCount": requests,
                    "totalTokens": tokens,
                    "breakdown": [
                        {"key": name, "label": name, "cost": one[0], "requestCount": one[1], "totalTokens": one[2]}
                        for name, one in sorted(cells[day].items(), key=lambda item: -item[1][0])
                    ],
                }
                for day, cost, requests, tokens in days
            ]
        }
    )


def _rows(organization_id: int, table: str) -> tuple[list[Any], list[Any]]:
    day, summed = "(hour AT TIME ZONE %s)::date", "sum(cost), sum(requests)::int, sum(tokens::bigint)::bigint"
    bounds = "organization_id = %s AND hour >= %s::timestamp AT TIME ZONE %s AND hour < (%s::date + 1) AT TIME ZONE %s"
    given = [ZONE, organization_id, FIRST, ZONE, LAST, ZONE]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {day}, {summed} FROM {table} WHERE {bounds} GROUP BY 1 ORDER BY 1", given)
        days = cursor.fetchall()
        cursor.execute(f"SELECT {day}, name, {summed} FROM {table} WHERE {bounds} GROUP BY 1, 2", given)
        return days, cursor.fetchall()
