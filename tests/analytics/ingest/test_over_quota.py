"""What one organization may bring: over a quota nothing is lost, nothing is half recorded, and what is good is kept."""

import pytest

from accounts.models import AccessToken, ApiKey, Project, RateWindow, hash_secret
from analytics.models import Model, Request
from tests.analytics.gateway import payload
from tests.analytics.ingest import posts
from tests.analytics.receipts import receipt
from tests.analytics.usage import SECRET
from tests.kept import kept

pytestmark = pytest.mark.django_db

TOKEN = "at-org-" + "t" * 40


def made(number: int, model: str = "gpt-5.5", timestamp: str = "2026-11-18T12:00:00Z") -> dict:
    named = {"id": f"req-{number}", "timestamp": timestamp, "provider": "openai", "model": model}
    return named | {"input_tokens": 1, "output_tokens": 1}


def post(body: object, url: str = "/usage/events", secret: str = SECRET):
    return posts.post(url, body, secret=secret)


def spans(*models: str) -> dict:
    def span(number: int, model: str) -> dict:
        given = {"gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": model}
        counts = {"gen_ai.usage.input_tokens": 1, "gen_ai.usage.output_tokens": 1}
        attributes = [{"key": key, "value": {"stringValue": value}} for key, value in given.items()]
        attributes += [{"key": key, "value": {"intValue": value}} for key, value in counts.items()]
        ids = {"traceId": "a" * 32, "spanId": f"{number:016x}", "name": "chat"}
        times = {"startTimeUnixNano": "1795000000000000000", "endTimeUnixNano": "1795000001000000000"}
        return ids | times | {"attributes": attributes}

    listed = [span(number, model) for number, model in enumerate(models, 1)]
    return {"resourceSpans": [{"scopeSpans": [{"spans": listed}]}]}


@pytest.fixture
@kept
def creator(workspace) -> AccessToken:
    fields = {"scope": "usage:write", "token_hash": hash_secret(TOKEN), "creates_keys": True}
    return AccessToken.objects.create(organization=workspace.organization, **fields)


def next_window() -> None:
    RateWindow.objects.update(ends_at="2020-01-01T00:00Z")


# --- events a minute ---

DOORS = [
    ("/usage/events", [made(1), made(2)], [made(3)], 429),
    ("/usage/litellm", [payload(1), payload(2)], [payload(3)], 503),  # LiteLLM never tries a 429 again
    ("/v1/traces", spans("one", "two"), spans("three"), 429),
]


@pytest.mark.parametrize(("url", "first", "second", "status"), DOORS)
def test_over_the_events_of_a_minute_the_whole_request_is_to_be_sent_again(url, first, second, status, key, settings):
    settings.QUOTA_EVENTS = 2
    assert post(first, url).status_code == 200
    before = Request.objects.count()
    refused = post(second, url)
    assert (refused.status_code, Request.objects.count()) == (status, before)
    assert 55 <= int(refused["Retry-After"]) <= 60
    next_window()
    assert post(second, url).status_code == 200


def test_a_request_that_begins_within_the_quota_is_taken_whole(key, settings):
    settings.QUOTA_EVENTS = 2
    assert post([made(n) for n in range(5)]).json() == receipt(recorded=5)


def test_what_one_organization_sends_is_not_counted_for_another(key, foreign_key, settings):
    settings.QUOTA_EVENTS = 1
    foreign_key.set_secret(SECRET[::-1])
    foreign_key.save()
    answers = [post(made(n), secret=secret).status_code for n, secret in enumerate((SECRET, SECRET[::-1], SECRET))]
    assert answers == [200, 200, 429]


# --- new models a day ---


def test_new_models_beyond_the_quota_are_refused_by_name_and_the_rest_is_kept(key, settings):
    post(made(1, "known"))
    settings.QUOTA_NEW_MODELS = 3  # of which one is used
    answer = post([made(n, name) for n, name in enumerate(["known", "a", "b", "c", "a", "d"], 2)])
    assert (answer.status_code, answer.json()["recorded"]) == (200, 4)
    refused = [(one["id"], one["field"], one["message"]) for one in answer.json()["refused"]]
    words = "is new, and an organization may bring 3 new models a day; send it again in 24 h"
    assert refused == [("req-5", "model", f'"c" {words}'), ("req-7", "model", f'"d" {words}')]
    assert set(Model.objects.values_list("name", flat=True)) == {"known", "a", "b"}


@pytest.mark.parametrize(
    ("url", "body", "status"),
    [
        ("/usage/events", made(2, "b"), 429),
        ("/usage/litellm", payload(2, model="b"), 503),
        ("/v1/traces", spans("b"), 429),
    ],
)
def test_where_nothing_could_be_kept_the_whole_is_to_be_sent_again(url, body, status, key, settings):
    settings.QUOTA_NEW_MODELS = 1
    post(made(1, "a"))
    refused = post(body, url)
    assert (refused.status_code, Request.objects.count()) == (status, 1)
    assert 86_000 < int(refused["Retry-After"]) <= 86_400
    assert "1 new models a day" in refused.content.decode()
    next_window()
    assert post(body, url).status_code == 200
    assert Request.objects.count() == 2


def test_a_sender_that_comes_again_after_the_day_has_lost_nothing(key, settings):
    settings.QUOTA_NEW_MODELS = 1
    sent = [made(1, "a"), made(2, "b")]
    assert post(sent).json()["recorded"] == 1
    next_window()
    assert post(sent).json() == receipt(recorded=1, repeated=1)


# --- months of a request ---


def test_events_of_more_months_than_a_request_may_have_are_for_another(key, settings):
    settings.QUOTA_MONTHS = 2
    sent = [made(n, timestamp=f"2026-{month}-05T10:00:00Z") for n, month in enumerate(("05", "06", "07", "05"))]
    answer = post(sent).json()
    assert (answer["recorded"], [(one["id"], one["field"]) for one in answer["refused"]]) == (
        3,
        [("req-2", "timestamp")],
    )
    assert "one month more than the 2 of which a request may have events" in answer["refused"][0]["message"]
    assert post(sent[2]).json() == receipt(recorded=1)


# --- keys and projects a day ---


def logged(number: int, key: str, team: str) -> dict:
    return payload(number, metadata={"user_api_key_alias": key, "user_api_key_team_alias": team})


@pytest.mark.parametrize(("setting", "what"), [("QUOTA_NEW_KEYS", "API keys"), ("QUOTA_NEW_PROJECTS", "projects")])
def test_keys_and_projects_beyond_the_quota_are_not_made_and_their_events_wait(setting, what, creator, settings):
    setattr(settings, setting, 1)
    sent = [logged(1, "alpha", "Growth"), logged(2, "beta", "Sales")]
    first = post(sent, "/usage/litellm", TOKEN)
    assert (first.status_code, first.json()["recorded"]) == (200, 1)
    (refused,) = first.json()["refused"]
    words = f"senders had 1 {what} made in this organization in a day; send it again in 24 h"
    assert (refused["field"], refused["message"]) == ("api_key", words)
    assert not Project.objects.filter(name="Sales").exists()
    assert post(sent[1:], "/usage/litellm", TOKEN).status_code == 503
    next_window()
    assert post(sent, "/usage/litellm", TOKEN).json() == receipt(recorded=1, repeated=1)


def test_keys_that_are_there_use_nothing_up(creator, settings):
    settings.QUOTA_NEW_KEYS = 1
    post([logged(1, "alpha", "Growth")], "/usage/litellm", TOKEN)
    assert post([logged(2, "alpha", "Growth")], "/usage/litellm", TOKEN).json() == receipt(recorded=1)
    assert ApiKey.objects.filter(description="alpha").count() == 1
