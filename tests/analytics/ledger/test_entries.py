"""How rows of the log are found."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.ledger import entries, record
from analytics.ledger.calls import MOST_ALIKE, key_of
from analytics.ledger.usage_event import Ties
from analytics.models import DailyUsage
from tests import counting
from tests.analytics.ledger.test_record_calls import wrong
from tests.analytics.ledger.told import TEN, blank
from tests.analytics.plans import rows_read
from tests.analytics.usage import event

pytestmark = pytest.mark.django_db


def test_what_is_known_of_a_call_is_found_by_its_key_before_there_are_statistics_of_the_table(workspace):
    events = [
        replace(event(workspace.olga_key, TEN), event_id=f"{place:04}", response_id=f"msg_{place}")
        for place in range(1000)
    ]
    record.record_events(events)
    with connection.cursor() as cursor:
        keys = [list(column) for column in zip(*map(key_of, events), strict=True)]
        cursor.execute(f"EXPLAIN ANALYZE {entries._READ}", keys)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "analytics_call" in plan
    assert "Rows Removed by Filter" not in plan


# --- what one batch may cost ---


def test_of_an_id_that_thousands_have_at_other_times_few_are_looked_at_for_each(workspace):
    """A server that numbers its answers anew each day has it again and again."""
    of = blank(workspace.olga_key)
    told = [
        replace(of, event_id=f"{place:04}", occurred_at=TEN + place * timedelta(seconds=3), response_id="chatcmpl-1")
        for place in range(2000)
    ]
    record.record_events(told)
    with CaptureQueriesContext(connection) as asked:
        assert record.record_events(told[:10]).repeated == 10
    looked = rows_read(query["sql"] for query in asked if "like_it" in query["sql"])
    assert 0 < looked["analytics_call"] <= 10 * 2 * (entries.MOST_NEAR + 1)
    assert DailyUsage.objects.get(dimension=0).request_count == len(told)


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 40, 3 * MOST_ALIKE])
def test_a_server_whose_answers_all_have_one_id_is_counted_request_by_request(size, workspace):
    of = blank(workspace.olga_key)
    events = [
        replace(
            of, event_id=str(n), occurred_at=TEN + n * timedelta(seconds=0.5), input_tokens=7, response_id="chatcmpl-1"
        )
        for n in range(3 * MOST_ALIKE)
    ]
    for start in range(0, len(events), size):
        record.record_events(events[start : start + size])
    assert DailyUsage.objects.get(dimension=0).request_count == len(events)
    assert wrong(workspace.organization) == []


@pytest.mark.parametrize("counts", [(7, 7), (7, 8)], ids=["alike", "contradicting"])
def test_a_deep_chain_of_spans_is_not_followed_through_the_log(counts, workspace):
    of = blank(workspace.olga_key)
    spans = [
        replace(
            of,
            event_id=f"{place:03}",
            occurred_at=TEN + place * timedelta(milliseconds=1),
            input_tokens=counts[place % 2],
            ties=Ties(span=f"t-{place}", parent=f"t-{place - 1}"),
        )
        for place in range(200)
    ]
    record.record_events(spans[:100])
    with CaptureQueriesContext(connection) as asked:
        record.record_events(spans[100:])
    assert len(asked) < 30
    assert DailyUsage.objects.get(dimension=0).request_count == len(spans)
    assert record.record_events(spans).repeated == len(spans)
    assert wrong(workspace.organization) == []


def test_what_hangs_together_through_much_of_the_log_is_searched_for_crowds_a_few_times(workspace):
    """Two spans tell of each answer, and the second is around the first of the next: each step finds two more."""
    of = blank(workspace.olga_key)
    zigzag = [
        replace(
            of,
            event_id=f"{place:03}",
            occurred_at=TEN + place * timedelta(milliseconds=1),
            input_tokens=1 + place,
            response_id=f"msg_{place // 2}",
            ties=Ties(span=f"t-{place}") if place % 2 else Ties(parent=f"t-{place - 1}"),
        )
        for place in range(100)
    ]
    record.record_events(zigzag[:-1])
    asked = counting.calls(lambda: record.record_events(zigzag[-1:]))
    assert 0 < asked["analytics.ledger.calls.crowded"] < 8
    assert record.record_events(zigzag).repeated == len(zigzag)
    assert wrong(workspace.organization) == []
