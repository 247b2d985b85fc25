"""The page of incoming usage: who sees it, what it shows and of whom, and how it begins."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AccessToken, ApiKey, Organization
from analytics.dashboard import incoming as page_of
from analytics.dashboard.senders import SENDERS
from analytics.models import Delivery
from tests.accounts.conftest import Browsers

pytestmark = pytest.mark.django_db
URL = "/organizations/org_acme/incoming/"
PLANS = ("free", "pro", "enterprise")
COUNTS = page_of.COUNTS


@pytest.fixture
def people(workspace, olga, adam, dora, stan) -> Browsers:
    return Browsers({"owner": olga.user, "admin": adam.user, "developer": dora.user, "stranger": stan})


@pytest.fixture
def deliver(now):
    def deliver(key: ApiKey, ago: timedelta = timedelta(minutes=5), **changes: object) -> Delivery:
        place = {"organization_id": key.project.organization_id, "endpoint": "/usage/events", "api_key_id": key.pk}
        moment = {"answered_at": now - ago, "request_id": f"request-{Delivery.objects.count()}"}
        row = Delivery(**(dict.fromkeys(COUNTS, 0) | place | moment | {"named": []} | changes))
        row.save(force_insert=True)
        return row

    return deliver


def read(browser: Client, query: str = "") -> str:
    response = browser.get(URL + query)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", unescape(response.content.decode()))


def test_who_may_not_see_it_is_told_so_under_its_name(people):
    refused = people["developer"].get(URL)
    said = re.sub(r"\s+", " ", unescape(refused.content.decode()))
    assert (refused.status_code, "<h1>Incoming usage</h1>" in said) == (403, True)
    assert "You can't open incoming usage" in said


@pytest.mark.parametrize(("who", "status", "read_of_it"), [("developer", 403, False), ("owner", 200, True)])
def test_who_may_not_see_it_is_refused_before_anything_of_it_is_read(
    people, workspace, deliver, who, status, read_of_it
):
    deliver(workspace.dora_key)
    with CaptureQueriesContext(connection) as asked:
        answer = people[who].get(URL)
    assert answer.status_code == status
    assert any("analytics_delivery" in one["sql"] for one in asked) == read_of_it
    assert ("sk-…" in answer.content.decode()) == read_of_it


def senders_shown(browser: Client, query: str = "") -> list[str]:
    return [row.sender.name for row in browser.get(URL + query).context["incoming"].rows]


def test_the_rows_say_when_where_with_what_and_what_became_of_it(people, workspace, deliver, now):
    Organization.objects.update(time_zone="Asia/Kathmandu")
    named = [
        {"what": "refused", "field": "input_tokens", "reason": "must not be negative", "count": 3},
        {"what": "mended", "field": "cost_usd", "reason": "", "count": 1},
        {"what": "conflicting", "field": "model", "reason": "", "count": 2},
    ]
    row = deliver(workspace.dora_key, recorded=12, refused=3, named=named)
    page = read(people["owner"])
    assert f'<time datetime="{row.answered_at.isoformat()}">' in page
    assert "<code>/usage/events</code>" in page
    assert f"<bdi>Chat staging</bdi> <code>sk-…{workspace.dora_key.last_four}</code>" in page
    assert "12 recorded, <strong>3 refused</strong>" in page
    assert "3 × <bdi><code>input_tokens</code></bdi> must not be negative" in page
    assert "recorded without <bdi><code>cost_usd</code></bdi>" in page
    assert "2 × <bdi><code>model</code></bdi> is not what was known, which stays" in page
    assert "Time, Kathmandu" in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"error_status": 413}, "Refused as a whole, 413"),
        ({"error_status": 500}, "Failed here"),
        ({}, "Nothing in it"),
        ({"ignored": 4}, "4 ignored"),
    ],
)
def test_a_request_without_events_says_what_it_was(people, workspace, deliver, changes, said):
    deliver(workspace.dora_key, **changes)
    assert said in read(people["owner"])


def test_a_failure_of_ours_is_named_by_its_request_id(people, workspace, deliver):
    deliver(workspace.dora_key, error_status=500, request_id="4e5f")
    assert "4e5f" in read(people["owner"])


def test_an_access_token_is_named_as_one(people, acme, workspace, deliver):
    token = AccessToken.objects.create(organization=acme, scope="usage:write", name="Proxy", token_hash="x")
    deliver(workspace.dora_key, api_key_id=None, access_token_id=token.pk)
    assert '<bdi>Proxy</bdi> <span class="badge">Access token</span>' in read(people["owner"])


def test_of_another_organization_nothing_is_shown(people, foreign_key, deliver):
    deliver(foreign_key)
    assert senders_shown(people["owner"]) == []
    assert "Foreign key" not in read(people["owner"], f"?sender={foreign_key.public_id}")


def test_what_is_older_than_a_day_is_not_shown(people, workspace, deliver):
    deliver(workspace.dora_key, timedelta(hours=24))
    deliver(workspace.olga_key, timedelta(hours=23))
    assert senders_shown(people["owner"]) == ["Owner key"]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["Owner key", "Chat staging", "Chat staging"]),
        ("?endpoint=&sender=", ["Owner key", "Chat staging", "Chat staging"]),
        ("?sender=key_dora", ["Chat staging", "Chat staging"]),
        ("?sender=key_dora&endpoint=/v1/logs", ["Chat staging"]),
        ("?endpoint=/v1/traces", []),
        ("?sender=key_other", []),
        ("?sender=%00", []),
        ("?endpoint=%00", []),
    ],
)
def test_the_newest_come_first_and_can_be_narrowed(people, workspace, deliver, query, shown):
    deliver(workspace.olga_key, timedelta(minutes=1))
    deliver(workspace.dora_key, timedelta(minutes=2))
    deliver(workspace.dora_key, timedelta(minutes=3), endpoint="/v1/logs")
    assert senders_shown(people["owner"], query) == shown


def test_no_more_than_a_hundred_are_shown_and_it_is_said(people, workspace, deliver):
    for seconds in range(101):
        deliver(workspace.dora_key, timedelta(seconds=seconds))
    assert len(senders_shown(people["owner"])) == 100
    assert "The newest 100 are shown" in read(people["owner"])


def test_the_statements_do_not_grow_with_the_rows(people, workspace, deliver):
    deliver(workspace.dora_key)
    people["owner"].get(URL)
    with CaptureQueriesContext(connection) as few:
        people["owner"].get(URL)
    for seconds in range(20):
        deliver(workspace.olga_key, timedelta(seconds=seconds))
    with CaptureQueriesContext(connection) as many:
        people["owner"].get(URL)
    assert len(few) == len(many) == 7


def test_before_anything_came_it_says_how_to_send(people):
    page = read(people["owner"])
    assert "Nothing came in during the last day" in page
    assert "http://testserver/usage/events" in page
    assert [slug for slug in SENDERS if f'href="/help/send-usage/{slug}/"' not in page] == []


def test_a_name_is_text(people, workspace, deliver):
    ApiKey.objects.update(description="<i>x</i>")
    deliver(workspace.dora_key)
    assert "<bdi>&lt;i&gt;x&lt;/i&gt;</bdi>" in people["owner"].get(URL).content.decode()


def test_a_sent_event_stands_on_the_page(people, workspace):
    workspace.dora_key.set_secret("sk-org-secret")
    workspace.dora_key.save()
    sign_in = {"Authorization": "Bearer sk-org-secret"}
    Client().post("/usage/events", json.dumps({"id": "1", "cost_usd": "a lot"}), "application/json", headers=sign_in)
    assert "<strong>1 refused</strong>" in read(people["owner"])


@pytest.mark.parametrize(("who", "led"), [("owner", True), ("admin", True), ("developer", False)])
@pytest.mark.parametrize("path", ["/organizations/org_acme/usage/", "/help/send-usage/", "/help/send-usage/litellm/"])
def test_who_may_open_it_is_led_to_it(people, who, led, path):
    assert (f'href="{URL}"' in people[who].get(path).content.decode()) == led


def test_who_is_signed_out_is_not_led_to_it():
    assert "/incoming/" not in Client().get("/help/send-usage/").content.decode()
