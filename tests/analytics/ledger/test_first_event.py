"""The first event's instant: kept without the log, exact while anybody knows it, else the hour that the sums know."""

from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.db import connection

from analytics.ledger import differences, rebuild, record, request_log, retention
from analytics.models import Freshness
from analytics.reporting import reader
from tests.analytics.usage import event, use

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_log")]
OLD, LATER, KEPT = "2026-06-20T10:41:07.000005", "2026-06-20T11:00", "2026-08-02T09:30"
HOUR = datetime(2026, 6, 20, 10, tzinfo=UTC)


def told(workspace) -> datetime | None:
    return reader.state(workspace.organization.pk).first_usage


def at(instant: str) -> datetime:
    return datetime.fromisoformat(instant).replace(tzinfo=UTC)


def kept_as(value: str | None) -> None:
    Freshness.objects.update(first_at=value and at(value))


def test_it_is_exact_whatever_comes_first_and_moves_when_something_older_comes(workspace):
    assert told(workspace) is None
    for sent, first in ((LATER, LATER), (KEPT, LATER), (OLD, OLD)):
        use(workspace.olga_key, sent)
        assert told(workspace) == at(first)


def test_what_is_void_was_no_usage(workspace):
    first = event(workspace.olga_key, OLD)
    record.record_events([first, event(workspace.olga_key, LATER)])
    record.record_events([replace(first, revision=1, void=True)])
    assert told(workspace) == at(LATER)
    assert Freshness.objects.get().first_at == at(LATER)


def test_it_outlives_the_log(workspace):
    for sent in (OLD, KEPT):
        use(workspace.olga_key, sent)
    retention.drop(request_log.months()[0])
    use(workspace.olga_key, LATER.replace("-06-", "-08-"))
    rebuild.rebuild(workspace.organization.pk)
    assert told(workspace) == at(OLD)
    assert differences.differences(workspace.organization.pk) == []


@pytest.mark.parametrize("kept", [None, KEPT, "2026-06-20T09:59:59"])
def test_what_is_kept_counts_only_in_the_hour_in_which_the_sums_begin(kept, workspace):
    """Else it is of a version that did not keep it: then the hour is what is known."""
    use(workspace.olga_key, OLD)
    kept_as(kept)
    assert told(workspace) == HOUR


@pytest.mark.parametrize(("pruned", "first"), [(0, at(OLD)), (1, HOUR)])
def test_the_migration_asks_the_log_as_far_as_it_is_whole(pruned, first, workspace):
    for sent in (OLD, KEPT):
        use(workspace.olga_key, sent)
    for month in request_log.months()[:pruned]:
        retention.drop(month)
    kept_as(None)
    with connection.cursor() as cursor:
        cursor.execute(import_module("analytics.migrations.0014_first_event_known").FIRST_EVENTS)
    assert told(workspace) == first
