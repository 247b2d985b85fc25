"""The flat files: one header and rows, for a table alone or for days by group; on every page that shows usage."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.analytics.dashboard.exports import URL, parts, records, signed_in
from tests.analytics.usage import use
from tests.kept import kept

pytestmark = pytest.mark.django_db

PROJECT = "/organizations/org_acme/projects/proj_chat/analytics/export.csv"
OWN = "/organizations/org_acme/usage/export.csv"


@pytest.fixture
@kept
def used(workspace, now):
    """This week: $1 by olga's key, $2 by dora's, $4 in the other project."""
    for key, cost in ((workspace.olga_key, 1), (workspace.dora_key, 2), (workspace.search_key, 4)):
        use(key, now - timedelta(days=1), cost=Decimal(cost))


def test_the_table_alone_is_one_header_and_its_rows_without_the_total(used, olga):
    (block,) = parts(signed_in(olga.user), "groupBy=project&file=table")
    rows = records(block)
    assert [row["cost_usd"] for row in rows] == ["4", "3"]
    full = parts(signed_in(olga.user), "groupBy=project")[1]
    assert block == full[:-1]


def test_days_by_group_are_days_whatever_the_chart_shows(used, olga, now):
    (block,) = parts(signed_in(olga.user), "groupBy=project&range=30d&bucket=month&file=days")
    rows = records(block)
    assert len({row["date"] for row in rows}) == 30
    used_on = [row for row in rows if row["requests"] != "0"]
    assert {row["date"] for row in used_on} == {(now - timedelta(days=1)).date().isoformat()}
    assert sum(Decimal(row["cost_usd"]) for row in rows) == 7


def test_the_last_24_hours_come_in_hours(used, olga):
    (block,) = parts(signed_in(olga.user), "range=24h&file=days")
    assert "start" in block[0]
    assert len({row["start"] for row in records(block)}) == 25


def test_pages_of_one_project_and_of_ones_own_keys_have_files_of_their_own(used, dora):
    client = signed_in(dora.user)
    assert [row["cost_usd"] for row in records(parts(client, "groupBy=apiKey&file=table", PROJECT)[0])] == ["2", "1"]
    assert [row["cost_usd"] for row in records(parts(client, "file=table", OWN)[0])] == ["6"]
    assert ["Filter", "member", dora.public_id] in parts(client, "", OWN)[0]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (f"{URL}?range=7d", "acme-cost-by-model-2026-11-12-2026-11-18.csv"),
        (f"{URL}?range=7d&file=days", "acme-cost-by-model-2026-11-12-2026-11-18-days.csv"),
        (f"{PROJECT}?range=7d&file=table", "acme-support-chatbot-cost-by-model-2026-11-12-2026-11-18-table.csv"),
    ],
)
def test_a_file_is_named_by_what_is_in_it(used, olga, url, name):
    assert name in signed_in(olga.user).get(url)["Content-Disposition"]


@pytest.mark.parametrize("url", [PROJECT, OWN])
def test_strangers_get_nothing_and_nobody_is_sent_to_sign_in(used, client, stan, url):
    assert signed_in(stan).get(url).status_code == 404
    assert client.get(url).status_code == 302
