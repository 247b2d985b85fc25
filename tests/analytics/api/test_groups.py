"""`GET /analytics/activity` of groups: those that are left over, and the parts of each by a second grouping."""

from decimal import Decimal

import pytest

from tests.analytics.api.test_activity import ask, body
from tests.analytics.usage import use

pytestmark = pytest.mark.django_db


def test_with_two_groupings_every_group_has_a_breakdown_by_the_second(workspace, olga):
    day = "2026-11-17T10:00"
    use(workspace.olga_key, day, model="gpt-5.5", cost=Decimal("0.1"))
    use(workspace.dora_key, day, model="openai/gpt-5.5", cost=Decimal("0.2"))
    use(workspace.dora_key, day, model="claude-sonnet-4", cost=Decimal(2))
    use(workspace.search_key, day, model="gpt-5.5", cost=Decimal(1))
    answer = body(ask(olga, "groupBy=project,model&from=2026-11-17&to=2026-11-17"))
    assert answer["groupBy"] == "project,model"
    chat, search = answer["activity"][0]["breakdown"]
    assert (chat["key"], chat["cost"]) == ("proj_chat", Decimal("2.3"))
    assert chat["breakdown"] == [
        {"key": "claude-sonnet-4", "label": "claude-sonnet-4", "cost": 2, "requestCount": 1, "totalTokens": 150},
        {"key": "gpt-5.5", "label": "gpt-5.5", "cost": Decimal("0.3"), "requestCount": 2, "totalTokens": 300},
    ]
    assert [part["key"] for part in search["breakdown"]] == ["gpt-5.5"]
    answer = body(ask(olga, "groupBy=apiKey,model&range=90d&top=1"))
    dora, other = answer["activity"][-2]["breakdown"]
    assert (dora["key"], len(dora["breakdown"])) == ("key_dora", 2)
    assert (other["label"], other["other"], other["cost"]) == ("Other (2)", True, Decimal("1.1"))
    assert [(part["key"], part["cost"]) for part in other["breakdown"]] == [("gpt-5.5", Decimal("1.1"))]


def test_with_top_a_single_leftover_is_other_too(workspace, olga):
    for model in ("a", "b"):
        use(workspace.olga_key, "2026-11-17T10:00", model=model)
    (row,) = body(ask(olga, "top=1&from=2026-11-17&to=2026-11-17"))["activity"]
    assert [group["label"] for group in row["breakdown"]] == ["a", "Other (1)"]
