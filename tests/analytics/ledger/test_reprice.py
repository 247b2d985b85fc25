"""Estimates made anew, day by day: what has no price gets one, and the sums follow."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from accounts.models import Organization
from analytics.ledger import differences, record, reprice
from analytics.ledger.reprice import Repriced
from analytics.models import Call, CostSource, MonthlyUsage, Price, Request
from tests.analytics.ledger.priced import TOKENS, price, run
from tests.analytics.ledger.told import TEN, call_of
from tests.analytics.oracle import stored
from tests.analytics.usage import event, use
from tests.kept import kept

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 20)


def last(*command: str) -> str:
    return run(*command).splitlines()[-1]


@pytest.fixture
@kept
def past(workspace, foreign_key) -> Organization:
    """Three days and both sides of midnight: priced later, priced as sent, never priced, and another organization's."""
    workspace.organization.time_zone = "America/New_York"
    workspace.organization.save()
    for at in ("2026-06-20T03:30", "2026-06-20T23:30", "2026-07-01T03:00"):
        use(workspace.olga_key, at, **TOKENS)
        use(workspace.dora_key, at, cost=Decimal("0.7"))
        use(workspace.search_key, at, **TOKENS | {"model": "unknown"})
    use(foreign_key, "2026-06-20T10:00", **TOKENS)
    return workspace.organization


def test_reprice_fills_the_past_and_the_sums_follow(past):
    price()
    price(since="2026-07-01", amounts=("1", "0.25", "5"))
    assert last("reprice", "--organization", "org_acme") == "3 requests priced"
    costs = Request.objects.filter(organization_id=past.pk, model_id__isnull=False).values_list("cost", flat=True)
    assert sum(filter(None, costs)) == Decimal("3.4") * 2 + Decimal("1.7") + Decimal("0.7") * 3
    assert differences.differences(past.pk) == []
    whole = MonthlyUsage.objects.filter(organization_id=past.pk, dimension=0)
    assert sum(row.unpriced_count for row in whole) == 3
    assert sum(row.request_count for row in whole) == 9
    assert run("reprice", "--organization", "org_acme") == "0 requests priced"


def test_reprice_stays_in_its_organization_and_without_one_takes_all(past, foreign_key):
    price()
    run("reprice", "--organization", "org_acme")
    assert Request.objects.get(organization_id=foreign_key.project.organization_id).cost is None
    assert last("reprice") == "1 request priced"
    assert differences.differences(foreign_key.project.organization_id) == []


def test_reprice_is_one_transaction_a_day(past):
    price()
    assert reprice.days(past.pk, every=False) == [date(2026, 6, 20), date(2026, 7, 1)]
    (row,) = reprice.reprice(past.pk, date(2026, 6, 20))
    assert row == reprice.Repriced("openai", "gpt-5.5", 2, Decimal(0), Decimal("6.8"))
    assert differences.differences(past.pk) == []
    assert reprice.reprice(past.pk, date(2026, 6, 20)) == []


def test_an_hour_that_crosses_midnight_is_repriced_on_both_of_its_days(workspace):
    Organization.objects.update(time_zone="Asia/Kolkata")
    for minute in (45, 75):  # of one hour in Kolkata, on two days in UTC
        use(workspace.olga_key, datetime(2026, 6, 20, 23, tzinfo=UTC) + timedelta(minutes=minute), **TOKENS)
    price()
    assert reprice.days(workspace.organization.pk, every=False) == [date(2026, 6, 20), date(2026, 6, 21)]
    assert last("reprice") == "2 requests priced"
    assert reprice.days(workspace.organization.pk, every=False) == []
    assert differences.differences(workspace.organization.pk) == []


def statements_of(work) -> Counter[str]:
    """How often each kind of statement ran, by the first table it names."""
    found: Counter[str] = Counter()

    def count(execute, sql, *rest):
        found["analytics_price" if "FROM analytics_price " in str(sql) else "other"] += 1
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        work()
    return found


def test_a_day_of_many_requests_costs_as_many_statements_as_one_of_few(workspace):
    def day(number: int, requests: int) -> date:
        at = f"2026-11-{number}T10:00"
        record.record_events([event(workspace.olga_key, at, cost=None) for _ in range(requests)])
        return date(2026, 11, number)

    few, many = day(10, 2), day(11, 900)
    price(amounts=("10", None, "10"))
    organization = workspace.organization.pk
    counts = [statements_of(lambda day=day: reprice.reprice(organization, day)) for day in (few, many)]
    assert counts[0] == counts[1]
    assert counts[1]["analytics_price"] == 1


def test_prices_are_read_once_a_day_however_many_chunks_there_are(workspace, monkeypatch):
    monkeypatch.setattr(reprice, "CHUNK", 3)
    at = DAY.isoformat()
    record.record_events([event(workspace.olga_key, f"{at}T10:00", cost=None) for _ in range(10)])
    price(amounts=("10", None, "10"))
    found = []
    counts = statements_of(lambda: found.extend(reprice.reprice(workspace.organization.pk, DAY)))
    assert counts["analytics_price"] == 1
    assert [row.requests for row in found] == [10]
    assert reprice.days(workspace.organization.pk, every=False) == []
    assert reprice.days(workspace.organization.pk, every=True) == [DAY]
    assert differences.differences(workspace.organization.pk) == []


def test_repricing_tells_nobody_anew_by_what_a_call_is_known(workspace):
    record.record_events(call_of(workspace.olga_key, ("gateway", "counts"), ("log", "counts")))
    Call.objects.all().delete()
    price(amounts=("4", None, "30"))
    (row,) = reprice.reprice(workspace.organization.pk, TEN.date())
    assert (row.requests, row.before, row.after) == (1, 0, Decimal("0.0019"))
    assert not Call.objects.exists()


def test_a_dry_run_finds_the_same_and_writes_nothing(past):
    price()
    before = stored(past)
    found = reprice.reprice(past.pk, DAY, dry_run=True)
    assert stored(past) == before
    assert reprice.reprice(past.pk, DAY) == found


def test_what_has_an_estimate_follows_the_prices_of_today_only_if_asked_to(past):
    price()
    reprice.reprice(past.pk, DAY)
    Price.objects.update(output_usd_per_1m=20)
    assert reprice.reprice(past.pk, DAY) == []
    (row,) = reprice.reprice(past.pk, DAY, every=True)
    assert row == Repriced("openai", "gpt-5.5", 2, Decimal("6.8"), Decimal("10.8"))
    Price.objects.all().delete()
    (row,) = reprice.reprice(past.pk, DAY, every=True)
    assert (row.before, row.after) == (Decimal("10.8"), 0)
    stated = Request.objects.filter(organization_id=past.pk).exclude(cost=None).values_list("cost", "cost_source")
    assert set(stated) == {(Decimal("0.7"), CostSource.SENT)}
    assert differences.differences(past.pk) == []


def test_models_are_told_by_provider_and_name_each_once_however_many_chunks_there_are(workspace, monkeypatch):
    monkeypatch.setattr(reprice, "CHUNK", 2)
    names = [("openai", "b"), ("azure", "b"), ("openai", "a")]
    for hour in range(3):
        for provider, model in names:
            use(workspace.olga_key, f"2026-06-20T0{hour}:00", provider=provider, model=model, **TOKENS)
    for provider, model in names:
        price(model=model, provider=provider)
    found = reprice.reprice(workspace.organization.pk, DAY)
    assert [(row.provider, row.model, row.requests) for row in found] == [
        ("azure", "b", 3),
        ("openai", "a", 3),
        ("openai", "b", 3),
    ]


def test_only_what_happened_on_the_day_is_priced(workspace):
    for at in ("2026-06-19T23:59:59.999999", "2026-06-20T00:00", "2026-06-20T23:59:59.999999", "2026-06-21T00:00"):
        use(workspace.olga_key, at, **TOKENS)
    price()
    assert [row.requests for row in reprice.reprice(workspace.organization.pk, DAY)] == [2]
    left = Request.objects.filter(cost=None).order_by("occurred_at").values_list("occurred_at__date", flat=True)
    assert list(left) == [date(2026, 6, 19), date(2026, 6, 21)]


def test_what_two_rows_say_of_a_model_is_added():
    one, other = (
        Repriced("openai", "a", 2, Decimal(1), Decimal(3)),
        Repriced("openai", "a", 1, Decimal(4), Decimal(1)),
    )
    assert one + other == Repriced("openai", "a", 3, Decimal(5), Decimal(4))
