"""What stands in place of a page that somebody may not see: their role and whom to ask, or which plan is needed."""

import pytest
from django.contrib.auth.models import Permission
from django.test import RequestFactory

from accounts import refusals
from accounts.models import Organization
from accounts.plans import Feature
from tests.accounts.conftest import ANALYTICS, PLANS, PROJECT, USAGE
from tests.factories import MembershipFactory, ProjectFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site")]


@pytest.mark.parametrize("plan", PLANS)
def test_a_developer_is_told_the_role_whatever_the_plan(people, plan):
    Organization.objects.update(plan=plan)
    page = people["developer"].get(ANALYTICS).content.decode()
    assert "You can't open organization analytics" in page
    assert "Only owners and admins of <bdi>Acme</bdi> can see usage across all projects." in page
    assert "Your role is Developer." in page
    assert f'href="{USAGE}"' in page


def test_a_developer_is_told_whom_to_ask_owners_first_and_three_at_most(people, acme, now):
    for name, role, removed in (("Zoe", "owner", None), ("Abe", "admin", None), ("Bea", "owner", now)):
        user = UserFactory(name=name, email=f"{name.lower()}@acme.test")
        MembershipFactory(organization=acme, user=user, role=role, removed_at=removed)
    people_shown = people["developer"].get(ANALYTICS).context["people"]
    assert [person.user.name for person in people_shown] == ["Olga Owner", "Zoe", "Abe"]
    assert 'href="mailto:zoe@acme.test"' in people["developer"].get(ANALYTICS).content.decode()


def test_someone_who_cannot_sign_in_is_nobody_to_ask(people, olga):
    olga.user.is_active = False
    olga.user.save()
    assert "olga@acme.test" not in people["developer"].get(ANALYTICS).content.decode()


@pytest.mark.parametrize(("plan", "label"), [("free", "Free"), ("pro", "Pro")])
def test_the_upgrade_card_says_what_is_missing(people, plan, label):
    Organization.objects.update(plan=plan)
    page = people["owner"].get(ANALYTICS).content.decode()
    assert f"Organization analytics is part of Enterprise. <bdi>Acme</bdi> is on {label}." in page
    assert "Ask an owner" not in page


def test_an_admin_is_told_which_owner_can_upgrade(people):
    Organization.objects.update(plan="pro")
    page = people["admin"].get(ANALYTICS).content.decode()
    assert "Ask an owner to upgrade." in page
    assert '<a href="mailto:olga@acme.test"><bdi>Olga Owner</bdi></a>' in page


@pytest.mark.parametrize(("permission", "buttons"), [("change_organization", 1), ("view_project", 0)])
def test_only_whoever_may_change_the_plan_gets_an_upgrade_button(people, olga, permission, buttons):
    Organization.objects.update(plan="pro")
    olga.user.is_staff = True
    olga.user.save()
    olga.user.user_permissions.add(Permission.objects.get(codename=permission))
    assert people["owner"].get(ANALYTICS).content.decode().count("Upgrade to Enterprise") == buttons


def test_the_upgrade_card_leads_to_what_the_plan_does_include(people, acme):
    acme.plan = "pro"
    acme.save()
    ProjectFactory(organization=acme, public_id="proj_chat", name="Chat")
    page = people["owner"].get(ANALYTICS).content.decode()
    assert f'<a href="{PROJECT}">Open <bdi>Chat</bdi> analytics</a>' in page


@pytest.mark.parametrize(("who", "plan"), [("developer", "enterprise"), ("admin", "pro"), ("owner", "free")])
def test_a_refusal_costs_one_statement_more(people, acme, django_assert_num_queries, who, plan):
    Organization.objects.update(plan=plan)
    MembershipFactory.create_batch(5, organization=acme, role="admin")
    browser = people[who]
    with django_assert_num_queries({"owner": 4}.get(who, 5)):
        browser.get(ANALYTICS)


@pytest.mark.parametrize(
    ("feature", "named", "what"),
    [
        (Feature.ORGANIZATION_ANALYTICS, "", "organization analytics"),
        (Feature.ORGANIZATION_ANALYTICS, "Incoming", "organization analytics"),
        (None, "Incoming", "incoming"),
        (None, "", "this page"),
    ],
)
def test_a_refusal_says_what_cannot_be_opened(dora, olga, feature, named, what):
    said = refusals.no_access(dora, feature, named)
    assert (said["what"], said["page"], said["own_usage_url"]) == (what, named, USAGE)
    assert list(said["people"]) == [olga]


def test_people_of_another_organization_are_nobody_to_ask(dora, olga, adam, stan):
    assert list(refusals.no_access(dora, None)["people"]) == [olga, adam]


def test_the_button_of_who_may_change_the_plan_leads_to_the_organization(olga):
    request = RequestFactory().get(ANALYTICS)
    request.user = UserFactory(is_staff=True, is_superuser=True)
    said = refusals.upgrade(request, olga, Feature.ORGANIZATION_ANALYTICS)
    assert said["upgrade_url"] == "/admin/accounts/organization/?q=org_acme"
    assert (said["required_plan"].label, list(said["owners"])) == ("Enterprise", [olga])
