"""The forms of sign-in and password: an address is one name, and guessing costs the same by each of them."""

import pytest
from axes.models import AccessFailureLog
from django.http import HttpRequest
from django.test import Client, RequestFactory

from accounts.forms import NewPasswordForm, SignInForm
from accounts.models import MAX_EMAIL, User
from tests.accounts.conftest import PASSWORD_PAGE, sign_in
from tests.factories import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site")]
NEW = "a much better horse"


def posted() -> HttpRequest:
    return RequestFactory(REMOTE_ADDR="192.0.2.7").post("/accounts/login/")


# Signing in


@pytest.mark.parametrize("typed", ["olga@acme.test", "OLGA@Acme.TEST", "  Olga@acme.test "])
def test_an_address_is_one_name_however_it_is_typed(olga, typed):
    form = SignInForm(posted(), {"username": typed, "password": PASSWORD})
    assert form.is_valid()
    assert (form.cleaned_data["username"], form.get_user()) == ("olga@acme.test", olga.user)


@pytest.mark.parametrize(("length", "tried"), [(MAX_EMAIL, 1), (MAX_EMAIL + 1, 0), (5_000, 0)])
def test_a_name_that_is_too_long_is_refused_in_the_same_words_and_not_tried(length, tried):
    form = SignInForm(posted(), {"username": "@acme.test".rjust(length, "a"), "password": PASSWORD})
    assert not form.is_valid()
    (said,) = [error for errors in form.errors.values() for error in errors]
    assert said.startswith("Please enter a correct email and password.")
    assert AccessFailureLog.objects.count() == tried


def test_the_staff_sign_in_counts_the_same_attempts(client, olga):
    for email in ["olga@acme.test", "OLGA@acme.test"] * 5:
        client.post("/admin/login/", {"username": email, "password": "wrong"})
    assert sign_in(client).status_code == 429


def test_the_staff_sign_in_refuses_an_address_of_any_length(client):
    page = client.post("/admin/login/", {"username": "a" * 300 + "@acme.test", "password": "wrong"})
    assert page.status_code == 200
    assert "Please enter the correct" in page.content.decode()


# The password


def new_password(user: User, old: str = PASSWORD) -> NewPasswordForm:
    given = {"old_password": old, "new_password1": NEW, "new_password2": NEW}
    return NewPasswordForm(user, given, request=posted())


def test_of_a_person_the_password_alone_is_written(olga):
    user = User.objects.get(pk=olga.user_id)
    user.name, user.is_staff = "Another", True
    form = new_password(user)
    assert form.is_valid()
    assert form.save() == user
    kept = User.objects.get(pk=olga.user_id)
    assert (kept.check_password(NEW), kept.name, kept.is_staff) == (True, "Olga Owner", False)


def test_a_form_that_is_not_to_commit_writes_nothing(olga):
    form = new_password(olga.user)
    assert form.is_valid()
    assert form.save(commit=False).check_password(NEW)
    assert User.objects.get(pk=olga.user_id).check_password(PASSWORD)


def test_a_wrong_old_password_is_counted_for_the_address_that_it_came_from(olga):
    form = new_password(olga.user, old="wrong")
    assert form.errors["old_password"].as_data()[0].code == "password_incorrect"
    assert AccessFailureLog.objects.values_list("username", "ip_address").get() == ("olga@acme.test", "192.0.2.7")


def change_password(client: Client, old: str):
    return client.post(PASSWORD_PAGE, {"old_password": old, "new_password1": NEW, "new_password2": NEW})


def test_a_wrong_old_password_is_a_failed_sign_in(people, client, olga):
    statuses = [change_password(people["owner"], "wrong").status_code for _ in range(10)]
    assert statuses == [200] * 9 + [429]
    assert "Change password" in change_password(people["owner"], PASSWORD).content.decode()
    assert sign_in(client).status_code == 429
    olga.user.refresh_from_db()
    assert olga.user.check_password(PASSWORD)
