"""Two programs tell of the same thousand calls, by LiteLLM and by OpenTelemetry, in any order and any portions."""

import json
import random
from decimal import Decimal
from itertools import pairwise

import pytest
from django.test import Client

from analytics.ledger import differences
from analytics.metrics import DIMENSIONS
from analytics.models import DailyUsage
from tests.analytics.gateway import payload
from tests.analytics.otel import CHAT, NOON, numbered, request_of

CALLS, SECRET = 1_000, "sk-org-" + "s" * 40
COST = Decimal("0.0000135")


def as_logged(number: int) -> dict:
    """One call of LiteLLM, as long as its span: of those that happen at once, each has an answer's id of its own."""
    start = NOON / 10**9 + number / 10
    return payload(number, startTime=start, endTime=start + 0.9)


def as_span(number: int):
    start = NOON + number * 10**8
    told = CHAT | {"gen_ai.request.model": "gpt-4o-mini", "gen_ai.response.model": "gpt-4o-mini-2024-07-18"}
    told |= {"gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 20}
    told |= {"gen_ai.response.id": f"chatcmpl-{number}"}
    return numbered(number, told, start_time_unix_nano=start, end_time_unix_nano=start + 9 * 10**8)


def portions(chance: random.Random, tell) -> list[list]:
    """What one program sends: every call in a random order, in requests of random size, some of them twice."""
    told = [tell(number) for number in chance.sample(range(1, CALLS + 1), CALLS)]
    cuts = [0, *sorted(chance.sample(range(1, CALLS), 6)), CALLS]
    sent = [told[begin:end] for begin, end in pairwise(cuts)]
    return sent + chance.sample(sent, 2)


def post(portion: list) -> None:
    if isinstance(portion[0], dict):
        path, kind, body = "/usage/litellm", "application/json", json.dumps(portion)
    else:
        path, kind, body = "/v1/traces", "application/x-protobuf", request_of(*portion).SerializeToString()
    answer = Client().post(path, body, content_type=kind, headers={"Authorization": f"Bearer {SECRET}"})
    assert answer.status_code == 200, answer.content


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_a_thousand_calls_of_which_litellm_and_opentelemetry_tell_are_a_thousand_requests(workspace, seed):
    workspace.dora_key.set_secret(SECRET)
    workspace.dora_key.save()
    chance = random.Random(seed)
    sent = portions(chance, as_logged) + portions(chance, as_span)
    chance.shuffle(sent)
    for portion in sent:
        post(portion)
    row = DailyUsage.objects.get(dimension=DIMENSIONS["project"].number)
    assert (row.request_count, row.cost) == (CALLS, CALLS * COST)
    assert (row.input_tokens, row.output_tokens) == (CALLS * 10, CALLS * 20)
    assert differences.differences(workspace.organization.pk) == []
