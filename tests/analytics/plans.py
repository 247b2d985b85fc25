"""How much a statement reads, by PostgreSQL's own account."""

import json
from collections import Counter
from collections.abc import Iterable

from django.db import connection


def nodes(plan: dict) -> list[dict]:
    return [plan, *(node for child in plan.get("Plans", ()) for node in nodes(child))]


def rows_read(statements: Iterable[str]) -> Counter:
    """Table → rows that scans of it fetched, the ones they threw away included."""
    read: Counter = Counter()
    for statement in statements:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + statement)
            (answer,) = cursor.fetchone()
        plan = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
        for node in nodes(plan):
            if table := node.get("Relation Name"):
                thrown = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
                read[table] += round((node["Actual Rows"] + thrown) * node["Actual Loops"])
    return read
