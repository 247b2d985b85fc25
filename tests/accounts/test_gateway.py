"""Which API keys a gateway means by its own names: what is found, what is made, and why something is neither."""

from threading import Barrier, Thread

import pytest
from django.db import connection, transaction

from accounts.gateway import HOME, Alias, NoKey, keys, people
from accounts.models import ApiKey, Membership, Organization, Project
from tests.accounts.test_rate_limit import someone_waits_for_a_row
from tests.analytics.conftest import foreign_key, workspace  # noqa: F401 - fixtures
from tests.analytics.processes import wait_until
from tests.factories import ApiKeyFactory, MembershipFactory, ProjectFactory, UserFactory

pytestmark = pytest.mark.django_db


def meant(organization: Organization, alias: Alias, *, create: bool = False) -> str | NoKey:
    """The public id of the key that is meant, or why none is."""
    found = keys(organization, [alias], create=create)[alias]
    return found if isinstance(found, NoKey) else found.public_id


def missing(message: str) -> NoKey:
    return NoKey(message, missing=True)


# What is found


@pytest.mark.parametrize(
    ("alias", "found"),
    [
        (Alias("Owner key"), "key_olga"),
        (Alias("Chat staging", "Support Chatbot"), "key_dora"),
        (Alias("named since", hashed="Nightly sync"), "key_search"),
        (Alias("Owner key", hashed="Nightly sync"), "key_olga"),  # the name goes before the hash
        (Alias("named since", "Document Search", hashed="Nightly sync"), "key_search"),
        (Alias("Nobody"), missing('no API key of this organization is described as "Nobody"')),
        (Alias("Nobody", hashed="Nobody"), missing('no API key of this organization is described as "Nobody"')),
        (Alias("Nobody", hashed="e4f5"), missing('no API key of this organization is described as "Nobody"')),
        (
            Alias("Owner key", "Document Search"),
            missing('no API key of project "Document Search" is described as "Owner key"'),
        ),
        (Alias("Owner key", "Nowhere"), missing('no project is named "Nowhere"')),
        (Alias("owner key"), missing('no API key of this organization is described as "owner key"')),
        (Alias("Foreign key"), missing('no API key of this organization is described as "Foreign key"')),
    ],
)
def test_a_name_means_the_key_that_is_described_by_it(workspace, foreign_key, alias, found):  # noqa: F811
    assert meant(workspace.organization, alias) == found


def test_two_keys_of_one_name_are_told_apart_by_the_team_alone(workspace):  # noqa: F811
    ApiKeyFactory(public_id="key_twin", project=workspace.search, description="Owner key")
    several = NoKey('2 API keys of this organization are described as "Owner key"')
    assert meant(workspace.organization, Alias("Owner key"), create=True) == several
    assert meant(workspace.organization, Alias("Owner key", "Document Search")) == "key_twin"


def test_without_a_team_the_key_of_no_team_goes_before_others(workspace):  # noqa: F811
    home = ProjectFactory(organization=workspace.organization, name=HOME)
    ApiKeyFactory(public_id="key_home", project=home, description="Owner key")
    assert meant(workspace.organization, Alias("Owner key")) == "key_home"


def test_a_key_in_use_goes_before_revoked_ones_and_else_the_revoked_one_is_meant(workspace, now):  # noqa: F811
    ApiKey.objects.filter(pk=workspace.olga_key.pk).update(revoked_at=now)
    assert meant(workspace.organization, Alias("Owner key")) == "key_olga"
    ApiKeyFactory(public_id="key_new", project=workspace.search, description="Owner key")
    assert meant(workspace.organization, Alias("Owner key")) == "key_new"


def test_an_active_project_goes_before_archived_ones_of_its_name(workspace):  # noqa: F811
    Project.objects.filter(pk=workspace.chat.pk).update(status="archived")
    assert meant(workspace.organization, Alias("Owner key", "Support Chatbot")) == "key_olga"
    ProjectFactory.create_batch(2, organization=workspace.organization, name="Support Chatbot")
    several = NoKey('2 projects are named "Support Chatbot"')
    assert meant(workspace.organization, Alias("Owner key", "Support Chatbot")) == several


@pytest.mark.parametrize("create", [False, True])
def test_what_is_all_found_costs_two_statements_however_much_it_is(workspace, django_assert_num_queries, create):  # noqa: F811
    names = [Alias(name, team) for name in ("Owner key", "Chat staging") for team in (None, "Support Chatbot")]
    with django_assert_num_queries(2):
        found = keys(workspace.organization, names * 20, create=create)
    assert found.keys() == set(names)


# What is made


def made() -> list[tuple[str, str, str]]:
    rows = ApiKey.objects.exclude(public_id__in=("key_olga", "key_dora", "key_search")).order_by("pk")
    return list(rows.values_list("description", "project__name", "created_by__public_id"))


def test_a_missing_key_is_made_once_in_its_team_or_in_that_of_none(workspace):  # noqa: F811
    wanted = [Alias("beta"), Alias("alpha", "Growth"), Alias("alpha", "Support Chatbot"), Alias("Owner key")]
    first, second = (keys(workspace.organization, wanted, create=True) for _ in range(2))
    assert first == second
    assert sorted(made()) == [
        ("alpha", "Growth", "mem_olga"),
        ("alpha", "Support Chatbot", "mem_olga"),
        ("beta", HOME, "mem_olga"),
    ]


@pytest.mark.parametrize(
    ("email", "creator"),
    [
        ("dora@acme.test", "mem_dora"),
        ("DORA@Acme.test", "mem_dora"),
        ("guest@else.test", "mem_olga"),
        (None, "mem_olga"),
    ],
)
def test_a_member_of_the_address_made_it_else_an_owner(workspace, email, creator):  # noqa: F811
    keys(workspace.organization, [Alias("alpha", email=email)], create=True)
    assert made() == [("alpha", HOME, creator)]


def test_of_owners_it_is_the_one_who_belongs_longest_and_still_does(workspace, now):  # noqa: F811
    MembershipFactory(public_id="mem_later", organization=workspace.organization, role="owner")
    keys(workspace.organization, [Alias("alpha")], create=True)
    Membership.objects.filter(public_id="mem_olga").update(removed_at=now)
    keys(workspace.organization, [Alias("beta")], create=True)
    assert made() == [("alpha", HOME, "mem_olga"), ("beta", HOME, "mem_later")]


def test_without_an_owner_nothing_can_be_made(workspace):  # noqa: F811
    Membership.objects.filter(role="owner").update(role="admin")
    why = NoKey('"alpha" cannot be made: the organization has no owner')
    assert meant(workspace.organization, Alias("alpha", "Growth"), create=True) == why
    assert not Project.objects.filter(name="Growth").exists()


@pytest.mark.parametrize(("setting", "what"), [("QUOTA_NEW_KEYS", "API keys"), ("QUOTA_NEW_PROJECTS", "projects")])
def test_beyond_the_quota_of_the_day_a_name_is_to_be_sent_again(workspace, settings, setting, what):  # noqa: F811
    setattr(settings, setting, 1)
    found = keys(workspace.organization, [Alias("alpha", "Growth"), Alias("beta", "Sales")], create=True)
    why = found[Alias("beta", "Sales")]
    assert why.message == f"senders had 1 {what} made in this organization in a day"
    assert (why.missing, 86_000 < why.seconds <= 86_400) == (False, True)
    assert made() == [("alpha", "Growth", "mem_olga")]
    assert not Project.objects.filter(name="Sales").exists()


@pytest.mark.django_db(transaction=True)
def test_two_senders_who_miss_the_same_key_make_one(workspace):  # noqa: F811
    together = Barrier(2)
    aliases = [Alias("alpha", "Growth"), Alias("beta")]

    def sender() -> None:
        together.wait(10)
        keys(workspace.organization, aliases, create=True)
        connection.close()

    threads = [Thread(target=sender) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    made = ApiKey.objects.filter(description__in=("alpha", "beta")).values_list("description", flat=True)
    assert sorted(made) == ["alpha", "beta"]
    assert Project.objects.filter(name__in=("Growth", "LiteLLM")).count() == 2


@pytest.mark.django_db(transaction=True)
def test_who_misses_a_key_that_another_is_making_waits_and_finds_it(workspace):  # noqa: F811
    alpha = Alias("alpha")
    found: list[ApiKey | NoKey] = []

    def later() -> None:
        found.append(keys(workspace.organization, [alpha], create=True)[alpha])
        connection.close()

    other = Thread(target=later)
    with transaction.atomic():
        first = keys(workspace.organization, [alpha], create=True)[alpha]
        other.start()
        wait_until(someone_waits_for_a_row)
    other.join(30)
    assert found == [first]
    assert made() == [("alpha", HOME, "mem_olga")]


# The people of an organization


def test_members_are_named_by_their_addresses_in_lower_case(workspace, foreign_key):  # noqa: F811
    wanted = ["OLGA@acme.test", "dora@acme.test", "guest@else.test", foreign_key.created_by.user.email]
    assert people(workspace.organization, wanted) == {
        "olga@acme.test": "Olga Owner",
        "dora@acme.test": "Dora Developer",
    }
    assert people(workspace.organization, []) == {}


@pytest.mark.parametrize(
    ("name", "named"), [("Olga Owner", "Olga Owner (twin@acme.test)"), ("Another", "Another"), ("", "twin@acme.test")]
)
def test_who_shares_a_name_is_told_apart_by_the_address_even_if_the_other_is_not_asked_for(workspace, name, named):  # noqa: F811
    MembershipFactory(organization=workspace.organization, user=UserFactory(name=name, email="twin@acme.test"))
    assert people(workspace.organization, ["twin@acme.test"]) == {"twin@acme.test": named}


def test_who_has_left_is_nobody_and_shares_no_name(workspace, now):  # noqa: F811
    Membership.objects.filter(public_id="mem_olga").update(removed_at=now)
    MembershipFactory(organization=workspace.organization, user=UserFactory(name="Olga Owner", email="twin@acme.test"))
    found = people(workspace.organization, ["olga@acme.test", "twin@acme.test"])
    assert found == {"twin@acme.test": "Olga Owner"}
