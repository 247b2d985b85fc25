"""Which limits of time hold where and who sees what: from the beginning of a request to its end, and for site staff."""

from types import SimpleNamespace

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.http import HttpResponse
from django.test import RequestFactory

from orgdash import database_limits, sight
from orgdash.apps import SiteAdmin


@pytest.fixture(autouse=True)
def connections_stay():
    """As in Django's own client for tests: what else begins and ends with a request looks after connections."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def request_of_a_page():
    request_started.send(None)
    yield RequestFactory().get("/admin/")
    request_finished.send(None)


def held() -> tuple[object, object]:
    return database_limits.current(), sight.current()


def test_a_request_has_the_limits_of_a_page_and_sees_nothing():
    request_started.send(None)
    during = held()
    request_finished.send(None)
    assert during == (database_limits.PAGE, sight.NOBODY)
    assert held() == (database_limits.COMMAND, sight.OWNER)


@pytest.mark.parametrize(("is_staff", "sees"), [(True, sight.EVERYTHING), (False, sight.NOBODY)])
def test_site_staff_see_everything_and_may_wait_longer(is_staff, sees, request_of_a_page):
    found = []
    request_of_a_page.user = SimpleNamespace(is_active=True, is_staff=is_staff)
    # As the page for who signs in is: without it, who is not staff would be sent away before.
    asked = SiteAdmin(name="admin").admin_view(lambda _request: found.append(held()) or HttpResponse())
    asked(request_of_a_page)
    assert ([held()] if not is_staff else found) == [(database_limits.STAFF, sees)]
    assert bool(found) is is_staff
