"""How questions become SQL: the texts of typical ones, kept as golden files. Nothing here asks a database.

After a change that is meant, write them anew: `GOLDEN=write pytest tests/analytics/reporting/test_statements.py`.
"""

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from analytics.metrics import DIMENSIONS, SUMMED
from analytics.reporting.digits import dearest, digits
from analytics.reporting.sources import Statement
from analytics.reporting.statements import TOKENS, Selection, cells, compose, models, over_time
from analytics.windows import buckets, preset_window

GOLDEN = Path(__file__).parent / "statements"
TEXT = ((",", "request_count"), (",", "total_tokens"), (",", "cost"))
OF_THE_METRICS = ("request_count", "input_tokens", "output_tokens", "cost")
METRICS_SUMMED = tuple(summed for summed in SUMMED if summed.column in OF_THE_METRICS)
DRAWN = (*(summed for summed in SUMMED if summed.column in ("cost", "request_count")), TOKENS)
NOW = datetime(2026, 11, 18, 12, 30, tzinfo=UTC)


def selection(
    dimension: str, preset: str, zone: str = "UTC", bucket: str = "day", then: str = "", **numbers: list[int]
) -> Selection:
    """Organization 7, whose reporting zone is UTC, looked at from `zone`."""
    window = preset_window(preset, NOW, ZoneInfo(zone))
    spine = buckets(window, bucket)
    further = DIMENSIONS[then] if then else None
    return Selection(7, ZoneInfo("UTC"), DIMENSIONS[dimension], numbers, window.start, window.end, spine, further)


STATE: Statement = ("SELECT 'UTC', NULL, NULL", [])
STATEMENTS: dict[str, Statement] = {
    "every-model-of-a-quarter": compose(selection("model", "last-quarter"), "ranking"),
    "members-of-one-project": compose(selection("user", "month", project_id=[3], api_key_id=[11, 12]), "ranking"),
    "ten-dearest-projects-of-a-year": compose(selection("project", "12m"), "leaders", limit=10),
    "everything-by-hour": over_time(selection("project", "24h", bucket="hour"), None, SUMMED),
    "two-keys-by-day": over_time(selection("apiKey", "7d"), [[11], [12]], METRICS_SUMMED),
    "two-keys-by-day-in-another-zone": over_time(selection("apiKey", "7d", "Asia/Kolkata"), [[11], [12]], SUMMED),
    "two-models-of-three-names-by-week": over_time(
        selection("model", "12m", bucket="week"), [[5, 8], [6]], METRICS_SUMMED
    ),
    "two-projects-by-model-in-two-windows": models(
        (selection("project", "last-month", project_id=[3, 4]), selection("project", "month", project_id=[3, 4]))
    ),
    "models-of-two-projects": compose(selection("project", "last-month", then="model", project_id=[3, 4]), "pairs"),
    "two-projects-and-the-rest-by-member-and-day": compose(
        selection("project", "7d", then="user"), "pair stream", keys=[3, 4]
    ),
    "every-key-of-a-model-by-day": cells(selection("apiKey", "7d", model_id=[5]), [[11], [12]], TEXT),
    "every-model-by-day": cells(selection("model", "7d"), [[5, 8], [6]], TEXT),
    "keys-of-two-projects-by-day": over_time(
        selection("apiKey", "7d", project_id=[3, 4], api_key_id=[11, 12]), [[11]], METRICS_SUMMED
    ),
    "ten-dearest-models-of-a-year": compose(selection("model", "12m"), "leaders", limit=10),
    "text-of-everything-by-day": digits(selection("project", "7d"), DRAWN),
    "text-of-the-ten-dearest-projects-by-day": dearest(selection("project", "12m"), DRAWN, DRAWN, 10, STATE),
    "text-of-the-ten-dearest-models-by-day": dearest(selection("model", "12m"), (*SUMMED, TOKENS), DRAWN, 10, STATE),
    "text-of-the-ten-dearest-projects-of-one-key": dearest(
        selection("project", "7d", api_key_id=[11]), DRAWN, DRAWN, 10, STATE
    ),
    "text-of-the-ten-dearest-models-of-one-key": dearest(
        selection("model", "7d", api_key_id=[11]), DRAWN, DRAWN, 10, STATE
    ),
    "everything-of-one-member-by-day": over_time(
        selection("project", "7d", project_id=[3], api_key_id=[11, 12], member_id=[2]), None, METRICS_SUMMED
    ),
    "everything-of-one-model-by-week": over_time(
        selection("project", "12m", bucket="week", model_id=[5]), None, METRICS_SUMMED
    ),
}


def as_text(statement: Statement) -> str:
    """A clause a line, the columns that are summed as two words, and the values below."""
    sql, values = statement
    summed = r"(?:orgdash_)?sum\((\w)\.\w+\) AS \w+"
    short = re.sub(rf"{summed}(?:, (?:orgdash_)?sum\(\1\.\w+\) AS \w+)+", r"SUMS OF \1", sql)
    short = re.sub(r"t\.request_count(?:, t\.\w+)+", "SUMMED COLUMNS OF t", short)
    clauses = re.sub(
        r"(?<!LEFT) +(?=(?:FROM|LEFT JOIN|JOIN|WHERE|GROUP BY|ORDER BY|LIMIT|UNION ALL|SELECT)\b)", "\n", short
    )
    assert sql.count("%s") == len(values)
    return "\n".join([clauses, "", *map(_written, values)]) + "\n"


def _written(value: object) -> str:
    """A list of many buckets as its first, its last and how many there are."""
    several = isinstance(value, list) and len(value) > 2
    return f"{value[0]} … {value[-1]} ({len(value)})" if several else str(value)


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_typical_question_is_this_statement(name):
    path = GOLDEN / f"{name}.sql"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(as_text(STATEMENTS[name]))
    assert as_text(STATEMENTS[name]) == path.read_text()


def test_every_golden_text_is_of_a_question_here():
    assert {path.stem for path in GOLDEN.glob("*.sql")} == set(STATEMENTS)


@pytest.mark.parametrize("name", STATEMENTS)
def test_every_statement_is_bounded_by_organization_and_time(name):
    sql, _ = STATEMENTS[name]
    reads = len(re.findall(r"FROM analytics_\w+(?:usage|detail) t", sql))
    assert reads == sql.count("t.organization_id = %s") > 0
    assert reads == len(re.findall(r"t\.(?:hour|day|month) >= %s AND t\.(?:hour|day|month) < %s", sql))
