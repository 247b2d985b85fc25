"""What one organization fills its tables with costs no other a row: its models, keys, projects and members."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analytics.ledger import record
from analytics.models import SUMS, Model
from tests.analytics.plans import rows_read
from tests.analytics.usage import event
from tests.browsers import enter

pytestmark = pytest.mark.django_db

OWN_MODELS, STRANGERS = 60, 6_000
PAGE, OWN = "/organizations/org_acme/analytics/", "/organizations/org_acme/usage/"
ACTIVITY = "/analytics/activity?organizationId=org_acme"
MOST = STRANGERS // 2  # rows of one table, in all statements of an answer


@pytest.fixture
def asked(workspace, foreign_key, olga, now) -> Client:
    """Acme used many models by three keys for weeks; the other organization has a hundred times as much of all."""
    keys = (workspace.olga_key, workspace.dora_key, workspace.search_key)
    used = [
        event(keys[n % 3], now - timedelta(days=1 + n % 20), model=f"model-{n % OWN_MODELS}", cost=None if n % 7 else 1)
        for n in range(10 * OWN_MODELS)
    ]
    record.record_events([*used, event(foreign_key, now - timedelta(days=1))])
    with connection.cursor() as cursor:
        for statement in JUNK:
            cursor.execute(statement, {"key": foreign_key.pk, "other": foreign_key.project.organization_id})
        cursor.execute("ANALYZE")
    return enter(Client(), olga.user)


_ONES = ", ".join("1" for _ in SUMS)
_NUMBERS = f"generate_series(1, {STRANGERS}) AS n"
JUNK = (
    "INSERT INTO analytics_model (provider, name, canonical)"
    f" SELECT 'junk', 'junk-' || n, 'junk-' || n FROM {_NUMBERS}",
    "INSERT INTO accounts_user (password, is_superuser, name, email, is_staff, is_active, date_joined)"
    f" SELECT '', false, n, n || '@junk.test', false, true, now() FROM {_NUMBERS}",
    "INSERT INTO accounts_membership (public_id, organization_id, user_id, role, created_at)"
    " SELECT 'mem_junk' || u.id, %(other)s, u.id, 'developer', now() FROM accounts_user u WHERE email ~ 'junk.test'",
    "INSERT INTO accounts_project (public_id, organization_id, name, status, created_at)"
    f" SELECT 'proj_junk' || n, %(other)s, 'junk', 'active', now() FROM {_NUMBERS}",
    "INSERT INTO accounts_apikey"
    " (public_id, project_id, created_by_id, description, secret_hash, last_four, created_at)"
    " SELECT 'key_junk' || p.id, p.id, k.created_by_id, 'junk', p.id, '', now()"
    " FROM accounts_project p, accounts_apikey k WHERE p.name = 'junk' AND k.id = %(key)s",
    *(
        f"INSERT INTO analytics_{table} (organization_id, dimension, key, {bucket}, {', '.join(SUMS)})"
        f" SELECT %(other)s, 1, m.id, date_trunc('{bucket}', timestamptz '2026-11-17 10:00Z' AT TIME ZONE 'UTC'),"
        f" {_ONES} FROM analytics_model m WHERE provider = 'junk'"
        for table, bucket in (("monthlyusage", "month"), ("dailyusage", "day"), ("hourlyusage", "hour"))
    ),
    "ANALYZE accounts_apikey, analytics_model",  # or PostgreSQL would look through all models for each key
    f"INSERT INTO analytics_dailydetail (organization_id, day, api_key_id, model_id, project_id, {', '.join(SUMS)})"
    f" SELECT %(other)s, '2026-11-17', k.id, m.id, k.project_id, {_ONES}"
    " FROM (SELECT id, project_id, row_number() OVER () AS n FROM accounts_apikey WHERE description = 'junk') k"
    " JOIN (SELECT id, row_number() OVER () AS n FROM analytics_model WHERE provider = 'junk') m USING (n)",
)


@pytest.mark.slow
def test_nothing_of_another_organization_is_read_for_an_answer(asked, subtests):
    """Of the tables that all share only the rows of what this one used, and a few of theirs on the way."""
    for url in (
        *(f"{PAGE}?range=12m&groupBy={group}" for group in ("model", "project", "apiKey", "user")),
        f"{PAGE}?model=model-1&groupBy=user",
        *(f"{PAGE}?range=7d&compare=previous&why=rows&groupBy={group}" for group in ("project", "apiKey", "user")),
        f"{PAGE}?model=nothing&project=proj_chat",
        f"{PAGE}?range=24h&groupBy=user&member=mem_dora",
        *(f"{PAGE}filters/{field}/" for field in ("model", "project", "apiKey", "member")),
        f"{PAGE}filters/model/?model=model-2",
        f"{PAGE}export.csv?groupBy=model&model=model-1",
        f"{ACTIVITY}&groupBy=user&model=model-1",
        *(f"{ACTIVITY}&groupBy={group}" for group in ("model", "project", "apiKey", "user")),
        f"{OWN}?range=30d",
        "/organizations/org_acme/projects/proj_chat/analytics/filters/model/",
        "/organizations/org_acme/incoming/",
    ):
        with subtests.test(url):
            with CaptureQueriesContext(connection) as context:
                response = asked.get(url)
                b"".join(response) if response.streaming else response.content
            assert response.status_code == 200
            read = rows_read(
                entry["sql"].partition(" FOR ")[2] if "DECLARE" in entry["sql"] else entry["sql"]
                for entry in context
                if "SELECT" in entry["sql"][:400]
            )
            assert read.total() > 0
            assert {table: rows for table, rows in read.items() if rows > MOST} == {}


def test_the_admin_of_models_does_not_list_every_provider(admin_client):
    Model.objects.bulk_create(Model(provider=f"junk-{n}", name="junk", canonical="junk") for n in range(300))
    page = admin_client.get("/admin/analytics/model/").content.decode()
    assert page.count("junk-") < 250
