"""/healthz, /readyz and /metrics: what they ask, whom they answer, and what they say."""

import pytest
from django.db import OperationalError, connection
from django.test import Client, override_settings

from orgdash.version import VERSION

TOKEN = "metrics-" + "p" * 40


def test_healthz_says_the_version_and_asks_the_database_nothing():
    answer = Client().get("/healthz")  # no django_db mark: any statement fails here
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "version": VERSION})
    assert "no-store" in answer["Cache-Control"]


def broken(execute, sql, params, many, context):
    raise OperationalError("gone")


@pytest.mark.django_db
def test_readyz_says_that_the_database_does_not_answer(caplog):
    with connection.execute_wrapper(broken):
        answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["detail"]) == (503, "the database does not answer")
    assert "not ready" in caplog.text


@pytest.mark.django_db
def test_readyz_counts_the_migrations_that_are_not_applied():
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["detail"]) == (503, "1 migrations are not applied")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_a_probe_is_only_asked(path):
    assert Client().post(path).status_code == 405


def test_without_a_token_there_is_no_such_address():
    assert Client().get("/metrics").status_code == 404


@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer wrong", f"bearer {TOKEN}", f"Bearer {TOKEN}\u00e9"])
def test_who_has_not_the_token_is_told_nothing(given):
    with override_settings(METRICS_TOKEN=TOKEN):
        answer = Client().get("/metrics", headers={"Authorization": given})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert b"orgdash_" not in answer.content
