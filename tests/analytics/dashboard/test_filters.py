"""Filters as people see them: those that are set in words, and what each field offers on each page, to nobody else."""

from datetime import timedelta
from html import unescape

import pytest
from django.http import QueryDict
from django.test import Client

from analytics.dashboard import filters
from analytics.metrics import DIMENSIONS
from analytics.reporting.parameters import EVERYTHING, read_page
from analytics.reporting.query import Filters
from tests.analytics.usage import use
from tests.browsers import enter
from tests.factories import ApiKeyFactory, MembershipFactory, ProjectFactory, UserFactory
from tests.kept import kept

pytestmark = pytest.mark.django_db

ORGANIZATION = "/organizations/org_acme/analytics/"
PROJECT = "/organizations/org_acme/projects/proj_chat/analytics/"
OWN = "/organizations/org_acme/usage/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
@kept
def owner(workspace, olga) -> Client:
    return enter(Client(), olga.user)


@pytest.fixture
@kept
def used(workspace, foreign_key, now) -> None:
    yesterday = now - timedelta(days=1)
    use(workspace.olga_key, yesterday, model="gpt-5.5")
    use(workspace.olga_key, yesterday, model="openai/GPT-5.5")
    use(workspace.dora_key, yesterday, model="claude")
    use(workspace.search_key, yesterday, model="embed")
    use(foreign_key, yesterday, model="foreign")


def shown(workspace, now, query: str, scope: Filters = EVERYTHING) -> list[str]:
    asked = read_page(QueryDict(query), workspace.organization, now, scope)
    return [found.sentence for found in filters.active(asked)]


def offers(client: Client, url: str) -> list[str]:
    values = client.get(url, headers=HTMX).context["field_values"]
    return [option.label for option in (*values.chosen, *values.others)]


@pytest.mark.parametrize(
    ("query", "sentences"),
    [
        ("", []),
        ("project=proj_chat", ["Project is Support Chatbot"]),
        ("project=proj_chat&project=proj_search", ["Project is any of 2 projects"]),
        ("project=proj_chat&project=proj_chat", ["Project is Support Chatbot"]),
        ("apiKey=key_olga", ["API key is Owner key"]),
        ("member=mem_dora&member=mem_olga&member=mem_none", ["Member is any of 2 members"]),
        ("member=mem_other", []),
        ("model=gpt-5.5&model=claude", ["Model is any of 2 models"]),
        (
            "member=mem_dora&apiKey=key_dora&project=proj_chat&model=claude",
            ["Model is claude", "Project is Support Chatbot", "API key is Chat staging", "Member is Dora Developer"],
        ),
    ],
)
def test_a_filter_is_said_in_words(workspace, used, now, query, sentences):
    assert shown(workspace, now, query) == sentences


def test_what_a_page_fixes_is_not_shown_as_a_filter(workspace, used, now):
    scope = Filters(project=("proj_chat",))
    assert shown(workspace, now, "project=proj_search&member=mem_dora", scope) == ["Member is Dora Developer"]


def test_removing_a_filter_leads_to_the_view_without_it_and_focus_to_the_next(owner, used):
    page = unescape(owner.get(f"{ORGANIZATION}?project=proj_chat&model=claude&model=gpt-5.5").content.decode())
    assert f'id="remove-model" class="chip-remove" href="{ORGANIZATION}?project=proj_chat"' in page
    assert 'aria-label="Remove filter Model is any of 2 models" data-focus-after="chip-project add-filter"' in page
    assert f'id="remove-project" class="chip-remove" href="{ORGANIZATION}?model=claude&model=gpt-5.5"' in page
    assert 'aria-label="Remove filter Project is Support Chatbot" data-focus-after="add-filter"' in page
    assert f'id="clear-all" class="quiet" href="{ORGANIZATION}?"' in page


def test_there_is_nothing_to_clear_without_a_filter(owner, used):
    assert 'id="clear-all"' not in owner.get(ORGANIZATION).content.decode()


@pytest.mark.parametrize(
    ("url", "labels"),
    [
        (f"{ORGANIZATION}filters/model/", ["gpt-5.5", "claude", "embed"]),
        (f"{ORGANIZATION}filters/project/", ["Support Chatbot", "Document Search"]),
        (f"{ORGANIZATION}filters/apiKey/", ["Owner key", "Chat staging", "Nightly sync"]),
        (f"{ORGANIZATION}filters/member/", ["Dora Developer", "Olga Owner"]),
        (f"{PROJECT}filters/model/", ["gpt-5.5", "claude"]),
        (f"{PROJECT}filters/apiKey/", ["Owner key", "Chat staging"]),
        (f"{PROJECT}filters/member/", ["Olga Owner", "Dora Developer"]),
        (f"{OWN}filters/model/", ["gpt-5.5"]),
        (f"{OWN}filters/apiKey/", ["Owner key"]),
        (f"{OWN}filters/project/", ["Support Chatbot"]),
        (f"{ORGANIZATION}filters/project/?model=claude", ["Support Chatbot"]),  # the other would lead to nothing
        (f"{ORGANIZATION}filters/model/?from=2026-01-01&to=2026-01-02", []),
        (f"{ORGANIZATION}filters/model/?from=2026-01-01&to=2026-01-02&model=claude", ["claude"]),  # it is chosen
    ],
)
def test_a_field_offers_what_was_used_there_the_dearest_first(owner, adam, used, url, labels):
    assert offers(owner, url) == labels


@pytest.mark.parametrize(
    "url", [f"{PROJECT}filters/project/", f"{OWN}filters/member/", f"{ORGANIZATION}filters/planet/"]
)
def test_a_field_that_is_fixed_or_unknown_is_not_found(owner, used, url):
    assert owner.get(url).status_code == 404


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ("find=SYNC", ["Nightly sync"]),
        ("find=%20chat%20", ["Chat staging"]),
        ("find=nothing", []),
        ("find=%00", ["Owner key", "Chat staging", "Nightly sync"]),
        ("find=100%25", []),
        ("find=sync&apiKey=key_olga", ["Owner key", "Nightly sync"]),
        ("apiKey=key_search", ["Nightly sync", "Owner key", "Chat staging"]),
    ],
)
def test_a_search_finds_by_name_and_keeps_what_is_chosen_on_top(owner, used, query, labels):
    assert offers(owner, f"{ORGANIZATION}filters/apiKey/?{query}") == labels


def test_a_key_is_found_by_its_last_four(owner, workspace, used):
    assert offers(owner, f"{ORGANIZATION}filters/apiKey/?find={workspace.dora_key.last_four}") == ["Chat staging"]


def test_models_are_found_by_name_and_the_chosen_stay(owner, used):
    assert offers(owner, f"{ORGANIZATION}filters/model/?find=CLAU&model=embed") == ["embed", "claude"]


def test_the_archived_the_revoked_and_the_removed_are_offered_and_marked(owner, workspace, adam, used, now):
    old = ProjectFactory(organization=workspace.organization, name="Old", status="archived")
    gone = MembershipFactory(organization=workspace.organization, user=UserFactory(name="Gone"), removed_at=now)
    lost = ApiKeyFactory(project=old, created_by=gone, description="Lost", last_four="7Qd2", revoked_at=now)
    use(lost, now - timedelta(days=1))
    for field, label, badge in (
        ("project", "Old", "Archived"),
        ("apiKey", "Lost", "Revoked"),
        ("member", "Gone", "Removed"),
    ):
        page = owner.get(f"{ORGANIZATION}filters/{field}/?find={label}").content.decode()
        assert f'<span class="badge">{badge}</span>' in page
    assert "sk-…7Qd2" in owner.get(f"{ORGANIZATION}filters/apiKey/?find=lost").content.decode()


def test_values_show_their_cost_and_what_has_none_says_so(owner, workspace, used, now):
    use(workspace.olga_key, now - timedelta(days=1), model="llama", cost=None)
    page = owner.get(f"{ORGANIZATION}filters/model/?from=2026-11-12&to=2026-11-18").content.decode()
    costs = [part.split("</span>")[0] for part in page.split('<span class="option-cost">')[1:]]
    assert costs == ["$2.00", "$1.00", "$1.00", "Not priced"]
    unused = owner.get(f"{ORGANIZATION}filters/model/?from=2026-01-01&to=2026-01-02&model=claude").content.decode()
    assert '<span class="visually-hidden">not used</span>' in unused


def test_a_long_list_says_that_it_is_not_all(owner, workspace, used, monkeypatch):
    monkeypatch.setattr(filters, "LISTED", 2)
    page = owner.get(f"{ORGANIZATION}filters/apiKey/").content.decode()
    assert "The first 2 API keys are listed. Search to find the others." in page
    assert page.count('type="checkbox"') == 2
    monkeypatch.setattr(filters, "LISTED", 3)
    assert "are listed" not in owner.get(f"{ORGANIZATION}filters/apiKey/").content.decode()


def test_the_form_hands_on_the_view_and_drops_what_was_ignored(owner, used):
    url = f"{ORGANIZATION}filters/project/?range=30d&groupBy=apiKey&model=claude&metric=love&project=proj_none"
    form = owner.get(url).content.decode().split('id="filter-form"')[1]
    assert f'action="{ORGANIZATION}"' in form
    hidden = [part.split('"')[0:3:2] for part in form.split('type="hidden" name="')[1:]]
    assert hidden == [["range", "30d"], ["groupBy", "apiKey"], ["model", "claude"]]


def test_labels_are_escaped(owner, workspace, used):
    workspace.search.name = "<b>bold</b>"
    workspace.search.save()
    for url in (f"{ORGANIZATION}filters/project/", f"{ORGANIZATION}?project=proj_search"):
        page = owner.get(url).content.decode()
        assert "<b>bold" not in page
        assert "&lt;b&gt;bold" in page


def test_every_dimension_can_be_filtered_by_except_what_is_fixed():
    assert filters.offered(EVERYTHING) == tuple(DIMENSIONS.values())
    assert [dimension.filter for dimension in filters.offered(Filters(member=("mem_olga",)))] == [
        "model",
        "project",
        "apiKey",
    ]
