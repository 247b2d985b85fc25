"""Rows of the log that change: the log has them as they are now, and the sums get the difference, not more."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from accounts.models import Organization
from analytics.ledger import changes, entries, record
from analytics.ledger.calls import key_of
from analytics.ledger.deduplication import Entry
from analytics.ledger.model_numbers import NAMELESS, model_numbers
from analytics.ledger.usage_event import Ties, UsageEvent
from analytics.models import Call, DailyUsage, Freshness, HourlyUsage, Request
from tests.analytics.ledger.told import TEN, call_of
from tests.analytics.oracle import KEYS, computed, stored
from tests.analytics.usage import event
from tests.kept import kept

pytestmark = pytest.mark.django_db


@pytest.fixture
@kept
def known(workspace) -> list[UsageEvent]:
    """Three requests of the log, an hour apart."""
    events = [event(workspace.olga_key, TEN + hour * timedelta(hours=1), event_id=str(hour)) for hour in range(3)]
    record.record_events(events)
    return events


def entry(one: UsageEvent) -> Entry:
    """Its row of the log."""
    return entries.read([key_of(one)])[key_of(one)]


def write(*changed: tuple[Entry | None, Entry]) -> None:
    events = [one for _before, after in changed for one in (after.said, after.counted) if one]
    events += [before.counted for before, _after in changed if before and before.counted]
    with transaction.atomic():
        changes.write(changed, model_numbers({(one.provider, one.model) for one in events} | {NAMELESS}))


def counted_as(one: UsageEvent, **changed) -> tuple[Entry, Entry]:
    """Its row, and what it shall be: the event says it, and it counts so."""
    now = replace(one, **changed)
    return entry(one), replace(entry(one), said=now, counted=now)


CHANGES = {
    "more tokens": {"output_tokens": 70, "reasoning_tokens": 5},
    "fewer tokens": {"input_tokens": 0},
    "a cost that is not known any more": {"cost": None},
    "another cost": {"cost": Decimal("0.000000000001")},
    "a failure": {"is_error": True},
    "another model": {"model": "new", "provider": "azure"},
}


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES)
def test_the_sums_are_those_of_what_counts_now(changed, known, workspace):
    organization = workspace.organization
    write(counted_as(known[1], **changed))
    now = replace(known[1], **changed)
    assert entry(known[1]).counted == now
    assert stored(organization) == computed([known[0], now, known[2]], organization)


def test_nothing_that_changes_is_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        changes.write([], {})


def test_what_counts_as_before_is_written_to_the_log_and_touches_no_sum(known, workspace, django_assert_num_queries):
    before, after = entry(known[1]), replace(entry(known[1]), said=replace(known[1], cost=None))
    sums, models = stored(workspace.organization), model_numbers({("openai", "gpt-5.5")})
    with django_assert_num_queries(2):  # the log and the freshness
        changes.write([(before, after)], models)
    assert stored(workspace.organization) == sums
    assert entry(known[1]).said.cost is None


def test_the_sums_get_the_difference_and_are_not_made_anew(known):
    whole = DailyUsage.objects.filter(dimension=0)
    whole.update(output_tokens=1000)  # of which the log knows nothing
    write(counted_as(known[1], output_tokens=known[1].output_tokens + 7))
    assert whole.get().output_tokens == 1007


def test_a_row_of_the_sums_without_requests_is_none(known, workspace):
    write(*((entry(one), replace(entry(one), counted=None, said=replace(one, void=True))) for one in known))
    sums = stored(workspace.organization)
    assert {name: sums[name] for name in (table.__name__ for table in KEYS)} == {table.__name__: {} for table in KEYS}
    assert sums["Freshness"] == {(workspace.organization.pk,): (known[2].occurred_at, None)}
    assert Request.objects.filter(is_void=True, is_counted=False).count() == 3


@pytest.mark.parametrize(("place", "first"), [(0, 1), (1, 0), (2, 0)])
def test_where_the_first_event_counts_no_more_the_next_is_the_first(place, first, known, workspace):
    write((entry(known[place]), replace(entry(known[place]), counted=None, said=replace(known[place], void=True))))
    left = [one for one in known if one is not known[place]]
    assert min(one.occurred_at for one in left) == known[first].occurred_at
    assert stored(workspace.organization) == computed(left, workspace.organization, told=known)


@pytest.mark.parametrize(("counts", "moves"), [(True, True), (False, False)])
def test_what_is_older_than_the_first_event_is_the_first_if_it_counts(counts, moves, known, workspace):
    old = event(workspace.olga_key, TEN - timedelta(days=1), void=not counts)
    write((None, Entry(old, old if counts else None)))
    events = [old] * counts + known
    assert stored(workspace.organization) == computed(events, workspace.organization, told=[old, *known])
    assert (Freshness.objects.get().first_at == old.occurred_at) is moves


def test_of_a_row_that_counts_the_log_has_what_counts_and_beside_it_what_its_event_says(known):
    before = entry(known[1])
    write((before, replace(before, counted=replace(known[1], output_tokens=70))))
    row = Request.objects.get(event_id="1")
    assert row.output_tokens == 70
    found = entry(known[1])
    assert (found.said, found.counted.output_tokens) == (known[1], 70)


def test_rows_that_are_new_change_and_count_no_more_are_written_at_once_each_in_its_own_zone(
    known, workspace, foreign_key
):
    here, there = workspace.organization, foreign_key.project.organization
    Organization.objects.filter(pk=there.pk).update(time_zone="Asia/Kathmandu")
    there.refresh_from_db()
    new, foreign = event(workspace.dora_key, "2026-11-17T23:30"), event(foreign_key, "2026-11-17T23:30")
    write(
        (None, Entry(new, new)),
        (None, Entry(foreign, foreign)),
        counted_as(known[0], cost=Decimal(9)),
        (entry(known[1]), replace(entry(known[1]), counted=None, said=replace(known[1], void=True))),
    )
    counts = [new, foreign, replace(known[0], cost=Decimal(9)), known[2]]
    assert stored(here, there) == computed(counts, here, there)


def test_a_row_that_another_counts_is_in_the_log_with_what_its_event_says(known, workspace):
    first, second = (entry(one) for one in known[:2])
    write(
        (first, replace(first, others=(key_of(known[1]),))),
        (second, replace(second, counted=None, counted_by=key_of(known[0]))),
    )
    assert stored(workspace.organization) == computed([known[0], known[2]], workspace.organization)
    assert entry(known[1]) == replace(second, counted=None, counted_by=key_of(known[0]))
    assert entry(known[0]).others == (key_of(known[1]),)


def known_by() -> set[tuple[str, str, datetime]]:
    return set(Call.objects.values_list("event_id", "answer", "ended_at"))


def test_by_what_a_row_is_known_follows_what_its_event_says(known):
    end = TEN + timedelta(hours=2)
    write(counted_as(known[1], response_id="msg_1"))
    assert known_by() == {("1", "msg_1", known[1].occurred_at)}
    tied = replace(known[1], response_id="msg_1")
    write(counted_as(tied, response_id="msg_2", ended_at=end))
    assert known_by() == {("1", "msg_2", end)}
    write(counted_as(replace(tied, response_id="msg_2", ended_at=end), response_id="", ties=Ties(charges=True)))
    assert known_by() == set()


def test_a_row_whose_event_says_nothing_new_is_not_known_anew_once_that_is_forgotten(known):
    write(counted_as(known[1], response_id="msg_1"))
    Call.objects.all().delete()
    tied = replace(known[1], response_id="msg_1")
    before = entry(tied)
    write((before, replace(before, counted=replace(tied, cost=Decimal(5)))))
    assert known_by() == set()
    assert HourlyUsage.objects.filter(dimension=0, cost=5).count() == 1


def test_a_row_that_no_longer_says_an_id_is_not_known_by_it(workspace):
    first, second = call_of(workspace.olga_key, ("gateway", "counts"), ("log", "counts"))
    record.record_events([first, second])
    record.record_events([replace(first, revision=1, response_id="")])
    assert DailyUsage.objects.get(dimension=0).request_count == 2
    assert [tie.event_id for tie in Call.objects.all()] == [second.event_id]
