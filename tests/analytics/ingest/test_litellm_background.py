"""Answers that LiteLLM has made in the background: told without tokens, and with them whenever they are read."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from decimal import Decimal
from itertools import permutations

import pytest
from django.test import Client

from analytics.ingest.decoding import decode
from analytics.ingest.event_rules import check
from analytics.ingest.litellm_payload import call
from analytics.metrics import ORGANIZATION
from analytics.models import DailyUsage, Request
from tests.analytics.gateway import payload
from tests.analytics.usage import SECRET

NOW = datetime(2026, 11, 18, 12, 30, tzinfo=UTC)
MADE = 1795003201  # in whole seconds, as the provider says it
ANOTHER = "resp_" + b64encode(b"litellm:of another kind").decode()
COST = Decimal("0.0000135")
NOTHING = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "response_cost": 0.0}


def named(answer: str, deployment: str | None = None) -> str:
    """An answer's id as LiteLLM writes it."""
    words = f"litellm:custom_llm_provider:openai;model_id:{deployment};response_id:{answer}"
    return f"resp_{b64encode(words.encode()).decode()}"


def told(seconds: float = 0, status: str = "completed", *, background: bool = True, **changes) -> dict:
    """A payload of the Responses API, some seconds after the answer was asked for."""
    answer = {"background": background, "created_at": MADE, "model": "gpt-4o-mini-2024-07-18", "status": status}
    begin = MADE + 0.3 + seconds
    given = {"id": named("resp_1"), "litellm_call_id": f"call-{seconds}", "call_type": "aresponses", "response": answer}
    return payload(**given | {"startTime": begin, "endTime": begin + 0.2, "metadata": {"usage_object": {}}} | changes)


def queued(**changes) -> dict:
    return told(status="queued", **NOTHING | changes)


def read(seconds: float, **changes) -> dict:
    return told(seconds, **{"call_type": "aget_responses", "model": "", "model_group": "f3a9"} | changes)


def received(sent: dict) -> dict:
    sign_in = {"Authorization": f"Bearer {SECRET}"}
    return Client().post("/usage/litellm", json.dumps([sent]), "application/json", headers=sign_in).json()


def totals() -> tuple[int, int, Decimal]:
    """Requests, tokens and cost in the sums."""
    day = DailyUsage.objects.get(dimension=ORGANIZATION.number)
    return day.request_count, day.input_tokens + day.output_tokens, day.cost


@pytest.mark.parametrize(
    ("sent", "usage"),
    [
        (queued(), True),
        (read(5), True),
        (read(5, call_type="get_responses"), True),
        (read(5, **NOTHING), False),  # not finished
        (read(5, background=False), False),  # it told its tokens when it was made
        (read(5, id="resp_" + "x" * 260), False),  # encrypted: at every reading another
        (read(5, response={"text": "redacted-by-litellm"}), False),
        (read(5, call_type="acancel_responses"), False),
    ],
)
def test_reading_an_answer_counts_where_making_it_told_no_tokens(sent, usage):
    assert call(decode(json.dumps(sent))).is_usage is usage


def test_every_reading_is_the_same_event_of_the_answer_that_was_made():
    made, first, second = (
        check({**call(decode(json.dumps(sent))).event, "api_key": "key_1"}, NOW)
        for sent in (queued(id=named("resp_1", "f3a9")), read(5), read(9))
    )
    assert first == second
    assert (first.id, first.timestamp) == ("resp_1", datetime.fromtimestamp(MADE + 1, UTC))
    assert first.model == "gpt-4o-mini-2024-07-18"
    assert made.response_id == first.response_id == "resp_1"


@pytest.mark.parametrize(
    ("known", "chosen"),
    [
        (named("resp_1", "f" * 64), "resp_1"),
        ("resp_68c1", "resp_68c1"),
        (ANOTHER, ANOTHER),
        ("chatcmpl-1", "chatcmpl-1"),
    ],
)
def test_the_answers_id_is_the_providers_so_that_others_who_tell_of_it_are_known(known, chosen):
    event = call(decode(json.dumps(told(id=known, background=False)))).event
    assert event["response_id"] == chosen


def test_as_long_as_a_reading_may_be_away_is_what_was_asked_for_also_as_the_table_has_it():
    in_table = {name: value for name, value in queued().items() if name != "response"}
    lasting = [call(decode(json.dumps(sent))).event["ended_at"] for sent in (queued(), in_table, told())]
    assert lasting[0] == lasting[1] == "2026-11-19T12:00:01.300000+00:00"
    assert lasting[2] == "2026-11-18T12:00:01.500000+00:00"


@pytest.mark.django_db
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_made_and_read_twice_it_is_one_request_with_the_tokens_of_the_reading(order, key):
    sent = queued(), read(5), read(3600)
    for place in order:
        received(sent[place])
    assert totals() == (1, 30, COST)
    assert Request.objects.get(is_counted=True).event_id == named("resp_1")


@pytest.mark.django_db
def test_googles_interactions_say_their_tokens_later_under_the_same_id(key):
    made = {"id": "v1_x", "call_type": "acreate_interaction"}
    receipts = [received(payload(**made, **more)) for more in (NOTHING, {}, {}, NOTHING)]
    became = [next(name for name in ("recorded", "updated", "repeated", "outdated") if one[name]) for one in receipts]
    assert became == ["recorded", "updated", "repeated", "outdated"]
    assert totals() == (1, 30, COST)
