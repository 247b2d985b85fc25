"""A file is all there before its first byte is sent: a reader who stops reading holds no transaction and nobody up."""

from contextlib import closing

import psycopg
import pytest
from django.db import connection

from analytics.ledger import record
from orgdash import spooled, unavailable
from tests.analytics.dashboard.exports import URL, signed_in
from tests.analytics.processes import database_url, wait_until
from tests.analytics.usage import event, use

ASKED = {
    "CSV": f"{URL}?groupBy=apiKey&range=30d",
    "JSON": "/analytics/activity?organizationId=org_acme&groupBy=apiKey&range=30d",
    "JSON by two": "/analytics/activity?organizationId=org_acme&groupBy=apiKey,model&range=30d",
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ASKED)
def test_who_stops_reading_keeps_no_transaction_open_and_vacuum_goes_on(what, workspace, olga, now):
    use(workspace.olga_key, now)
    client = signed_in(olga.user)
    whole = b"".join(client.get(ASKED[what]).streaming_content)
    answer = client.get(ASKED[what])
    pid, told = connection.connection.info.backend_pid, []
    with closing(psycopg.connect(database_url(), autocommit=True)) as other:
        other.add_notice_handler(lambda notice: told.append(notice.message_primary))
        (held,) = other.execute(
            "SELECT (state, xact_start, backend_xmin)::text FROM pg_stat_activity WHERE pid = %s", [pid]
        ).fetchone()
        record.record_events([event(workspace.olga_key, now)])

        def nothing_is_left() -> bool:
            other.execute("VACUUM (VERBOSE) analytics_dailyusage")
            return "0 are dead but not yet removable" in told[-1]

        wait_until(nothing_is_left)  # PostgreSQL's own process may just be reading the table's statistics
    assert held == "(idle,,)"
    assert b"".join(answer.streaming_content) == whole  # of the moment it was asked for


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["CSV", "JSON"])
def test_a_full_disk_is_503_in_words_and_not_half_a_file(what, workspace, olga, now, monkeypatch):
    monkeypatch.setattr(spooled, "IN_MEMORY", 1)
    monkeypatch.setattr("tempfile.tempdir", "/proc/nowhere")  # where nothing can be written
    use(workspace.olga_key, now)
    client = signed_in(olga.user)
    client.raise_request_exception = False
    answer = client.get(ASKED[what])
    assert answer.status_code == 503
    assert unavailable.NO_ROOM in answer.content.decode()
    assert answer["Retry-After"] == "5"


@pytest.mark.django_db
def test_who_asks_for_the_head_alone_has_nothing_made(workspace, olga, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        answer = signed_in(olga.user).head(URL)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
