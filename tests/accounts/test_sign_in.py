"""What failed sign-ins cost, whom they shut out and for how long, and what the log has of them."""

import logging
from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessFailureLog
from django.db.models import F
from django.test import Client

from accounts import hashing
from accounts.sign_in import name_hash
from tests.accounts.conftest import PASSWORD_PAGE, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site")]


def fail(client: Client, times: int) -> None:
    """Failures of many names, so that no pair is closed by them: after the first few, what the last of them left."""
    few = min(times, 5)
    for number in range(few):
        sign_in(client, f"nobody{number}@acme.test", "wrong")
    (left,) = AccessFailureLog.objects.order_by("-pk").values()[:1]
    del left["id"]
    AccessFailureLog.objects.bulk_create(
        AccessFailureLog(**left | {"username": f"nobody{number}@acme.test"}) for number in range(few, times)
    )


def later(**time_passed: float) -> None:
    for model in (AccessAttempt, AccessFailureLog):
        model.objects.update(attempt_time=F("attempt_time") - timedelta(**time_passed))


# A pair of e-mail and address


def test_a_closed_name_opens_after_five_minutes_whatever_is_tried_meanwhile(client, olga):
    for _ in range(10):
        sign_in(client, password="wrong")
    later(minutes=4)
    assert sign_in(client, password="wrong").status_code == 429
    assert sign_in(Client(headers={"User-Agent": "another"}), password="wrong").status_code == 429
    later(minutes=1, seconds=1)
    assert sign_in(client).url == "/"


def test_refused_attempts_make_no_row_longer(client, olga):
    for _ in range(10):
        sign_in(client, password="wrong")
    before = list(AccessAttempt.objects.values()), AccessFailureLog.objects.count()
    for _ in range(3):
        sign_in(client, password="wrong", next="x" * 2000)
    assert (list(AccessAttempt.objects.values()), AccessFailureLog.objects.count()) == before


# An address


@pytest.mark.parametrize(("failures", "status"), [(50, 302), (51, 429)])
def test_more_than_fifty_failures_in_an_hour_close_the_address(client, olga, failures, status):
    fail(client, failures)
    assert sign_in(client).status_code == status
    assert sign_in(Client(REMOTE_ADDR="192.0.2.7")).url == "/"


def test_a_closed_address_says_how_long_and_opens_when_the_hour_is_over(client, olga):
    fail(client, 51)
    later(minutes=50)
    closed = sign_in(client)
    assert 590 <= int(closed["Retry-After"]) <= 600
    assert "Try again in 10 minutes." in closed.content.decode()
    later(minutes=10)
    assert sign_in(client).url == "/"


def test_failures_are_forgotten_after_the_hour(client):
    fail(client, 5)
    later(minutes=61)
    fail(client, 1)
    assert AccessFailureLog.objects.count() == 1


# The password of site staff


def test_site_staff_change_their_password_on_the_page_of_everybody(people, olga):
    olga.user.is_staff = True
    olga.user.save()
    assert people["owner"].get("/admin/password_change/").url == PASSWORD_PAGE


# The log


def test_the_log_has_each_attempt_with_its_address_and_no_name(client, olga, caplog):
    caplog.set_level(logging.INFO)
    sign_in(client)
    client.logout()
    for _ in range(11):
        sign_in(client, "Olga@acme.test", "wrong")
    said = [record.getMessage() for record in caplog.records if record.name == "accounts.sign_in"]
    who = f"from 127.0.0.1, name {name_hash('olga@acme.test')}"
    assert said == [f"Sign-in {who}", *[f"Sign-in failed {who}"] * 10, f"Sign-in refused {who}"]
    assert "olga" not in caplog.text.lower()


# Who is told to come again


def test_attempts_that_are_told_to_come_again_are_counted_too(client, hashed_in_turn, monkeypatch):
    monkeypatch.setattr("accounts.sign_in.ADDRESS_ATTEMPTS", 3)
    with hashing.turn("127.0.0.1"):
        statuses = [sign_in(client).status_code for _ in range(4)]
    assert statuses == [503, 503, 503, 429]
    closed = sign_in(client)
    assert closed.status_code == 429
    assert 1 <= int(closed["Retry-After"]) <= 60
    assert AccessFailureLog.objects.count() == 0
    assert sign_in(Client(REMOTE_ADDR="192.0.2.1")).url == "/"
