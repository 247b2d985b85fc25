"""What fixtures keep from test to test is made once, and no test sees what another did to it."""

import pytest
from django.db import transaction

from accounts.models import Membership, Organization
from tests.kept import kept

pytestmark = pytest.mark.django_db
MADE: list[int] = []


@pytest.fixture
@kept
def renamed(acme) -> Organization:
    MADE.append(acme.pk)
    acme.name = "Renamed"
    acme.save()
    return acme


@pytest.mark.parametrize("time", ["first", "second"])
def test_rows_and_objects_are_as_they_were_made_whatever_a_test_did(acme, olga, time):
    assert (acme.name, Organization.objects.get().name) == ("Acme", "Acme")
    assert (olga.organization, olga.role, Membership.objects.get().role) == (acme, "owner", "owner")
    assert olga.organization is acme
    with transaction.atomic():
        olga.delete()
        acme.name = "Other"
        acme.save()


@pytest.mark.parametrize("time", ["first", "second"])
def test_they_are_made_once_for_tests_beside_each_other(renamed, acme, time):
    assert [acme.pk] == MADE
    assert acme is renamed
    assert Organization.objects.get().name == "Renamed"


def test_what_one_fixture_does_to_another_is_not_seen_without_it(acme):
    assert acme.name == Organization.objects.get().name == "Acme"


@pytest.mark.django_db(transaction=True)
def test_who_commits_has_rows_of_its_own(acme):
    assert list(Organization.objects.values_list("pk", flat=True)) == [acme.pk]
    assert acme.pk not in MADE


def test_asked_for_in_the_midst_of_a_test_they_are_made_then(request):
    assert not Organization.objects.exists()
    assert request.getfixturevalue("acme") == Organization.objects.get()


def test_nothing_is_there_for_who_asks_for_nothing():
    assert not Organization.objects.exists()
