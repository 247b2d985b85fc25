"""The text of an answer: digits, rows and columns."""

import re
from decimal import Decimal

import pytest

from analytics.ledger import record
from tests.analytics.api.test_activity import ask, body
from tests.analytics.usage import event, use

pytestmark = pytest.mark.django_db
MEASURED = ("cost", "requestCount", "totalTokens")


@pytest.mark.parametrize(
    ("costs", "text"),
    [
        (["0.1", "0.2"], "0.3"),
        (["0.000000000001"], "0.000000000001"),
        (["1000000"], "1000000"),
        (["0"], "0"),
        (["999999.999999999999", "0.000000000001"], "1000000"),
    ],
)
def test_costs_are_exact_digits_in_plain_notation(costs, text, workspace, olga):
    record.record_events([event(workspace.olga_key, "2026-11-17T10:00", cost=Decimal(cost)) for cost in costs])
    streamed = b"".join(ask(olga, "from=2026-11-17&to=2026-11-17").streaming_content).decode()
    rows = ask(olga, "from=2026-11-17&to=2026-11-17&top=1").content.decode()
    columns = ask(olga, "from=2026-11-17&to=2026-11-17&top=1&shape=columns").content.decode()
    for answer in (streamed, rows, columns):
        assert set(re.findall(r'"cost": \[?([^],}]+)', answer)) == {text}


def test_columns_are_the_same_numbers_once_for_each_group(workspace, olga):
    for number in range(4):
        use(workspace.olga_key, "2026-11-17T10:00", model=f"model-{number}", cost=Decimal(number) / 10)
    use(workspace.olga_key, "2026-11-15T10:00", model="model-0", cost=None)
    use(workspace.olga_key, "2026-11-18T11:00", model="azure/model-3", cost=Decimal("1e-9"))
    query = "top=2&from=2026-11-15&to=2026-11-18"
    rows, columns = body(ask(olga, query)), body(ask(olga, f"{query}&shape=columns"))
    activity, series = rows.pop("activity"), columns.pop("series")
    assert (columns.pop("dates"), columns.pop("incomplete")) == (
        [row["date"] for row in activity],
        [row["incomplete"] for row in activity],
    )
    assert columns == rows
    named = [{name: one[name] for name in one if name not in MEASURED} for one in series]
    assert named == [
        {"key": None, "label": "Total", "total": True},
        {"key": "model-3", "label": "model-3"},
        {"key": "model-2", "label": "model-2"},
        {"key": None, "label": "Other (2)", "other": True},
    ]
    for place, row in enumerate(activity):
        found = {
            one["key"]: [one[name][place] for name in MEASURED] for one in series[1:] if one["requestCount"][place]
        }
        assert found == {group["key"]: [group[name] for name in MEASURED] for group in row["breakdown"]}
        assert [series[0][name][place] for name in MEASURED] == [row[name] for name in MEASURED]


def test_columns_of_hours_tell_those_of_one_name_apart(workspace, olga):
    workspace.organization.time_zone = "America/New_York"
    workspace.organization.save()
    query = "from=2026-11-01&to=2026-11-01&bucket=hour&top=1"
    rows, columns = body(ask(olga, query))["activity"], body(ask(olga, f"{query}&shape=columns"))
    assert columns["starts"] == [row["start"] for row in rows]
    assert [one["label"] for one in columns["series"]] == ["Total"]
