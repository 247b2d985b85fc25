"""What a workspace file makes and changes, what it may not, and that a bad one changes nothing."""

import copy
import json
from datetime import UTC, datetime
from decimal import Decimal
from threading import Thread

import pytest
from django.db import connection

from accounts import workspace
from accounts.models import ApiKey, Membership, Organization, Project, User, hash_secret
from analytics.ledger import differences
from analytics.models import DailyUsage
from tests.accounts.conftest import rows
from tests.accounts.test_workspace_file import GOOD, KEY, MEMBER, ORG, PROJECT, UNSAID_SECRET, changed
from tests.analytics.usage import use
from tests.factories import ApiKeyFactory, MembershipFactory, OrganizationFactory, ProjectFactory, UserFactory

pytestmark = pytest.mark.django_db


def only(**organization) -> dict:
    """A file of one organization, Acme, that says no more than this."""
    return {"organizations": [{"id": "org_acme", "name": "Acme", **organization}]}


# What a file makes


def test_a_file_is_made_as_it_says(load):
    assert load(GOOD).out == "5 created, 0 changed, 0 left as they were.\n"
    acme = Organization.objects.get()
    assert (acme.public_id, acme.name, acme.plan) == ("org_acme", "Acme", "enterprise")
    assert (acme.time_zone, acme.status) == ("America/New_York", "active")
    key = ApiKey.objects.get()
    assert (key.public_id, key.description, key.revoked_at) == ("key_1", "Owner key", None)
    assert (key.project.public_id, key.created_by.user.email) == ("proj_chat", "owner@acme.test")
    members = acme.memberships.order_by("pk").values_list("user__email", "user__name", "role")
    assert list(members) == [
        ("owner@acme.test", "Olga Owner", "owner"),
        ("dev@acme.test", "Dora Developer", "developer"),
    ]


def test_a_secret_is_kept_as_hash_and_last_four(load):
    assert "sk-org-" not in load(GOOD).out
    key = ApiKey.objects.get()
    assert (key.secret_hash, key.last_four) == (hash_secret("sk-org-0123456789abcdef0123456789"), "6789")


def test_who_has_no_password_in_the_file_has_one_that_nobody_can_type(load):
    load(GOOD)
    usable = {user.email: user.has_usable_password() for user in User.objects.all()}
    assert usable == {"owner@acme.test": True, "dev@acme.test": False}
    assert User.objects.get(email="owner@acme.test").check_password("seventeen blue cups")


# Again, and changed


@pytest.mark.parametrize(
    ("path", "value", "model", "field"),
    [
        ((*ORG, "name"), "Acme 2", Organization, "name"),
        ((*ORG, "plan"), "pro", Organization, "plan"),
        ((*ORG, "time_zone"), "Asia/Tokyo", Organization, "time_zone"),
        ((*ORG, "status"), "deleted", Organization, "status"),
        ((*PROJECT, "name"), "Chat 2", Project, "name"),
        ((*PROJECT, "status"), "archived", Project, "status"),
        ((*KEY, "description"), "Key 2", ApiKey, "description"),
    ],
)
def test_what_a_file_says_otherwise_is_changed_and_can_be_changed_back(load, path, value, model, field):
    load(GOOD)
    before = rows()
    assert load(changed(path, value)).last == "0 created, 1 changed, 4 left as they were."
    assert getattr(model.objects.get(), field) == value
    assert load(GOOD).last == "0 created, 1 changed, 4 left as they were."
    assert rows() == before


@pytest.mark.parametrize(("field", "value"), [("role", "admin"), ("name", "Dora D.")])
def test_a_members_role_and_name_are_changed(load, field, value):
    load(GOOD)
    assert load(changed((*MEMBER, field), value)).last == "0 created, 1 changed, 4 left as they were."
    dora = Membership.objects.get(user__email="dev@acme.test")
    assert {"role": dora.role, "name": dora.user.name}[field] == value


def test_a_revoked_key_keeps_the_instant_of_its_revocation(load, now, settings):
    load(changed((*KEY, "status"), "revoked"))
    settings.ORGDASH_NOW = datetime(2027, 1, 1, tzinfo=UTC)
    assert load(changed((*KEY, "status"), "revoked")).last.startswith("Nothing changed")
    assert ApiKey.objects.get().revoked_at == now


def test_a_secret_can_be_replaced(load):
    load(GOOD)
    load(changed((*KEY, "secret"), "sk-org-another-one-of-32-characters"))
    assert ApiKey.objects.get().secret_hash == hash_secret("sk-org-another-one-of-32-characters")


def test_what_a_file_does_not_name_stays_as_it_is(load):
    load(changed((*KEY, "status"), "revoked"))
    Project.objects.update(status="archived")
    before = rows()
    bare_key = {"id": "key_1", "description": "Owner key", "created_by": "owner@acme.test"}
    project = {"id": "proj_chat", "name": "Support Chatbot"}
    for content in (only(), only(projects=[project]), only(projects=[{**project, "api_keys": [bare_key]}])):
        assert load(content).last.startswith("Nothing changed")
    assert rows() == before


def test_a_list_adds_to_what_is_there(load):
    load(GOOD)
    load(only(members=[{"email": "new@acme.test", "name": "New", "role": "admin"}]))
    assert Membership.objects.count() == 3


@pytest.mark.parametrize(("there", "then"), [("first password", "first password"), (None, "seventeen blue cups")])
def test_a_password_is_set_only_where_none_is(load, there, then):
    User.objects.create_user("owner@acme.test", there, name="Olga Owner")
    load(GOOD)
    assert User.objects.get(email="owner@acme.test").check_password(then)


def test_addresses_are_the_same_however_they_are_typed(load):
    load(GOOD)
    file = json.loads(json.dumps(GOOD).replace("owner@acme.test", "Owner@ACME.test"))
    assert load(file).last.startswith("Nothing changed")


def test_one_person_may_be_in_two_organizations(load):
    load(GOOD)
    member = {"email": "owner@acme.test", "name": "Olga Owner", "role": "developer"}
    load({"organizations": [{"id": "org_b", "name": "B", "members": [member]}]})
    assert (User.objects.count(), Membership.objects.filter(user__email="owner@acme.test").count()) == (2, 2)


def test_a_member_who_was_removed_is_taken_back_when_named(load, now):
    load(GOOD)
    Membership.objects.update(removed_at=now)
    assert load(GOOD).last == "0 created, 2 changed, 3 left as they were."
    assert not Membership.objects.exclude(removed_at=None).exists()


# What a file may not do


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'{"organizations": [\n  {"id": }\n]}', "line 2, column 10: bad JSON: Expecting value"),
        (changed((*MEMBER, "nickname"), "x"), "organizations[0].members[1].nickname: is not a known field"),
        (
            changed((*MEMBER, "role"), "boss"),
            'organizations[0].members[1].role: must be one of owner, admin, developer, not "boss"',
        ),
        (
            changed((*ORG, "time_zone"), "Mars"),
            'organizations[0].time_zone: must be an IANA time zone such as Europe/Athens, not "Mars"',
        ),
        (
            changed((*KEY, "created_by"), "stan@other.test"),
            'organizations[0].projects[0].api_keys[0].created_by: "stan@other.test" is not a member of org_acme',
        ),
    ],
)
@pytest.mark.parametrize("loaded", [{"organizations": []}, GOOD])
def test_a_bad_file_changes_nothing_and_names_the_place(load, refused, loaded, content, problem):
    UserFactory(email="stan@other.test")
    load(loaded)
    Organization.objects.update(name="Before")
    ApiKey.objects.all().delete()
    assert refused(content) == [problem]


def test_what_stands_before_a_mistake_is_not_written_either(refused):
    file = copy.deepcopy(GOOD)
    file["organizations"].append({"id": "org_b", "name": "B", "plan": "gold"})
    assert refused(file) == ['organizations[1].plan: must be one of free, pro, enterprise, not "gold"']
    assert not Organization.objects.exists()


def test_a_removed_member_can_create_no_key(load, refused, now):
    load(GOOD)
    Membership.objects.filter(user__email="dev@acme.test").update(removed_at=now)
    assert refused(only(projects=[{"id": "proj_chat", "name": "Chat", "api_keys": [UNSAID_SECRET]}])) == [
        'organizations[0].projects[0].api_keys[0].created_by: "dev@acme.test" is not a member of org_acme'
    ]


def test_a_member_of_before_may_create_a_key_without_being_named_again(load):
    load(GOOD)
    load(only(projects=[{"id": "proj_chat", "name": "Chat", "api_keys": [UNSAID_SECRET]}]))
    assert ApiKey.objects.get(public_id="key_2").created_by.user.email == "dev@acme.test"


def test_a_key_never_changes_its_creator(load, refused):
    load(GOOD)
    assert refused(changed((*KEY, "created_by"), "dev@acme.test")) == [
        'organizations[0].projects[0].api_keys[0].created_by: "key_1" was created by someone else; '
        "a key never changes its creator"
    ]


def test_a_key_never_changes_its_project(load, refused):
    load(GOOD)
    assert refused(changed((*PROJECT, "id"), "proj_new")) == [
        'organizations[0].projects[0].api_keys[0].id: "key_1" belongs to another project; '
        "a key never changes its project"
    ]


def test_a_project_never_changes_its_organization(load, refused):
    ProjectFactory(public_id="proj_chat", organization=OrganizationFactory(public_id="org_other"))
    assert refused(GOOD) == ['organizations[0].projects[0].id: "proj_chat" belongs to another organization']


def test_a_secret_belongs_to_one_key(refused):
    ApiKeyFactory(public_id="key_other", secret_hash=hash_secret("sk-org-0123456789abcdef0123456789"))
    assert refused(GOOD) == ["organizations[0].projects[0].api_keys[0].secret: is already the secret of another key"]


def test_every_conflict_is_named_at_once(load, refused):
    load(GOOD)
    ProjectFactory(public_id="proj_other")
    file = json.loads(changed((*KEY, "created_by"), "dev@acme.test"))
    file["organizations"][0]["projects"].append({"id": "proj_other", "name": "Mine now"})
    assert [problem.split(":")[0] for problem in refused(file)] == [
        "organizations[0].projects[0].api_keys[0].created_by",
        "organizations[0].projects[1].id",
    ]


# The reporting time zone


def test_a_changed_zone_cuts_the_days_anew(load):
    load(GOOD)
    key, night = ApiKey.objects.get(), "2026-11-10T03:00"  # still November 9 in New York
    use(key, night, cost=Decimal(2))
    days = DailyUsage.objects.filter(dimension=0).values_list("day", "cost")
    assert [(str(day), cost) for day, cost in days] == [("2026-11-09", 2)]
    load(changed((*ORG, "time_zone"), "Asia/Tokyo"))
    assert [(str(day), cost) for day, cost in days.all()] == [("2026-11-10", 2)]
    assert differences.differences(key.project.organization_id) == []


def test_other_organizations_days_are_left_alone(load):
    other = ApiKeyFactory(public_id="key_other")
    use(other, "2026-11-10T03:00")
    load(GOOD)
    before = list(DailyUsage.objects.values())
    load(changed((*ORG, "time_zone"), "Asia/Tokyo"))
    assert list(DailyUsage.objects.values()) == before


@pytest.mark.django_db(transaction=True)
def test_two_loads_at_once_make_everything_once():
    outcomes = []

    def run() -> None:
        outcomes.append(workspace.load(json.dumps(GOOD).encode(), datetime(2026, 11, 18, tzinfo=UTC)))
        connection.close()

    threads = [Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((outcome.created, outcome.unchanged) for outcome in outcomes) == [(0, 5)] * 3 + [(5, 0)]


def test_a_load_costs_few_statements_more_than_it_has_entries(load, django_assert_max_num_queries):
    load(GOOD)
    MembershipFactory.create_batch(20, organization=Organization.objects.get())
    with django_assert_max_num_queries(12):
        load(GOOD)
