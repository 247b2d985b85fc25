"""An event that was checked finds its API key: whose it is, and whether the key may be used."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from analytics.ingest.event_rules import check
from analytics.ingest.resolve import resolve
from analytics.ledger.usage_event import Ties, UsageEvent
from analytics.models import CostSource
from tests.conftest import NOW

LEAST = {
    "id": "req-1",
    "timestamp": "2026-06-20T23:30:00Z",
    "provider": "openai",
    "model": "openai/gpt-5.5",
}


@pytest.fixture
def drafts():
    return lambda *keys: [check(LEAST | {"api_key": key}, NOW) for key in keys]


def test_an_event_belongs_to_the_keys_project_and_creator(drafts, workspace):
    key = workspace.dora_key
    (event,) = resolve(drafts("key_dora"))
    assert event == UsageEvent(
        event_id="req-1",
        occurred_at=datetime(2026, 6, 20, 23, 30, tzinfo=UTC),
        organization_id=workspace.organization.pk,
        project_id=workspace.chat.pk,
        api_key_id=key.pk,
        member_id=key.created_by_id,
        provider="openai",
        model="openai/gpt-5.5",
    )


FULL = LEAST | {
    "input_tokens": 1000,
    "output_tokens": 900,
    "cached_input_tokens": 300,
    "cache_write_tokens": 200,
    "cache_write_1h_tokens": 100,
    "reasoning_tokens": 80,
    "audio_input_tokens": 70,
    "audio_output_tokens": 60,
    "service_tier": "flex",
    "cost_usd": "1.5",
    "status": "error",
    "response_id": "msg_1",
    "ended_at": "2026-06-20T23:31:00Z",
    "revision": 7,
}
TIES = Ties(span="a-b", charges=True)


def test_every_field_of_an_event_is_the_one_that_was_sent(workspace):
    (event,) = resolve([check(FULL | {"api_key": "key_dora", "void": True, "ties": TIES}, NOW)])
    assert event == UsageEvent(
        event_id="req-1",
        occurred_at=datetime(2026, 6, 20, 23, 30, tzinfo=UTC),
        organization_id=workspace.organization.pk,
        project_id=workspace.chat.pk,
        api_key_id=workspace.dora_key.pk,
        member_id=workspace.dora_key.created_by_id,
        provider="openai",
        model="openai/gpt-5.5",
        input_tokens=1000,
        output_tokens=900,
        cached_input_tokens=300,
        cost=Decimal("1.5"),
        is_error=True,
        cache_write_tokens=200,
        cache_write_1h_tokens=100,
        reasoning_tokens=80,
        audio_input_tokens=70,
        audio_output_tokens=60,
        service_tier="flex",
        cost_source=CostSource.SENT,
        response_id="msg_1",
        ended_at=datetime(2026, 6, 20, 23, 31, tzinfo=UTC),
        revision=7,
        void=True,
        ties=TIES,
    )


def test_answers_come_in_the_order_of_the_events_with_two_statements(drafts, workspace, django_assert_num_queries):
    batch = drafts("key_dora", "key_none", "key_olga", "key_dora")
    with django_assert_num_queries(2):
        first, unknown, second, third = resolve(batch)
    assert str(unknown) == 'api_key: there is no such API key, got "key_none"'
    assert [event.api_key_id for event in (first, second, third)] == [
        workspace.dora_key.pk,
        workspace.olga_key.pk,
        workspace.dora_key.pk,
    ]


@pytest.mark.parametrize(
    ("revoked", "accepted"),
    [
        ("2026-06-20T23:30:00.000001+00:00", True),
        ("2026-06-20T23:30:00+00:00", False),
        ("2026-01-01T00:00:00+00:00", False),
    ],
)
def test_a_revoked_key_counts_for_requests_made_before(drafts, workspace, revoked, accepted):
    workspace.dora_key.revoked_at = datetime.fromisoformat(revoked)
    workspace.dora_key.save()
    (outcome,) = resolve(drafts("key_dora"))
    assert isinstance(outcome, UsageEvent) is accepted


def test_the_refusal_says_when_the_key_was_revoked(drafts, workspace):
    workspace.dora_key.revoked_at = datetime(2026, 1, 2, tzinfo=UTC)
    workspace.dora_key.save()
    (outcome,) = resolve(drafts("key_dora"))
    assert str(outcome) == 'api_key: was revoked at 2026-01-02T00:00:00+00:00, before this request, got "key_dora"'
