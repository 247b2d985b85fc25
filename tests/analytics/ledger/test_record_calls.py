"""Revisions, late costs, voids and calls told twice, in the database: sums, log and what is known of calls agree."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Organization
from analytics.ledger import differences, entries, rebuild, record, reprice, request_log, retention, rezone
from analytics.ledger.calls import key_of
from analytics.ledger.usage_event import UsageEvent
from analytics.models import Call as Tie
from analytics.models import Price, Request
from tests.analytics.ledger.test_deduplication import HISTORIES, Log, rows
from tests.analytics.ledger.test_record import INSTANTS
from tests.analytics.ledger.told import (
    KNOWS,
    SENDERS,
    TEN,
    Call,
    Prices,
    blank,
    call_of,
    counted,
    last_word,
)
from tests.analytics.oracle import computed, stored
from tests.analytics.test_windows import ZONES
from tests.analytics.usage import event
from tests.factories import ApiKeyFactory, OrganizationFactory, ProjectFactory

pytestmark = pytest.mark.django_db
SHARED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.fixture(autouse=True)
def _no_catalogue(settings) -> None:
    settings.CATALOGUE = False


def in_batches(data, events) -> None:
    """Records them in any order, in any batches."""
    order = data.draw(st.permutations(events))
    while order:
        size = data.draw(st.integers(1, len(order)))
        record.record_events(order[:size])
        order = order[size:]


def wrong(*organizations: Organization) -> list[differences.Difference]:
    return [found for organization in organizations for found in differences.differences(organization.pk)]


# --- any events at all: what is found in the log is enough to decide ---


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=SHARED)
@given(events=HISTORIES, data=st.data())
def test_the_log_ends_as_if_all_had_come_at_once(db, events, data):
    organization = OrganizationFactory()
    of = blank(ApiKeyFactory(project=ProjectFactory(organization=organization)))
    account = {name: getattr(of, name) for name in ("organization_id", "project_id", "api_key_id", "member_id")}
    events = [replace(told, **account) for told in events]
    in_batches(data, events)
    whole = Log(Prices())
    whole.take(*events)
    assert rows(entries.read(map(key_of, events))) == whole.rows
    counts = [entry.counted for entry in whole.entries.values() if entry.counted]
    assert stored(organization) == computed(counts, organization, told=events)
    assert wrong(organization) == []


# --- calls whose truth is known, in zones, with prices that change and months that go ---

OLD, NEW = Prices(Decimal("0.000002"), Decimal("0.00001")), Prices(Decimal("0.000004"), Decimal("0.00003"))
FEW = st.sampled_from


@st.composite
def versions(draw, call: Call, sender: str) -> list[UsageEvent]:
    """All that a sender says of a call: perhaps less at first, perhaps the cost later, perhaps that it was none."""
    said = call.told(sender, draw(FEW(sorted(KNOWS))), revision=1)
    told = [said]
    if draw(st.booleans()):
        told.append(replace(said, revision=0, output_tokens=0, reasoning_tokens=0, cost=None))
    if said.cost is not None and draw(st.booleans()):
        told.append(replace(said, cost=None))
    if draw(FEW([False, False, True])):
        told.append(replace(said, revision=2, void=True, model="gone", input_tokens=0, cached_input_tokens=0))
    return told


@st.composite
def histories(draw, blanks: list[UsageEvent]) -> list[list[UsageEvent]]:
    """What is told of each of some calls."""
    found = []
    for number in range(draw(st.integers(1, 4))):
        answer = draw(FEW([f"msg_{number}", ""]))
        model = draw(FEW(["gpt-5.5", "openai/gpt-5.5"]))
        call = Call(number, draw(FEW(INSTANTS)), answer, replace(draw(FEW(blanks)), model=model))
        senders = draw(st.lists(FEW(SENDERS if answer else ("span", "child")), min_size=1, max_size=4, unique=True))
        found.append([told for sender in senders for told in draw(versions(call, sender))])
    return found


def set_price(prices: Prices) -> None:
    Price.objects.update_or_create(
        provider="openai",
        model="gpt-5.5",
        valid_from="2000-01-01",
        defaults={"input_usd_per_1m": prices.input * 10**6, "output_usd_per_1m": prices.output * 10**6},
    )


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=SHARED)
@given(zone=FEW(ZONES), then=FEW(ZONES), data=st.data())
def test_sums_are_those_of_the_calls_whatever_becomes_of_them(db, zone, then, data):
    organization = OrganizationFactory(time_zone=zone)
    project = ProjectFactory(organization=organization)
    history = data.draw(histories([blank(ApiKeyFactory(project=project)) for _ in range(2)]))
    told = [version for call in history for version in call]
    calls = [words for call in history if (words := last_word(call))]
    unpriced = data.draw(st.booleans())
    Price.objects.all().delete() if unpriced else set_price(OLD)
    in_batches(data, told)
    counts = [counted(call, Prices() if unpriced else OLD) for call in calls]
    assert stored(organization) == computed(counts, organization, told=told)
    assert wrong(organization) == []

    set_price(NEW)
    for day in reprice.days(organization.pk, every=True):
        before = stored(organization)
        reprice.reprice(organization.pk, day, every=True, dry_run=True)
        assert stored(organization) == before
        reprice.reprice(organization.pk, day, every=True)
    counts = [counted(call, NEW) for call in calls]
    expected = computed(counts, organization, told=told)
    assert stored(organization) == expected
    rebuild.rebuild(organization.pk)
    assert stored(organization) == expected
    organization.time_zone = then
    organization.save()
    rezone.rezone(organization.pk)
    assert stored(organization) == computed(counts, organization, told=told)
    assert wrong(organization) == []


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=SHARED)
@given(zone=FEW(ZONES), data=st.data())
def test_what_is_pruned_keeps_its_sums_and_the_rest_changes_on(db, zone, data):
    organization = OrganizationFactory(time_zone=zone)
    history = data.draw(histories([blank(ApiKeyFactory(project=ProjectFactory(organization=organization)))]))
    told = [version for call in history for version in call]
    calls = [words for call in history if (words := last_word(call))]
    set_price(OLD)
    in_batches(data, told)
    before = data.draw(FEW([datetime(2026, month, 1, tzinfo=UTC) for month in (10, 11, 12)]))
    for month in retention.old_months(before):
        retention.drop(month)
    set_price(NEW)
    for day in reprice.days(organization.pk, every=True):
        reprice.reprice(organization.pk, day, every=True)
    counts = [counted(call, OLD) for call in calls]
    counts = [counted(call, NEW) if one.occurred_at >= before else one for call, one in zip(calls, counts, strict=True)]
    expected = computed(counts, organization, told=told)
    assert stored(organization) == expected
    again = [version for version in told if version.occurred_at >= before]
    assert record.record_events(again).merged == 0
    assert stored(organization) == expected
    rebuild.rebuild(organization.pk)
    assert stored(organization) == expected
    assert wrong(organization) == []


# --- the week, and what is pruned ---


def recorded_days_ago(days: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE analytics_call SET recorded_at = now() - %s", [timedelta(days=days)])


@pytest.mark.parametrize(("days", "requests", "known"), [(6, 1, 2), (8, 2, 1)])
def test_a_call_is_known_for_a_week_after_it_was_recorded(days, requests, known, workspace):
    first, second = call_of(workspace.olga_key, ("gateway", "counts"), ("log", "counts"))
    record.record_events([first])
    recorded_days_ago(days)
    record.record_events([event(workspace.olga_key, TEN)])  # whoever writes forgets
    record.record_events([second])
    assert Request.objects.filter(is_counted=True).exclude(event_id__startswith="req").count() == requests
    assert Tie.objects.count() == known


@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_was_merged_stays_merged_when_one_is_revised_a_year_later(place, workspace):
    told = call_of(workspace.olga_key, ("gateway", "counts"), ("span", "an error"), ("log", "a cost"))
    record.record_events(told)
    recorded_days_ago(365)
    record.record_events([event(workspace.dora_key, TEN - timedelta(days=1), event_id="x")])
    assert not Tie.objects.exists()
    revised = replace(told[place], revision=1, service_tier="batch")
    assert record.record_events([revised]).updated == 1
    expected = replace(counted([*told[:place], revised, *told[place + 1 :]], Prices()))
    other = event(workspace.dora_key, TEN - timedelta(days=1), event_id="x")
    assert stored(workspace.organization) == computed([expected, other], workspace.organization, told=told)
    assert Request.objects.filter(is_counted=True).count() == 2


def test_a_revision_of_a_pruned_month_changes_nothing(workspace):
    first = event(workspace.olga_key, "2025-05-05T10:00", event_id="a")
    record.record_events([first])
    retention.drop(request_log.Month.of(first.occurred_at))
    before = stored(workspace.organization)
    for changes in ({"revision": 1}, {"revision": 1, "void": True}, {}):
        with pytest.raises(record.PrunedError):
            record.record_events([replace(first, **changes)])
    assert stored(workspace.organization) == before


def test_an_answer_that_begins_in_a_pruned_month_is_not_counted_anew(workspace):
    call = Call(
        answer="msg_1", begin=datetime(2026, 10, 31, 23, 59, 59, 950000, tzinfo=UTC), blank=blank(workspace.olga_key)
    )
    gateway, span, log = (call.told(sender, "counts") for sender in ("gateway", "span", "log"))
    record.record_events([gateway, span])
    retention.drop(request_log.Month.of(gateway.occurred_at))
    assert record.record_events([log]).merged == 1
    assert record.record_events([replace(span, revision=1, is_error=True)]).updated == 1
    expected = computed([gateway], workspace.organization, told=[log])
    assert stored(workspace.organization) == expected
    rebuild.rebuild(workspace.organization.pk)
    assert stored(workspace.organization) == expected
