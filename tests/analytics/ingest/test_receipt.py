"""What a sender is answered, and what of it stands in the server's log."""

import json
from datetime import UTC, datetime

import pytest

from analytics.ingest.receipt import COUNTED, Named, Receipt, Refusal, answer, said
from tests.analytics.receipts import header, receipt

BAD = Refusal(1, "req-2", "status", 'must be "success" or "error"')
COST = Named(2, "req-3", ("cost_usd", "model"))


@pytest.mark.parametrize("name", COUNTED)
def test_whatever_was_not_refused_was_kept(name):
    assert Receipt(**{name: 1}, refused=[BAD]).kept


def test_what_contradicts_was_kept_and_what_is_only_refused_was_not():
    assert Receipt(conflicting=[COST]).kept
    assert not Receipt(refused=[BAD]).kept
    assert not Receipt().kept


@pytest.mark.parametrize(
    ("given", "status"),
    [(Receipt(), 200), (Receipt(refused=[BAD]), 422), (Receipt(repeated=1, refused=[BAD]), 200)],
)
def test_the_status_is_422_where_everything_was_refused(given, status):
    assert answer(given).status_code == status


def test_the_answer_has_every_count_and_event_and_not_the_newest_instant():
    given = Receipt(recorded=2, refused=[BAD], mended=[COST], newest=datetime(2026, 11, 18, tzinfo=UTC))
    assert json.loads(answer(given).content) == receipt(
        recorded=2,
        refused=[{"index": 1, "id": "req-2", "field": "status", "message": 'must be "success" or "error"'}],
        mended=[{"index": 2, "id": "req-3", "fields": ["cost_usd", "model"]}],
    )


def test_the_header_counts_what_the_answer_lists():
    assert Receipt(merged=3, conflicting=[COST], refused=[BAD, BAD]).header == header(
        merged=3, conflicting=1, refused=2
    )


def test_the_log_names_fields_once_and_no_value():
    nameless = Refusal(4, None, None, "is not JSON")
    mended = [Named(0, "req-1", ("ended_at",)), Named(1, "req-2", ("cost_usd", "ended_at"))]
    given = Receipt(refused=[BAD, nameless, BAD], conflicting=[COST, COST], mended=mended)
    assert said(given, "payload") == [
        "3 refused: payload, status",
        "2 contradict what is known: cost_usd, model",
        "2 recorded without: cost_usd, ended_at",
    ]
    assert said(Receipt(recorded=5), "payload") == []
