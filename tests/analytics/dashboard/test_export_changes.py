"""What changed in the CSV: groups that came and went, the causes, and when there is none to tell."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from tests.analytics.dashboard.exports import HOUR, parts, records, signed_in
from tests.analytics.usage import use
from tests.kept import kept

pytestmark = pytest.mark.django_db


@pytest.fixture
@kept
def client(olga) -> Client:
    return signed_in(olga.user)


@pytest.mark.usefixtures("history")
def test_groups_that_are_gone_are_among_what_changed(client, workspace, now):
    use(workspace.olga_key, now - HOUR, model="new")
    use(workspace.olga_key, now - timedelta(days=8), model="gone", cost=Decimal(3))
    changed = records(parts(client)[2])
    assert [(row["model"], row["what_changed"], row["cost_usd_change"]) for row in changed] == [
        ("gone", "No longer used", "-3"),
        ("new", "New", "1"),
        ("Total", "", "-2"),
    ]
    assert len(parts(client, "compare=none")) == 3


WHY = {
    "cost": "Changed by +$1.40: $0.45 more tokens, $0.85 a dearer mix of models, $0.10 a higher rate",
    "costPerMillion": "Changed by +$3,800.00 per 1M tokens: $3,400.00 a dearer mix of models, $400.00 a higher rate",
}


@pytest.fixture
@kept
def dearer(history, workspace, now) -> None:
    """Last week 100 tokens of one model, this week 200 of it, each dearer, and 50 of another."""
    for day, model, tokens, cost in ((8, "a", 100, "0.3"), (1, "a", 200, "0.7"), (1, "b", 50, "1")):
        when = now - timedelta(days=day)
        use(workspace.olga_key, when, model=model, input_tokens=tokens, output_tokens=0, cost=Decimal(cost))


@pytest.mark.usefixtures("dearer")
def test_the_causes_are_there_of_each_group_and_of_the_whole(client):
    about, _, changed, _ = parts(client)
    causes = ("volume_usd", "mix_usd", "rate_usd", "without_tokens_usd", "rate_by_token_shares_usd")
    assert [[row["model"], row["cost_usd_change"], *(row[cause] for cause in causes)] for row in records(changed)] == [
        ["b", "1", "0", "1", "0", "0", "0"],
        ["a", "0.4", "0.3", "0", "0.1", "0", "0"],
        ["Total", "1.4", "0.45", "0.85", "0.1", "0", "0"],
    ]
    assert ["Why", WHY["cost"]] in about
    assert parts(client, "why=rows") == parts(client)


@pytest.mark.usefixtures("dearer")
@pytest.mark.parametrize(("metric", "blocks"), [("costPerMillion", []), ("tokens", [6])])
def test_what_is_no_cost_has_no_columns_of_causes(client, metric, blocks):
    """Of a million tokens' cost the reasons are told in words alone: its parts sum to nothing."""
    about, _, *changed, _ = parts(client, f"metric={metric}")
    assert [row[1:] for row in about if row[0] == "Why"] == [[WHY[metric]] for _ in range(metric in WHY)]
    assert [len(block[0]) for block in changed] == blocks


def test_where_only_a_part_of_the_compared_window_is_recorded_no_change_is_told(client, workspace, now):
    use(workspace.olga_key, now - timedelta(days=8))
    use(workspace.olga_key, now - HOUR)
    about, breakdown, _ = parts(client)
    assert ["Note", "Usage is recorded since 2026-11-10, so there is no change to tell"] in about
    assert [row["change_percent"] for row in records(breakdown)] == ["", ""]
