"""Every answer has a request id; a failure says it on the page and in the log, and is never a zero or a traceback."""

import logging
import re
from io import StringIO

import psycopg
import pytest
from django.db import connection
from django.test import Client

from analytics.reporting import reports
from tests.analytics.conftest import workspace  # noqa: F401 - a fixture
from tests.browsers import enter

PAGES = ["analytics/", "usage/", "projects/proj_chat/analytics/"]
HTMX = {"HX-Request": "true"}


def request_id(response) -> str:
    response.close()  # a static file is still open
    return response["X-Request-ID"]


@pytest.fixture
def owner(olga) -> Client:
    return enter(Client(), olga.user)


@pytest.fixture
def database_busy(transactional_db, monkeypatch):
    """Somebody holds the usage tables, so that every report waits until its statement is stopped."""
    monkeypatch.setattr(reports, "STATEMENT_TIMEOUT", "150ms")
    parameters = connection.get_connection_params()
    wanted = {name: parameters[name] for name in ("dbname", "user", "host", "port") if name in parameters}
    with psycopg.connect(**wanted) as other:
        other.execute("LOCK TABLE analytics_dailyusage, analytics_dailydetail IN ACCESS EXCLUSIVE MODE")
        yield
        other.rollback()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/healthz", "/nowhere", "/analytics/activity", "/static/css/base.css"])
def test_every_answer_carries_a_request_id_of_its_own(path):
    first, second = (request_id(Client().get(path)) for _ in range(2))
    assert re.fullmatch("[0-9a-f]{32}", first)
    assert first != second


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "kept"), [("7179b57d-72bd-4b6d-90fe-24b2d40f25a9", True), ("<b>", False), ("x" * 400, False)]
)
def test_an_id_that_the_browser_made_is_kept_if_it_is_one(sent, kept):
    assert (Client().get("/healthz", headers={"X-Request-ID": sent})["X-Request-ID"] == sent) is kept


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "swap"])
def test_a_report_that_is_stopped_is_an_error_with_a_way_on_and_never_zeros(
    workspace,  # noqa: F811
    owner,
    database_busy,
    caplog,
    page,
    headers,
):
    response = owner.get(f"/organizations/org_acme/{page}?range=30d", headers=headers)
    html = response.content.decode()
    assert response.status_code == 503
    assert "Couldn&#x27;t load usage" in html or "Couldn't load usage" in html
    assert f'href="/organizations/org_acme/{page}?range=30d"' in html
    assert f"Request {response['X-Request-ID']}" in html
    assert "$0" not in html
    assert "Traceback" not in html
    assert ("could not be answered" in caplog.text, "canceling statement" in caplog.text) == (True, True)


@pytest.mark.django_db
def test_after_a_stopped_report_the_next_one_is_answered(workspace, owner):  # noqa: F811
    assert owner.get("/organizations/org_acme/analytics/").status_code == 200


def test_the_page_for_a_broken_server_says_the_request_id_and_asks_the_database_nothing(monkeypatch):
    # No django_db mark: any statement fails here, and so does the look for the session.
    client = Client(raise_request_exception=False, headers={"Cookie": f"sessionid={'x' * 32}"})
    response = client.get("/")
    assert response.status_code == 500
    assert f"Request {response['X-Request-ID']}" in response.content.decode()


@pytest.mark.django_db
def test_the_log_names_the_request():
    console = next(one for one in logging.getLogger().handlers if type(one) is logging.StreamHandler)
    before = console.setStream(log := StringIO())
    response = Client().get("/nowhere")
    console.setStream(before)
    assert f"[{response['X-Request-ID']}]: Not Found: /nowhere" in log.getvalue()
