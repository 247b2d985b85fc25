"""What is noted of each request that brings usage: what became of it, never what it said, and only so many."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from accounts.models import AccessToken, ApiKey, hash_secret
from analytics.ingest import deliveries, intake
from analytics.models import Delivery, Request
from tests.analytics.ingest.posts import post
from tests.analytics.ingest.test_usage_events import EVENT
from tests.kept import kept

pytestmark = pytest.mark.django_db
TOKEN = "at-org-" + "t" * 40
SENT_VALUE = "Ring my mother"


@pytest.fixture
@kept
def token(acme) -> AccessToken:
    return AccessToken.objects.create(
        organization=acme, scope="usage:write", name="Proxy", token_hash=hash_secret(TOKEN)
    )


def counts(row: Delivery) -> dict[str, int]:
    names = ("recorded", "updated", "merged", "repeated", "outdated", "ignored", "conflicting", "mended", "refused")
    return {name: getattr(row, name) for name in names if getattr(row, name)}


def named(row: Delivery) -> list[tuple[str, str, str, int]]:
    return [(one["what"], one["field"], one["reason"], one["count"]) for one in row.named]


def test_what_is_answered_is_noted_with_its_key_and_request_id(key):
    response = post("/usage/events", [EVENT, EVENT | {"id": "req-2"}, EVENT])
    row = Delivery.objects.get()
    assert (row.organization_id, row.endpoint) == (key.project.organization_id, "/usage/events")
    assert (row.api_key_id, row.access_token_id, row.error_status) == (key.pk, None, None)
    assert counts(row) == {"recorded": 2, "repeated": 1}
    assert row.request_id == response["X-Request-ID"]


def test_what_is_older_than_a_day_goes_with_prune_whoever_sent_it(key):
    post("/usage/events", EVENT)
    post("/usage/events", EVENT)
    old = Delivery.objects.order_by("answered_at").values_list("request_id", flat=True)[0]
    Delivery.objects.filter(request_id=old).update(answered_at=F("answered_at") - timedelta(days=1, seconds=1))
    call_command("prune", keep="90d", dry_run=True)
    assert Delivery.objects.count() == 2
    call_command("prune", keep="90d")
    assert [row.request_id == old for row in Delivery.objects.all()] == [False]


ENDPOINTS = [
    ("/usage/events", [], "application/json"),
    ("/usage/litellm", [], "application/json"),
    ("/v1/traces", {}, "application/json"),
    ("/v1/traces", b"\n\x00", "application/x-protobuf"),
    ("/v1/logs", {}, "application/json"),
]


@pytest.mark.parametrize(("url", "body", "content_type"), ENDPOINTS)
def test_every_endpoint_notes(key, url, body, content_type):
    assert post(url, body, content_type=content_type).status_code == 200
    assert [(row.endpoint, counts(row)) for row in Delivery.objects.all()] == [(url, {})]


def test_metrics_are_taken_and_not_noted(key):
    assert post("/v1/metrics", {}).status_code == 200
    assert not Delivery.objects.exists()


def test_a_token_is_noted_as_itself(token):
    post("/usage/litellm", [{}], secret=TOKEN)
    row = Delivery.objects.get()
    assert (row.api_key_id, row.access_token_id, row.refused) == (None, token.pk, 1)


def test_the_same_refusals_are_one_line_and_name_no_value(key):
    bad = [EVENT | {"id": str(number), "input_tokens": -number} for number in range(1, 4)]
    post("/usage/events", [*bad, EVENT | {"status": SENT_VALUE}, EVENT | {"model": SENT_VALUE * 99}])
    row = Delivery.objects.get()
    assert named(row) == [
        ("refused", "input_tokens", "must not be negative", 3),
        ("refused", "status", 'must be "success" or "error"', 1),
        ("refused", "model", "must be at most 200 characters", 1),
    ]


@pytest.mark.parametrize("alias", ["a, got b", 'a" b, got "c', "it's, got it"])
def test_the_name_of_a_key_that_nobody_made_is_no_part_of_the_reason(alias):
    said = deliveries.reason(f'no API key of project "Team" is described as "{alias}"; --create-keys makes it')
    assert said == "no API key of project …; --create-keys makes it"


def test_what_conflicts_is_noted_by_its_fields(key):
    post("/usage/events", EVENT)
    post("/usage/events", EVENT | {"cost_usd": "7.25"})
    assert named(Delivery.objects.get(conflicting=1)) == [("conflicting", "cost_usd", "", 1)]


def test_at_most_ten_reasons_are_named(key):
    post("/usage/events", [EVENT | {"id": f"req-{number}", f"field{number}": SENT_VALUE} for number in range(30)])
    row = Delivery.objects.get()
    assert (row.refused, len(row.named)) == (30, 10)


WHOLE = {
    "not JSON": ({"body": SENT_VALUE.encode()}, 400),
    "not gzip": ({"body": SENT_VALUE.encode(), "Content-Encoding": "gzip"}, 400),
    "an encoding": ({"body": [], "Content-Encoding": SENT_VALUE}, 415),
    "a field beside events": ({"body": {"events": [], "note": SENT_VALUE}}, 400),
    "too many": ({"body": [SENT_VALUE] * 1001}, 413),
}


@pytest.mark.parametrize(("sent", "status"), WHOLE.values(), ids=WHOLE)
def test_what_is_refused_as_a_whole_is_noted_with_its_status(key, sent, status):
    assert post("/usage/events", **sent).status_code == status
    row = Delivery.objects.get()
    assert (row.error_status, counts(row)) == (status, {})
    assert row.named[0]["reason"]
    assert "ing" not in row.named[0]["reason"].replace("Encoding", "")


@pytest.mark.parametrize("url", ["/v1/traces", "/v1/logs"])
def test_a_content_type_that_is_none_of_telemetry_is_noted(key, url):
    post(url, b"x", content_type="text/html")
    row = Delivery.objects.get()
    assert (row.error_status, row.named[0]["reason"]) == (
        415,
        "Content-Type … is not application/x-protobuf or application/json.",
    )


def test_too_many_requests_are_noted(key, settings):
    settings.RATE_LIMIT = 1
    statuses = [post("/usage/events", []).status_code for _ in range(2)]
    assert statuses == [200, 429]
    assert Delivery.objects.filter(error_status=429).count() == 1


def test_what_fails_here_is_noted_as_a_failure_of_ours(key, monkeypatch):
    monkeypatch.setattr(intake, "receive", None)
    assert post("/usage/events", EVENT).status_code == 500
    assert Delivery.objects.get().error_status == 500


@pytest.mark.parametrize("secret", ["sk-org-unknown", ""])
def test_who_is_nobody_is_noted_nowhere(key, secret):
    assert post("/usage/events", EVENT, secret=secret).status_code == 401
    assert not Delivery.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("empty_log")
def test_a_request_never_fails_for_what_cannot_be_noted(key, monkeypatch, caplog):
    monkeypatch.setattr(deliveries, "_WRITE", "SELECT 1 / 0")
    assert post("/usage/events", EVENT).status_code == 200
    assert Request.objects.filter(event_id=EVENT["id"]).exists()
    assert "will not show it" in caplog.text


def outcome(key: ApiKey, **changes: object) -> Delivery:
    zeros = dict.fromkeys(("recorded", "updated", "merged", "repeated", "outdated", "ignored"), 0)
    zeros |= dict.fromkeys(("conflicting", "mended", "refused"), 0)
    place = {"organization_id": key.project.organization_id, "endpoint": "/usage/events", "api_key_id": key.pk}
    return Delivery(**(zeros | place | {"named": []} | changes))


def test_fifty_are_kept_of_each_endpoint_and_sender(key, workspace, now):
    others = [
        {"endpoint": "/v1/logs"},
        {"api_key_id": workspace.olga_key.pk},
        {"api_key_id": None, "access_token_id": key.pk},
    ]
    for place, changes in enumerate([{}, *others]):
        Delivery.objects.bulk_create(
            outcome(key, answered_at=now - timedelta(seconds=number), request_id=f"{place}-{number}", **changes)
            for number in range(60)
        )
    post("/usage/events", EVENT)
    assert Delivery.objects.filter(endpoint="/usage/events", api_key_id=key.pk).count() == 50
    assert Delivery.objects.filter(recorded=1).count() == 1
    assert Delivery.objects.count() == 50 + 3 * 60


def test_fifty_are_kept_where_all_came_in_the_same_moment(key, now):
    Delivery.objects.bulk_create(outcome(key, answered_at=now, request_id=f"{number:03}") for number in range(60))
    post("/usage/events", EVENT)
    assert Delivery.objects.count() == 50


def test_what_is_older_than_a_day_goes_and_only_of_the_own_organization(key, foreign_key, now):
    long_ago = now - timedelta(hours=25)
    outcome(key, answered_at=long_ago, request_id="mine", endpoint="/v1/logs").save(force_insert=True)
    outcome(foreign_key, answered_at=long_ago, request_id="theirs").save(force_insert=True)
    post("/usage/events", EVENT)
    assert set(Delivery.objects.filter(recorded=0).values_list("request_id", flat=True)) == {"theirs"}


def test_noting_takes_one_statement(key):
    with CaptureQueriesContext(connection) as statements:
        post("/usage/events", EVENT)
    assert len([one for one in statements if "analytics_delivery" in one["sql"]]) == 1


def test_the_table_is_unlogged():
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'analytics_delivery'")
        assert cursor.fetchone() == ("u",)
