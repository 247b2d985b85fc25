"""Accounts in the database: one spelling of an address, ids that are safe in a URL, rows that protect each other."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import ProtectedError

from accounts.models import AccessToken, ApiKey, Membership, Organization, User, is_public_id, validate_time_zone
from tests.factories import ApiKeyFactory, MembershipFactory, OrganizationFactory, ProjectFactory


@pytest.mark.django_db
def test_an_address_is_kept_and_found_in_lower_case():
    user = User.objects.create_user("Olga@Acme.TEST", "secret", name="Olga")
    assert user.email == "olga@acme.test"
    assert User.objects.get(email="OLGA@acme.test") == user
    assert User.objects.get_by_natural_key("olgA@acme.test") == user


@pytest.mark.django_db
def test_one_address_is_one_person():
    User.objects.create_user("olga@acme.test", name="Olga")
    with pytest.raises(IntegrityError):
        User.objects.create_user("OLGA@acme.test", name="Another")


@pytest.mark.django_db
def test_the_first_site_staff_is_made_by_command():
    user = User.objects.create_superuser("staff@site.test", "secret", name="Staff")
    assert (user.is_staff, user.is_superuser, user.check_password("secret")) == (True, True, True)
    assert (user.get_full_name(), user.get_short_name(), str(user)) == ("Staff", "Staff", "staff@site.test")


@pytest.mark.django_db
def test_a_person_is_a_member_once():
    member = MembershipFactory()
    with pytest.raises(IntegrityError):
        MembershipFactory(organization=member.organization, user=member.user)


@pytest.mark.django_db
@pytest.mark.parametrize("pick", ["project.organization", "project", "created_by", "created_by.user"])
def test_what_a_key_hangs_on_cannot_be_deleted(pick):
    row = ApiKeyFactory()
    for name in pick.split("."):
        row = getattr(row, name)
    with pytest.raises(ProtectedError):
        row.delete()


@pytest.mark.django_db
def test_new_rows_get_ids_that_say_what_they_are():
    organization = Organization.objects.create(name="A")
    project = ProjectFactory(organization=organization)
    member = Membership.objects.create(organization=organization, user=User.objects.create(name="B"), role="owner")
    key = ApiKey.objects.create(project=project, created_by=member, description="C", secret_hash="0" * 64)
    ids = [organization.public_id, member.public_id, key.public_id]
    assert [name.partition("_")[0] for name in ids] == ["org", "mem", "key"]
    assert all(map(is_public_id, ids))
    assert OrganizationFactory.build().public_id != organization.public_id


@pytest.mark.parametrize("text", ["", "org acme", "org/acme", "org\x00", "org_é", "x" * 101, "org_a\n"])
def test_what_could_not_stand_in_a_url_is_no_id(text):
    assert not is_public_id(text)


@pytest.mark.parametrize("make", [ApiKey.new_secret, AccessToken.new_secret])
def test_secrets_are_long_and_never_twice_the_same(make):
    made = {make() for _ in range(50)}
    assert len(made) == 50
    assert min(map(len, made)) >= 50


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kathmandu", "Etc/GMT+5", "Australia/Lord_Howe"])
def test_a_reporting_zone_is_an_iana_name(zone):
    validate_time_zone(zone)


@pytest.mark.parametrize("zone", ["", "utc", "Mars/Base", "localtime", "Factory", "/etc/localtime", "UTC+2"])
def test_any_other_zone_is_refused(zone):
    with pytest.raises(ValidationError):
        validate_time_zone(zone)
