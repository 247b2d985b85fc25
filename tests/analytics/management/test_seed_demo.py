"""The demo: the same to the last digit for the same clock, of the promised shape, and its sums are its log's."""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count, Max, Min, Sum
from django.test import override_settings

from accounts.models import ApiKey, Membership, Organization, Project, User
from analytics.demo.cast import COMPANIES, PASSWORD, VISITORS
from analytics.demo.traffic import calls
from analytics.ingest.event_rules import COST_PLACES
from analytics.ledger import differences
from analytics.management.commands.seed_demo import Command
from analytics.metrics import DIMENSIONS, ORGANIZATION
from analytics.models import DailyUsage, Model, ModelAlias, Request
from tests.analytics.processes import ROOT
from tests.conftest import NOW
from tests.factories import OrganizationFactory
from tests.kept import kept

pytestmark = pytest.mark.slow

SCALE = 0.05  # of the requests; people, projects and keys are all there


@pytest.fixture
@kept
def planted(db):
    with override_settings(CATALOGUE=True):
        Command().plant(SCALE)
    return Organization.objects.get(public_id="org_northwind")


def everything() -> dict[str, str]:
    """A hash of each table's rows by public ids, without what is counted up or random by nature."""
    statements = {
        "requests": "SELECT o.public_id, r.occurred_at, event_id, p.public_id, k.public_id, m.public_id, provider,"
        " l.name, is_error, input_tokens, output_tokens, cached_input_tokens, cost FROM analytics_request r"
        " JOIN accounts_organization o ON o.id = organization_id JOIN accounts_project p ON p.id = project_id"
        " JOIN accounts_apikey k ON k.id = api_key_id JOIN accounts_membership m ON m.id = member_id"
        " JOIN analytics_model l ON l.id = model_id ORDER BY 1, 2, 3",
        "keys": "SELECT k.public_id, m.public_id, description, secret_hash, last_four, revoked_at, last_used_at,"
        " k.created_at"
        " FROM accounts_apikey k JOIN accounts_membership m ON m.id = created_by_id ORDER BY 1",
        "members": "SELECT m.public_id, u.email, u.name, role FROM accounts_membership m JOIN accounts_user u"
        " ON u.id = user_id ORDER BY 1",
        "projects": "SELECT p.public_id, p.name, p.status, o.public_id, o.name, plan, time_zone FROM accounts_project p"
        " JOIN accounts_organization o ON o.id = organization_id ORDER BY 1",
        "days": "SELECT o.public_id, day, request_count, input_tokens, output_tokens, cost FROM analytics_dailyusage"
        " JOIN accounts_organization o ON o.id = organization_id WHERE dimension = 0 ORDER BY 1, 2",
    }
    hashes = {}
    with connection.cursor() as cursor:
        for name, statement in statements.items():
            cursor.execute(statement)
            rows = cursor.fetchall()
            hashes[name] = f"{len(rows)} {hashlib.sha256(repr(rows).encode()).hexdigest()}"
    return hashes


def planted_and_undone(now, settings) -> dict[str, str]:
    settings.ORGDASH_NOW = now
    before = transaction.savepoint()
    Command().plant(SCALE / 3)
    found = everything()
    transaction.savepoint_rollback(before)
    return found


def test_two_runs_at_one_instant_are_the_same_to_the_last_digit(db, settings):
    first, second, later = (planted_and_undone(now, settings) for now in (NOW, NOW, NOW + timedelta(days=1)))
    assert first == second
    assert first["requests"] != later["requests"]
    assert first["members"] == later["members"]


def test_two_processes_make_the_same_requests():
    program = (
        "import hashlib; from datetime import datetime; from analytics.demo import cast, traffic;"
        f"now = datetime.fromisoformat('{NOW.isoformat()}');"
        "requests = [list(traffic.calls(company, now, 0.2)) for company in cast.COMPANIES];"
        "print(sum(map(len, requests)), hashlib.sha256(repr(requests).encode()).hexdigest())"
    )
    # Text is hashed otherwise in each: an order that hangs on it shows.
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", program], cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": seed}, stdout=subprocess.PIPE
        )
        for seed in ("1", "2")
    ]
    first, second = (run.communicate(timeout=60)[0].decode() for run in runs)
    assert first == second
    assert int(first.split()[0]) > 20_000


def test_there_are_three_companies_on_three_plans(planted):
    assert dict(Organization.objects.values_list("name", "plan")) == {
        "Northwind Labs": "enterprise",
        "Lumen Studio": "pro",
        "Tanaka Lab": "free",
    }
    assert all(
        Request.objects.filter(organization_id=organization.pk).exists() for organization in Organization.objects.all()
    )


def test_the_enterprise_has_the_promised_shape(planted):
    keys = ApiKey.objects.filter(project__organization=planted)
    assert Project.objects.filter(organization=planted).count() == 12
    assert (keys.count(), keys.exclude(revoked_at=None).count()) == (42, 2)
    roles = Counter(Membership.objects.filter(organization=planted).values_list("role", flat=True))
    assert roles == {"owner": 1, "admin": 2, "developer": 6}


def test_twelve_models_of_several_providers_are_used_and_one_has_no_price(planted):
    requests = Request.objects.filter(organization_id=planted.pk)
    aliases = {(alias.provider, alias.name): alias.canonical for alias in ModelAlias.objects.all()}
    used = Model.objects.filter(pk__in=requests.values("model_id"))
    assert len({aliases.get((model.provider, model.name), model.canonical) for model in used}) == 12
    assert len({model.provider for model in used}) >= 5
    unpriced = Model.objects.filter(pk__in=requests.filter(cost=None).values("model_id"))
    assert [model.name for model in unpriced] == ["llama3:70b-instruct"]
    assert not requests.filter(model_id=unpriced.get().pk).exclude(cost=None).exists()


def test_a_part_of_the_cost_is_estimated_and_every_class_of_tokens_is_there(planted):
    days = DailyUsage.objects.filter(organization_id=planted.pk, dimension=ORGANIZATION.number)
    sums = days.aggregate(*map(Sum, ("cost", "estimated_cost", "cache_write_tokens", "reasoning_tokens")))
    assert 0.05 < sums["estimated_cost__sum"] / sums["cost__sum"] < 0.5
    assert sums["cache_write_tokens__sum"] > 0
    assert sums["reasoning_tokens__sum"] > 0
    requests = Request.objects.filter(organization_id=planted.pk)
    assert set(requests.values_list("service_tier", flat=True).distinct()) == {"standard", "batch"}
    assert requests.filter(cache_write_1h_tokens__gt=0).exists()


def test_a_model_has_rows_of_which_all_a_part_and_nothing_is_estimated(planted):
    by_model = DailyUsage.objects.filter(organization_id=planted.pk, dimension=DIMENSIONS["model"].number)
    canonical = {model.pk: model.canonical for model in Model.objects.all()}
    costs: Counter[str] = Counter()
    estimates: Counter[str] = Counter()
    for key, cost, estimated in by_model.values_list("key", "cost", "estimated_cost"):
        costs[canonical[key]] += cost
        estimates[canonical[key]] += estimated
    assert estimates["text-embedding-3-large"] == costs["text-embedding-3-large"] > 0
    assert 0 < estimates["claude-haiku-4-5"] < costs["claude-haiku-4-5"]
    assert estimates["gpt-5.5-mini"] == 0 < costs["gpt-5.5-mini"]


def test_traffic_covers_thirteen_months_up_to_now(planted):
    span = Request.objects.filter(organization_id=planted.pk).aggregate(
        first=Min("occurred_at"), last=Max("occurred_at")
    )
    assert timedelta(days=395) <= NOW - span["first"] <= timedelta(days=397)
    assert timedelta() < NOW - span["last"] <= timedelta(hours=1)
    days = DailyUsage.objects.filter(organization_id=planted.pk, dimension=ORGANIZATION.number)
    assert len({(day.year, day.month) for day in days.values_list("day", flat=True)}) == 14  # both ends are parts


def test_a_revoked_key_was_used_before_it_was_revoked_and_not_after(planted):
    for key in ApiKey.objects.exclude(revoked_at=None):
        last = Request.objects.filter(api_key_id=key.pk).aggregate(last=Max("occurred_at"))["last"]
        assert last < key.revoked_at <= NOW


def test_one_person_is_developer_here_and_owner_there(planted):
    aiko = User.objects.get(email="aiko@northwind.example")
    assert dict(aiko.memberships.values_list("organization__plan", "role")) == {
        "enterprise": "developer",
        "free": "owner",
    }


def test_no_key_is_everything_and_every_key_is_something(planted):
    by_key = DailyUsage.objects.filter(organization_id=planted.pk, dimension=DIMENSIONS["apiKey"].number).values("key")
    counts = [row["requests"] for row in by_key.annotate(requests=Sum("request_count"))]
    assert len(counts) >= 38  # a twentieth of the traffic may miss the rarest ones
    assert max(counts) < sum(counts) / 5


def test_every_sum_is_the_logs(planted):
    assert [differences.differences(organization.pk) for organization in Organization.objects.all()] == [[], [], []]
    days = DailyUsage.objects.filter(dimension=ORGANIZATION.number).aggregate(Sum("cost"), Sum("request_count"))
    log = Request.objects.aggregate(cost__sum=Sum("cost"), request_count__sum=Count("event_id"))
    assert days == log
    assert days["cost__sum"] > Decimal(0)


def test_every_full_call_is_an_event_that_the_door_would_take():
    for company in COMPANIES:
        for call in calls(company, NOW, 1):
            assert 0 <= call.cached_input_tokens + call.cache_write_tokens <= call.input_tokens
            assert 0 <= call.cache_write_1h_tokens <= call.cache_write_tokens
            assert 0 <= call.reasoning_tokens <= call.output_tokens
            assert call.at <= NOW
            assert (call.cost or Decimal(0)).as_tuple().exponent >= -COST_PLACES


# --- the command ---


def test_visitors_are_introduced_with_the_address_and_can_sign_in(planted, capsys, client):
    call_command("seed_demo", if_empty=True, url="http://127.0.0.1:8000")
    said = capsys.readouterr().out
    assert "orgdash is on http://127.0.0.1:8000\n" in said
    assert PASSWORD in said
    for email, sees in VISITORS:
        assert f"{email:<24} {sees}" in said
        assert client.post("/accounts/login/", {"username": email, "password": PASSWORD}).status_code == 302


def test_a_second_time_is_refused_and_changes_nothing(planted):
    before = everything()
    with pytest.raises(CommandError, match="the demo data is there already; nothing was changed"):
        call_command("seed_demo")
    assert everything() == before


def test_if_empty_plants_nothing_beside_real_organizations(db, capsys):
    OrganizationFactory()
    call_command("seed_demo", if_empty=True)
    assert Organization.objects.count() == 1
    assert "password" not in capsys.readouterr().out


def test_an_interrupted_run_leaves_nothing(db):
    def interrupt(execute, sql, *rest):
        if "INSERT INTO analytics_hourlyusage" in sql:
            raise KeyboardInterrupt
        return execute(sql, *rest)

    with connection.execute_wrapper(interrupt), pytest.raises(KeyboardInterrupt):
        Command().plant(0.01)
    assert not Organization.objects.exists()
    assert not Request.objects.exists()
