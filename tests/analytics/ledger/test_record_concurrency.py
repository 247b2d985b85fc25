"""Several writers at once: real processes and connections on a real PostgreSQL."""

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Event, Thread

import pytest
from django.db import OperationalError, connection

from analytics.ledger import differences, rebuild, record
from tests.analytics.ledger.told import Call, Prices, counted, last_word
from tests.analytics.oracle import computed, logged, stored
from tests.analytics.processes import someone_waits_for, started, wait_until
from tests.analytics.usage import event

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
TEN = datetime(2026, 11, 17, 10, tzinfo=UTC)


def usage_line(told, key) -> str:
    return json.dumps(
        {
            "id": told.event_id,
            "timestamp": told.occurred_at.isoformat(),
            "api_key": key.public_id,
            "provider": told.provider,
            "model": told.model,
            "input_tokens": told.input_tokens,
            "output_tokens": told.output_tokens,
            "cost_usd": None if told.cost is None else str(told.cost),
            "response_id": told.response_id or None,
            "revision": told.revision,
            "void": told.void,
        }
    )


def four_writers(events, keys, tmp_path) -> list[tuple[int, int]]:
    """All events recorded by each of four processes, each in its own order, at once: (recorded, repeated) of each."""
    path = tmp_path / "usage.jsonl"
    path.write_text("\n".join(usage_line(told, key) for told, key in zip(events, keys, strict=True)))
    writers = started("-m", "tests.analytics.writer", path, 4)
    answers, errors = writers.communicate(timeout=120)
    assert (writers.returncode, errors) == (0, "")
    assert answers.count("\n") == 4
    return [tuple(map(int, answer.split())) for answer in answers.splitlines()]


def test_four_processes_that_record_the_same_events_count_each_once(workspace, tmp_path):
    # Months and models that nobody has seen: all four want to make them, too.
    keys = [(workspace.olga_key, workspace.dora_key, workspace.search_key)[n % 3] for n in range(2000)]
    events = [
        event(keys[n], datetime(2005, 1, 1, tzinfo=UTC) + n * timedelta(hours=1), model=f"model-{n % 7}")
        for n in range(2000)
    ]
    counts = four_writers(events, keys, tmp_path)
    assert sum(recorded for recorded, _ in counts) == 2000
    assert [sum(pair) for pair in counts] == [2000] * 4
    assert logged(workspace.organization) == 2000
    assert stored(workspace.organization) == computed(events, workspace.organization)
    assert differences.differences(workspace.organization.pk) == []


def test_four_processes_that_tell_of_the_same_calls_in_any_order_end_in_the_same_sums(workspace, tmp_path):
    calls = []
    for number in range(150):
        blank = event(workspace.olga_key, TEN, cost=None, model="house-model")
        call = Call(
            number, TEN + timedelta(hours=number), f"msg_{number}", replace(blank, input_tokens=0, output_tokens=0)
        )
        first, second = call.told("gateway", "counts"), call.told("log", "a cost", revision=1)
        late = replace(first, cost=Decimal("0.7"))
        less = replace(second, revision=0, cost=None, model="other-model")
        gone = replace(second, revision=2, void=True)
        calls.append([first, second, late, less, *([gone] if number % 3 == 0 else [])])
    events = [told for call in calls for told in call]
    four_writers(events, [workspace.olga_key] * len(events), tmp_path)
    counts = [counted(last_word(call), Prices()) for call in calls]
    assert stored(workspace.organization) == computed(counts, workspace.organization, told=events)
    assert differences.differences(workspace.organization.pk) == []


def test_batches_of_two_organizations_in_any_order_never_end_in_a_deadlock(workspace, foreign_key, tmp_path):
    keys = [(workspace.olga_key, foreign_key)[n % 2] for n in range(2000)]
    events = [event(keys[n], TEN + n * timedelta(seconds=1)) for n in range(2000)]
    counts = four_writers(events, keys, tmp_path)
    organizations = (workspace.organization, foreign_key.project.organization)
    assert sum(recorded for recorded, _ in counts) == 2000
    assert stored(*organizations) == computed(events, *organizations)


@contextmanager
def unfinished(events):
    """Another connection has written these events and not yet committed."""
    written, end = Event(), Event()

    def pause(execute, sql, *rest):
        result = execute(sql, *rest)
        if "INSERT INTO analytics_request" in sql:
            written.set()
            end.wait(30)
        return result

    def write():
        with connection.execute_wrapper(pause):
            record.record_events(events)
        connection.close()

    writer = Thread(target=write)
    writer.start()
    assert written.wait(10)
    yield
    end.set()
    writer.join(10)


@pytest.fixture
def _impatient():
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '500ms'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout")


@pytest.mark.usefixtures("_impatient")
def test_writers_of_two_organizations_do_not_wait_for_each_other(workspace, foreign_key):
    # A month and a model that nobody has seen, on both sides.
    first = [event(workspace.olga_key, "2006-02-03T10:00", model="new")]
    second = [event(foreign_key, "2006-02-03T10:00", model="new"), event(foreign_key, "2006-03-03T10:00")]
    with unfinished(first):
        assert record.record_events(second) == record.Recorded(2, 0)
    organizations = (workspace.organization, foreign_key.project.organization)
    assert stored(*organizations) == computed(first + second, *organizations)


@pytest.mark.usefixtures("_impatient")
def test_writers_of_one_organization_take_turns(workspace):
    first, second = [event(workspace.olga_key, TEN)], [event(workspace.dora_key, TEN)]
    with unfinished(first), pytest.raises(OperationalError, match="lock timeout"):
        record.record_events(second)
    assert record.record_events(second) == record.Recorded(1, 0)
    assert stored(workspace.organization) == computed(first + second, workspace.organization)


@pytest.mark.usefixtures("_impatient")
def test_readers_and_reconcile_wait_for_no_writer(workspace):
    record.record_events([event(workspace.olga_key, TEN)])
    before = stored(workspace.organization)
    with unfinished([event(workspace.olga_key, TEN)]):
        assert stored(workspace.organization) == before
        assert differences.differences(workspace.organization.pk) == []


def test_a_rebuild_waits_for_the_writer_and_counts_its_events(workspace):
    events = [event(workspace.olga_key, TEN), event(workspace.dora_key, TEN)]
    record.record_events(events[:1])

    def rebuild_all():
        rebuild.rebuild(workspace.organization.pk)
        connection.close()

    rebuilder = Thread(target=rebuild_all)
    with unfinished(events[1:]):
        rebuilder.start()
        wait_until(lambda: someone_waits_for("advisory"))
    rebuilder.join(10)
    assert stored(workspace.organization) == computed(events, workspace.organization)
