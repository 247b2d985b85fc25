"""Pruning beside senders, rebuilds and comparisons, and killed half-way: every event once, or refused; sums stay."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Event, Thread

import pytest
from django.db import connection, transaction

from analytics.ingest import intake
from analytics.ingest.decoding import EventError
from analytics.ingest.event_rules import check
from analytics.ledger import differences, rebuild, record, request_log, retention, rezone
from analytics.ledger.horizon import horizons
from tests.analytics.ledger.test_record_concurrency import usage_line
from tests.analytics.oracle import computed, logged, stored
from tests.analytics.processes import someone_waits_for, started, wait_until
from tests.analytics.usage import event

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_log")]

MARCH, APRIL = (datetime(2005, month, 1, tzinfo=UTC) for month in (3, 4))
OLD = "2005-03-31T23:59:59"


@contextmanager
def beside(work, stop_at=None):
    """`work` in a thread with a connection of its own, stopped behind the statement that contains `stop_at`."""
    there, go_on = Event(), Event()

    def stop(execute, sql, *rest):
        result = execute(sql, *rest)
        if stop_at in sql and not there.is_set():
            there.set()
            go_on.wait(30)
        return result

    def run():
        try:
            with connection.execute_wrapper(stop):
                return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(run)
        assert there.wait(10)
        try:
            yield go_on, result
        finally:
            go_on.set()


def draft(one, key):
    return check(json.loads(usage_line(one, key)), datetime(2026, 11, 18, tzinfo=UTC))


def drop_all(before=datetime(2026, 1, 1, tzinfo=UTC)) -> None:
    for month in retention.old_months(before):
        retention.drop(month)


@pytest.fixture
def march(workspace):
    """One request of Acme's on the first of March, and one in April."""
    events = [event(workspace.olga_key, at) for at in (MARCH, APRIL)]
    record.record_events(events)
    return events


def test_an_event_that_is_being_written_is_committed_before_its_month_goes(march, workspace):
    late = event(workspace.dora_key, OLD)
    with beside(lambda: record.record_events([late]), stop_at="INSERT INTO analytics_request") as (go_on, recorded):
        with ThreadPoolExecutor(1) as pool:
            dropped = pool.submit(lambda: (drop_all(APRIL), connection.close()))
            wait_until(lambda: someone_waits_for("relation"))
            assert horizons([workspace.organization.pk]) == {}
            go_on.set()
            dropped.result(30)
        assert recorded.result(10) == record.Recorded(1, 0)
    assert horizons([workspace.organization.pk]) == {workspace.organization.pk: APRIL}
    assert stored(workspace.organization) == computed([*march, late], workspace.organization)
    assert logged(workspace.organization) == 1


def test_an_event_that_comes_while_its_month_goes_is_refused(march, workspace):
    (month, _) = request_log.months()
    late = event(workspace.dora_key, OLD)
    with beside(lambda: retention.drop(month), stop_at="DROP TABLE") as (go_on, _), ThreadPoolExecutor(1) as pool:
        sent = pool.submit(lambda: (intake.resolve_and_record([draft(late, workspace.dora_key)]), connection.close()))
        wait_until(lambda: someone_waits_for("relation"))
        go_on.set()
        ((outcome,), result), _ = sent.result(30)
    assert isinstance(outcome, EventError)
    assert (outcome.field, result) == ("timestamp", record.Recorded(0, 0))
    assert outcome.message.startswith("must not be before 2005-04-01T00:00:00+00:00")
    assert stored(workspace.organization) == computed(march, workspace.organization)


WORK = {
    "record": lambda pk, events: record.record_events(events),
    "rebuild": lambda pk, events: rebuild.rebuild(pk),
    "compare": lambda pk, events: differences.differences(pk),
    "another zone": lambda pk, events: rezone.rezone(pk),
}


@pytest.mark.parametrize("name", WORK)
def test_nothing_is_dropped_between_reading_the_horizon_and_the_end_of_what_follows(
    name, march, workspace, monkeypatch
):
    for name_of, value in {"TRIES": 2, "PAUSE": 0, "_FOR_THE_LOG": "50ms", "_FOR_THE_MONTH": "50ms"}.items():
        monkeypatch.setattr(retention, name_of, value)
    organization, late = workspace.organization, [event(workspace.dora_key, OLD)]
    with beside(lambda: WORK[name](organization.pk, late), stop_at="analytics_horizon") as (go_on, worked):
        with pytest.raises(retention.LogBusyError):
            retention.drop(request_log.months()[0])
        go_on.set()
        result = worked.result(10)
    events = march + late * (name == "record")
    assert result != [] or name == "compare"
    assert stored(organization) == computed(events, organization)
    assert differences.differences(organization.pk) == []
    drop_all(APRIL)
    assert stored(organization) == computed(events, organization)


@contextmanager
def before_the_lock(statement, *work):
    """`work` on another connection, once, before this one's `statement` takes its lock."""
    left = [lambda: [one() for one in work]]

    def hold(execute, sql, *rest):
        if sql.startswith(statement) and left:
            act = left.pop()
            thread = Thread(target=lambda: (act(), connection.close()))
            thread.start()
            thread.join(30)
        return execute(sql, *rest)

    with connection.execute_wrapper(hold):
        yield
    assert not left


def test_a_repeat_whose_first_time_is_pruned_meanwhile_is_refused_even_if_the_month_is_there_again(
    march, workspace, foreign_key
):
    other, foreign = foreign_key.project.organization, event(foreign_key, OLD)
    repeat = draft(march[0], workspace.olga_key)
    with before_the_lock("SELECT pg_advisory", lambda: drop_all(APRIL), lambda: record.record_events([foreign])):
        (outcome,), result = intake.resolve_and_record([repeat])
    assert (outcome.field, result) == ("timestamp", record.Recorded(0, 0))
    events = [*march, foreign]
    assert stored(workspace.organization, other) == computed(events, workspace.organization, other)


def test_who_lost_nothing_in_a_month_that_goes_has_it_made_again(march, workspace, foreign_key):
    other, foreign = foreign_key.project.organization, event(foreign_key, OLD)
    drafts = [draft(foreign, foreign_key), draft(march[0], workspace.olga_key)]
    with before_the_lock("SELECT pg_advisory", lambda: drop_all(APRIL)):
        assert intake.resolve_and_record(drafts[:1])[1] == record.Recorded(1, 0)
    outcomes, result = intake.resolve_and_record(drafts)
    assert [getattr(one, "field", None) for one in outcomes] == [None, "timestamp"]
    assert result == record.Recorded(0, 1)
    events = [*march, foreign]
    assert stored(workspace.organization, other) == computed(events, workspace.organization, other)


def test_senders_and_prune_at_once_count_every_event_once_or_refuse_it(workspace, foreign_key):
    keys = (workspace.olga_key, workspace.search_key, foreign_key)
    start = datetime(2005, 1, 1, tzinfo=UTC)
    sent = [(event(keys[n % 3], start + n * timedelta(days=3)), keys[n % 3]) for n in range(120)]
    recorded = Counter()
    done = Event()

    def send(seed):
        mine = sent * 2
        Random(seed).shuffle(mine)
        counts = Counter()
        for one, key in mine:
            (outcome,), result = intake.resolve_and_record([draft(one, key)])
            refused = isinstance(outcome, EventError)
            assert result.recorded + result.repeated + refused == 1
            counts[one.event_id] += result.recorded
        connection.close()
        return counts

    def prune():
        while not done.is_set():
            drop_all()
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        pruner, senders = pool.submit(prune), [pool.submit(send, seed) for seed in range(3)]
        wait(senders, timeout=60)
        done.set()
        pruner.result(60)
    for sender in senders:
        recorded += sender.result()
    assert set(recorded.values()) == {1}
    organizations = (workspace.organization, foreign_key.project.organization)
    counted = [one for one, _ in sent if recorded[one.event_id]]
    assert len(counted) >= 3
    assert stored(*organizations) == computed(counted, *organizations)
    assert [differences.differences(one.pk) for one in organizations] == [[], []]


def test_killed_in_the_midst_of_a_month_it_leaves_that_month_whole_and_the_next_run_drops_the_rest(workspace):
    organization = workspace.organization
    events = [event(workspace.olga_key, f"2005-{month:02}-10T10:00") for month in (1, 2, 3)]
    record.record_events(events)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM analytics_request_2005_02")  # a reader who is long about it
        killed = started("manage.py", "prune", "--keep", "3650d")
        wait_until(lambda: len(request_log.months()) == 2)
        wait_until(lambda: someone_waits_for("relation"))
        killed.kill()
        killed.communicate()
        assert horizons([organization.pk]) == {organization.pk: datetime(2005, 2, 1, tzinfo=UTC)}
    assert logged(organization) == 2
    assert stored(organization) == computed(events, organization)
    assert differences.differences(organization.pk) == []
    again = started("manage.py", "prune", "--keep", "3650d")
    said, errors = again.communicate(timeout=60)
    assert (again.returncode, errors) == (0, "")
    assert said.splitlines()[-1] == "2 months, 2 requests dropped"
    assert horizons([organization.pk]) == {organization.pk: APRIL}
    assert (logged(organization), stored(organization)) == (0, computed(events, organization))
