"""Who a request's session belongs to, when that is looked up, and whose rows are seen from then on."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from accounts.who import Middleware
from orgdash import clock, sight
from tests.browsers import enter

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ended() -> Iterator[None]:
    yield
    sight.end()


@pytest.fixture
def asked(olga):
    """A request of Olga's browser, as the server begins one: it sees nobody's rows."""
    browser = enter(Client(), olga.user)
    return begun(browser.cookies[settings.SESSION_COOKIE_NAME].value)


def begun(session_key: str | None) -> HttpRequest:
    request = RequestFactory().get("/")
    request.session = SessionStore(session_key)
    sight.begin()
    Middleware(lambda request: HttpResponse()).process_request(request)
    return request


def test_who_is_signed_in_sees_what_is_theirs(asked, olga):
    assert asked.user == olga.user
    assert (sight.current().role, sight.current().person) == (sight.SERVER, olga.user_id)


def test_nobody_is_looked_up_before_a_view_asks_and_then_once(asked, django_assert_num_queries):
    assert sight.current() == sight.NOBODY
    with django_assert_num_queries(2):  # the session and its person
        assert asked.user.is_authenticated
    with django_assert_num_queries(0):
        assert asked.user.is_authenticated


def test_without_a_session_nobody_is_asked_for_and_nothing_seen(django_assert_num_queries):
    request = begun(None)
    with django_assert_num_queries(0):
        assert request.user.is_anonymous
    assert sight.current() == sight.NOBODY


def deactivated(olga) -> None:
    olga.user.is_active = False
    olga.user.save()


def with_another_password(olga) -> None:
    olga.user.set_password("a much better horse")
    olga.user.save()


def after_its_end(olga) -> None:
    Session.objects.update(expire_date=clock.now() - timedelta(days=14_000))


def signed_out(olga) -> None:
    Session.objects.all().delete()


@pytest.mark.parametrize("changed", [deactivated, with_another_password, after_its_end, signed_out])
def test_a_session_that_has_ended_shows_nothing_any_more(olga, changed):
    browser = enter(Client(), olga.user)
    changed(olga)
    request = begun(browser.cookies[settings.SESSION_COOKIE_NAME].value)
    assert request.user.is_anonymous
    assert sight.current() == sight.NOBODY
