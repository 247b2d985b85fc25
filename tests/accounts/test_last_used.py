"""When a key and a token were used last: to the minute, and never at the cost of the request."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import RequestFactory

from accounts.access import authorize_gateway, authorize_sender
from accounts.api_error import ApiError
from accounts.models import AccessToken, ApiKey, hash_secret
from tests.factories import ApiKeyFactory, ProjectFactory
from tests.kept import kept

pytestmark = pytest.mark.django_db
SECRET = "a secret of a key or a token"


@pytest.fixture
@kept
def key(acme, olga) -> ApiKey:
    project = ProjectFactory(organization=acme)
    return ApiKeyFactory(project=project, created_by=olga, secret_hash=hash_secret(SECRET))


@pytest.fixture
@kept
def token(acme) -> AccessToken:
    return AccessToken.objects.create(organization=acme, scope="usage:write", token_hash=hash_secret(SECRET))


def request():
    return RequestFactory().post("/", headers={"Authorization": f"Bearer {SECRET}"})


def last_used(row):
    row.refresh_from_db()
    return row.last_used_at


def test_a_key_is_noted_when_it_sends(key):
    assert key.last_used_at is None
    authorize_sender(request())
    assert last_used(key) is not None


def test_a_token_is_noted_when_it_is_used(token, now):
    authorize_gateway(request(), now)
    assert last_used(token) is not None


@pytest.mark.parametrize(("seconds", "written"), [(59, False), (60, True)])
def test_it_is_written_once_a_minute(key, seconds, written, django_assert_num_queries):
    ApiKey.objects.update(last_used_at=Now() - timedelta(seconds=seconds))
    before = last_used(key)
    with django_assert_num_queries(4 if written else 1):  # the update has a savepoint of its own
        authorize_sender(request())
    assert (last_used(key) != before) is written


def test_a_revoked_key_is_not_noted(key, now):
    ApiKey.objects.update(revoked_at=now)
    with pytest.raises(ApiError):
        authorize_sender(request())
    assert last_used(key) is None


def test_what_cannot_be_written_fails_no_request(key, caplog):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks that are due cannot be altered
        cursor.execute("ALTER TABLE accounts_apikey ADD CHECK (last_used_at IS NULL)")
    assert authorize_sender(request()) == key
    assert "could not be written" in caplog.text
