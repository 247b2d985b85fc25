"""Names: nothing in one turns around what is read beside it, and a model's names as sent are told."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client

from analytics.dashboard.names import as_sent, isolated, titled
from analytics.reporting.sums import Group, Sums
from tests.analytics.usage import use
from tests.browsers import enter

URL = "/organizations/org_acme/analytics/"
OVERRIDE, ISOLATE, END = "\u202e", "\u2068", "\u2069"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("gpt-5.5", "gpt-5.5"),
        ("Tomás · 日本", "Tomás · 日本"),
        (f"gpt{OVERRIDE}5.5", f"{ISOLATE}gpt{OVERRIDE}5.5{END}"),
        ("שלום", f"{ISOLATE}שלום{END}"),
        (f"out{END}{END}{OVERRIDE}x", f"{ISOLATE}out{OVERRIDE}x{END}"),
        (f"in{ISOLATE}x", f"{ISOLATE}in{ISOLATE}x{END}{END}"),
    ],
)
def test_a_name_that_turns_is_shut_in_and_cannot_get_out(name, shown):
    assert isolated(name) == shown


@pytest.mark.parametrize(
    ("sent", "count", "said"),
    [
        ((), 0, ""),
        (("gpt-5.5",), 1, ""),
        (("azure/gpt-5.5",), 1, "Sent as azure/gpt-5.5"),
        (("a", "b", "c", "d", "e"), 5, "Sent as a, b, c, d, e"),
        (("a", "b", "c", "d", "e"), 1005, "Sent as a, b, c, d, e and 1000 more"),
        ((f"a{OVERRIDE}", "b"), 2, f"Sent as {ISOLATE}a{OVERRIDE}{END}, b"),
    ],
)
def test_the_first_names_as_sent_are_named_and_the_others_counted(sent, count, said):
    group = Group("gpt-5.5", "gpt-5.5", Sums(), sent=sent, names_as_sent=count)
    assert as_sent(group) == said
    assert titled(group) == (f"gpt-5.5\n{said}" if said else "gpt-5.5")


@pytest.fixture
def page(workspace, olga, now):
    client = enter(Client(), olga.user)

    def page(query="range=30d") -> str:
        return unescape(client.get(f"{URL}?{query}").content.decode())

    return page


@pytest.mark.django_db
def test_ranking_and_table_tell_the_names_as_sent_of_this_organization_alone(page, workspace, foreign_key, now):
    for number in range(7):
        use(workspace.olga_key, now - timedelta(hours=number), model=f"route-{number}/gpt-5.5")
    use(foreign_key, now, model="secret-route/gpt-5.5")
    shown = page()
    routes = ", ".join(f"route-{number}/gpt-5.5" for number in range(5))
    said = f"gpt-5.5\nSent as {routes} and 2 more"
    assert shown.count(f'title="{said}"') == 2
    assert "secret-route" not in shown
    assert "Sent as" not in page("groupBy=project")


@pytest.mark.django_db
@pytest.mark.parametrize("dimension", ["model", "project"])
def test_no_override_reaches_an_attribute_or_a_sentence_unshut(page, workspace, now, dimension):
    evil = f"evil{OVERRIDE}4-tpg"
    workspace.chat.name = evil
    workspace.chat.save()
    use(workspace.olga_key, now, model=evil, cost=Decimal(2))
    use(workspace.olga_key, now, model=f"{evil}-free", cost=None)
    shown = page(f"groupBy={dimension}&model={evil}&model={evil}-free&project=proj_chat")
    assert OVERRIDE in shown
    for attribute, text in re.findall(r'(title|aria-label|alt|placeholder)="([^"]*)"', shown):
        assert OVERRIDE not in text.replace(f"{ISOLATE}{evil}{END}", "").replace(f"{ISOLATE}{evil}-free{END}", ""), (
            attribute
        )
    unpriced = re.search(r'id="unpriced">.*?</div>', shown, re.S)
    assert f"<bdi>{evil}-free</bdi>" in unpriced[0]
    for name in re.findall(rf"<(\w+[^>]*)>[^<>]*{OVERRIDE}", shown):
        assert re.match(r'bdi|title|script id="chart-data"|option|a class="(bar-name )?cut"|\w+ class="cut"', name), (
            name
        )
