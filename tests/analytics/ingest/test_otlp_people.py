"""With an access token each person of a coding agent has an API key of their own, of log records and of spans."""

import pytest
from django.test import Client

from accounts.gateway import people
from accounts.models import AccessToken, ApiKey, Membership, Project, hash_secret
from analytics.ingest.otlp_people import NO_AGENT
from analytics.models import Request
from tests.analytics.otel import NOON, SPAN, TRACE
from tests.analytics.otel_logs import CLAUDE, CODEX, CURSOR, DETAILS, GEMINI, SCOPES, attributes, in_json, logs, record
from tests.analytics.receipts import header
from tests.factories import MembershipFactory, UserFactory
from tests.kept import kept

pytestmark = pytest.mark.django_db
SECRET = "at-org-" + "t" * 40
SPAN_OF_CLAUDE = {
    "gen_ai.request.model": "claude-sonnet-4-5",
    "input_tokens": 700,
    "output_tokens": 50,
    "user.email": "dora@acme.test",
}


@pytest.fixture
@kept
def token(workspace) -> AccessToken:
    """May make keys."""
    return AccessToken.objects.create(
        organization=workspace.organization, scope="usage:write", creates_keys=True, token_hash=hash_secret(SECRET)
    )


def post(exported: dict, path: str = "/v1/logs"):
    body = in_json(exported)
    return Client().post(path, body, content_type="application/json", headers={"Authorization": f"Bearer {SECRET}"})


def post_claude(email: str | None = "dora@acme.test", resource: dict | None = None, **changes):
    given = CLAUDE | {"user.email": email} | changes
    return post(logs(record(given), scope=SCOPES["claude"], **(resource or {})))


def keys_used() -> set[tuple[str, str, str]]:
    used = ApiKey.objects.filter(pk__in=Request.objects.values("api_key_id"))
    return set(used.values_list("description", "project__name", "created_by__user__email"))


def spans(scope: str, given: dict, **resource) -> dict:
    span = {
        "traceId": TRACE,
        "spanId": SPAN,
        "name": "claude_code.llm_request",
        "startTimeUnixNano": str(NOON),
        "endTimeUnixNano": str(NOON + 10**9),
        "attributes": attributes(given),
    }
    scopes = [{"scope": {"name": scope}, "spans": [span]}]
    return {"resourceSpans": [{"resource": {"attributes": attributes(resource)}, "scopeSpans": scopes}]}


PEOPLE = {
    "a member": ("claude", CLAUDE, {}, "Claude Code · Dora", "Coding agents", "dora@acme.test"),
    "a member, in capitals": (
        "claude",
        CLAUDE | {"user.email": "DORA@Acme.test"},
        {},
        "Claude Code · Dora",
        "Coding agents",
        "dora@acme.test",
    ),
    "whose address the resource has": (
        "codex",
        CODEX | {"user.email": None},
        {"user.email": "dora@acme.test"},
        "Codex · Dora",
        "Coding agents",
        "dora@acme.test",
    ),
    "of a project": ("gemini", GEMINI, {"project": "Phoenix"}, "Gemini CLI · Dora", "Phoenix", "dora@acme.test"),
    "a stranger": (
        "claude",
        CLAUDE | {"user.email": "Guest@else.test"},
        {},
        "Claude Code · guest@else.test",
        "Coding agents",
        "olga@acme.test",
    ),
    "without an address": (
        "cursor",
        CURSOR | {"event.name": "cursor.api.request"},
        {"cursor.user.id": 77},
        "Cursor · 77",
        "Coding agents",
        "olga@acme.test",
    ),
    "without a name": (
        "codex",
        CODEX | {"user.email": None},
        {},
        "Codex",
        "Coding agents",
        "olga@acme.test",
    ),
}


@pytest.mark.parametrize(("scope", "given", "resource", *"dpo"), PEOPLE.values(), ids=PEOPLE)
def test_each_person_has_a_key_of_their_own(token, dora, scope, given, resource, d, p, o):
    type(dora.user).objects.filter(pk=dora.user.pk).update(name="Dora")
    exported = logs(record(given), scope=SCOPES[scope], **resource)
    assert post(exported)["X-Orgdash-Usage"] == header(recorded=1)
    assert post(exported)["X-Orgdash-Usage"] == header(repeated=1)
    assert keys_used() == {(d, p, o)}


def test_two_people_have_two_keys_and_one_person_a_key_for_each_agent(token):
    given = CLAUDE | {"request_id": "r2", "user.email": "olga@acme.test"}
    post(logs(record(CLAUDE), record(given), scope=SCOPES["claude"]))
    post(logs(record(CODEX), scope=SCOPES["codex"]))
    assert len(keys_used()) == 3
    assert Project.objects.filter(name="Coding agents").count() == 1


def test_namesakes_are_told_apart_by_their_addresses(token, workspace, dora):
    twin = MembershipFactory(
        organization=workspace.organization, user=UserFactory(name=dora.user.name, email="twin@acme.test")
    )
    post_claude(twin.user.email)
    post_claude(request_id="r2")
    assert {owner for _, _, owner in keys_used()} == {"dora@acme.test", "twin@acme.test"}
    assert {name.endswith((" (twin@acme.test)", " (dora@acme.test)")) for name, _, _ in keys_used()} == {True}


def test_who_has_left_is_a_stranger(token, dora, now):
    Membership.objects.filter(pk=dora.pk).update(removed_at=now)
    assert people(token.organization, ["dora@acme.test"]) == {}
    post_claude()
    assert keys_used() == {("Claude Code · dora@acme.test", "Coding agents", "olga@acme.test")}


def test_without_create_keys_a_key_is_found_or_the_call_refused_with_what_would_help(token):
    post_claude()
    AccessToken.objects.update(creates_keys=False)
    assert post_claude(request_id="r2")["X-Orgdash-Usage"] == header(recorded=1)
    answer = post_claude("guest@else.test", request_id="r3").json()["partialSuccess"]
    assert answer["rejectedLogRecords"] == "1"
    assert (
        'no API key of project "Coding agents" is described as "Claude Code · guest@else.test"'
        in answer["errorMessage"]
    )
    assert "--create-keys" in answer["errorMessage"]


def test_for_a_call_that_is_refused_anyway_no_key_is_made(token):
    assert post_claude("guest@else.test", model=None)["X-Orgdash-Usage"] == header(refused=1)
    assert ApiKey.objects.filter(description__startswith="Claude Code").count() == 0


def test_what_is_no_coding_agents_needs_a_keys_secret(token):
    answer = post(logs(record(DETAILS | {"user.email": "dora@acme.test"}))).json()["partialSuccess"]
    assert f"api_key: {NO_AGENT}" in answer["errorMessage"]
    assert ApiKey.objects.filter(project__name="Coding agents").count() == 0


@pytest.mark.parametrize(
    ("given", "resource"),
    [(SPAN_OF_CLAUDE, {}), (SPAN_OF_CLAUDE | {"user.email": None}, {"user.email": "dora@acme.test"})],
)
def test_an_agents_spans_are_of_the_same_key_as_its_log(token, given, resource):
    exported = spans("com.anthropic.claude_code.tracing", given, project="Phoenix", **resource)
    assert post(exported, "/v1/traces")["X-Orgdash-Usage"] == header(recorded=1)
    post_claude(resource={"project": "Phoenix"})
    assert [(project, owner) for _, project, owner in keys_used()] == [("Phoenix", "dora@acme.test")]


def test_spans_of_other_programs_need_a_keys_secret(token):
    given = {name: value for name, value in DETAILS.items() if name != "event.name"}
    answer = post(spans("my.library", given), "/v1/traces").json()["partialSuccess"]
    assert NO_AGENT in answer["errorMessage"]


def test_spans_of_gemini_cli_which_name_nobody_leave_it_to_its_log(token):
    spoken = {"gen_ai.operation.name": "llm_call", "gen_ai.request.model": "gemini-2.5-pro"}
    exported = spans("gemini-cli", spoken | {"gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 136})
    assert post(exported, "/v1/traces")["X-Orgdash-Usage"] == header(ignored=1)
    post(logs(record(GEMINI), scope=SCOPES["gemini"]))
    assert {owner for _, _, owner in keys_used()} == {"dora@acme.test"}


def test_with_a_keys_secret_all_counts_for_that_key(workspace):
    workspace.search_key.set_secret(SECRET)
    workspace.search_key.save()
    post_claude("olga@acme.test")
    assert list(Request.objects.values_list("api_key_id", flat=True)) == [workspace.search_key.pk]


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/logs", "/v1/metrics"])
def test_a_token_that_only_reads_is_forbidden(token, path):
    AccessToken.objects.update(scope="analytics:read")
    response = post({}, path)
    assert (response.status_code, "needs usage:write" in response.json()["message"]) == (403, True)


def test_the_statements_do_not_grow_with_the_people(token, django_assert_max_num_queries):
    def some(numbers: range) -> dict:
        emails = [CLAUDE | {"request_id": f"r{n}", "user.email": f"p{n % 3}@else.test"} for n in numbers]
        return logs(*map(record, emails), scope=SCOPES["claude"])

    post(some(range(3)))
    with django_assert_max_num_queries(60) as few:
        post(some(range(3, 6)))
    with django_assert_max_num_queries(len(few)):
        post(some(range(6, 60)))
