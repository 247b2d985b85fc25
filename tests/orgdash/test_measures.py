"""/metrics for Prometheus: what is counted, and that it never tells what was sent; with it the log as JSON."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client, override_settings
from prometheus_client.parser import text_string_to_metric_families

from orgdash import turns
from orgdash.version import VERSION
from tests.analytics.conftest import workspace  # noqa: F401 - a fixture
from tests.analytics.processes import wait_until
from tests.servers import answers, fetch, serving

TOKEN = "metrics-" + "t" * 40
SECRET = "sk-org-" + "s" * 40
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(text: str) -> Samples:
    families = text_string_to_metric_families(text)
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def value(found: Samples, name: str, **labels: str) -> float:
    return found.get((name, frozenset(labels.items())), 0)


@pytest.fixture
def told() -> Iterator[object]:
    with override_settings(METRICS_TOKEN=TOKEN):
        asked = {"Authorization": f"Bearer {TOKEN}"}
        yield lambda: samples(Client().get("/metrics", headers=asked).content.decode())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "address", "status"),
    [
        ("/healthz", "/healthz", "200"),
        ("/organizations/org_secret/analytics/", "/organizations/<organization>/analytics/", "302"),
        ("/nowhere/of/mine", "none", "404"),
        ("/static/css/base.css", "/static/", "200"),
    ],
)
def test_requests_are_counted_by_route_and_never_by_path(path, address, status, told):
    before = told()
    Client().get(path).close()
    after = told()
    grown = value(after, "orgdash_requests_total", address=address, status=status)
    assert grown - value(before, "orgdash_requests_total", address=address, status=status) == 1
    seconds = value(after, "orgdash_request_seconds_count", address=address)
    assert seconds - value(before, "orgdash_request_seconds_count", address=address) == 1
    assert not any("secret" in str(labels) or "mine" in str(labels) for _, labels in after)


@pytest.mark.django_db
def test_events_are_counted_by_door_and_by_what_became_of_them(workspace, told, now):  # noqa: F811
    workspace.dora_key.set_secret(SECRET)
    workspace.dora_key.save()
    key = {"Authorization": f"Bearer {SECRET}"}
    event = {"id": "m-1", "timestamp": now.isoformat(), "provider": "openai", "model": "gpt-5.5"}
    sent = [event, event, event | {"id": "m-2", "timestamp": (now - timedelta(days=1)).isoformat()}, {"id": "m-3"}]
    before = told()
    answer = Client().post("/usage/events", json.dumps(sent), "application/json", headers=key)
    after = told()
    assert (answer.json()["recorded"], "newest" in answer.json()) == (2, False)

    def grown(outcome: str) -> float:
        labels = {"door": "/usage/events", "outcome": outcome}
        return value(after, "orgdash_events_total", **labels) - value(before, "orgdash_events_total", **labels)

    assert [grown(one) for one in ("recorded", "repeated", "refused", "merged")] == [2, 1, 1, 0]
    newest = ("orgdash_newest_event_timestamp_seconds", frozenset({("door", "/usage/events")}))
    assert after[newest] == max(now.timestamp(), before.get(newest, 0))  # of one process, whatever tests ran in it


@pytest.mark.django_db(transaction=True)
def test_open_connections_are_counted(told):
    connection.close()
    before = told()
    connection.ensure_connection()
    during = told()
    connection.close()
    assert value(during, "orgdash_database_connections") - value(before, "orgdash_database_connections") == 1
    assert told()["orgdash_database_connections", frozenset()] == value(before, "orgdash_database_connections")


def test_pages_that_are_made_and_refused_are_counted(told):
    pages = turns.Turns(turns.Room(at_once=1, waiting=0))
    before = told()
    assert pages.begin()
    during = told()
    pages.end()
    made = {"state": "made"}
    assert value(during, "orgdash_pages", **made) - value(before, "orgdash_pages", **made) == 1
    assert value(told(), "orgdash_pages", **made) == value(before, "orgdash_pages", **made)


def test_the_version_is_told(told):
    (found,) = [labels for name, labels in told() if name == "orgdash_build_info"]
    assert dict(found)["version"] == VERSION


@pytest.mark.slow
def test_two_servers_tell_as_one_and_every_line_of_their_log_is_json(tmp_path):
    asked = {"Authorization": f"Bearer {TOKEN}"}
    more = {"METRICS_TOKEN": TOKEN, "LOG_FORMAT": "json"}
    with serving(tmp_path, "--log-level", "info", **more) as (process, pages, doors):
        wait_until(lambda: answers(pages) and answers(doors))
        before = [samples(fetch(port, "/metrics", **asked).body.decode()) for port in (pages, doors)]
        lost = fetch(pages, "/nowhere?secret=1")
        fetch(doors, "/v1/nowhere")
        found = [samples(fetch(port, "/metrics", **asked).body.decode()) for port in (pages, doors)]
        process.terminate()
        lines = process.communicate(timeout=30)[1].splitlines()
    for first, then in zip(before, found, strict=True):
        grown = {key: then[key] - first.get(key, 0) for key in then if key[0] == "orgdash_requests_total"}
        assert value(grown, "orgdash_requests_total", address="none", status="404") == 1
        assert sum(grown.values()) >= 3
    said = [json.loads(line) for line in lines]
    (named,) = [line for line in said if line.get("request_id") == lost.headers["X-Request-ID"]]
    assert named | {"timestamp": ""} == {
        **{"timestamp": "", "level": "WARNING", "logger": "django.request", "status_code": 404},
        **{"request_id": lost.headers["X-Request-ID"], "message": "Not Found: /nowhere"},
    }
    assert {"gunicorn.error", "django.request"} <= {line["logger"] for line in said}
    assert not any("secret" in line for line in lines)
