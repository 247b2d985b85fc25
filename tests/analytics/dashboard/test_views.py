"""The three pages through the real URLs: every person, every plan, page and fragment, bad links, statement budgets."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, Organization, Project, User
from analytics.ledger import record
from tests.accounts.conftest import Browsers
from tests.analytics.usage import event, use
from tests.kept import kept

pytestmark = pytest.mark.django_db

ORGANIZATION = "/organizations/org_acme/analytics/"
PROJECT = "/organizations/org_acme/projects/proj_chat/analytics/"
OWN = "/organizations/org_acme/usage/"
PAGES = (ORGANIZATION, PROJECT, OWN)
FIELDS = tuple(f"{page}filters/model/" for page in PAGES)
INCOMING = "/organizations/org_acme/incoming/"
PLANS = ("free", "pro", "enterprise")
HTMX = {"HX-Request": "true"}
BACK = {**HTMX, "HX-History-Restore-Request": "true"}
DASHBOARD = '<div id="dashboard"'


@pytest.fixture
def people(workspace, olga, adam, dora, stan) -> Browsers:
    return Browsers({"owner": olga.user, "admin": adam.user, "developer": dora.user, "stranger": stan})


@pytest.fixture
@kept
def used(workspace, foreign_key, now) -> None:
    """This week: $1 by olga's key, $2 by dora's, $4 in the other project; $8 of another organization."""
    for key, cost in (
        (workspace.olga_key, 1),
        (workspace.dora_key, 2),
        (workspace.search_key, 4),
        (foreign_key, 8),
    ):
        use(key, now - timedelta(days=1), cost=Decimal(cost))


def text(response) -> str:
    return unescape(response.content.decode())


EXPECTED = [
    *(("nobody", plan, url, 302) for plan in PLANS for url in (*PAGES, *FIELDS, INCOMING)),
    *(("stranger", plan, url, 404) for plan in PLANS for url in (*PAGES, *FIELDS, INCOMING)),
    *(("developer", plan, url, 403) for plan in PLANS for url in (PAGES[0], FIELDS[0], INCOMING)),
    *(("developer", plan, url, 200) for plan in PLANS for url in (*PAGES[1:], *FIELDS[1:])),
    *((who, plan, url, 200) for who in ("admin", "owner") for plan in PLANS for url in (*PAGES, *FIELDS, INCOMING)),
]


@pytest.mark.parametrize(("who", "plan", "url", "status"), EXPECTED)
def test_each_page_answers_each_person_on_each_plan(people, who, plan, url, status):
    Organization.objects.update(plan=plan)
    assert people[who].get(url).status_code == status


@pytest.mark.parametrize("who", ["admin", "owner"])
@pytest.mark.parametrize(("plan", "shown"), [("free", False), ("pro", False), ("enterprise", True)])
def test_organization_numbers_are_shown_on_enterprise_only(people, used, who, plan, shown):
    Organization.objects.update(plan=plan)
    page = text(people[who].get(ORGANIZATION))
    assert (DASHBOARD in page, "$7.00" in page) == (shown, shown)


@pytest.mark.parametrize("url", PAGES)
@pytest.mark.parametrize(("headers", "whole"), [({}, True), (HTMX, False), (BACK, True)], ids=["page", "swap", "back"])
def test_a_swap_is_the_dashboard_alone_and_back_is_the_whole_page(people, used, url, headers, whole):
    page = text(people["owner"].get(url, headers=headers))
    assert (page.startswith("<!doctype html>"), DASHBOARD in page) == (whole, True)


@pytest.mark.parametrize("url", PAGES)
def test_answers_are_private_and_kept_apart_by_htmx(people, used, url):
    response = people["owner"].get(url)
    assert {"HX-Request", "HX-History-Restore-Request", "Cookie"} <= set(response["Vary"].split(", "))
    assert "private" in response["Cache-Control"]
    assert 'hx-history="false"' in text(response)


@pytest.mark.parametrize(("url", "total"), [(ORGANIZATION, "$7.00"), (PROJECT, "$3.00"), (OWN, "$1.00")])
def test_each_page_sums_its_own_scope(people, used, url, total):
    page = people["owner"].get(url).context["page"]
    assert page.cards[0].value == Decimal(total.removeprefix("$"))
    assert total in text(people["owner"].get(url))


@pytest.mark.parametrize("query", ["?project=proj_search", "?groupBy=project&project=proj_search&project=proj_chat"])
def test_a_link_cannot_widen_the_scope_of_a_page(people, used, query):
    page = people["developer"].get(PROJECT + query).context["page"]
    assert page.report.totals.cost == 3
    assert "proj_search" not in page.parameters.urlencode()


def test_own_usage_is_of_the_keys_one_made_oneself(people, used):
    page = people["developer"].get(OWN + "?groupBy=apiKey&member=mem_olga").context["page"]
    assert {group.label for group in page.report.groups} == {"Chat staging", "Nightly sync"}
    assert page.report.totals.cost == 6


@pytest.mark.parametrize("project", ["proj_other", "proj_none", "proj%00", "x" * 3000])
def test_a_project_of_another_organization_is_not_found(people, used, project):
    assert people["owner"].get(f"/organizations/org_acme/projects/{project}/analytics/").status_code == 404


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("range=fortnight", '"fortnight" is not one of'),
        ("from=2026-02-30&to=2026-03-02", '"2026-02-30" is not a day'),
        ("from=2026-11-02&to=2026-11-01", "is after"),
        ("from=2026-11-02", "to is missing"),
        ("from=2020-01-01&to=2026-01-01", "at most 366"),
        ("timezone=Mars/Olympus", "is not an IANA time zone"),
        ("groupBy=planet", '"planet" is not one of'),
        ("metric=love", '"love" is not one of'),
        ("compare=twin", '"twin" is not one of'),
        ("bucket=minute", '"minute" is not one of'),
        ("range=24h&bucket=day", "which comes in hours"),
        ("range=90d&bucket=hour", "possible up to 31 days"),
        ("project=proj_other", 'project "proj_other" is not in this organization'),
        ("apiKey=key%00", "is not in this organization"),
        ("model=never-seen", "is not in this organization"),
        ("range=7d&range=30d", "is given 2 times"),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "swap"])
def test_a_bad_link_shows_the_default_and_says_what_it_ignored(people, used, query, said, headers):
    response = people["owner"].get(f"{ORGANIZATION}?{query}", headers=headers)
    assert response.status_code == 200
    assert said in text(response)
    assert 'title="$7.00"' in response.content.decode()
    assert query not in unescape(response.content.decode())  # no link hands on what was ignored


def test_unknown_parameters_are_ignored_without_a_word(people, used):
    response = people["owner"].get(f"{ORGANIZATION}?utm_source=mail")
    assert "could not be used" not in text(response)


def test_no_usage_is_said_in_words_and_never_as_an_empty_chart(people):
    page = text(people["owner"].get(f"{ORGANIZATION}?from=2026-10-24&to=2026-11-22"))
    assert "No usage from Oct 24 to Nov 22, 2026" in page


def test_no_usage_for_the_filters_offers_to_clear_them(people, used, now, workspace):
    use(workspace.search_key, now - timedelta(days=60), model="old-model")
    page = text(people["owner"].get(f"{ORGANIZATION}?model=old-model&groupBy=project"))
    assert "No usage matches these filters" in page
    assert f'href="{ORGANIZATION}?groupBy=project"' in page


def test_what_is_not_priced_is_nowhere_zero_dollars(people, workspace, now):
    use(workspace.search_key, now - timedelta(days=1), model="unknown", cost=None)
    page = people["owner"].get(f"{ORGANIZATION}?groupBy=model")
    assert [card.value for card in page.context["page"].cards] == [None, 1, 150]
    assert text(page).count("Not priced") == 4  # card, ranking, the table's row and its total


def test_labels_are_escaped(people, used, workspace):
    workspace.search.name = "<script>alert(1)</script>"
    workspace.search.save()
    page = people["owner"].get(f"{ORGANIZATION}?groupBy=project").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_without_now_in_the_window_nothing_is_called_partial(people, used):
    assert "is partial" not in text(people["owner"].get(f"{ORGANIZATION}?range=last-month"))
    shown = text(people["owner"].get(f"{ORGANIZATION}?range=30d"))
    assert 'today is partial<span class="wide"> (through 12:30 UTC)' in shown


def test_sums_cut_across_zones_are_said_to_be_so(people, used):
    assert "Sums are kept by the hours of UTC" in text(people["owner"].get(f"{ORGANIZATION}?timezone=Asia/Kathmandu"))
    assert "Sums are kept" not in text(people["owner"].get(f"{ORGANIZATION}?timezone=America/New_York"))


def test_every_control_that_swaps_is_a_link_to_the_same_place(people, used):
    page = people["owner"].get(f"{ORGANIZATION}?groupBy=project&metric=tokens").content.decode()
    links = [tag for tag in page.split("<a ")[1:] if "hx-get=" in tag.split(">")[0]]
    assert len(links) > 15
    for tag in links:
        head = tag.split(">")[0]
        assert head.split('href="')[1].split('"')[0] == head.split('hx-get="')[1].split('"')[0]


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (lambda: Organization.objects.update(name="Acme the Second"), "Acme the Second"),
        (lambda: Organization.objects.update(plan="pro"), "Pro plan"),
        (lambda: User.objects.update(name="Olga the Second"), "Olga the Second"),
        (lambda: User.objects.update(is_staff=True), "Site administration"),
        (lambda: Membership.objects.update(role="admin"), "<small>Admin</small>"),
        (lambda: Project.objects.filter(public_id="proj_chat").update(name="Chat the Second"), "Chat the Second"),
        (
            lambda: Project.objects.filter(public_id="proj_search").update(name="A to Z"),
            '<bdi class="cut">A to Z</bdi>',
        ),
    ],
)
def test_the_frame_around_a_page_is_never_an_old_one(people, used, change, shown):
    assert all(shown not in people["owner"].get(OWN).content.decode() for _ in range(2))
    change()
    assert shown in people["owner"].get(OWN).content.decode()


def test_the_frame_around_a_page_has_the_token_and_the_project_of_its_own_request(people, used):
    projects = {PROJECT: "Support Chatbot", PROJECT.replace("proj_chat", "proj_search"): "Document Search"}
    pages = {url: people["owner"].get(url).content.decode() for url in projects}
    assert all(f'topbar-name"><strong><bdi>{name}</bdi>' in pages[url] for url, name in projects.items())
    tokens = {re.findall('csrfmiddlewaretoken" value="([A-Za-z0-9]{64})"', page)[0] for page in pages.values()}
    assert len(tokens) == 2


# One of them tells whether the browser has the answer already, and one what came after the last full hour, which is not
# compared.
BUDGETS = [
    (ORGANIZATION, {}, 13),
    (f"{ORGANIZATION}?compare=none", {}, 10),
    (f"{ORGANIZATION}?range=last-month", {}, 12),
    (f"{ORGANIZATION}?groupBy=apiKey&metric=tokens&range=12m&project=proj_chat", {}, 17),
    (ORGANIZATION, HTMX, 12),
    (PROJECT, {}, 15),
    (OWN, {}, 14),
]


@pytest.mark.parametrize(("url", "headers", "budget"), BUDGETS)
def test_a_page_takes_a_fixed_small_number_of_statements(people, used, workspace, now, url, headers, budget):
    people["owner"].get(url, headers=headers)
    with CaptureQueriesContext(connection) as few:
        people["owner"].get(url, headers=headers)
    record.record_events([event(workspace.dora_key, now - timedelta(hours=n), model=f"m{n}") for n in range(40)])
    with CaptureQueriesContext(connection) as many:
        people["owner"].get(url, headers=headers)
    assert len(many) == len(few) == budget


def test_why_the_cost_changed_takes_three_statements_more(people, used, workspace, now):
    """The models of both windows, and what lists ask for them."""
    people["owner"].get(ORGANIZATION)
    with CaptureQueriesContext(connection) as new:
        people["owner"].get(f"{ORGANIZATION}?groupBy=project")
    use(workspace.olga_key, now - timedelta(days=13))
    with CaptureQueriesContext(connection) as changed:
        people["owner"].get(f"{ORGANIZATION}?groupBy=project")
    assert len(changed) == len(new) + 3


@pytest.mark.parametrize(("window", "more"), [("range=7d", 2), ("from=2026-11-11&to=2026-11-16", 1)])
def test_by_model_the_models_that_are_known_are_not_asked_for_again(people, used, workspace, now, window, more):
    """What lists ask for, and of a window that is not over the models through the last full hour."""
    address = f"{ORGANIZATION}?groupBy=model&{window}"
    people["owner"].get(address)
    with CaptureQueriesContext(connection) as new:
        people["owner"].get(address)
    use(workspace.olga_key, now - timedelta(days=13))
    with CaptureQueriesContext(connection) as changed:
        people["owner"].get(address)
    assert len(changed) == len(new) + more


@pytest.mark.parametrize(("url", "more"), [(ORGANIZATION, 0), *((f"{page}?groupBy=apiKey", 1) for page in PAGES)])
def test_naming_what_is_not_priced_takes_one_statement_unless_models_are_shown_anyway(
    people, used, workspace, now, url, more
):
    people["owner"].get(url)
    with CaptureQueriesContext(connection) as priced:
        people["owner"].get(url)
    use(workspace.olga_key, now, model="unknown", cost=None)
    with CaptureQueriesContext(connection) as unpriced:
        page = people["owner"].get(url)
    assert page.context["page"].unpriced_names == ["unknown"]
    assert len(unpriced) == len(priced) + more


def names(listed: list[str]) -> str:
    return ", ".join(f"<bdi>{name}</bdi>" for name in listed)


@pytest.mark.parametrize("url", PAGES)
def test_every_page_names_the_models_of_its_scope_that_are_not_priced(people, used, workspace, foreign_key, now, url):
    for key, model in (
        (workspace.olga_key, "local/olga-model:free"),
        (workspace.dora_key, "dora-model"),
        (workspace.search_key, "search-model"),
        (foreign_key, "foreign-model"),
    ):
        use(key, now - timedelta(days=1), model=model, cost=None)
        use(key, now - timedelta(days=60), model="of-another-window", cost=None)
    expected = {
        ORGANIZATION: ["dora-model", "olga-model", "search-model"],
        PROJECT: ["dora-model", "olga-model"],
        OWN: ["olga-model"],
    }
    for query in ("groupBy=apiKey", "groupBy=model"):
        page = people["owner"].get(f"{url}?{query}")
        assert f"Models of such requests: {names(expected[url])}." in text(page)
        assert page.context["page"].unpriced_names == expected[url]
    filtered = people["owner"].get(f"{url}?groupBy=apiKey&apiKey=key_olga&model=olga-model").context["page"]
    assert filtered.unpriced_names == ["olga-model"]


def test_of_many_models_without_a_price_the_first_are_named_and_the_others_unfold(people, used, workspace, now):
    record.record_events(
        [event(workspace.olga_key, now, model=f"m{n}", cost=None) for n in range(1, 8) for _ in range(n)]
    )
    page = text(people["owner"].get(f"{ORGANIZATION}?groupBy=project"))
    assert f"Models of such requests: {names(['m7', 'm6', 'm5', 'm4'])}\n</p>" in page
    assert f"<summary>and 3 more</summary><p>{names(['m3', 'm2', 'm1'])}.\n</p>" in page
    five = people["owner"].get(f"{ORGANIZATION}?groupBy=project&" + "&".join(f"model=m{n}" for n in range(1, 6)))
    assert five.context["page"].unpriced_names == ["m5", "m4", "m3", "m2", "m1"]
    assert "<summary>and" not in text(five)


@pytest.mark.parametrize("url", PAGES)
def test_no_page_reads_the_request_log(people, used, url):
    with CaptureQueriesContext(connection) as statements:
        people["owner"].get(f"{url}?range=12m&groupBy=apiKey")
    sums = [statement["sql"] for statement in statements if "analytics_daily" in statement["sql"]]
    assert sums
    assert [statement["sql"] for statement in statements if "analytics_request" in statement["sql"]] == []
