"""The writer: whatever comes in, in whatever order, the sums are the log's, whole tables compared."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest
from django.db import DatabaseError, connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from analytics.ledger import differences, rebuild, record
from analytics.models import Request
from tests.analytics.oracle import KEYS, computed, logged, stored
from tests.analytics.test_windows import ZONES
from tests.analytics.usage import event
from tests.factories import ApiKeyFactory, MembershipFactory, OrganizationFactory, ProjectFactory

pytestmark = pytest.mark.django_db


def agree(events, *organizations) -> bool:
    """The five tables are what Python makes of the events, and what the log says."""
    return stored(*organizations) == computed(events, *organizations) and not any(
        differences.differences(organization.pk) for organization in organizations
    )


# --- each way in which events come ---

FIRST = [("a", "2026-11-17T10:00"), ("b", "2026-11-17T10:59:59.999999"), ("c", "2026-11-18T00:00")]
NEXT = {
    "new": ([("d", "2026-11-17T10:30")], (1, 0)),
    "repeat": (FIRST, (0, 3)),
    "half-repeated": ([*FIRST[:2], ("d", "2026-11-17T10:00"), ("e", "2026-10-31T23:59")], (2, 2)),
    "twice in one batch": ([("d", "2026-11-17T10:00")] * 3, (1, 2)),
    "late by a year": ([("d", "2025-11-17T10:00")], (1, 0)),
    "the same id at another instant": ([("a", "2026-11-17T10:00:00.000001")], (1, 0)),
    "the same instant in another offset": ([("a", "2026-11-17T15:45+05:45")], (0, 1)),
    "nothing": ([], (0, 0)),
}


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
@pytest.mark.parametrize("name", NEXT)
def test_sums_are_the_logs_after_events_that_are(name, zone, workspace):
    workspace.organization.time_zone = zone
    workspace.organization.save()
    following, counts = NEXT[name]
    first, second = (
        [event(workspace.dora_key, at, event_id=number) for number, at in batch] for batch in (FIRST, following)
    )
    assert record.record_events(first) == record.Recorded(3, 0)
    assert record.record_events(second) == record.Recorded(*counts)
    assert agree(first + second, workspace.organization)
    assert logged(workspace.organization) == 3 + counts[0]


def test_a_repeat_with_other_values_changes_nothing(workspace):
    first = event(workspace.olga_key, FIRST[0][1], event_id="a")
    record.record_events([first])
    changes = {"event_id": "a", "cost": Decimal(9), "model": "other", "is_error": True}
    fields = ("api_key", "model", "cost_usd", "status")
    result = record.record_events([event(workspace.search_key, FIRST[0][1], **changes)])
    assert result == record.Recorded(0, conflicts=(record.Conflict(0, fields),))
    assert agree([first], workspace.organization)


def test_one_id_at_one_instant_is_a_request_in_each_organization(workspace, foreign_key):
    events = [event(key, FIRST[0][1], event_id="a") for key in (workspace.olga_key, foreign_key)]
    assert record.record_events(events) == record.Recorded(2, 0)
    assert agree(events, workspace.organization, foreign_key.project.organization)


def test_an_unpriced_request_is_counted_and_costs_nothing(workspace):
    events = [event(workspace.olga_key, FIRST[0][1], cost=cost) for cost in (None, Decimal(0), Decimal("1E-12"))]
    record.record_events(events)
    assert agree(events, workspace.organization)
    assert [request.cost for request in Request.objects.order_by("cost")] == [0, Decimal("1E-12"), None]


def test_the_largest_values_there_are_add_up(workspace):
    most = {"input_tokens": 10**12, "output_tokens": 10**12, "cached_input_tokens": 10**12, "cost": Decimal(10**6)}
    events = [event(workspace.olga_key, FIRST[0][1], **most) for _ in range(50)]
    record.record_events(events)
    assert agree(events, workspace.organization)


@pytest.mark.parametrize("number", range(3))
def test_the_newest_instant_never_goes_back(number, workspace):
    days = ["2026-11-17", "2026-11-18", "2025-01-01"]
    events = [event(workspace.olga_key, f"{day}T10:00") for day in days[number:] + days[:number]]
    for one in events:
        record.record_events([one])
    assert agree(events, workspace.organization)


def test_a_history_planted_at_once_equals_one_that_was_recorded(workspace, monkeypatch):
    monkeypatch.setattr(rebuild, "BACKFILL_BATCH", 7)
    keys = (workspace.olga_key, workspace.dora_key, workspace.search_key)
    events = [event(keys[n % 3], datetime(2026, 10, 30, tzinfo=UTC) + n * timedelta(hours=5)) for n in range(30)]
    rebuild.backfill(iter(events))
    assert agree(events, workspace.organization)


# --- any events, in any batches ---

INSTANTS = [
    datetime(*moment, tzinfo=UTC)
    for moment in (
        (2025, 11, 18, 12),
        (2026, 10, 31, 13, 14, 59, 999999),  # a microsecond before November in Lord Howe's or Chatham's morning
        (2026, 10, 31, 18, 15),  # November begins in Kathmandu
        (2026, 11, 1, 5, 30),  # the hour that New York has twice, first
        (2026, 11, 1, 6, 30),  # and again
        (2026, 11, 18, 0, 0),
        (2026, 11, 18, 0, 59, 59, 999999),
    )
]
costs = st.none() | st.decimals(0, 10**6, places=12, allow_nan=False)
tokens = st.integers(0, 10**12)


@st.composite
def requests(draw):
    """A request of one of four keys in two organizations; ids and instants from so few that many are repeats."""
    inward = draw(tokens)
    return {
        "key": draw(st.integers(0, 3)),
        "at": draw(st.sampled_from(INSTANTS)),
        "event_id": draw(st.sampled_from("ab,'")),
        "provider": draw(st.sampled_from(["openai", "azure"])),
        "model": draw(st.sampled_from(["gpt-5.5", "azure/gpt-5.5", 'odd "{}" \\name,'])),
        "input_tokens": inward,
        "output_tokens": draw(tokens),
        "cached_input_tokens": draw(st.integers(0, inward)),
        "cost": draw(costs),
        "is_error": draw(st.booleans()),
    }


def two_organizations(zones):
    """Four keys: three of the first organization (two projects, two members), one of the second."""
    organizations = [OrganizationFactory(time_zone=zone) for zone in zones]
    first, second, foreign = (ProjectFactory(organization=organizations[n]) for n in (0, 0, 1))
    member = MembershipFactory(organization=organizations[0])
    return organizations, [
        ApiKeyFactory(project=first, created_by=member),
        ApiKeyFactory(project=first),
        ApiKeyFactory(project=second, created_by=member),
        ApiKeyFactory(project=foreign),
    ]


ONE = {"key": 0, "at": INSTANTS[0], "event_id": "a", "provider": "openai", "model": "gpt-5.5", "cost": None}


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(zones=("UTC", "UTC"), batches=[[ONE], [ONE | {"cost": Decimal(2)}, ONE | {"cost": Decimal(3)}]])
@given(
    zones=st.tuples(st.sampled_from(ZONES), st.sampled_from(ZONES)),
    batches=st.lists(st.lists(requests(), max_size=12), min_size=1, max_size=4),
)
def test_sums_are_the_logs_whatever_comes(db, zones, batches):
    organizations, keys = two_organizations(zones)
    events = [[event(keys[fields["key"]], **_without(fields, "key")) for fields in batch] for batch in batches]
    for batch in events:
        result = record.record_events(batch)
        assert result.recorded + result.repeated + result.updated + len(result.conflicts) == len(batch)
    assert agree([one for batch in events for one in batch], *organizations)


def _without(fields, name):
    return {key: value for key, value in fields.items() if key != name}


# --- nothing is kept of what did not end ---


class CrashError(Exception):
    """Of the process, between two statements."""


def crash_at(number):
    """Instead of statement `number` (from 0); the ones that then undo the transaction get through."""
    numbers = count()

    def execute_or_crash(execute, *rest):
        if next(numbers) == number:
            raise CrashError
        return execute(*rest)

    return execute_or_crash


def statements(work) -> int:
    numbers = count()
    with connection.execute_wrapper(lambda execute, *rest: (next(numbers), execute(*rest))[1]):
        work()
    return next(numbers)


@pytest.mark.django_db(transaction=True)
def test_a_crash_between_any_two_statements_leaves_nothing(workspace):
    before = [event(workspace.olga_key, FIRST[0][1])]
    record.record_events(before)
    # A partition and a model of its own each, so that every attempt has all its statements.
    attempts = ([event(workspace.olga_key, f"{2000 + n}-05-05T10:00", model=f"new-{n}")] for n in range(1, 99))
    whole = next(attempts)
    total = statements(lambda: record.record_events(whole))
    assert total > 5
    for number in range(total):
        with connection.execute_wrapper(crash_at(number)), pytest.raises(CrashError):
            record.record_events(next(attempts))
        assert agree(before + whole, workspace.organization)
        assert logged(workspace.organization) == 2
    with connection.execute_wrapper(crash_at(total)):
        assert record.record_events(next(attempts)) == record.Recorded(1, 0)


@pytest.mark.django_db(transaction=True)
def test_a_crash_in_the_midst_of_a_rebuild_leaves_what_was_there(workspace):
    events = [event(workspace.olga_key, at) for _, at in FIRST]
    record.record_events(events)
    for number in range(statements(lambda: rebuild.rebuild(workspace.organization.pk))):
        with connection.execute_wrapper(crash_at(number)), pytest.raises(CrashError):
            rebuild.rebuild(workspace.organization.pk)
        assert agree(events, workspace.organization)


@pytest.mark.parametrize("table", [*(table._meta.db_table for table in KEYS), "analytics_freshness"])
def test_an_error_in_any_one_table_keeps_the_event_out_of_all(table, workspace):
    events = [event(workspace.olga_key, at) for _, at in FIRST[:2]]
    record.record_events(events[:1])
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT no_more CHECK (organization_id < 0) NOT VALID")
    with pytest.raises(DatabaseError):
        record.record_events(events[1:])
    assert agree(events[:1], workspace.organization)
    assert logged(workspace.organization) == 1


@pytest.mark.parametrize(
    "changes", [{"input_tokens": -(2**63) - 1}, {"cost": Decimal("1e20")}, {"event_id": "x" * 201}, {"cost": "a"}]
)
def test_one_impossible_value_keeps_its_whole_batch_out(changes, workspace):
    with pytest.raises(DatabaseError):
        record.record_events(
            [event(workspace.olga_key, FIRST[0][1]), event(workspace.olga_key, FIRST[1][1], **changes)]
        )
    assert agree([], workspace.organization)


def test_a_batch_takes_a_fixed_number_of_statements(workspace):
    def batch(size):
        return [event(workspace.olga_key, f"2026-11-17T10:{n % 60:02}", model=f"model-{n % 9}") for n in range(size)]

    record.record_events(batch(60))
    most = 5 + 2  # the two are the savepoint of a test
    assert [statements(lambda size=size: record.record_events(batch(size))) for size in (1, 500)] == [most] * 2


# --- rebuilding ---


@pytest.mark.parametrize("zone", ZONES)
def test_a_rebuild_of_any_days_changes_nothing_that_was_right(zone, workspace):
    workspace.organization.time_zone = zone
    workspace.organization.save()
    events = [event(workspace.olga_key, at) for at in INSTANTS]
    record.record_events(events)
    for first, end in [(date(2026, 11, 1), date(2026, 11, 2)), (date(2026, 10, 31), date(2026, 11, 18))]:
        rebuild.rebuild(workspace.organization.pk, first, end)
        assert agree(events, workspace.organization)


def test_a_rebuild_mends_its_days_and_touches_no_other_organization(workspace, foreign_key):
    events = [event(key, at) for key in (workspace.olga_key, foreign_key) for _, at in FIRST]
    record.record_events(events)
    right = stored(workspace.organization)
    for table in KEYS:
        table.objects.update(cost=7)
    wrong = stored(foreign_key.project.organization)
    rebuild.rebuild(workspace.organization.pk)
    assert stored(workspace.organization) == right
    assert stored(foreign_key.project.organization) == wrong
