"""`POST /usage/events`: every form of body, every status, and what is recorded is in the sums."""

import gzip
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client

from accounts.models import ApiKey, Organization, hash_secret
from analytics.ingest import usage_events
from analytics.models import Request
from tests.analytics.receipts import receipt
from tests.analytics.usage import SECRET
from tests.browsers import enter

pytestmark = pytest.mark.django_db

URL = "/usage/events"
EVENT = {
    "id": "req-1",
    "timestamp": "2026-11-18T12:00:00Z",
    "provider": "openai",
    "model": "openai/gpt-5.5",
    "input_tokens": 1200,
    "output_tokens": 300,
    "cost_usd": "0.0123",
}


def made(number: int, **changes) -> dict:
    return EVENT | {"id": f"req-{number}"} | changes


def post(body: object, secret: str | None = SECRET, content_type: str = "application/json", **headers):
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    sign_in = {"Authorization": f"Bearer {secret}"} if secret else {}
    return Client(raise_request_exception=False).post(URL, data, content_type=content_type, headers=sign_in | headers)


BODIES = {
    "one event": (made(1), "application/json"),
    "an array": ([made(1)], "application/json"),
    "events": ({"events": [made(1)]}, "application/json"),
    "lines": (json.dumps(made(1)) + "\n\n", "application/x-ndjson"),
    "a byte order mark": ("\ufeff" + json.dumps(made(1)), "application/json"),
    "no content type": (json.dumps(made(1)), "text/plain"),
}


@pytest.mark.parametrize(("body", "content_type"), BODIES.values(), ids=BODIES)
def test_each_form_of_body_is_recorded(key, body, content_type):
    response = post(body, content_type=content_type)
    assert (response.status_code, response.json()) == (200, receipt(recorded=1))
    row = Request.objects.get(event_id="req-1")
    assert (row.api_key_id, row.cost, row.input_tokens) == (key.pk, Decimal("0.0123"), 1200)


@pytest.mark.parametrize("content_type", ["application/x-ndjson", "application/json", "text/plain"])
def test_lines_are_recorded_whatever_the_header_says(key, content_type):
    body = "\n".join(json.dumps(made(n)) for n in range(3))
    assert post(body, content_type=content_type).json()["recorded"] == 3


def test_what_is_recorded_is_in_the_answer_of_the_page_at_once(key, olga):
    post([made(n) for n in range(5)])
    client = enter(Client(), olga.user)
    answer = client.get("/analytics/activity?organizationId=org_acme")
    totals = json.loads(answer.getvalue())["totals"]
    assert (totals["requestCount"], totals["cost"], totals["totalTokens"]) == (5, 0.0615, 7500)


@pytest.mark.parametrize("name", ["gzip", "x-gzip", "GZIP"])
def test_gzip_is_unpacked(name, key):
    response = post(gzip.compress(json.dumps([made(1), made(2)]).encode()), **{"Content-Encoding": name})
    assert response.json()["recorded"] == 2


def test_a_repeat_counts_once(key):
    post([made(1), made(2)])
    assert post([made(2), made(3), made(3)]).json() == receipt(recorded=1, repeated=2)
    assert Request.objects.count() == 3


def test_good_events_are_kept_and_each_bad_one_is_named(key):
    late = (key.created_at + timedelta(days=9999)).isoformat()
    sent = [
        made(1),
        made(2, cost_usd="-1"),
        made(3, wish="more"),
        7,
        made(5, timestamp=late),
        made(6, api_key="key_olga"),
        made(7, api_key="key_dora"),
    ]
    response = post(sent)
    assert (response.status_code, response.json()["recorded"]) == (200, 2)
    assert [(one["index"], one["id"], one["field"]) for one in response.json()["refused"]] == [
        (1, "req-2", "cost_usd"),
        (2, "req-3", "wish"),
        (3, None, None),
        (4, "req-5", "timestamp"),
        (5, "req-6", "api_key"),
    ]
    assert response.json()["refused"][0]["message"] == 'must not be negative, got "-1"'


def test_a_field_given_twice_spoils_its_own_event_only(key):
    body = f'[{json.dumps(made(1))}, {{"id": "req-2", "id": "req-3"}}]'
    response = post(body)
    assert response.json()["recorded"] == 1
    assert response.json()["refused"] == [{"index": 1, "id": None, "field": "id", "message": "is given twice"}]


def test_a_line_that_is_not_json_spoils_only_itself(key):
    body = f"{json.dumps(made(1))}\n{{oops\n{json.dumps(made(2))}"
    response = post(body, content_type="application/x-ndjson").json()
    assert (response["recorded"], response["refused"][0]["index"]) == (2, 1)
    assert "is not JSON" in response["refused"][0]["message"]


@pytest.mark.parametrize("body", [made(1, cost_usd="-1"), [made(1, model=""), made(2, id="")]])
def test_when_all_are_refused_the_answer_is_422(key, body):
    response = post(body)
    assert (response.status_code, response.json()["recorded"]) == (422, 0)
    assert len(response.json()["refused"]) == len(body if isinstance(body, list) else [body])


def test_an_empty_list_is_fine(key):
    response = post([])
    assert (response.status_code, response.json()) == (200, receipt())


UNREADABLE = {
    "nothing": b"",
    "not JSON": b"{oops",
    "not UTF-8": b'{"id": "\xff"}',
    "too deep": b"[" * 100_000,
    "events is no list": b'{"events": 3}',
    "something beside events": b'{"events": [], "more": 1}',
    "events twice": b'{"events": [], "events": []}',
    "no line is an object": b"1\n2\n",
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_400_and_says_why(key, body):
    response = post(body)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")
    assert response.json()["errors"][0]["message"] == response.json()["detail"]


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(b"[]", mtime=0)[:-4]])
def test_a_body_that_is_not_the_gzip_it_says_is_400(key, body):
    assert post(body, **{"Content-Encoding": "gzip"}).status_code == 400


def test_other_encodings_are_415(key):
    response = post(b"x", **{"Content-Encoding": "br"})
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_encoding")


@pytest.mark.parametrize("secret", [None, "", "sk-org-unknown", "key_dora", "\x00"])
def test_without_a_keys_secret_the_answer_is_401(key, secret):
    response = post(made(1), secret)
    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
    assert ("looks like an API key's id" in response.json()["detail"]) == (secret == "key_dora")
    assert response["WWW-Authenticate"] == "Bearer"
    assert Request.objects.count() == 0


def test_a_session_is_no_key(key, olga):
    client = Client(enforce_csrf_checks=True)
    enter(client, olga.user)
    assert client.post(URL, EVENT, content_type="application/json").status_code == 401


def test_a_revoked_key_lets_nobody_in_not_even_with_earlier_requests(key, now):
    ApiKey.objects.filter(pk=key.pk).update(revoked_at=now)
    assert post(made(1)).status_code == 401


@pytest.mark.parametrize("path", ["/usage/events", "/usage/litellm", "/v1/traces"])
def test_nothing_comes_in_for_an_organization_that_is_deleted(key, path):
    Organization.objects.update(status="deleted")
    headers = {"Authorization": f"Bearer {SECRET}"}
    response = Client().post(path, [made(1)], content_type="application/json", headers=headers)
    assert (response.status_code, "This organization has been deleted." in response.text) == (404, True)
    assert Request.objects.count() == 0


@pytest.mark.parametrize("plan", ["free", "pro", "enterprise"])
def test_usage_comes_in_on_any_plan(key, acme, plan):
    acme.plan = plan
    acme.save()
    assert post(made(1)).json()["recorded"] == 1


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_post_is_possible(key, method):
    response = getattr(Client(), method)(URL)
    assert (response.status_code, response["Allow"]) == (405, "POST")


def test_a_thousand_events_fit_and_one_more_does_not(key):
    assert post([made(n) for n in range(1000)]).json()["recorded"] == 1000
    response = post([made(n) for n in range(1001)])
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b" " * (usage_events.MAX_BYTES + 1), {}),
        (gzip.compress(b" " * (usage_events.MAX_BYTES + 1)), {"Content-Encoding": "gzip"}),
    ],
    ids=["plain", "gzip"],
)
def test_too_large_a_body_is_413_packed_or_not(key, body, headers):
    assert post(body, **headers).status_code == 413


def test_over_the_rate_limit_the_answer_is_429_with_retry_after(key, settings):
    settings.RATE_LIMIT = 2
    assert [post(made(n)).status_code for n in range(3)] == [200, 200, 429]
    response = post(made(9))
    assert 1 <= int(response["Retry-After"]) <= 60
    assert Request.objects.count() == 2


def test_a_failure_is_a_500_that_records_nothing_and_says_so(key):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE analytics_monthlyusage RENAME TO away")
    try:
        response = post(made(1))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE away RENAME TO analytics_monthlyusage")
    assert (response.status_code, response.json()["code"]) == (500, "server_error")
    assert Request.objects.count() == 0


def test_the_secret_is_looked_up_by_its_hash(key):
    assert key.secret_hash == hash_secret(SECRET)
