"""By API key: keys without usage in the table, whose a key is, chips over it, and the same in the file."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from urllib.parse import parse_qs

import pytest
from django.test import Client

from accounts.models import ApiKey
from analytics.reporting.keys import LastUse
from tests.analytics.dashboard.exports import parts, records
from tests.analytics.usage import use
from tests.browsers import enter
from tests.kept import kept

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("history")]

URL = "/organizations/org_acme/analytics/"
DAY = timedelta(days=1)


@pytest.fixture
@kept
def client(olga) -> Client:
    return enter(Client(), olga.user)


@pytest.fixture
def ask(client):
    return lambda query="": client.get(f"{URL}?range=7d&groupBy=apiKey&{query}").context["page"]


@pytest.fixture
@kept
def keys(workspace, now):
    """olga's key is used and fails more than before, dora's was revoked and used last 40 days ago, search's never."""
    for number in range(20):
        use(workspace.olga_key, now - DAY, cost=Decimal(1), is_error=number < 10)
        use(workspace.olga_key, now - 8 * DAY, cost=Decimal(1))
    use(workspace.dora_key, now - 40 * DAY)
    ApiKey.objects.update(created_at=now - 90 * DAY)
    ApiKey.objects.filter(pk=workspace.dora_key.pk).update(revoked_at=now - DAY)
    return workspace


def names(page) -> list[str]:
    return [row.group.label for row in page.table.rows]


def cell(page, name: str, key: str):
    (row,) = (row for row in page.table.rows if row.group.label == name)
    return next(cell.value for cell in row.cells if cell.column.key == key)


def test_keys_without_usage_stand_in_the_table_with_zeros_and_nowhere_else(ask, keys):
    page = ask()
    assert names(page) == ["Owner key", "Chat staging", "Nightly sync"]
    assert [cell(page, "Nightly sync", key) for key in ("cost", "requests", "tokens")] == [0, 0, 0]
    assert [cell(page, "Nightly sync", key) for key in ("costPer1M", "costPerRequest", "cacheShare")] == [None] * 3
    assert (page.table.count, page.table.unused) == (3, 2)
    assert [bar.band.label for bar in page.bars] == ["Owner key"]
    assert [group.label for group in page.report.groups] == ["Owner key"]
    total = {cell.column.key: cell.value for cell in page.table.total}
    assert (total["cost"], total["requests"], total["lastUsed"]) == (20, 20, None)


def test_by_anything_else_nothing_without_usage_stands_there(client, keys):
    table = client.get(f"{URL}?groupBy=project").context["page"].table
    assert (table.count, table.unused, table.chips) == (1, 0, ())


def test_a_filter_on_models_asks_who_used_them(ask, keys):
    assert names(ask("model=gpt-5.5")) == ["Owner key"]


def test_a_key_says_whose_it_is_and_when_it_was_used_last(ask, keys, now):
    page = ask()
    assert cell(page, "Chat staging", "project").label == "Support Chatbot"
    assert cell(page, "Chat staging", "createdBy").label == keys.dora_key.created_by.user.name
    hour = now.replace(minute=0)
    assert cell(page, "Chat staging", "lastUsed") == LastUse(hour - 40 * DAY, by_hour=True)
    assert cell(page, "Nightly sync", "lastUsed") == LastUse(None)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("lastUsed", ["Nightly sync", "Chat staging", "Owner key"]),
        ("-lastUsed", ["Owner key", "Chat staging", "Nightly sync"]),
        ("project", ["Nightly sync", "Chat staging", "Owner key"]),
        ("-project", ["Chat staging", "Owner key", "Nightly sync"]),
    ],
)
def test_rows_are_sorted_by_what_is_known_of_keys(ask, keys, sort, order):
    assert names(ask(f"sort={sort}")) == order


@pytest.mark.parametrize(
    ("query", "gone"), [("project=proj_chat", "project"), ("member=mem_dora", "createdBy"), ("", "")]
)
def test_a_column_that_would_say_the_same_in_every_row_is_left_out(ask, keys, query, gone):
    use(keys.dora_key, "2026-11-17T10:00")
    page = ask(query)
    of_keys = [head.key for head in page.table.heads if head.key in ("lastUsed", "project", "createdBy")]
    assert of_keys == [key for key in ("lastUsed", "project", "createdBy") if key != gone]


CHIPS = [
    ("unused", 1, ["Nightly sync"]),
    ("new", 0, []),
    ("revoked", 1, ["Chat staging"]),
    ("errorsUp", 1, ["Owner key"]),
]


def test_chips_say_how_many_rows_they_show(ask, keys):
    assert [(chip.state, chip.count, chip.on) for chip in ask().table.chips] == [
        (state, count, False) for state, count, _ in CHIPS
    ]


@pytest.mark.parametrize(("state", "count", "shown"), CHIPS)
def test_a_chip_narrows_the_rows_and_nothing_else(ask, keys, state, count, shown):
    every, some = ask(), ask(f"keys={state}")
    assert names(some) == shown
    assert (some.table.found, some.table.count) == (count, every.table.count)
    assert (some.table.total, some.cards, some.bars) == (every.table.total, every.cards, every.bars)
    assert some.parameters["keys"] == state
    assert names(ask(f"keys={state}&q=zzz")) == []


@pytest.mark.parametrize("state", [state for state, count, _ in CHIPS if count])
def test_a_chip_is_a_link_that_works_without_a_script_and_leads_back(client, keys, state):
    def link(query: str) -> tuple[str, str]:
        html = client.get(f"{URL}{query}").content.decode()
        (tag,) = re.findall(rf'<a id="keys-{state}"[^>]*>', html)
        href, hx_get = (unescape(text) for text in re.findall(r'(?:href|hx-get)="([^"]*)"', tag))
        assert href == hx_get
        return href.partition("?")[2], tag

    plain = "?range=7d&groupBy=apiKey&columns=requests&q=k"
    on, tag = link(plain)
    assert "aria-current" not in tag
    assert parse_qs(on)["keys"] == [state]
    off, tag = link(f"?{on}")
    assert 'aria-current="true"' in tag
    assert parse_qs(off) == parse_qs(plain[1:])  # the sort that it brought has gone with it


def test_a_chip_that_would_show_nothing_is_no_link_and_a_stale_link_says_so(client, keys):
    page = client.get(f"{URL}?groupBy=apiKey").content.decode()
    assert 'id="keys-new"' not in page
    stale = unescape(client.get(f"{URL}?groupBy=apiKey&keys=new").content.decode())
    assert 'id="keys-new"' in stale
    assert "No API key is under “New”." in stale
    assert "No API key under “New” has “zz” in its name." in unescape(
        client.get(f"{URL}?groupBy=apiKey&keys=new&q=zz").content.decode()
    )


def test_where_errors_are_up_their_counts_and_the_rate_before_stand_beside_it(client, keys):
    page = client.get(f"{URL}?range=7d&groupBy=apiKey&keys=errorsUp").content.decode()
    assert re.search(r'50\.0% <span class="counts">10 of 20, was 0\.0%</span>', page)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("groupBy=apiKey&keys=idle", "“idle” is not one of unused, new, revoked, errorsUp"),
        ("groupBy=project&keys=unused", "keys “unused” is possible with groupBy=apiKey only"),
        ("groupBy=apiKey&compare=none&keys=errorsUp", "keys “errorsUp” is not possible without a comparison"),
    ],
)
def test_a_chip_that_cannot_be_used_is_noted(client, keys, query, said):
    page = client.get(f"{URL}?{query}").context["page"]
    assert [note.message.replace('"', "“", 1).replace('"', "”", 1) for note in page.notes] == [said]
    assert "keys" not in page.parameters


def test_links_to_other_groups_and_without_comparison_leave_nothing_to_note(client, keys):
    query = "groupBy=apiKey&sort=lastUsed&columns=lastUsed,tokens&keys=errorsUp"
    page = client.get(f"{URL}?{query}").content.decode()
    for id_ in ("group-by-model", "compare"):
        (href,) = re.findall(rf'<a id="{id_}"[^>]* href="([^"]*)"', page)
        assert client.get(unescape(href)).context["page"].notes == ()
    shown = client.get(f"{URL}?{query}").context["page"]
    drilled = client.get(f"{URL}{shown.drill('key_olga')}").context["page"]
    assert drilled.notes == ()
    assert drilled.parameters["columns"] == "tokens,lastUsed"  # for the way back


def test_the_name_of_a_key_without_usage_leads_nowhere(client, keys):
    page = client.get(f"{URL}?range=7d&groupBy=apiKey").content.decode()
    assert re.search(r'<bdi class="cut" title="Nightly sync">', page)
    assert re.search(r'<a class="cut"[^>]*title="Owner key"', page)


def test_the_files_have_every_key_and_the_table_alone_what_the_chip_shows(client, keys):
    export = f"{URL}export.csv"
    about, breakdown = parts(client, "range=7d&groupBy=apiKey&sort=lastUsed&keys=unused", export)[:2]
    rows = records(breakdown)
    assert ["Rows", "3"] in about
    assert [row["apiKey"] for row in rows] == ["Nightly sync", "Chat staging", "Owner key", "Total"]
    assert [row["last_used"] for row in rows] == ["never", "2026-10-09T12:00:00Z", "2026-11-17T12:00:00Z", ""]
    assert (rows[1]["project_id"], rows[1]["created_by_id"], rows[1]["requests"]) == ("proj_chat", "mem_dora", "0")
    (table,) = parts(client, "range=7d&groupBy=apiKey&keys=unused&file=table", export)
    assert [row["apiKey"] for row in records(table)] == ["Nightly sync"]
    (pairs,) = parts(client, "range=7d&groupBy=apiKey,model&keys=unused&file=table", export)
    assert records(pairs) == []


@pytest.mark.parametrize(
    ("grouping", "fields"),
    [
        ("apiKey,model", ["project_id", "project", "created_by_id", "created_by", "last_used"]),
        ("model,apiKey", ["project_id", "project", "created_by_id", "created_by", "last_used"]),
        ("user,apiKey", ["project_id", "project", "created_by_id", "created_by", "last_used"]),
        ("project,apiKey", ["created_by_id", "created_by", "last_used"]),  # the project names the row
        ("apiKey,project", ["created_by_id", "created_by", "last_used"]),
    ],
)
@pytest.mark.parametrize("file", ["table", "report"])
def test_a_file_of_two_groupings_says_of_every_key_what_the_file_of_keys_says(client, keys, grouping, fields, file):
    use(keys.search_key, "2026-11-17T10:00")
    head = "project_id", "project", "created_by_id", "created_by", "last_used"
    export = f"{URL}export.csv"
    (alone,) = parts(client, "range=7d&groupBy=apiKey&file=table", export)
    known = {row["apiKey_id"]: {field: row[field] for field in head} for row in records(alone)}
    breakdown = parts(client, f"range=7d&groupBy={grouping}&file={file}", export)[file == "report"]
    rows = [row for row in records(breakdown) if row["apiKey_id"]]
    assert {row["apiKey_id"] for row in rows} == {"key_olga", "key_search"}
    assert [{field: row[field] for field in head} for row in rows] == [known[row["apiKey_id"]] for row in rows]
    assert breakdown[0][-len(fields) :] == fields
    assert len(set(breakdown[0])) == len(breakdown[0])


def test_a_file_of_two_groupings_without_keys_says_nothing_of_them(client, keys):
    (pairs,) = parts(client, "range=7d&groupBy=project,model&file=table", f"{URL}export.csv")
    assert pairs[0][-1] == "price_from"


def test_ones_own_keys_that_nobody_used_stand_on_ones_own_page(keys, dora):
    client = enter(Client(), dora.user)
    use(keys.dora_key, "2026-11-17T10:00")
    page = client.get("/organizations/org_acme/usage/?range=7d&groupBy=apiKey").context["page"]
    assert names(page) == ["Chat staging", "Nightly sync"]
    assert "createdBy" not in [head.key for head in page.table.heads]
