"""Signing in and out, the password, and the way to the right organization."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import get_user
from django.db.models import F
from django.test import Client

from accounts.models import Organization
from tests.accounts.conftest import ANALYTICS, HTMX, LOGIN, PASSWORD_PAGE, USAGE, sign_in
from tests.factories import PASSWORD, MembershipFactory, OrganizationFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site")]


# Signing in


@pytest.mark.parametrize("email", ["olga@acme.test", "Olga@ACME.test", " olga@acme.test "])
def test_an_address_signs_in_however_it_is_typed(client, olga, email):
    assert sign_in(client, email).url == "/"
    assert get_user(client) == olga.user


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("olga@acme.test", "wrong"),
        ("none@acme.test", PASSWORD),
        ("", ""),
        ("olga@acme.test", ""),
        ("x\x00y", "z"),
        ("a" * 300 + "@acme.test", PASSWORD),
    ],
)
def test_every_failure_is_one_message_that_keeps_the_address_only(client, olga, email, password):
    page = sign_in(client, email, password)
    text = page.content.decode()
    assert page.status_code == 200
    assert text.count("Email or password is incorrect.") == 1
    assert 'role="alert" tabindex="-1" autofocus' in text
    assert text.count("autofocus") == 1
    assert text.count('aria-invalid="true"') == 2
    assert f'name="username" value="{email}"' in text
    assert PASSWORD not in text


def test_someone_deactivated_gets_the_same_message(client, olga):
    olga.user.is_active = False
    olga.user.save()
    assert "Email or password is incorrect." in sign_in(client).content.decode()


@pytest.mark.parametrize(
    ("next_url", "lands"),
    [
        (f"{ANALYTICS}?range=30d", f"{ANALYTICS}?range=30d"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("///evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        (LOGIN, "/"),
        (f"{LOGIN}?next={LOGIN}", "/"),
        ("", "/"),
    ],
)
def test_next_leads_back_but_never_away_or_in_circles(client, olga, next_url, lands):
    assert sign_in(client, next=next_url).url == lands
    assert client.get(LOGIN, {"next": next_url}).url == lands


def test_next_survives_a_failed_attempt(client, olga):
    page = sign_in(client, password="wrong", next=ANALYTICS)
    assert f'<input type="hidden" name="next" value="{ANALYTICS}">' in page.content.decode()


def test_ten_failures_close_the_name_for_five_minutes_however_it_is_typed(client, olga):
    spellings = ["olga@acme.test", "OLGA@acme.test", "Olga@Acme.Test", "olga@ACME.test", "olgA@acme.test"] * 2
    statuses = [sign_in(client, email, "wrong").status_code for email in spellings]
    locked = sign_in(client)
    assert statuses[:-1] == [200] * 9
    assert (locked.status_code, locked["Retry-After"]) == (429, "300")
    assert "<strong>Too many attempts.</strong> Try again in 5 minutes." in locked.content.decode()


def test_a_lockout_shuts_out_nobody_else(client, olga, adam):
    for _ in range(11):
        sign_in(client, "adam@acme.test", "wrong")
    assert sign_in(client).url == "/"
    assert sign_in(Client(REMOTE_ADDR="192.0.2.7"), "adam@acme.test").url == "/"


def test_five_minutes_later_the_name_is_open_again(client, olga):
    for _ in range(11):
        sign_in(client, password="wrong")
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=5, seconds=1))
    assert sign_in(client).url == "/"


def test_signing_in_forgets_the_failures_before_it(client, olga):
    for _ in range(2):
        for _ in range(9):
            sign_in(client, password="wrong")
        assert sign_in(client).url == "/"
        client.logout()


def test_a_form_without_its_token_explains_itself(olga):
    response = sign_in(Client(enforce_csrf_checks=True))
    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()


# Signing out


def test_signing_out_forgets_the_person_and_the_organization(people):
    browser = people["owner"]
    browser.get(ANALYTICS)
    response = browser.post("/accounts/logout/")
    assert response.url == LOGIN
    assert response.cookies["organization"]["max-age"] == 0
    assert browser.get(ANALYTICS).status_code == 302


def test_a_link_signs_nobody_out(people):
    assert people["owner"].get("/accounts/logout/").status_code == 405
    assert people["owner"].get(ANALYTICS).status_code == 200


# The password


def test_the_password_is_changed_and_this_browser_stays_signed_in(people, olga):
    new = "a much better horse"
    response = people["owner"].post(
        PASSWORD_PAGE, {"old_password": PASSWORD, "new_password1": new, "new_password2": new}, follow=True
    )
    assert "Password changed" in response.content.decode()
    olga.user.refresh_from_db()
    assert olga.user.check_password(new)


def test_a_new_password_signs_out_every_other_browser(people, olga):
    other = Client()
    other.force_login(olga.user)
    new = "a much better horse"
    people["owner"].post(PASSWORD_PAGE, {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
    assert people["owner"].get(USAGE).status_code == 200
    assert other.get(USAGE).url == f"{LOGIN}?next={USAGE}"
    assert sign_in(other).status_code == 200
    assert sign_in(other, password=new).url == "/"


def test_signing_in_starts_another_session(client, olga):
    client.get(LOGIN)
    client.session["planted"] = "before"
    before = client.session.session_key
    sign_in(client)
    assert client.session.session_key != before


@pytest.mark.parametrize(
    ("old", "new", "again", "error"),
    [
        ("wrong", "a much better horse", "a much better horse", "Your old password was entered incorrectly"),
        (PASSWORD, "a much better horse", "another", "The two password fields didn’t match"),
        (PASSWORD, "short", "short", "This password is too short"),
        (PASSWORD, "eleven char", "eleven char", "This password is too short"),
        (PASSWORD, "940213775802", "940213775802", "This password is entirely numeric"),
        (PASSWORD, "olga@acme.test", "olga@acme.test", "The password is too similar to the email"),
        (PASSWORD, "Olga Owner 1", "Olga Owner 1", "The password is too similar to the name"),
        (PASSWORD, "password1234", "password1234", "This password is too common"),
    ],
)
def test_a_bad_new_password_is_named_beside_its_field(people, old, new, again, error):
    response = people["owner"].post(PASSWORD_PAGE, {"old_password": old, "new_password1": new, "new_password2": again})
    assert error in response.content.decode()
    assert 'aria-invalid="true"' in response.content.decode()


@pytest.mark.parametrize("url", [PASSWORD_PAGE, f"{PASSWORD_PAGE}done/"])
def test_the_password_page_is_for_whoever_is_signed_in(people, url):
    assert people["nobody"].get(url).url == f"{LOGIN}?next={url}"
    assert "Olga Owner" in people["owner"].get(url).content.decode()


@pytest.mark.parametrize("url", [PASSWORD_PAGE, f"{PASSWORD_PAGE}done/"])
def test_an_expired_session_goes_from_the_password_page_to_sign_in_as_a_whole_page(people, url):
    answer = people["nobody"].get(url, headers=HTMX)
    assert (answer["HX-Redirect"], answer.content) == (f"{LOGIN}?next={url}", b"")


def test_someone_without_an_organization_can_still_change_the_password(client):
    client.force_login(UserFactory())
    assert client.get(PASSWORD_PAGE).status_code == 200


# Home


@pytest.mark.parametrize(
    ("who", "lands"), [("nobody", LOGIN), ("owner", ANALYTICS), ("admin", ANALYTICS), ("developer", USAGE)]
)
def test_home_leads_to_what_this_person_can_open(people, who, lands):
    assert people[who].get("/").url == lands


def test_home_is_the_organization_used_last(people, olga):
    first = OrganizationFactory(name="A first one by name", public_id="org_first")
    MembershipFactory(organization=first, user=olga.user, role="owner")
    assert people["owner"].get("/").url == "/organizations/org_first/analytics/"
    people["owner"].get(USAGE)
    assert people["owner"].get("/").url == ANALYTICS


def test_the_switcher_switches_and_home_follows(people, olga):
    second = OrganizationFactory(name="Beta", public_id="org_beta")
    MembershipFactory(organization=second, user=olga.user, role="developer")
    browser = people["owner"]
    for current, other in (("org_acme", "org_beta"), ("org_beta", "org_acme")):
        shown = browser.get(f"/organizations/{current}/usage/").wsgi_request.shell.organizations
        there = next(choice.url for choice in shown if not choice.current)
        assert there.startswith(f"/organizations/{other}/")
        browser.get(there)
        assert browser.get("/").url == there


@pytest.mark.parametrize("cookie", ["org_stan", "org_none", "", "a b", '"\\000"'])
def test_a_cookie_opens_nothing(people, cookie):
    people["owner"].cookies["organization"] = cookie
    assert people["owner"].get("/").url == ANALYTICS


@pytest.mark.parametrize(("staff", "links"), [(False, 0), (True, 1)])
def test_someone_without_an_organization_is_told_what_to_do(client, staff, links):
    user = UserFactory(is_staff=staff)
    client.force_login(user)
    page = client.get("/")
    assert page.status_code == 200
    assert user.email in page.content.decode()
    assert page.content.decode().count('href="/admin/"') == links


def test_a_deleted_organization_is_no_home(people):
    Organization.objects.update(status="deleted")
    assert "not in an organization yet" in people["owner"].get("/").content.decode()
