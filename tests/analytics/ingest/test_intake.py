"""What a sender's events become: each kept by itself, batch by batch, and named by its place in what was sent."""

from datetime import UTC, datetime

import pytest

from accounts.api_error import ApiError
from analytics.ingest import intake
from analytics.ingest.decoding import MAX_TEXT, EventError
from analytics.ingest.event_rules import check
from analytics.ingest.intake import Sent, receive, resolve_and_record
from analytics.ingest.receipt import Named
from analytics.ledger.usage_event import UsageEvent
from analytics.models import Request
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

LEAST = {"timestamp": "2026-06-20T10:00:00Z", "provider": "openai", "model": "gpt-5.5", "api_key": "key_dora"}
LONG = "a" * MAX_TEXT


def sent(event_id: str, **changes: object) -> Sent:
    event = LEAST | {"id": event_id} | changes
    return Sent(event["id"], event)


@pytest.fixture
def number(workspace) -> int:
    return workspace.organization.pk


def test_of_several_batches_every_event_is_named_by_its_place_in_what_was_sent(number, monkeypatch):
    monkeypatch.setattr(intake, "BATCH", 2)
    receive([sent("known", input_tokens=1)], number, NOW)
    given = [
        *(sent("a"), None, sent("b", provider=""), sent("c", timestamp="2026-06-21T10:00:00Z")),
        *(sent("known", input_tokens=2), Sent("torn", EventError(None, "is torn")), sent("d")),
    ]
    receipt = receive(given, number, NOW)
    assert (receipt.recorded, receipt.ignored) == (3, 1)
    assert [(one.index, one.id, one.field) for one in receipt.refused] == [(2, "b", "provider"), (5, "torn", None)]
    assert receipt.conflicting == [Named(4, "known", ("input_tokens",))]
    assert receipt.newest == datetime(2026, 6, 21, 10, tzinfo=UTC)
    assert set(Request.objects.values_list("event_id", flat=True)) == {"known", "a", "c", "d"}


def test_what_could_not_be_used_of_an_event_is_told_where_the_event_is_kept(number):
    event = LEAST | {"id": "a"}
    given = [Sent("a", event, ("cost_usd",)), Sent("b", event | {"id": "b", "model": 7}, ("cost_usd",))]
    receipt = receive(given, number, NOW)
    assert receipt.mended == [Named(0, "a", ("cost_usd",))]
    assert [one.index for one in receipt.refused] == [1]


@pytest.mark.parametrize(
    ("event_id", "told"), [("a" * MAX_TEXT, "a" * MAX_TEXT), ("a" * (MAX_TEXT + 1), None), (7, None)]
)
def test_only_what_can_be_an_id_is_said_again(number, event_id, told):
    receipt = receive([sent(event_id, model="")], number, NOW)
    assert [one.id for one in receipt.refused] == [told]


def test_beyond_a_quota_what_fits_is_kept_and_the_rest_is_named(number, settings):
    settings.QUOTA_NEW_MODELS = 1
    receipt = receive([sent("a"), sent("b", model="new-1"), sent("c", model="new-2"), sent("d")], number, NOW)
    assert receipt.recorded == 2
    assert [(one.index, one.field) for one in receipt.refused] == [(1, "model"), (2, "model")]
    assert "send it again in" in receipt.refused[0].message


@pytest.mark.parametrize("later", [429, 503])
def test_where_a_quota_leaves_nothing_the_whole_is_to_be_sent_again(number, settings, later):
    settings.QUOTA_NEW_MODELS = 1
    receive([sent("a")], number, NOW)
    with pytest.raises(ApiError) as refused:
        receive([sent("b", model="new-1"), sent("c", model="")], number, NOW, later)
    assert (refused.value.status, refused.value.code) == (later, "over_quota")
    assert not Request.objects.filter(event_id="b").exists()


def test_a_month_beyond_the_quota_is_refused_by_itself(number, settings):
    settings.QUOTA_MONTHS = 1
    receipt = receive([sent("a"), sent("b", timestamp="2026-05-31T23:59:59Z"), sent("c")], number, NOW)
    assert receipt.recorded == 2
    assert [(one.index, one.id, one.field) for one in receipt.refused] == [(1, "b", "timestamp")]


def test_what_became_of_drafts_comes_in_their_order_and_refusals_go_through(number):
    first, last = (check(LEAST | {"id": event_id}, NOW) for event_id in "ab")
    refused, foreign = EventError("model", "is wrong"), check(LEAST | {"id": "c", "api_key": "key_none"}, NOW)
    outcomes, result = resolve_and_record([refused, first, foreign, last])
    assert [type(one) for one in outcomes] == [EventError, UsageEvent, EventError, UsageEvent]
    assert (outcomes[0], outcomes[2].field, result.recorded) == (refused, "api_key", 2)
    other = check(LEAST | {"id": "b", "output_tokens": 9}, NOW)
    assert [one.index for one in resolve_and_record([refused, first, other])[1].conflicts] == [2]


def test_without_an_organization_whose_quota_counts_new_models_are_not_bounded(number, settings):
    settings.QUOTA_NEW_MODELS = 1
    drafts = [check(LEAST | {"id": name, "model": name}, NOW) for name in ("new-1", "new-2", "new-3")]
    assert resolve_and_record(drafts)[1].recorded == 3
