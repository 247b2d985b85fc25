"""What goes when a person leaves an organization or is forgotten: theirs and nobody else's."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.leaving import ANONYMOUS, Left, anonymize, remove, usable_keys
from accounts.models import ApiKey, Membership, User
from tests.browsers import enter
from tests.factories import ApiKeyFactory, MembershipFactory, ProjectFactory
from tests.kept import kept

pytestmark = pytest.mark.django_db


@pytest.fixture
@kept
def three_keys(acme, olga, dora) -> list[ApiKey]:
    """Two of Olga's and one of Dora's."""
    project = ProjectFactory(organization=acme)
    return [ApiKeyFactory(project=project, created_by=member) for member in (olga, olga, dora)]


def members(*emails: str):
    return Membership.objects.filter(user__email__in=emails)


def revoked() -> list[bool]:
    return [key.revoked_at is not None for key in ApiKey.objects.order_by("pk")]


# Leaving


@pytest.mark.parametrize("revoke", [True, False])
def test_keys_end_with_the_membership_or_go_on_sending(three_keys, now, revoke):
    assert remove(members("olga@acme.test"), now, revoke=revoke) == Left(members=1, keys=2)
    assert revoked() == [revoke, revoke, False]
    assert dict(Membership.objects.values_list("public_id", "removed_at")) == {"mem_olga": now, "mem_dora": None}


def test_who_has_left_before_keeps_that_instant_and_is_not_counted_again(three_keys, olga, now):
    before = now - timedelta(days=30)
    members("olga@acme.test").update(removed_at=before)
    assert remove(members("olga@acme.test", "dora@acme.test"), now, revoke=True) == Left(members=1, keys=1)
    olga.refresh_from_db()
    assert olga.removed_at == before
    assert revoked() == [False, False, True]  # keys that were left to go on go on


def test_a_key_that_was_revoked_before_keeps_that_instant_and_is_not_counted(three_keys, now):
    before = now - timedelta(days=30)
    ApiKey.objects.filter(pk=three_keys[0].pk).update(revoked_at=before)
    assert list(usable_keys(members("olga@acme.test"))) == [three_keys[1]]
    assert remove(members("olga@acme.test"), now, revoke=True) == Left(members=1, keys=1)
    three_keys[0].refresh_from_db()
    assert three_keys[0].revoked_at == before


def test_of_nobody_nothing_ends(three_keys, now):
    assert remove(members("nobody@acme.test"), now, revoke=True) == Left(members=0, keys=0)
    assert revoked() == [False] * 3


# Being forgotten


def test_every_membership_of_the_person_ends_and_nobody_elses(olga, dora, now):
    MembershipFactory(user=olga.user, role="developer")
    assert anonymize("olga@acme.test", now, revoke=True) == Left(members=2, keys=0)
    assert set(olga.user.memberships.values_list("removed_at", flat=True)) == {now}
    dora.refresh_from_db()
    assert (dora.removed_at, dora.user.name) == (None, "Dora Developer")


def test_the_row_stays_without_anything_that_names_or_lets_in(olga, now):
    olga.user.groups.add(Group.objects.create(name="Support"))
    olga.user.user_permissions.add(Permission.objects.get(codename="view_project"))
    User.objects.update(is_staff=True, is_superuser=True, last_login=now)
    anonymize("olga@acme.test", now, revoke=True)
    person = User.objects.get(pk=olga.user_id)
    assert (person.name, person.email.partition("@")[2], person.last_login) == (ANONYMOUS, "anonymous.invalid", None)
    assert (person.is_active, person.is_staff, person.is_superuser) == (False, False, False)
    assert not person.has_usable_password()
    assert (person.groups.count(), person.user_permissions.count()) == (0, 0)


def test_two_who_are_forgotten_are_still_two(olga, dora, now):
    for email in ("olga@acme.test", "dora@acme.test"):
        anonymize(email, now, revoke=True)
    assert User.objects.filter(name=ANONYMOUS).values("email").distinct().count() == 2


def test_sessions_of_the_person_end_and_others_go_on(olga, dora, now):
    own, another = (enter(Client(), olga.user) for _ in range(2))
    others = enter(Client(), dora.user)
    anonymize("olga@acme.test", now, revoke=False)
    kept_session = others.cookies[settings.SESSION_COOKIE_NAME].value
    assert list(Session.objects.values_list("session_key", flat=True)) == [kept_session]
    assert {browser.get("/accounts/password/").status_code for browser in (own, another)} == {302}


@pytest.mark.parametrize("kind", [AccessAttempt, AccessFailureLog, AccessLog])
def test_what_is_kept_of_sign_ins_of_the_person_goes_and_of_others_stays(olga, dora, now, kind):
    more = {"failures_since_start": 1} if kind is AccessAttempt else {}
    for name in ("olga@acme.test", "dora@acme.test"):
        kind.objects.create(username=name, ip_address="192.0.2.7", attempt_time=now, **more)
    anonymize("olga@acme.test", now, revoke=False)
    assert list(kind.objects.values_list("username", flat=True)) == ["dora@acme.test"]


def test_an_address_is_found_however_it_is_typed_and_who_is_not_there_is_an_error(olga, now):
    anonymize("OLGA@acme.test", now, revoke=False)
    with pytest.raises(User.DoesNotExist):
        anonymize("olga@acme.test", now, revoke=False)
