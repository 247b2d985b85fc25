"""What is known of API keys: when one was used last, what is worth a look, and what is read for it."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import ApiKey
from analytics.ledger import record
from analytics.reporting import reader, reports
from analytics.reporting.keys import Key, LastUse, Named, errors_up, states
from analytics.reporting.parameters import read_page
from analytics.reporting.query import Filters
from analytics.reporting.sums import Sums
from analytics.windows import preset_window
from tests.analytics.plans import rows_read
from tests.analytics.usage import event, use
from tests.conftest import NOW

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
KEY = Key("key_1", "prod", "ab12", Named("proj_1", "Chat"), Named("mem_1", "Olga"), created_at=NOW - 90 * DAY)
WEEK = preset_window("7d", NOW, ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("signed_in", "hour", "last"),
    [
        (None, None, LastUse(None)),
        (None, NOW - 3 * HOUR, LastUse(NOW - 3 * HOUR, by_hour=True)),
        (NOW - 2 * HOUR, None, LastUse(NOW - 2 * HOUR)),
        (NOW - 2 * HOUR, NOW - 3 * HOUR, LastUse(NOW - 2 * HOUR)),
        (NOW - 4 * HOUR, NOW - 3 * HOUR, LastUse(NOW - 3 * HOUR, by_hour=True)),
        (NOW, NOW, LastUse(NOW)),
    ],
)
def test_a_key_was_used_last_when_its_secret_or_its_usage_was_seen_last(signed_in, hour, last):
    assert KEY._replace(signed_in_at=signed_in, last_hour=hour).last_use == last


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"unused"}),  # never used
        ({"created_at": NOW - 30 * DAY}, set()),
        ({"created_at": NOW - 31 * DAY}, {"unused"}),
        ({"created_at": NOW - DAY}, {"new"}),
        ({"created_at": NOW + DAY}, set()),  # by another clock than the page's
        ({"first_hour": NOW - DAY, "last_hour": NOW}, {"new"}),
        ({"first_hour": NOW - 60 * DAY, "last_hour": NOW}, set()),
        ({"first_hour": NOW - 60 * DAY, "last_hour": NOW - 31 * DAY}, {"unused"}),
        ({"first_hour": NOW - 60 * DAY, "last_hour": NOW - 31 * DAY, "signed_in_at": NOW - DAY}, set()),
        ({"created_at": NOW - DAY, "first_hour": NOW - 60 * DAY, "last_hour": NOW - 31 * DAY}, {"unused"}),
        ({"revoked_at": NOW - DAY}, {"revoked"}),
        ({"revoked_at": NOW, "first_hour": NOW - DAY, "last_hour": NOW - DAY}, {"revoked", "new"}),
    ],
)
def test_what_of_a_key_is_worth_a_look(changes, expected):
    assert states(KEY._replace(**changes), WEEK, NOW) == expected


@pytest.mark.parametrize(
    ("changes", "existed"),
    [
        ({}, True),
        ({"revoked_at": WEEK.start - HOUR}, False),
        ({"revoked_at": WEEK.start + HOUR}, True),
        ({"created_at": WEEK.end}, True),  # later than now: clocks differ, so nothing is known
    ],
)
def test_a_key_existed_in_a_window_unless_it_was_revoked_before(changes, existed):
    assert KEY._replace(**changes).existed(WEEK, NOW) == existed


def test_a_key_that_was_made_after_the_window_was_not_there():
    october = preset_window("last-month", NOW, ZoneInfo("UTC"))
    made = [october.end - HOUR, october.end, NOW]
    assert [KEY._replace(created_at=at).existed(october, NOW) for at in made] == [True, False, False]


def failing(errors: int, requests: int) -> Sums:
    return Sums(request_count=requests, error_count=errors)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ((1, 100), (10, 100), True),
        ((0, 1000), (20, 1000), True),
        ((0, 10), (5, 10), True),
        ((0, 3), (2, 3), False),  # chance may explain it
        ((0, 5000), (1, 5000), False),
        ((10, 100), (1, 100), False),
        ((10, 100), (10, 100), False),
        ((0, 0), (50, 100), False),  # there is nothing that it rose from
        ((1, 100), (0, 0), False),
    ],
)
def test_errors_are_up_when_chance_does_not_explain_it(before, now, expected):
    assert errors_up(failing(*before), failing(*now)) is expected


@given(st.integers(1, 10_000), st.integers(1, 10_000), st.data())
def test_errors_are_never_up_where_the_rate_is_not_higher(before, now, data):
    was = data.draw(st.integers(0, before))
    at_most = was * now // before
    assert not errors_up(failing(was, before), failing(data.draw(st.integers(0, at_most)), now))


@pytest.mark.django_db
def test_every_key_is_read_with_whose_it_is_and_when_it_was_used(workspace, foreign_key, dora, now):
    for at in (now - 400 * DAY, now - 2 * DAY, now - 3 * DAY):
        use(workspace.dora_key, at)
    use(foreign_key, now)
    dora.removed_at = now
    dora.save()
    ApiKey.objects.filter(pk=workspace.dora_key.pk).update(last_used_at=now - DAY, revoked_at=now)
    found = {key.id: key for key in reader.keys(workspace.organization.pk, Filters())}
    assert set(found) == {"key_olga", "key_dora", "key_search"}
    key = found["key_dora"]
    assert (key.label, key.project) == ("Chat staging", Named("proj_chat", "Support Chatbot"))
    assert key.creator == Named(dora.public_id, dora.user.name, "removed")
    hour = now.replace(minute=0)
    assert (key.first_hour, key.last_hour) == (hour - 400 * DAY, hour - 2 * DAY)
    assert (key.signed_in_at, key.revoked_at) == (now - DAY, now)
    assert (found["key_olga"].last_hour, found["key_olga"].status) == (None, "")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(project=("proj_search",)), {"key_search"}),
        (Filters(member=("mem_dora",)), {"key_dora", "key_search"}),
        (Filters(member=("mem_dora",), apiKey=("key_dora", "key_olga")), {"key_dora"}),
        (Filters(project=("proj_other",)), set()),
    ],
)
def test_filters_keep_the_keys_that_they_name(workspace, foreign_key, filters, expected):
    assert {key.id for key in reader.keys(workspace.organization.pk, filters)} == expected


@pytest.mark.django_db
def test_one_statement_reads_two_rows_of_the_sums_for_each_key(workspace, now):
    """However long they were used: their first hour and their last."""
    keys = (workspace.olga_key, workspace.dora_key)
    record.record_events([event(key, now - days * DAY) for days in range(40) for key in keys])
    query = read_page(QueryDict("groupBy=apiKey"), workspace.organization, now).query
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as context:
        assert len(reports.keys(query)) == 3
    (entry,) = context
    read = rows_read([entry["sql"]])
    assert sum(rows for table, rows in read.items() if table.startswith("analytics")) == 4
    assert entry["sql"].count(f"organization_id = {workspace.organization.pk}") == 3
    assert entry["sql"].count("t.hour >= '2000-01-01") == 2
    assert (
        reports.keys(replace(query, dimension=read_page(QueryDict(), workspace.organization, now).query.dimension))
        == ()
    )
