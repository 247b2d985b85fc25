"""How rows of the log are found."""

from dataclasses import replace

import pytest
from django.db import connection

from analytics.ledger import entries, record
from analytics.ledger.calls import key_of
from tests.analytics.ledger.told import TEN
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
