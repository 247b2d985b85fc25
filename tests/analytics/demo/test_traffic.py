"""The demo's requests: the same in every process, by their rhythm and days, and each one that the door would take."""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from analytics.demo.cast import COMPANIES, LUMEN, TANAKA, Company, Key, Project
from analytics.demo.traffic import DAYS, Call, calls, expected
from analytics.ingest.event_rules import COST_PLACES
from tests.conftest import NOW
from tests.servers import ROOT


@pytest.fixture(scope="module")
def a_fifth() -> list[Call]:
    """A fifth of the calls of all companies."""
    return [call for company in COMPANIES for call in calls(company, NOW, 0.2)]


@pytest.mark.slow
def test_two_processes_make_the_same_requests(a_fifth):
    program = (
        "import hashlib; from datetime import datetime; from analytics.demo import cast, traffic;"
        f"now = datetime.fromisoformat('{NOW.isoformat()}');"
        "requests = [call for company in cast.COMPANIES for call in traffic.calls(company, now, 0.2)];"
        "print(hash('text'), len(requests), hashlib.sha256(repr(requests).encode()).hexdigest())"
    )
    # Text is hashed otherwise in each: an order that hangs on it shows.
    environment = os.environ | {"PYTHONHASHSEED": "random"}
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE
    )
    hashed, *made = said.stdout.decode().split()
    assert int(hashed) != hash("text")
    assert made == [str(len(a_fifth)), hashlib.sha256(repr(a_fifth).encode()).hexdigest()]
    assert len(a_fifth) > 20_000


@pytest.mark.slow
def test_every_full_call_is_an_event_that_the_door_would_take(a_fifth):
    for call in a_fifth:
        assert 0 <= call.cached_input_tokens + call.cache_write_tokens <= call.input_tokens
        assert 0 <= call.cache_write_1h_tokens <= call.cache_write_tokens
        assert 0 <= call.reasoning_tokens <= call.output_tokens
        assert call.at <= NOW
        assert (call.cost or Decimal(0)).as_tuple().exponent >= -COST_PLACES


def of_key(growth: float = 0, spike: tuple[int, float] | None = None, **changes) -> list[Call]:
    """The calls of a company of one key, but for the last, which is there for the page to be fresh."""
    fields = {"description": "one", "creator": "a@b.example", "rate": 4, "models": ("sonnet",), "tokens": (1000, 100)}
    project = Project("p", "P", growth, (Key(**fields | changes),), spike)
    return list(calls(Company("c", "C", "free", "UTC", (), (project,)), NOW, 1))[:-1]


def days_ago(found: list[Call]) -> Counter[int]:
    """How many calls were made so many days ago."""
    return Counter((NOW.date() - call.at.date()).days for call in found)


@pytest.mark.parametrize("now", [NOW, NOW.replace(minute=0), NOW.replace(minute=1), NOW.replace(hour=0, minute=0)])
def test_calls_are_numbered_as_they_follow_each_other_and_the_last_is_of_this_hour(now):
    found = list(calls(TANAKA, now, 1))
    assert [call.number for call in found] == list(range(1, len(found) + 1))
    assert all(before.at <= after.at for before, after in pairwise(found[:-1]))
    assert all(now - timedelta(days=DAYS + 1) <= call.at < now for call in found[:-1])
    assert now.replace(minute=0) <= found[-1].at <= now


def test_an_instant_is_the_same_whatever_its_zone():
    assert list(calls(TANAKA, NOW.astimezone(ZoneInfo("Asia/Tokyo")), 0.2)) == list(calls(TANAKA, NOW, 0.2))


@pytest.mark.parametrize("scale", [1, 0.5])
def test_about_as_many_are_expected_as_are_made(scale):
    assert expected(LUMEN, scale, NOW) == pytest.approx(len(list(calls(LUMEN, NOW, scale))), rel=0.05)
    assert expected(LUMEN, scale, NOW) == pytest.approx(expected(LUMEN, 1, NOW) * scale, abs=1)


def test_a_key_is_used_from_its_first_day_to_its_last():
    days = days_ago(of_key(rhythm="always", first_day_ago=40, last_day_ago=11))
    assert (min(days), max(days)) == (11, 40)


@pytest.mark.parametrize(
    ("rhythm", "hours"),
    [("nightly", {23, *range(6)}), ("office", set(range(6, 20))), ("evening", set(range(8, 16)))],
)
def test_calls_are_made_in_the_hours_of_their_rhythm(rhythm, hours):
    assert {call.at.hour for call in of_key(rhythm=rhythm, rate=30)} == hours


def test_what_runs_on_mondays_runs_on_no_other_day():
    assert {call.at.weekday() for call in of_key(rhythm="monday")} == {0}


@pytest.mark.parametrize(("rhythm", "tier"), [("nightly", "batch"), ("web", "standard")])
def test_the_work_of_the_night_goes_by_batch(rhythm, tier):
    assert {call.service_tier for call in of_key(rhythm=rhythm)} == {tier}


def test_a_server_that_fails_fails_from_its_day_on():
    failed: dict[bool, Counter[bool]] = {True: Counter(), False: Counter()}
    for call in of_key(failing=20, rate=30):
        failed[(NOW.date() - call.at.date()).days < 20][call.is_error] += 1
    assert failed[True][True] > failed[True][False]
    assert failed[False][True] < failed[False].total() * 0.05


def test_what_failed_has_no_answer_and_costs_nothing_and_what_nobody_priced_has_no_cost():
    found = of_key(models=("sonnet", "llama 70b"), failing=200)
    assert {(call.output_tokens, call.cost) for call in found if call.is_error} == {(0, Decimal(0)), (0, None)}
    assert {call.sent.name for call in found if call.cost is None} == {"llama3:70b-instruct"}
    assert all(call.cost > 0 for call in found if call.sent.prices and not call.is_error)


def test_a_cost_is_what_its_models_prices_make_of_its_tokens():
    (new, cached, output) = of_key()[0].sent.prices
    for call in of_key():
        fresh = call.input_tokens - call.cached_input_tokens
        dollars = (fresh * new + call.cached_input_tokens * cached + call.output_tokens * output) / 10**6
        assert call.cost == (0 if call.is_error else dollars)


def test_a_model_that_was_replaced_was_used_before_and_is_not_any_more():
    names = {True: set(), False: set()}
    for call in of_key(models=("gpt-5.5",), rate=10):
        names[call.at > NOW - timedelta(days=129)].add(call.sent.name)
    assert names[True] == {"gpt-5.5"}
    assert "gpt-5" in names[False]


def test_only_those_that_tell_of_it_write_to_a_cache_or_think():
    for model, writes, thinks in (("sonnet", True, False), ("gpt-5.5", False, True), ("flash", False, True)):
        found = of_key(models=(model,), rate=10)
        assert any(call.cache_write_tokens for call in found) is writes, model
        assert any(call.reasoning_tokens for call in found) is thinks, model


def test_a_spike_lasts_two_days():
    days = days_ago(of_key(rate=20, rhythm="always", spike=(12, 10)))
    assert {day for day, _ in days.most_common(2)} == {11, 12}
    assert days[12] > 4 * days[13]


@pytest.mark.parametrize(("growth", "times"), [(0, 1), (0.1, 2.7), (-0.1, 0.37)])
def test_traffic_grows_by_its_fraction_a_month(growth, times):
    days = days_ago(of_key(rate=20, rhythm="nightly", growth=growth))
    now, ten_months_ago = (sum(days[day] for day in range(first, first + 28)) for first in (1, 301))
    assert now / ten_months_ago == pytest.approx(times, rel=0.15)
