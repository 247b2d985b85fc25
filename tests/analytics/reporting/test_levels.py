"""Groups by a second dimension: gathered in order, and read only for what is open."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from analytics.metrics import DIMENSIONS
from analytics.reporting import levels, reports
from analytics.reporting.query import Filters
from analytics.reporting.sums import Group, Sums
from analytics.windows import preset_window
from tests.analytics.questions import ask
from tests.analytics.usage import use


def pair(key: str | None, part: str, cost: int, others: int = 0) -> tuple[Group, Group]:
    return Group(key, key or "Other", Sums(), others=others), Group(
        part, part, Sums(request_count=1, cost=Decimal(cost))
    )


def test_groups_and_parts_come_by_cost_then_key_and_the_rest_last():
    found = levels.gathered(
        [pair(None, "x", 99, 2), pair("b", "y", 1), pair("a", "y", 1), pair("b", "x", 3), pair("b", "a", 1)]
    )
    assert [(group.key, group.sums.cost, [part.key for part in group.parts]) for group in found] == [
        ("b", 5, ["x", "a", "y"]),
        ("a", 1, ["y"]),
        (None, 99, ["x"]),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("opened", "filters", "keys"),
    [
        ((), Filters(), None),
        (("proj_chat",), Filters(), {"proj_chat"}),
        (None, Filters(), {"proj_chat", "proj_search"}),
        (("proj_chat", "proj_search"), Filters(project=("proj_search",)), {"proj_search"}),
        (("proj_chat",), Filters(project=("proj_search",)), None),
        (("proj_chat", "proj_search"), Filters(member=("mem_olga",)), {"proj_chat"}),
    ],
)
def test_only_what_is_open_and_not_filtered_has_parts(opened, filters, keys, workspace, now):
    for key in (workspace.olga_key, workspace.search_key):
        use(key, now - timedelta(days=1))
    query = ask(
        workspace.organization, preset_window("7d", now, ZoneInfo("UTC")), now, dimension="project", filters=filters
    )
    parts = reports.build(replace(query, then=DIMENSIONS["model"], opened=opened)).parts
    assert (parts and set(parts.groups)) == keys


@pytest.mark.django_db
def test_parts_are_compared_like_their_group(workspace, now):
    """Through the last full hour: what came in this one is shown, and not compared."""
    for at, cost in ((now - timedelta(days=8), 1), (now - timedelta(days=1), 2), (now, 4)):
        use(workspace.olga_key, at, cost=Decimal(cost))
    query = ask(
        workspace.organization, preset_window("7d", now, ZoneInfo("UTC")), now, dimension="project", compare=True
    )
    parts = reports.build(replace(query, then=DIMENSIONS["model"], opened=("proj_chat",))).parts
    both = ("proj_chat", "gpt-5.5")
    assert parts.groups["proj_chat"][0].sums.cost == 6
    assert (parts.before[both].cost, parts.current[both].cost) == (1, 2)
