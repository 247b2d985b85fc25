"""The CSV: who gets it, what is in it, exact digits, no cell that a spreadsheet runs."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Organization
from analytics.ledger import record
from analytics.models import CostSource
from orgdash import spooled
from tests.analytics.dashboard.exports import HOUR, URL, parts, records, signed_in
from tests.analytics.usage import event, use
from tests.kept import kept

pytestmark = pytest.mark.django_db


@pytest.fixture
@kept
def client(olga) -> Client:
    return signed_in(olga.user)


@pytest.mark.parametrize(
    ("who", "plan", "status"),
    [
        ("owner", "enterprise", 200),
        ("admin", "enterprise", 200),
        *(("developer", plan, 403) for plan in ("free", "pro", "enterprise")),
        *((who, plan, 403) for who in ("owner", "admin") for plan in ("free", "pro")),
        ("stranger", "enterprise", 404),
        ("nobody", "enterprise", 302),
    ],
)
def test_it_is_for_owners_and_admins_on_enterprise(workspace, olga, adam, dora, stan, now, who, plan, status):
    use(workspace.olga_key, now, cost=Decimal("765.4321"))
    Organization.objects.update(plan=plan)
    clients = {"owner": olga.user, "admin": adam.user, "developer": dora.user, "stranger": stan}
    response = (signed_in(clients[who]) if who in clients else Client()).get(URL)
    assert response.status_code == status
    assert (b"765.4321" in response.getvalue()) is (status == 200)


def test_it_says_what_it_is_of(client, workspace, now):
    use(workspace.olga_key, now - timedelta(days=1))
    days = "from=2026-10-24&to=2026-11-22&timezone=America/New_York"
    query = f"{days}&groupBy=project&metric=tokens&project=proj_chat&sort=name"
    response = client.get(f"{URL}?{query}")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == (
        'attachment; filename="acme-tokens-by-project-2026-10-24-2026-11-22.csv"'
    )
    assert response.streaming
    assert "private" in response["Cache-Control"]
    about = parts(client, query)[0]
    assert about == [
        ["Organization", "Acme", "org_acme"],
        ["Rows", "1"],
        ["Metric", "Tokens"],
        ["Group by", "Project"],
        ["Sort", "name", "ascending"],
        ["Time zone", "America/New_York"],
        ["Window", "2026-10-24", "2026-11-22", "2026-10-24T00:00:00-04:00", "2026-11-23T00:00:00-05:00"],
        [
            *("Compared with", "weekday", "2026-09-26", "2026-10-21"),
            *("2026-09-26T00:00:00-04:00", "2026-10-21T07:00:00-04:00"),
        ],
        ["Compared", "2026-10-24", "2026-11-18", "2026-10-24T00:00:00-04:00", "2026-11-18T07:00:00-05:00"],
        ["Filter", "project", "proj_chat"],
        ["Data through", "2026-11-17T12:30:00Z"],
        ["First usage", "2026-11-17T12:30:00Z"],
        ["Exported at", "2026-11-18T12:30:00Z"],
    ]


def test_what_is_ignored_inexact_or_not_priced_is_said(client, workspace, now):
    use(workspace.olga_key, now, cost=None)
    about = parts(client, "range=fortnight&sort=colour&page=7&timezone=Asia/Kathmandu")[0]
    assert [row[:2] for row in about if row[0] == "Ignored"] == [["Ignored", "range"], ["Ignored", "sort"]]
    notes = [row[1] for row in about if row[0] == "Note"]
    assert notes[0] == "1 requests are not priced, so the cost is a lower bound"
    assert "Sums are kept by the hours of UTC" in notes[1]


@pytest.mark.usefixtures("history")
def test_numbers_have_all_their_digits_in_plain_notation(client, workspace, now):
    use(workspace.olga_key, now - HOUR, cost=Decimal("0.000000000003"), input_tokens=7, output_tokens=0, is_error=True)
    use(workspace.olga_key, now - timedelta(days=8), cost=Decimal("123456.789012345678"))
    _, breakdown, changed, over_time = parts(client)
    row, total = records(breakdown)
    assert row == {
        "model_id": "gpt-5.5",
        "model": "gpt-5.5",
        "status": "",
        "cost_usd": "0.000000000003",
        "estimated_cost_usd": "0",
        "share_percent": "100",
        "requests": "1",
        "tokens": "7",
        "cost_per_1m_usd": "0.000000428571",
        "change_percent": "-100",
        "input_tokens": "7",
        "output_tokens": "0",
        "cached_input_tokens": "0",
        "cache_write_tokens": "0",
        "reasoning_tokens": "0",
        "cost_per_request_usd": "0.000000000003",
        "cache_share_percent": "0",
        "error_rate_percent": "100",
        "errors": "1",
        "not_priced_requests": "0",
        "previous_cost_usd": "123456.789012345678",
        "price_from": "sender",
    }
    assert total["model"] == "Total"
    change, whole = records(changed)
    assert change["cost_usd_change"] == whole["cost_usd_change"] == "-123456.789012345675"
    assert {row["cost_usd"] for row in records(over_time)} == {"0.000000000003", "0"}


def test_what_is_estimated_is_told_beside_the_cost_and_from_where(client, workspace, now):
    for model, cost, source in (
        ("both", "2.5", CostSource.SENT),
        ("both", "0.25", CostSource.BOOK),
        ("listed", "0.5", CostSource.CATALOGUE),
        ("free", "0", CostSource.SENT),
    ):
        use(workspace.olga_key, now, model=model, cost=Decimal(cost), cost_source=source)
    use(workspace.olga_key, now, model="unknown", cost=None)
    about, breakdown, *_, over_time = parts(client)
    assert ["Note", "0.75 of the cost is estimated from the price book and list prices"] in about
    assert {
        row["model"]: (row["cost_usd"], row["estimated_cost_usd"], row["price_from"]) for row in records(breakdown)
    } == {
        "both": ("2.75", "0.25", "sender+price_book_or_catalogue"),
        "listed": ("0.5", "0.5", "price_book_or_catalogue"),
        "free": ("0", "0", ""),
        "unknown": ("", "0", ""),
        "Total": ("3.25", "0.75", "sender+price_book_or_catalogue"),
    }
    assert sum(Decimal(row["estimated_cost_usd"]) for row in records(over_time)) == Decimal("0.75")


def test_what_has_no_price_has_an_empty_cost(client, workspace, now):
    use(workspace.olga_key, now, cost=None)
    row, _ = records(parts(client)[1])
    assert (row["cost_usd"], row["share_percent"], row["not_priced_requests"]) == ("", "", "1")


def test_every_row_is_there_in_the_order_asked_for_whatever_is_searched_or_paged(client, workspace, now):
    record.record_events([event(workspace.olga_key, now, model=f"m{n:03}", cost=Decimal(n)) for n in range(120)])
    rows = records(parts(client, "sort=name&q=m01&page=3")[1])
    assert [row["model"] for row in rows] == [*(f"m{n:03}" for n in range(120)), "Total"]
    assert [row["model"] for row in records(parts(client)[1])][:2] == ["m119", "m118"]


def test_every_bucket_is_there_and_the_future_is_incomplete_and_zero(client, workspace, now):
    use(workspace.olga_key, now)
    *_, over_time = parts(client, "from=2026-11-17&to=2026-11-20")
    assert [(row["date"], row["incomplete"], row["cost_usd"]) for row in records(over_time)] == [
        ("2026-11-17", "false", "0"),
        ("2026-11-18", "true", "1"),
        ("2026-11-19", "true", "0"),
        ("2026-11-20", "true", "0"),
    ]
    hours = records(parts(client, "range=24h")[-1])
    assert (len(hours), hours[0]["start"]) == (25, "2026-11-17T12:00:00+00:00")


FORMULAS = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "|x",
    "%x",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "a;=1",
    "a\n=1",
    "＝1+1",
    "\x00=1",
]


@pytest.mark.parametrize("label", FORMULAS)
def test_no_cell_is_executed_by_a_spreadsheet(client, workspace, now, label):
    use(workspace.search_key, now)
    workspace.search.name = label.replace("\x00", "\x01")  # PostgreSQL knows no NUL in a text
    workspace.search.save()
    cells = [cell for block in parts(client, "groupBy=project") for row in block for cell in row]
    assert any("'" in cell for cell in cells)
    for cell in cells:
        for piece in cell.replace("\t", ";").replace("\r", ";").replace("\n", ";").split(";"):
            assert not piece.strip(" \x01").startswith(("=", "+", "@", "|", "%", "＝")), cell
            assert not piece.startswith("-1+"), cell


def test_the_number_of_statements_does_not_grow_with_the_rows(client, workspace, now):
    use(workspace.olga_key, now)
    parts(client)
    with CaptureQueriesContext(connection) as few:
        parts(client)
    record.record_events([event(workspace.olga_key, now - timedelta(hours=n), model=f"m{n}") for n in range(150)])
    with CaptureQueriesContext(connection) as many:
        parts(client)
    assert len(few) == len(many) <= 13


def test_it_is_sent_in_pieces(client, workspace, now, monkeypatch):
    monkeypatch.setattr(spooled, "PIECE", 1000)  # bytes
    record.record_events([event(workspace.olga_key, now - timedelta(hours=n), model=f"m{n}") for n in range(150)])
    *whole, last = client.get(URL).streaming_content
    assert len(whole) > 2
    assert {len(piece) for piece in whole} == {1000}
    assert 0 < len(last) <= 1000


def test_two_groupings_have_both_columns_and_sum_to_the_same(client, workspace, now):
    """With rows for every part, also where there was another before, and a bucket without usage."""
    day = now - timedelta(days=1)
    use(workspace.olga_key, now - timedelta(days=800))
    use(workspace.olga_key, day - timedelta(days=7), model="alpha", cost=Decimal(4))
    for key, model in ((workspace.olga_key, "alpha"), (workspace.dora_key, "beta"), (workspace.search_key, "alpha")):
        use(key, day, model=model, cost=Decimal("0.1"))
    about, breakdown, *_, over_time = parts(client, "groupBy=project,model&compare=previous")
    assert ["Group by", "Project", "Model"] in about
    *rows, total = records(breakdown)
    assert {(row["project"], row["model"]): (row["cost_usd"], row["previous_cost_usd"]) for row in rows} == {
        ("Support Chatbot", "alpha"): ("0.1", "4"),
        ("Support Chatbot", "beta"): ("0.1", "0"),
        ("Document Search", "alpha"): ("0.1", "0"),
    }
    assert (total["model"], total["cost_usd"]) == ("Total", "0.3")
    assert sum(Decimal(row["cost_usd"]) for row in records(over_time)) == Decimal("0.3")
    used = [(row["project_id"], row["model_id"]) for row in records(over_time) if row["requests"] != "0"]
    assert used == [("proj_chat", "alpha"), ("proj_chat", "beta"), ("proj_search", "alpha")]
    assert len(records(over_time)) == 3 + 6


def test_dates_are_iso(client, workspace, now):
    use(workspace.olga_key, now)
    for row in records(parts(client, "range=30d")[-1]):
        assert date.fromisoformat(row["date"])
