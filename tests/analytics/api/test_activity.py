"""`GET /analytics/activity`: every status and code, every rule of its numbers."""

import json
import re
import tracemalloc
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AccessToken, hash_secret
from analytics.ledger import record
from tests.analytics.usage import event, use
from tests.browsers import enter
from tests.factories import ApiKeyFactory

pytestmark = pytest.mark.django_db
URL = "/analytics/activity"


def ask(who, query="", organization="org_acme", **headers):
    """The answer for somebody: a user, a bearer token's text, or None for nobody."""
    client = Client()
    if isinstance(who, str):
        headers["authorization"] = f"Bearer {who}"
    elif who is not None:
        enter(client, getattr(who, "user", who))
    place = f"organizationId={organization}&" if organization else ""
    return client.get(f"{URL}?{place}{query}", headers=headers)


def body(response) -> dict:
    """The answer with exact numbers."""
    text = b"".join(response.streaming_content) if response.streaming else response.content
    return json.loads(text, parse_float=Decimal)


def token(organization, now, **fields) -> str:
    secret = AccessToken.new_secret()
    AccessToken.objects.create(
        organization=organization, token_hash=hash_secret(secret), **{"scope": "analytics:read"} | fields
    )
    return secret


@pytest.fixture
def people(olga, adam, dora, stan):
    return {"nobody": None, "stranger": stan, "developer": dora, "admin": adam, "owner": olga}


STANDING = [
    ("nobody", 401, "not_authenticated"),
    ("stranger", 403, "forbidden"),
    ("developer", 403, "admin_required"),
    ("admin", 200, None),
    ("owner", 200, None),
]


@pytest.mark.parametrize("plan", ["free", "pro", "enterprise"])
@pytest.mark.parametrize(("who", "status", "code"), STANDING)
def test_who_gets_what_on_which_plan(who, status, code, plan, people, acme):
    acme.plan = plan
    acme.save()
    without = status == 200 and plan != "enterprise"
    expected = (403, "enterprise_required") if without else (status, code)
    response = ask(people[who])
    assert (response.status_code, body(response).get("code")) == expected


def test_head_is_checked_like_get_and_reads_no_sums(workspace, olga, now):
    use(workspace.olga_key, now)
    client = enter(Client(), olga.user)
    with CaptureQueriesContext(connection) as asked:
        head = client.head(f"{URL}?organizationId=org_acme")
    assert (head.status_code, head["Content-Type"]) == (200, "application/json")
    assert [statement["sql"] for statement in asked if "usage" in statement["sql"]] == []
    assert client.head(f"{URL}?organizationId=org_acme&range=8d").status_code == 400


@pytest.mark.parametrize(("who", "status", "code"), STANDING[:1])
def test_nobody_is_told_how_to_come_in(who, status, code, people):
    response = ask(people[who])
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(
    "fields",
    [
        {"revoked_at": timedelta(minutes=-1)},
        {"expires_at": timedelta(minutes=-1)},
        {"expires_at": timedelta(0)},
    ],
)
def test_an_expired_or_revoked_token_is_nobody(fields, acme, olga, now):
    secret = token(acme, now, **{name: now + shift for name, shift in fields.items()})
    assert body(ask(secret))["code"] == "not_authenticated"


def test_an_unknown_token_is_nobody_even_beside_a_session(acme, olga):
    client = enter(Client(), olga.user)
    response = client.get(f"{URL}?organizationId=org_acme", headers={"authorization": "Bearer at-org-unknown"})
    assert body(response)["code"] == "not_authenticated"


def test_a_token_of_the_organization_reads(acme, now):
    assert ask(token(acme, now, expires_at=now + timedelta(days=1))).status_code == 200


def test_a_token_of_another_organization_or_scope_is_forbidden(acme, stan, now):
    other = stan.memberships.get().organization
    assert body(ask(token(other, now)))["code"] == "forbidden"
    assert body(ask(token(acme, now, scope="usage:write")))["code"] == "forbidden"


def test_a_token_of_an_organization_without_enterprise_is_told_so(acme, now):
    acme.plan = "pro"
    acme.save()
    assert body(ask(token(acme, now)))["code"] == "enterprise_required"


def test_without_organization_the_request_is_invalid_but_only_for_somebody(olga):
    assert body(ask(olga, organization=None))["code"] == "invalid_request"
    assert body(ask(None, organization=None))["code"] == "not_authenticated"


def test_no_such_organization_reads_like_a_strangers(olga, stan):
    foreign, missing = ask(stan), ask(olga, organization="org_nowhere")
    assert (foreign.status_code, body(foreign)) == (missing.status_code, body(missing))


@pytest.mark.parametrize(("who", "status"), [("owner", 404), ("developer", 404), ("stranger", 403), ("nobody", 401)])
def test_a_deleted_organization_is_gone_for_its_members(who, status, people, acme):
    acme.status = "deleted"
    acme.save()
    assert ask(people[who]).status_code == status


def test_a_removed_member_is_a_stranger(olga, now):
    olga.removed_at = now
    olga.save()
    assert body(ask(olga))["code"] == "forbidden"


def test_over_the_rate_limit_the_answer_says_when_to_come_back(acme, olga, adam, now, settings):
    settings.RATE_LIMIT = 3
    assert [ask(olga).status_code for _ in range(4)] == [200, 200, 200, 429]
    response = ask(olga, "range=bad")
    assert body(response)["code"] == "rate_limited"
    assert 1 <= int(response["Retry-After"]) <= 60
    assert [ask(who).status_code for who in (adam, token(acme, now))] == [200, 200]


def test_a_window_of_the_rate_limit_ends(olga, settings):
    settings.RATE_LIMIT = 1
    assert [ask(olga).status_code, ask(olga).status_code] == [200, 429]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_ratewindow SET ends_at = clock_timestamp() - interval '1 s'")
    assert ask(olga).status_code == 200


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2026-02-30&to=2026-03-01", "from"),
        ("from=2026-02-01", "to"),
        ("from=2026-02-02&to=2026-02-01", "from"),
        ("from=2025-01-01&to=2026-01-02", "to"),
        ("from=1999-12-31&to=2000-01-02", "from"),
        ("from=2026-02-01&to=2026-02-02&range=7d", "range"),
        ("timezone=Mars", "timezone"),
        ("range=8d", "range"),
        ("groupBy=colour", "groupBy"),
        ("groupBy=model,model", "groupBy"),
        ("groupBy=project,model&range=90d", "groupBy"),
        ("bucket=minute", "bucket"),
        ("range=24h&bucket=day", "bucket"),
        ("range=90d&bucket=hour", "bucket"),
        ("top=0", "top"),
        ("top=101", "top"),
        ("shape=table&top=1", "shape"),
        ("shape=columns", "shape"),
        ("shape=columns&top=1&groupBy=project,model", "shape"),
        ("range=7d&range=7d", "range"),
        ("top=1&top=2", "top"),
        ("project=proj_nowhere", "project"),
        ("model=never-used", "model"),
    ],
)
def test_a_question_that_cannot_be_answered_names_the_field(query, field, olga):
    response = ask(olga, query)
    answer = body(response)
    assert (response.status_code, answer["code"]) == (400, "invalid_request")
    assert [error["field"] for error in answer["errors"]] == [field]
    assert answer["errors"][0]["message"] in answer["detail"]


def test_every_bad_parameter_is_named_at_once(olga):
    answer = body(ask(olga, "range=8d&groupBy=x&top=0"))
    assert {error["field"] for error in answer["errors"]} == {"range", "groupBy", "top"}


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_only_get_is_possible(method, olga):
    client = Client(enforce_csrf_checks=True)
    enter(client, olga.user)
    response = getattr(client, method)(f"{URL}?organizationId=org_acme")
    assert (response.status_code, body(response)["code"]) == (405, "method_not_allowed")
    assert response["Allow"] == "GET, HEAD"


def test_a_failure_is_an_error_and_never_a_zero(olga):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE analytics_dailyusage RENAME TO elsewhere")
    response = ask(olga)
    answer = body(response)
    assert (response.status_code, answer["code"]) == (500, "server_error")
    assert answer.keys() == {"detail", "code"}


def test_the_answer_has_this_shape(workspace, olga):
    use(workspace.olga_key, "2026-11-17T10:00", cost=Decimal("12.3456"), cached_input_tokens=40)
    use(workspace.search_key, "2026-11-18T10:00:00.5", cost=None, is_error=True)
    answer = body(ask(olga, "groupBy=project&from=2026-11-17&to=2026-11-18"))
    first, second = answer.pop("activity")
    assert answer == {
        "organizationId": "org_acme",
        "groupBy": "project",
        "from": "2026-11-17",
        "to": "2026-11-18",
        "timezone": "UTC",
        "bucket": "day",
        "exact": True,
        "dataThrough": "2026-11-18T10:00:00.500000Z",
        "firstUsage": "2026-11-17T10:00:00Z",
        "totals": {
            "cost": Decimal("12.3456"),
            "requestCount": 2,
            "totalTokens": 300,
            "inputTokens": 200,
            "outputTokens": 100,
            "cachedInputTokens": 40,
            "cacheWriteTokens": 0,
            "reasoningTokens": 0,
            "errorCount": 1,
            "unpricedRequestCount": 1,
            "estimatedCost": 0,
        },
    }
    assert first == {
        "date": "2026-11-17",
        "incomplete": False,
        "cost": Decimal("12.3456"),
        "requestCount": 1,
        "totalTokens": 150,
        "inputTokens": 100,
        "outputTokens": 50,
        "cachedInputTokens": 40,
        "cacheWriteTokens": 0,
        "reasoningTokens": 0,
        "errorCount": 0,
        "unpricedRequestCount": 0,
        "estimatedCost": 0,
        "breakdown": [
            {
                "key": "proj_chat",
                "label": "Support Chatbot",
                "cost": Decimal("12.3456"),
                "requestCount": 1,
                "totalTokens": 150,
            }
        ],
    }
    assert (second["date"], second["incomplete"], second["cost"]) == ("2026-11-18", True, 0)


@pytest.mark.parametrize(
    ("group_by", "key", "label"),
    [
        ("model", "gpt-5.5", "gpt-5.5"),
        ("project", "proj_chat", "Support Chatbot"),
        ("apiKey", "key_dora", "Chat staging"),
        ("user", "mem_dora", "Dora Developer"),
    ],
)
def test_groups_have_public_keys_and_the_names_people_know(group_by, key, label, workspace, olga):
    use(workspace.dora_key, "2026-11-17T10:00", model="openai/GPT-5.5:free")
    (group,) = body(ask(olga, f"groupBy={group_by}&from=2026-11-17&to=2026-11-17"))["activity"][0]["breakdown"]
    assert (group["key"], group["label"]) == (key, label)


def test_an_hours_row_has_its_start_with_the_zones_offset(workspace, olga):
    workspace.organization.time_zone = "America/New_York"
    workspace.organization.save()
    use(workspace.olga_key, "2026-11-01T05:30")
    use(workspace.olga_key, "2026-11-01T06:30")
    rows = body(ask(olga, "from=2026-11-01&to=2026-11-01&bucket=hour"))["activity"]
    assert len(rows) == 25
    used = [(row["date"], row["start"]) for row in rows if row["requestCount"]]
    assert used == [("2026-11-01", "2026-11-01T01:00:00-04:00"), ("2026-11-01", "2026-11-01T01:00:00-05:00")]


def test_24h_is_25_hours(workspace, olga):
    answer = body(ask(olga, "range=24h"))
    assert (len(answer["activity"]), answer["bucket"]) == (25, "hour")
    assert (answer["from"], answer["to"]) == ("2026-11-17", "2026-11-18")
    assert [row["incomplete"] for row in answer["activity"]] == [False] * 24 + [True]


def test_buckets_that_end_before_the_first_usage_say_so(workspace, olga):
    assert body(ask(olga))["firstUsage"] is None
    use(workspace.olga_key, "2026-11-17T10:40")
    rows = body(ask(olga, "from=2026-11-15&to=2026-11-18"))["activity"]
    assert [row.get("beforeFirstUsage") for row in rows] == [True, True, None, None]


def test_days_to_come_are_present_zero_and_incomplete(workspace, olga):
    rows = body(ask(olga, "from=2026-11-18&to=2026-11-20"))["activity"]
    assert [(row["date"], row["requestCount"], row["incomplete"], row["breakdown"]) for row in rows] == [
        ("2026-11-18", 0, True, []),
        ("2026-11-19", 0, True, []),
        ("2026-11-20", 0, True, []),
    ]


def test_top_keeps_the_dearest_of_the_window_and_the_rest_is_one_group(workspace, olga):
    for number in range(4):
        use(workspace.olga_key, "2026-11-17T10:00", model=f"model-{number}", cost=Decimal(number))
    use(workspace.olga_key, "2026-11-18T10:00", model="model-0", cost=Decimal("0.5"))
    use(workspace.olga_key, "2026-11-18T11:00", model="model-3", cost=Decimal("0.1"))
    first, second = body(ask(olga, "top=1&from=2026-11-17&to=2026-11-18"))["activity"]
    assert [group["key"] for group in first["breakdown"]] == ["model-3", None]
    assert first["breakdown"][1] == {
        "key": None, "label": "Other (3)", "other": True, "cost": 3, "requestCount": 3, "totalTokens": 450
    }  # fmt: skip
    assert [(group["key"], group["cost"]) for group in second["breakdown"]] == [
        ("model-3", Decimal("0.1")),
        (None, Decimal("0.5")),
    ]


@pytest.mark.parametrize(
    ("filters", "requests"),
    [
        ("project=proj_chat", 2),
        ("project=proj_chat&project=proj_search", 3),
        ("apiKey=key_olga", 1),
        ("member=mem_dora", 2),
        ("member=mem_dora&project=proj_chat", 1),
        ("model=gpt-5.5", 3),
        ("apiKey=key_olga&member=mem_dora", 0),
    ],
)
def test_filters_are_any_of_a_field_and_all_of_the_fields(filters, requests, workspace, olga):
    for key in (workspace.olga_key, workspace.dora_key, workspace.search_key):
        use(key, "2026-11-17T10:00")
    answer = body(ask(olga, f"from=2026-11-17&to=2026-11-17&{filters}"))
    assert answer["totals"]["requestCount"] == requests


def test_a_zone_off_the_reporting_hours_is_said(workspace, olga):
    assert body(ask(olga, "timezone=Asia/Kolkata"))["exact"] is False
    assert body(ask(olga, "timezone=Europe/Berlin"))["exact"] is True


@pytest.mark.parametrize("query", ["", "top=2", "range=24h", "project=proj_chat", "timezone=Asia/Kolkata&groupBy=user"])
def test_the_request_log_is_never_read(query, workspace, olga):
    use(workspace.olga_key, "2026-11-17T10:00")
    with CaptureQueriesContext(connection) as context:
        assert ask(olga, query).status_code == 200
    statements = [entry["sql"] for entry in context]
    assert any("usage" in statement or "detail" in statement for statement in statements)
    assert not any("analytics_request" in statement for statement in statements)


def test_answers_are_private_and_depend_on_who_asks(olga):
    response = ask(olga)
    assert response["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Cookie"} <= set(re.split(", ", response["Vary"]))


@pytest.mark.slow
def test_an_answer_with_every_group_is_streamed_in_constant_memory(workspace, olga, dora):
    keys = [ApiKeyFactory(project=workspace.chat, created_by=dora) for _ in range(200)]
    record.record_events([event(key, f"2026-11-{day:02}T10:00") for key in keys for day in range(1, 16)])

    def peak(days: int) -> tuple[int, int]:
        tracemalloc.start()
        response = ask(olga, f"groupBy=apiKey&from=2026-11-01&to=2026-11-{days:02}")
        size = sum(len(piece) for piece in response.streaming_content)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return size, most

    peak(15)  # what is imported and prepared once is not the answer's
    (short, least), (long, most) = peak(4), peak(15)
    assert long > 3 * short
    assert most < 2 * least
