"""The demo as it is planted: the same for the same clock, of the promised shape, and its sums are its log's."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.models import Count, Max, Min, Sum
from django.test import override_settings

from accounts.models import ApiKey, Membership, Organization, Project, User
from analytics.demo import seed
from analytics.demo.cast import PASSWORD
from analytics.ledger import differences
from analytics.management.commands.seed_demo import Command
from analytics.metrics import DIMENSIONS, ORGANIZATION
from analytics.models import DailyUsage, Model, ModelAlias, Request
from tests.analytics.demo.rows import everything
from tests.conftest import NOW
from tests.kept import kept

pytestmark = pytest.mark.slow

SCALE = 0.05  # of the requests; people, projects and keys are all there


@pytest.fixture
@kept
def planted(db) -> Organization:
    with override_settings(CATALOGUE=True):
        Command().plant(SCALE)
    return Organization.objects.get(public_id="org_northwind")


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


def test_an_idle_key_was_used_last_when_the_cast_says(planted):
    used = dict(ApiKey.objects.exclude(last_used_at=None).values_list("public_id", "last_used_at"))
    assert used == {"key_mobile-legacy": NOW - timedelta(days=43)}


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


def test_an_interrupted_run_leaves_nothing(db):
    def interrupt(execute, sql, *rest):
        if "INSERT INTO analytics_hourlyusage" in sql:
            raise KeyboardInterrupt
        return execute(sql, *rest)

    with connection.execute_wrapper(interrupt), pytest.raises(KeyboardInterrupt):
        Command().plant(0.01)
    assert not Organization.objects.exists()
    assert not Request.objects.exists()


def test_the_workspace_has_a_secret_of_its_own_for_every_key_the_same_every_time():
    def secrets() -> list[str]:
        companies = seed.workspace_file()["organizations"]
        return [
            key["secret"] for company in companies for project in company["projects"] for key in project["api_keys"]
        ]

    first = secrets()
    assert first == secrets()
    assert len(first) == len(set(first)) > 40
    assert {(secret[:7], len(secret)) for secret in first} == {("sk-org-", 50)}


def test_people_who_were_there_keep_their_password_and_newcomers_have_the_demos(db):
    maya = User.objects.create_user("maya@northwind.example", password="her own", name="Maya")
    seed.plant(NOW, 0.001, lambda: None)
    maya.refresh_from_db()
    assert maya.check_password("her own")
    assert User.objects.get(email="aiko@northwind.example").check_password(PASSWORD)
