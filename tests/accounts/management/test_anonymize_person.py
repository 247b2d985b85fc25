"""anonymize_person: what names a person is gone from every table, and every sum stays."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from accounts.models import ApiKey, User
from analytics.models import DailyUsage
from tests.accounts.conftest import sign_in
from tests.accounts.test_admin import act
from tests.analytics.usage import use
from tests.browsers import enter
from tests.factories import ApiKeyFactory, ProjectFactory, UserFactory
from tests.kept import kept

pytestmark = pytest.mark.django_db


def run(email: str = "Olga@acme.test", api_keys: str = "keep") -> str:
    out = StringIO()
    call_command("anonymize_person", email, "--api-keys", api_keys, stdout=out)
    return out.getvalue()


@pytest.fixture
@kept
def key(acme, olga) -> ApiKey:
    return ApiKeyFactory(project=ProjectFactory(organization=acme), created_by=olga)


def everything() -> str:
    """All rows of all tables, as text."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        return "".join(
            str(cursor.execute(f"SELECT t::text FROM {connection.ops.quote_name(table)} t").fetchall())
            for table in tables
        )


def test_nothing_names_the_person_any_more_and_the_sums_stay(olga, key):
    use(key, "2026-11-10T03:00")
    sums = list(DailyUsage.objects.values())
    staff, browser = Client(), Client()
    enter(staff, UserFactory(is_staff=True, is_superuser=True))
    sign_in(browser, password="wrong")
    sign_in(browser)
    staff.post(f"/admin/accounts/user/{olga.user.pk}/change/", {"email": "olga@acme.test", "name": "Olga Owner"})
    act(staff, "remove", olga, api_keys="keep")
    session = browser.session.session_key
    before = everything()
    assert "olga@acme.test" in before
    assert session in before
    run()
    after = everything().lower()
    assert ("olga@acme.test" in after, "olga owner" in after, session in after) == (False, False, False)
    assert list(DailyUsage.objects.values()) == sums
    assert browser.get("/accounts/password/").status_code == 302


def test_the_admins_log_forgets_the_name(olga):
    staff = enter(Client(), UserFactory(is_staff=True, is_superuser=True))
    staff.post(f"/admin/accounts/membership/{olga.pk}/change/", {"role": "admin"})
    assert "olga@acme.test in Acme" in everything()
    run()
    assert "olga@acme.test" not in everything()


def test_the_person_can_do_nothing_any_more(olga, client):
    User.objects.update(is_staff=True, is_superuser=True)
    run()
    person = User.objects.get()
    assert (person.is_active, person.is_staff, person.is_superuser) == (False, False, False)
    assert not person.has_usable_password()
    olga.refresh_from_db()
    assert olga.removed_at is not None


@pytest.mark.parametrize(("choice", "revoked"), [("keep", False), ("revoke", True)])
def test_their_api_keys_are_kept_or_revoked(key, choice, revoked):
    said = run(api_keys=choice)
    key.refresh_from_db()
    assert (key.revoked_at is not None) is revoked
    assert said == f"Anonymized. Memberships ended: 1. API keys {'revoked' if revoked else 'kept'}: 1.\n"


def test_who_is_not_there_is_said(olga):
    with pytest.raises(CommandError, match=r"no person with the e-mail .nobody@acme\.test"):
        run("nobody@acme.test")
