"""reprice: what it says, what it leaves alone, what it costs, and that it can be stopped anywhere."""

from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from analytics.ledger import differences, record, reprice
from analytics.models import DailyUsage, Price, Request
from tests.analytics.oracle import stored
from tests.analytics.usage import event
from tests.kept import kept

pytestmark = pytest.mark.django_db
DAYS = [date(2026, 11, day) for day in (10, 11, 12)]


@pytest.fixture(autouse=True)
def _no_catalogue(settings) -> None:
    settings.CATALOGUE = False


def price(amount: int, model: str = "gpt-5.5") -> None:
    Price.objects.update_or_create(
        provider="openai",
        model=model,
        valid_from="2026-01-01",
        defaults={"input_usd_per_1m": amount, "output_usd_per_1m": amount},
    )


@pytest.fixture
@kept
def history(workspace):
    """On each of three days: four requests without a cost, two of a model without a price, one that says a dollar."""
    for day in DAYS:
        events = [event(workspace.olga_key, f"{day}T0{hour}:00", cost=None) for hour in range(4)]
        events += [event(workspace.dora_key, f"{day}T05:00", cost=None, model="house") for _ in range(2)]
        record.record_events([*events, event(workspace.olga_key, f"{day}T06:00")])
    return workspace.organization


def said(*options: str) -> list[str]:
    out = StringIO()
    call_command("reprice", *options, stdout=out)
    return out.getvalue().splitlines()


def test_it_says_per_model_how_much_the_total_changes(history):
    price(10)
    assert said() == ["openai · gpt-5.5: 12 requests, $0 → $0.018 (+0.018)", "12 requests priced"]
    price(4)
    price(1, "house")
    assert said() == ["openai · house: 6 requests, $0 → $0.0009 (+0.0009)", "6 requests priced"]
    assert said("--all") == ["openai · gpt-5.5: 12 requests, $0.018 → $0.0072 (-0.0108)", "12 requests priced"]
    assert said("--all") == ["0 requests priced"]
    assert differences.differences(history.pk) == []


def test_a_price_that_is_gone_leaves_what_it_priced_without_one(history):
    price(10)
    said()
    Price.objects.all().delete()
    assert said("--all")[0] == "openai · gpt-5.5: 12 requests, $0.018 → $0 (-0.018)"
    assert DailyUsage.objects.filter(dimension=0, unpriced_count=6, estimated_cost=0).count() == 3
    assert differences.differences(history.pk) == []


@pytest.mark.parametrize("options", [(), ("--all",)])
def test_a_dry_run_says_the_same_and_changes_nothing(options, history):
    price(10)
    before = stored(history)
    told = said("--dry-run", *options)
    assert stored(history) == before
    assert told[-1] == "12 requests would be priced"
    assert said(*options)[:-1] == told[:-1]


def test_what_a_sender_said_is_never_changed(history):
    price(10)
    said("--all")
    assert Request.objects.filter(cost=Decimal(1), cost_source=0).count() == 3


class KilledError(Exception):
    pass


def test_killed_on_any_day_and_run_again_it_ends_in_the_same(history, monkeypatch):
    price(10)
    reprice_day = reprice.reprice

    def until_the_last(organization_id, day, **options):
        if day == DAYS[-1]:
            raise KilledError
        return reprice_day(organization_id, day, **options)

    monkeypatch.setattr(reprice, "reprice", until_the_last)
    with pytest.raises(KilledError):
        said()
    assert differences.differences(history.pk) == []
    monkeypatch.undo()
    assert said() == ["openai · gpt-5.5: 4 requests, $0 → $0.006 (+0.006)", "4 requests priced"]
    assert differences.differences(history.pk) == []


def test_without_prices_or_organization_it_says_so(history):
    assert said() == ["0 requests priced"]
    with pytest.raises(CommandError, match="--organization: there is no organization 'org_none'"):
        said("--organization", "org_none")
