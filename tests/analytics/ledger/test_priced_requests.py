"""The price book: what comes in without a cost is priced, what has a cost keeps it, and the sums follow."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client

from analytics.ledger import differences, record
from analytics.models import CostSource, MonthlyUsage, Price, Request
from tests.analytics.ledger.priced import TOKENS, price, run
from tests.analytics.usage import event, use
from tests.browsers import enter
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def cost() -> Decimal | None:
    return Request.objects.get().cost


@pytest.mark.parametrize(
    ("provider", "model"), [("openai", "gpt-5.5"), ("OpenAI", "openai/GPT-5.5:beta"), ("openai", "azure/gpt-5.5")]
)
def test_what_has_no_cost_is_priced_by_provider_and_canonical_model(workspace, provider, model):
    price()
    use(workspace.olga_key, "2026-06-20T10:00", provider=provider, model=model, **TOKENS)
    # 600,000 at $2, 400,000 cached at $0.50, 200,000 out at $10, each per million.
    assert cost() == Decimal("3.4")


@pytest.mark.parametrize(
    "changes", [{"provider": "azure"}, {"model": "gpt-5.5-mini"}, {"cost": Decimal("0.7")}, {"cost": Decimal(0)}]
)
def test_another_provider_or_model_and_a_cost_that_was_sent_are_left_as_they_are(workspace, changes):
    price()
    use(workspace.olga_key, "2026-06-20T10:00", **TOKENS | changes)
    assert cost() == changes.get("cost")


NO_TOKENS = {"input_tokens": 0, "output_tokens": 0, "cached_input_tokens": 0, "cost": None}


@pytest.mark.parametrize("later", [False, True], ids=["on arrival", "repriced"])
@pytest.mark.parametrize(
    ("changes", "amounts", "paid"),
    [
        ({}, ("2", "0.5", "10"), None),
        ({"is_error": True}, ("2", "0.5", "10"), 0),
        ({}, ("0", "0", "0"), 0),
        ({"output_tokens": 1}, ("2", "0.5", "10"), Decimal("0.00001")),
    ],
    ids=["answered", "failed", "free", "one token"],
)
def test_an_answer_that_says_no_tokens_has_no_price(workspace, changes, amounts, paid, later):
    steps = [
        lambda: price(amounts=amounts),
        lambda: use(workspace.olga_key, "2026-06-20T10:00", **NO_TOKENS | changes),
    ]
    for step in reversed(steps) if later else steps:
        step()
    run("reprice")
    assert cost() == paid
    assert MonthlyUsage.objects.get(dimension=0).unpriced_count == (paid is None)
    assert differences.differences(workspace.organization.pk) == []


@pytest.mark.parametrize(
    ("at", "paid"),
    [
        ("2025-12-31T23:59:59", None),
        ("2026-01-01T00:00", "3.4"),
        ("2026-06-30T23:59", "3.4"),
        ("2026-07-01T00:00", "1.7"),
    ],
)
def test_the_newest_price_that_is_valid_on_the_day_counts(workspace, at, paid):
    price()
    price(since="2026-07-01", amounts=("1", "0.25", "5"))
    use(workspace.olga_key, at, **TOKENS)
    assert cost() == (paid and Decimal(paid))


def test_what_the_book_does_not_know_is_priced_by_the_catalogue_if_it_is_on(workspace, settings):
    settings.CATALOGUE = True
    use(workspace.olga_key, "2026-11-20T10:00", **TOKENS | {"model": "gpt-4o", "service_tier": "batch"})
    request = Request.objects.get()
    # 600,000 at $1.25, 400,000 cached at $1.25, 200,000 out at $5, each per million.
    assert (request.cost, request.cost_source) == (Decimal("2.25"), CostSource.CATALOGUE)
    price(model="gpt-4o")
    run("reprice", "--all")
    request.refresh_from_db()
    assert (request.cost, request.cost_source) == (Decimal("3.4"), CostSource.BOOK)
    assert differences.differences(workspace.organization.pk) == []


def test_cached_input_without_its_own_price_costs_what_input_does(workspace):
    price(amounts=("2", None, "10"))
    use(workspace.olga_key, "2026-06-20T10:00", **TOKENS)
    assert cost() == Decimal(4)


def test_a_repeat_with_a_price_that_came_later_changes_nothing(workspace):
    one = event(workspace.olga_key, "2026-06-20T10:00", **TOKENS)
    record.record_events([one])
    price()
    assert record.record_events([one]).repeated == 1
    assert cost() is None


def test_a_version_that_knows_no_tiers_still_writes_prices():
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO analytics_price (provider, model, valid_from, input_usd_per_1m, output_usd_per_1m)"
            " VALUES ('openai', 'gpt-5.5', '2026-01-01', 1, 2)"
        )
    assert Price.objects.filter(tier="", above_input_tokens=0, cache_write_usd_per_1m=None).count() == 1


def test_site_staff_edit_the_price_book_under_one_name():
    staff = enter(Client(), UserFactory(is_staff=True, is_superuser=True))
    form = {"provider": "OpenAI", "model": "openai/GPT-5.5", "valid_from": "2026-01-01", "input_usd_per_1m": "1"}
    form |= {"cached_input_usd_per_1m": "", "output_usd_per_1m": "2"}
    assert staff.post("/admin/analytics/price/add/", form).status_code == 302
    assert Price.objects.get(provider="openai", model="gpt-5.5").cached_input_usd_per_1m is None
    again = staff.post("/admin/analytics/price/add/", form)
    assert again.status_code == 200
    assert Price.objects.count() == 1
    assert staff.post("/admin/analytics/price/add/", form | {"input_usd_per_1m": "-1"}).status_code == 200
    kinds = {"tier": " Batch ", "above_input_tokens": "200000", "cache_write_1h_usd_per_1m": "3"}
    assert staff.post("/admin/analytics/price/add/", form | kinds).status_code == 302
    assert Price.objects.get(tier="batch", above_input_tokens=200_000).cache_write_1h_usd_per_1m == 3
    assert staff.post("/admin/analytics/price/add/", form | {"above_input_tokens": ""}).status_code == 200
    assert (
        staff.post("/admin/analytics/price/add/", form | {"tier": "flex", "above_input_tokens": ""}).status_code == 302
    )
    assert Price.objects.get(tier="flex").above_input_tokens == 0


def test_recording_asks_for_prices_only_when_a_cost_is_missing(workspace, now, django_assert_num_queries):
    priced, unpriced = (event(workspace.olga_key, now - timedelta(hours=n), cost=c) for n, c in ((1, 1), (2, None)))
    record.record_events([event(workspace.olga_key, now)])
    with django_assert_num_queries(7):
        record.record_events([priced])
    with django_assert_num_queries(8):
        record.record_events([unpriced])
