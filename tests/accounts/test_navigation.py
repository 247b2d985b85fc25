"""The sidebar: what each person sees on each plan, and that it announces what the guard does."""

import pytest
from django.test import RequestFactory
from django.urls import resolve

from accounts import navigation
from accounts.models import Organization
from tests.accounts.conftest import ANALYTICS, PROJECT, USAGE
from tests.factories import MembershipFactory, OrganizationFactory, ProjectFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site")]


def shell_at(path, membership):
    request = RequestFactory().get(path)
    request.resolver_match = resolve(path)
    return navigation.shell(request, membership)


@pytest.mark.parametrize(
    ("role", "plan", "included", "locked", "name", "tooltip"),
    [
        ("owner", "enterprise", True, False, "Analytics, Enterprise", ""),
        ("admin", "enterprise", True, False, "Analytics, Enterprise", ""),
        *(
            (role, plan, False, False, "Analytics, Enterprise, needs upgrade", "Part of the Enterprise plan")
            for role in ("owner", "admin")
            for plan in ("pro", "free")
        ),
        *(
            (
                "developer",
                plan,
                plan == "enterprise",
                True,
                "Analytics, Enterprise, owners and admins only",
                "Only owners and admins can open this",
            )
            for plan in ("enterprise", "pro", "free")
        ),
    ],
)
def test_organization_analytics_has_a_badge_and_perhaps_a_lock(acme, role, plan, included, locked, name, tooltip):
    acme.plan = plan
    entry = shell_at(USAGE, MembershipFactory(organization=acme, role=role)).organization_entries[0]
    assert (entry.badge.text, entry.badge.included, entry.locked) == ("Enterprise", included, locked)
    assert (entry.accessible_name, entry.tooltip, entry.url) == (name, tooltip, ANALYTICS)


@pytest.mark.parametrize("role", ["owner", "developer"])
def test_everyone_has_an_entry_for_their_own_usage(acme, role):
    entry = shell_at(ANALYTICS, MembershipFactory(organization=acme, role=role)).organization_entries[1]
    assert (entry.label, entry.url, entry.badge, entry.locked) == ("Your usage", USAGE, None, False)
    assert (entry.accessible_name, entry.tooltip) == ("Your usage", "")


@pytest.mark.parametrize(
    ("path", "current"),
    [(ANALYTICS, ["organization"]), (USAGE, ["usage"]), (PROJECT, ["project"]), ("/accounts/password/", [])],
)
def test_one_entry_at_most_is_the_current_page(acme, olga, path, current):
    ProjectFactory(organization=acme, public_id="proj_chat")
    shell = shell_at(path, olga)
    names = dict(
        zip(["project", "organization", "usage"], [*shell.project_entries, *shell.organization_entries], strict=True)
    )
    assert [name for name, entry in names.items() if entry.current] == current


def test_the_project_on_the_page_is_the_current_one_else_the_first_by_name(acme, olga):
    ProjectFactory(organization=acme, public_id="proj_b", name="Beta")
    ProjectFactory(organization=acme, public_id="proj_chat", name="Chat")
    assert (shell_at(PROJECT, olga).project.label, shell_at(ANALYTICS, olga).project.label) == ("Chat", "Beta")


@pytest.mark.parametrize(("path", "shown"), [(ANALYTICS, ["Live"]), (PROJECT, ["Chat", "Live"])])
def test_an_archived_project_is_listed_only_on_its_own_page(acme, olga, path, shown):
    ProjectFactory(organization=acme, name="Live")
    ProjectFactory(organization=acme, public_id="proj_chat", name="Chat", status="archived")
    assert [choice.label for choice in shell_at(path, olga).projects] == shown


@pytest.mark.parametrize("project", ["proj%00x", "proj_of_nobody", "proj_stan"])
def test_a_project_of_someone_else_changes_nothing_in_the_sidebar(acme, olga, stan, project):
    ProjectFactory(organization=acme, name="Live")
    ProjectFactory(organization=stan.memberships.get().organization, public_id="proj_stan", name="Secret")
    shell = shell_at(f"/organizations/org_acme/projects/{project}/analytics/", olga)
    assert [choice.label for choice in shell.projects] == ["Live"]


def test_an_organization_without_projects_has_no_project_section(olga):
    shell = shell_at(ANALYTICS, olga)
    assert (shell.project, shell.project_entries) == (None, ())


def test_the_switcher_lists_the_organizations_that_count(olga, now):
    for name, role, status, removed in [
        ("Beta", "developer", "active", None),
        ("Gone", "owner", "deleted", None),
        ("Left", "owner", "active", now),
    ]:
        organization = OrganizationFactory(name=name, public_id=f"org_{name.lower()}", status=status, plan="pro")
        MembershipFactory(organization=organization, user=olga.user, role=role, removed_at=removed)
    shown = [(choice.label, choice.note, choice.url, choice.current) for choice in shell_at(USAGE, olga).organizations]
    assert shown == [
        ("Acme", "Enterprise plan", ANALYTICS, True),
        ("Beta", "Pro plan", "/organizations/org_beta/usage/", False),
    ]


@pytest.mark.parametrize(("projects", "organizations"), [(0, 0), (20, 1), (3, 15)])
def test_a_shell_costs_one_statement_whatever_it_lists(acme, olga, django_assert_num_queries, projects, organizations):
    ProjectFactory.create_batch(projects, organization=acme)
    MembershipFactory.create_batch(organizations, user=olga.user)
    with django_assert_num_queries(1):
        shell_at(ANALYTICS, olga)


@pytest.mark.parametrize(("who", "status"), [("owner", 200), ("admin", 200), ("developer", 403)])
@pytest.mark.parametrize("plan", ["free", "pro", "enterprise"])
def test_a_lock_is_shown_exactly_where_the_guard_refuses(people, who, status, plan):
    Organization.objects.update(plan=plan)
    response = people[who].get(ANALYTICS)
    assert response.status_code == status
    assert response.wsgi_request.shell.organization_entries[0].locked == (status == 403)


def test_every_link_of_the_sidebar_leads_to_a_page_of_the_real_site(settings, acme, olga):
    settings.ROOT_URLCONF = "orgdash.urls"
    ProjectFactory(organization=acme, public_id="proj_chat")
    shell = shell_at(USAGE, olga)
    links = [
        *shell.organizations,
        *shell.projects,
        *shell.project_entries,
        *shell.organization_entries,
        *shell.help_entries,
    ]
    assert [resolve(link.url).url_name for link in links] == [
        "organization_analytics",
        "project_analytics",
        "project_analytics",
        "organization_analytics",
        "own_usage",
        "organization_analytics_help",
        "send_usage",
        "api_help",
    ]
