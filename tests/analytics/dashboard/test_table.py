"""The table: its columns, order, search, pages, what is not priced, and where names lead."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from urllib.parse import parse_qs

import pytest
from django.test import Client

from analytics.dashboard.links import toggled as toggle
from analytics.reporting.columns import first_sort
from analytics.reporting.sums import Pair, Sums
from tests.analytics.usage import event, use
from tests.browsers import enter
from tests.kept import kept

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("history")]

URL = "/organizations/org_acme/analytics/"
KEYS = [
    "cost",
    "share",
    "requests",
    "tokens",
    "costPer1M",
    "change",
    "inputTokens",
    "outputTokens",
    "cachedInputTokens",
    "cacheWriteTokens",
    "reasoningTokens",
    "costPerRequest",
    "cacheShare",
    "errorRate",
]


@pytest.fixture
def ask(olga):
    client = enter(Client(), olga.user)

    def ask(query="", url=URL):
        return client.get(f"{url}?{query}").context["page"]

    return ask


@pytest.fixture
@kept
def four(workspace, now):
    """Four models yesterday; the first two cost the same, the last has no price. Gamma alone was there before."""
    day, key = now - timedelta(days=1), workspace.olga_key
    use(key, day, model="beta", cost=Decimal(2), input_tokens=100, output_tokens=0, is_error=True)
    use(key, day, model="Alpha", cost=Decimal(2), input_tokens=300, output_tokens=100, cached_input_tokens=50)
    for _ in range(3):
        use(key, day, model="gamma", cost=Decimal("0.1"), input_tokens=0, output_tokens=0)
    use(key, day, model="delta", cost=None, input_tokens=900, output_tokens=0)
    use(key, day - timedelta(days=7), model="gamma", cost=Decimal("0.2"))


def names(page) -> list[str]:
    return [row.group.label for row in page.table.rows]


def toggled(page, key) -> str:
    return toggle(page.parameters, page.query.opened, key, page.table.page)


def cells(page, name) -> dict:
    (row,) = (row for row in page.table.rows if row.group.label == name)
    return {cell.column.key: cell.value for cell in row.cells}


def test_every_group_has_every_column(ask, four):
    page = ask()
    assert [head.key for head in page.table.heads] == KEYS
    assert cells(page, "alpha") == {
        "cost": Decimal(2),
        "share": Pair(Decimal(2), Decimal("4.3")),
        "requests": 1,
        "tokens": 400,
        "costPer1M": Decimal(5000),
        "change": Pair(Decimal(2), Decimal(0)),
        "inputTokens": 300,
        "outputTokens": 100,
        "cachedInputTokens": 50,
        "cacheWriteTokens": 0,
        "reasoningTokens": 0,
        "costPerRequest": Decimal(2),
        "cacheShare": Pair(50, 300),
        "errorRate": Pair(0, 1),
    }
    assert cells(page, "beta")["errorRate"] == Pair(1, 1)
    assert cells(page, "gamma")["costPerRequest"] == Decimal("0.1")
    assert {cell.column.key: cell.value for cell in page.table.total}["costPer1M"] == Decimal("4.3") * 10**6 / 1400


def test_without_comparison_the_change_column_leaves(ask, four):
    assert [head.key for head in ask("compare=none").table.heads] == [key for key in KEYS if key != "change"]


ORDERS = [
    ("", ["alpha", "beta", "gamma", "delta"]),  # ties by name; without a price last
    ("sort=-cost", ["alpha", "beta", "gamma", "delta"]),
    ("sort=cost", ["gamma", "alpha", "beta", "delta"]),
    ("sort=name", ["alpha", "beta", "delta", "gamma"]),
    ("sort=-name", ["gamma", "delta", "beta", "alpha"]),
    ("sort=-share", ["alpha", "beta", "gamma", "delta"]),
    ("sort=-requests", ["gamma", "alpha", "beta", "delta"]),
    ("sort=tokens", ["gamma", "beta", "alpha", "delta"]),
    ("metric=tokens", ["delta", "alpha", "beta", "gamma"]),
    ("sort=-costPer1M", ["beta", "alpha", "delta", "gamma"]),  # gamma has no tokens, delta no price
    ("sort=costPer1M", ["alpha", "beta", "delta", "gamma"]),
    ("sort=-inputTokens", ["delta", "alpha", "beta", "gamma"]),
    ("sort=-outputTokens", ["alpha", "beta", "delta", "gamma"]),
    ("sort=-cachedInputTokens", ["alpha", "beta", "delta", "gamma"]),
    ("sort=-costPerRequest", ["alpha", "beta", "gamma", "delta"]),
    ("sort=-errorRate", ["beta", "alpha", "delta", "gamma"]),
    ("sort=-change", ["alpha", "beta", "gamma", "delta"]),  # new is the most that can be
    ("sort=change", ["gamma", "alpha", "beta", "delta"]),
]


@pytest.mark.parametrize(("query", "order"), ORDERS)
def test_rows_stand_in_the_order_asked_for(ask, four, query, order):
    assert names(ask(query)) == order


@pytest.mark.parametrize(
    ("query", "active", "direction", "following"),
    [
        ("", "cost", "descending", "cost"),
        ("sort=cost", "cost", "ascending", None),
        ("sort=-requests", "requests", "descending", "requests"),
        ("sort=requests", "requests", "ascending", "-requests"),
        ("sort=name", "name", "ascending", "-name"),
        ("metric=tokens", "tokens", "descending", "tokens"),
    ],
)
def test_only_the_active_head_is_sorted_and_its_link_reverses(ask, four, query, active, direction, following):
    table = ask(query).table
    assert {head.key: head.sorted for head in table.all_heads if head.sorted} == {active: direction}
    assert next(head.sort for head in table.all_heads if head.key == active) == following


def test_a_first_click_sorts_numbers_from_the_largest_and_names_from_a(ask, four):
    sorts = {head.key: head.sort for head in ask("sort=errorRate").table.all_heads}
    assert sorts == {"name": "name", "cost": None, "errorRate": "-errorRate"} | {
        key: first_sort(key).text for key in KEYS if key not in ("cost", "errorRate")
    }


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("sort=colour", "“colour” is not one of name, cost"),
        ("sort=change&compare=none", "“change” is not possible without a comparison"),
        ("sort=cost&sort=name", "sort is given 2 times"),
        ("page=0", "“0” is not a whole number"),
        ("page=-1", "“-1” is not"),
        ("page=2", "page “2” is beyond the last page, 1"),
        ("page=١", "is not a whole number"),
        ("q=" + "x" * 201, "q is 201 characters long"),
    ],
)
def test_a_bad_value_shows_the_default_and_is_noted(ask, four, query, said):
    page = ask(query)
    (note,) = page.notes
    assert said.replace("“", '"').replace("”", '"') in note.message
    assert names(page) == ["alpha", "beta", "gamma", "delta"]
    assert not {"sort", "q", "page"} & set(page.parameters)


def test_searching_narrows_the_rows_and_nothing_else(ask, four):
    every, some = ask("range=30d"), ask("range=30d&q=%20ALPH ")
    assert names(some) == ["alpha"]
    assert (some.table.found, some.table.count) == (1, 4)
    assert some.table.total == every.table.total
    assert (some.cards, some.bars, some.chart) == (every.cards, every.bars, every.chart)


@pytest.mark.parametrize("search", ["revoked", "-…ab", "9XYZ", "owner k"])
def test_a_key_is_found_by_its_name_its_status_and_its_last_characters(ask, workspace, now, search):
    for key, last_four in ((workspace.olga_key, "9xyz"), (workspace.dora_key, "ab12")):
        key.last_four, key.revoked_at = last_four, now if last_four == "ab12" else None
        key.save()
        use(key, now - timedelta(days=1))
    expected = "Chat staging" if search in ("revoked", "-…ab") else "Owner key"
    assert names(ask(f"groupBy=apiKey&q={search}")) == [expected]


def test_a_row_opens_to_its_parts_and_closes_on_the_page_where_it_stands(ask, workspace, now):
    day = now - timedelta(days=1)
    for model, cost in (("beta", 2), ("alpha", 5)):
        use(workspace.olga_key, day, model=model, cost=Decimal(cost))
    use(workspace.search_key, day, model="beta", cost=Decimal(1))
    closed = ask("groupBy=project,model&page=all")
    assert [row.parts for row in closed.table.rows] == [None, None]
    opening = toggled(closed, "proj_chat")
    assert parse_qs(opening[1:]) == {"groupBy": ["project,model"], "open": ["proj_chat"], "page": ["all"]}
    chat, search = ask(opening[1:]).table.rows
    assert [(part.group.label, part.cells[0].value) for part in chat.parts] == [("alpha", 5), ("beta", 2)]
    assert sum((part.group.sums for part in chat.parts), start=Sums()) == chat.group.sums
    assert search.parts is None
    assert [part.group.label for part in ask(f"{opening[1:]}&sort=cost").table.rows[1].all_parts] == ["beta", "alpha"]
    assert "open" not in parse_qs(toggled(ask(opening[1:]), "proj_chat")[1:])


def test_open_rows_are_links_without_a_script(workspace, olga, now):
    use(workspace.olga_key, now - timedelta(days=1), model="alpha")
    page = text_of(olga, "groupBy=project,model&open=proj_chat")
    (toggle,) = re.findall(r'<a id="open-1"[^>]*>', page)
    href, hx_get = re.findall(r'(?:href|hx-get)="([^"]*)"', toggle)
    assert href == hx_get == f"{URL}?groupBy=project%2Cmodel"
    assert 'aria-expanded="true"' in toggle
    assert page.count('<tr class="part">') == 1


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("columns=requests,share", ["cost", "share", "requests"]),
        ("columns=errorRate&columns=tokens", ["cost", "tokens", "errorRate"]),
        ("columns=tokens&sort=-outputTokens", ["cost", "tokens", "outputTokens"]),
        ("columns=tokens,joy&metric=requests", ["requests", "tokens"]),
    ],
)
def test_the_columns_chosen_are_shown_beside_what_rows_are_about_and_sorted_by(ask, four, query, keys):
    page = ask(query)
    assert [head.key for head in page.table.heads] == keys
    assert [note.field for note in page.notes] == ["columns"] * ("joy" in query)
    assert {column.key for column, shown in page.table.choices if shown} == set(keys)
    assert "columns" in page.parameters


def test_every_head_says_what_it_means(ask, four):
    """By id, which stays over a swap: every head of every table has one."""
    for group in ("project", "apiKey", "model", "user"):
        page = ask(f"compare=year&groupBy={group}")
        assert [head.key for head in page.table.heads if len(page.meanings[head.key]) < 20] == []


def test_nothing_found_is_said(ask, four, olga):
    client = enter(Client(), olga.user)
    page = unescape(client.get(f"{URL}?q=omega").content.decode())
    assert "No model has “omega” in its name." in page
    assert "0 of 4 models" in page


@pytest.fixture
@kept
def sixty(workspace, now):
    from analytics.ledger import record

    day = now - timedelta(days=1)
    record.record_events([event(workspace.olga_key, day, model=f"m{n:02}", cost=Decimal(n)) for n in range(60)])


@pytest.mark.parametrize(
    ("query", "first", "last", "links"),
    [
        ("", "m59", "m35", (None, 2)),
        ("page=1", "m59", "m35", (None, 2)),
        ("page=2", "m34", "m10", (1, 3)),
        ("page=3", "m09", "m00", (2, None)),
        ("page=all", "m59", "m00", (None, None)),
        ("page=2&sort=name", "m25", "m49", (1, 3)),
        ("page=2&q=m5", "m59", "m50", (None, None)),  # ten are found: there is no second page
    ],
)
def test_a_page_has_25_rows_and_the_total_has_all(ask, sixty, query, first, last, links):
    table = ask(query).table
    assert (table.rows[0].group.label, table.rows[-1].group.label) == (first, last)
    assert (table.previous, table.next) == links
    assert table.total[0].value == sum(range(60))


def test_a_group_without_any_price_is_not_zero(ask, four):
    found = cells(ask(), "delta")
    assert {key for key, value in found.items() if value is None} == {
        "cost",
        "share",
        "costPer1M",
        "change",
        "costPerRequest",
    }
    assert cells(ask("metric=requests"), "delta")["cost"] is None


def text_of(olga, query="") -> str:
    client = enter(Client(), olga.user)
    return " ".join(unescape(client.get(f"{URL}?{query}").content.decode()).split())


def test_requests_without_a_price_are_counted_below_the_table(olga, four, workspace, now):
    assert "1 of 6 requests is not priced, so the total cost is a lower bound." in text_of(olga)
    use(workspace.olga_key, now - timedelta(days=1), model="delta", cost=None)
    page = text_of(olga)
    assert "2 of 7 requests are not priced" in page
    assert page.count("Not priced") == 2  # in the table and in the ranking


def test_with_a_price_everywhere_nothing_is_said_about_prices(olga, workspace, now):
    use(workspace.olga_key, now)
    assert 'id="unpriced"' not in text_of(olga)


def test_where_nothing_has_a_price_there_is_no_total_cost(olga, workspace, now):
    use(workspace.olga_key, now, cost=None)
    page = text_of(olga)
    assert page.count("Not priced") == 4  # the table's row and total, the ranking, the card
    assert "None of the 1 requests is priced" in page


def test_cost_per_million_tokens_of_no_tokens_is_not_available(olga, workspace, now):
    use(workspace.olga_key, now, input_tokens=0, output_tokens=0)
    assert '–</span><span class="visually-hidden">not available' in text_of(olga)


DRILLS = [
    ("groupBy=project", "proj_chat", {"project": ["proj_chat"], "groupBy": ["apiKey"]}),
    ("groupBy=apiKey", "key_olga", {"apiKey": ["key_olga"], "groupBy": ["model"]}),
    ("groupBy=user", "mem_olga", {"member": ["mem_olga"], "groupBy": ["model"]}),
    ("groupBy=model", "gpt-5.5", {"model": ["gpt-5.5"], "groupBy": ["project"]}),
    (
        "groupBy=project&project=proj_chat&project=proj_search&metric=tokens&range=30d&sort=name&q=chat",
        "proj_chat",
        {"project": ["proj_chat"], "groupBy": ["apiKey"], "metric": ["tokens"], "range": ["30d"], "sort": ["name"]},
    ),
]


@pytest.mark.parametrize(("query", "key", "parameters"), DRILLS)
def test_a_name_leads_to_what_it_is_made_of(ask, workspace, now, query, key, parameters):
    use(workspace.olga_key, now)
    use(workspace.search_key, now)
    page = ask(query)
    drilled = page.drill(key)
    assert parse_qs(drilled.removeprefix("?")) == parameters
    narrowed = ask(drilled.removeprefix("?"))
    assert narrowed.notes == ()
    assert narrowed.report.totals == next(group.sums for group in page.report.groups if group.key == key)


@pytest.mark.parametrize(
    ("url", "query", "key", "next_group"),
    [
        ("/organizations/org_acme/projects/proj_chat/analytics/", "groupBy=model", "gpt-5.5", "apiKey"),
        ("/organizations/org_acme/projects/proj_chat/analytics/", "groupBy=user", "mem_olga", "model"),
        ("/organizations/org_acme/usage/", "groupBy=model", "gpt-5.5", "project"),
        ("/organizations/org_acme/usage/", "groupBy=project", "proj_chat", "apiKey"),
    ],
)
def test_a_name_on_a_scoped_page_stays_on_it(ask, workspace, now, url, query, key, next_group):
    use(workspace.olga_key, now)
    page = ask(query, url)
    assert parse_qs(page.drill(key)[1:])["groupBy"] == [next_group]
    assert next_group in {dimension.key for dimension in page.dimensions}


def test_names_whose_record_is_gone_lead_nowhere(ask, workspace, now):
    use(workspace.olga_key, now)
    assert ask("groupBy=project").drill(None) == ""


def test_links_keep_the_sort_and_the_search_but_not_the_page(ask, sixty):
    page = ask("range=30d&sort=name&q=m&page=2")
    assert page.parameters.urlencode() == "range=30d&sort=name&q=m"


def test_another_metric_forgets_the_sort_and_another_grouping_the_search(olga, sixty):
    page = text_of(olga, "range=30d&sort=name&q=m&page=2")
    assert f'href="{URL}?range=30d&q=m&metric=tokens"' in page
    assert f'href="{URL}?range=30d&sort=name&groupBy=project"' in page


@pytest.mark.parametrize(("sort", "kept"), [("change", ""), ("name", "&sort=name")])
def test_the_link_that_ends_the_comparison_leads_to_no_sort_by_change(olga, four, sort, kept):
    assert f'href="{URL}?range=30d{kept}&compare=none"' in text_of(olga, f"range=30d&sort={sort}")


def test_archived_revoked_and_removed_are_badges(olga, workspace, now, dora):
    use(workspace.dora_key, now)
    workspace.chat.status = "archived"
    workspace.chat.save()
    workspace.dora_key.revoked_at = now
    workspace.dora_key.save()
    dora.removed_at = now
    dora.save()
    for group, badge in (("project", "Archived"), ("apiKey", "Revoked"), ("user", "Removed")):
        assert f'<span class="badge">{badge}</span>' in text_of(olga, f"groupBy={group}")
    assert f"<code>sk-…{workspace.dora_key.last_four}</code>" in text_of(olga, "groupBy=apiKey")
