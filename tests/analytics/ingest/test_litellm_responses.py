"""The Responses API behind LiteLLM: an answer made in the background tells its tokens later, whenever it is read."""

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
from analytics.ingest.litellm_responses import is_background, made_at, model, provider_id
from analytics.metrics import ORGANIZATION
from analytics.models import DailyUsage, Request
from tests.analytics.gateway import payload
from tests.analytics.usage import SECRET
from tests.conftest import NOW

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


def encoded(words: bytes) -> str:
    return f"resp_{b64encode(words).decode()}"


@pytest.mark.parametrize(
    "known",
    [
        "resp_not base64",
        encoded(b"\xff\xfe"),
        encoded(b"somebody:custom;response_id:resp_1"),
        encoded(b"litellm:custom_llm_provider:openai;response_id:"),
        7,
        None,
        ["resp_1"],
    ],
)
def test_an_id_that_litellm_did_not_write_is_itself(known):
    assert provider_id(known) == known


def test_what_stands_last_in_an_id_of_litellms_is_the_providers():
    assert provider_id(named("resp_1", "a;response_id:b")) == "resp_1"


@pytest.mark.parametrize("background", [None, False, "true", 1])
def test_only_what_says_so_is_made_in_the_background(background):
    assert not is_background({"response": {"background": background}})
    assert is_background({"response": {"background": True}})


@pytest.mark.parametrize(
    ("created", "began"),
    [(MADE, MADE + 1), (MADE + 0.5, MADE + 1.5), (Decimal(MADE), MADE + 1)]
    + [(created, None) for created in (True, str(MADE), None)],
)
def test_an_answer_began_at_the_end_of_the_second_that_it_names(created, began):
    assert made_at({"response": {"created_at": created}}) == began


@pytest.mark.parametrize("created", ["1e999999999", "1e400"])
def test_a_reading_whose_answer_was_made_past_every_date_is_refused_by_itself(created):
    sent = json.dumps(read(5)).replace(f'"created_at": {MADE}', f'"created_at": {created}')
    refused = call(decode(sent)).event
    words = f"timestamp: response.created_at must be a time in seconds since 1970, got {Decimal(created)}"
    assert str(refused) == words


@pytest.mark.parametrize("payload", [{}, {"response": None}, {"response": "text"}, {"response": [{"model": "m"}]}])
def test_a_payload_without_its_answer_says_nothing_of_it(payload):
    assert (is_background(payload), made_at(payload), model(payload)) == (False, None, None)


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
