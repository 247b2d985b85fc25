"""An address from which too much comes that nobody signs is closed, but not to who has a key, a token or a session."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts import strangers
from accounts.models import AccessToken, RateWindow, hash_secret
from tests.analytics.conftest import workspace  # noqa: F401 - a fixture
from tests.browsers import enter
from tests.kept import kept

pytestmark = pytest.mark.django_db
DOORS = ["/usage/events", "/usage/litellm", "/v1/traces", "/v1/logs"]
EVENT = {"id": "one", "timestamp": "2026-11-18T12:00:00Z", "provider": "openai", "model": "gpt-5.5"}
EVENT |= {"input_tokens": 1, "output_tokens": 1}
SECRET, TOKEN = "sk-org-" + "s" * 40, "at-org-" + "t" * 40
ADDRESS = "203.0.113.7"


@pytest.fixture(autouse=True)
def _three_are_too_many(settings):
    settings.ADDRESS_RATE_LIMIT = 2


@pytest.fixture
@kept
def key(workspace):  # noqa: F811
    workspace.dora_key.set_secret(SECRET)
    workspace.dora_key.save()
    return workspace.dora_key


def post(url: str = "/usage/events", secret: str = "wrong", address: str = ADDRESS):
    headers = {"Authorization": f"Bearer {secret}"}
    more = {"content_type": "application/json", "headers": headers, "REMOTE_ADDR": address}
    return Client(raise_request_exception=False).post(url, json.dumps(EVENT), **more)


def signed(secret: str) -> HttpRequest:
    return RequestFactory(REMOTE_ADDR=ADDRESS).get("/", headers={"Authorization": f"Bearer {secret}"})


@pytest.mark.parametrize(("url", "status"), [*zip(DOORS, (429, 503, 429, 429), strict=True)])
def test_after_so_many_the_address_is_closed_until_the_minute_is_over(url, status):
    assert [post(url, secret=f"wrong-{n}").status_code for n in range(4)] == [401, 401, 401, status]
    counted = RateWindow.objects.values().get()
    with CaptureQueriesContext(connection) as asked:
        closed = post(url, secret="wrong-4")
    assert (closed.status_code, len(asked)) == (status, 2)  # whether there is such a key, or such a token
    assert RateWindow.objects.values().get() == counted
    assert 55 <= int(closed["Retry-After"]) <= 61


def test_another_address_is_open():
    for _ in range(4):
        post()
    assert post(address="203.0.113.8").status_code == 401


def test_who_signed_in_goes_on_though_somebody_else_behind_the_address_cannot(key):
    assert post(secret=SECRET).status_code == 200
    assert [post().status_code for _ in range(4)] == [401, 401, 401, 429]
    assert post(secret=SECRET).status_code == 200


def close_the_address() -> None:
    assert [post(secret=f"wrong-{n}").status_code for n in range(4)] == [401, 401, 401, 429]


def test_a_sender_not_seen_before_is_served_from_a_closed_address(key):
    close_the_address()
    assert post(secret=SECRET).status_code == 200
    with CaptureQueriesContext(connection) as asked:
        assert strangers.closed_seconds(signed(SECRET)) is None
    assert len(asked) == 0  # it is known now


def test_a_token_not_seen_before_is_served_from_a_closed_address(key, now):
    token = AccessToken(organization=key.project.organization, scope="usage:write", token_hash=hash_secret(TOKEN))
    token.save()
    close_the_address()
    assert post("/usage/litellm", secret=TOKEN).status_code == 422  # signed in; what it sent is no payload
    token.expires_at = now - timedelta(days=1)
    token.save()
    assert [post("/usage/litellm", secret=TOKEN).status_code for _ in range(2)] == [401, 503]


def test_a_person_not_seen_before_is_served_from_a_closed_address(olga):
    browser = Client(REMOTE_ADDR=ADDRESS)
    enter(browser, olga.user)
    close_the_address()
    assert browser.get("/analytics/activity?organizationId=org_acme").status_code == 200
    assert Client(REMOTE_ADDR=ADDRESS).get("/analytics/activity").status_code == 429


def test_of_a_closed_address_one_request_at_a_time_is_asked_about(key, monkeypatch):
    close_the_address()
    monkeypatch.setattr(strangers, "WAIT_SECONDS", 0.01)
    with strangers._one_is_asked_about, CaptureQueriesContext(connection) as asked:
        assert post(secret=SECRET).status_code == 429
    assert len(asked) == 0
    assert post(secret=SECRET).status_code == 200


def test_a_secret_that_is_revoked_is_a_strangers_again(key, now):
    post(secret=SECRET)
    key.revoked_at = now
    key.save()
    assert [post(secret=SECRET).status_code for _ in range(4)] == [401, 401, 401, 429]


def test_what_is_signed_is_not_counted(key):
    assert [post(secret=SECRET).status_code for _ in range(5)] == [200] * 5
    assert not RateWindow.objects.filter(key__contains="address:").exists()


def test_however_many_addresses_there_are_the_table_has_so_many_rows(monkeypatch):
    monkeypatch.setattr(strangers, "COUNTERS", 2)
    for number in range(9):
        post(address=f"203.0.113.{number}")
    assert RateWindow.objects.filter(key__contains="address:").count() == 2


def test_a_process_remembers_no_more_than_so_much(monkeypatch, key):
    monkeypatch.setattr(strangers, "KEPT", 3)
    for number in range(5):
        for _ in range(3):
            post(address=f"203.0.113.{number}")
    assert 1 <= len(strangers._closed) <= 3
