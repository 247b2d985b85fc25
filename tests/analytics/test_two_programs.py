"""A gateway, a program's spans and a coding agent's log tell of the same thousand calls, in any order and portions."""

import base64
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
from tests.analytics.otel import NOON, numbered, request_of
from tests.analytics.otel_logs import CLAUDE, SCOPES, in_json, logs, record
from tests.analytics.processes import started

pytestmark = pytest.mark.slow

CALLS, SECRET = 1_000, "sk-org-" + "s" * 40
MODEL = "claude-sonnet-4-5-20250929"
COST = Decimal("0.0031")  # what the gateway charges, which is less than the list price that the agent computes
JSON, PROTOBUF = "application/json", "application/x-protobuf"
SPAN = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "anthropic",
    "gen_ai.request.model": MODEL,
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 50,
    "gen_ai.usage.cache_read.input_tokens": 100,
    "gen_ai.usage.cache_creation.input_tokens": 200,
}


def as_logged(number: int) -> dict:
    """One call as LiteLLM tells it: ten happen at once, each with an answer's id of its own."""
    start = NOON / 10**9 + number / 10
    usage = {"prompt_tokens": 1000, "completion_tokens": 50, "cache_read_input_tokens": 100}
    return payload(
        number,
        id=f"req_{number}",
        startTime=start,
        endTime=start + 0.9,
        model=MODEL,
        custom_llm_provider="anthropic",
        response_cost=float(COST),
        prompt_tokens=1000,
        completion_tokens=50,
        total_tokens=1050,
        metadata={"usage_object": usage | {"cache_creation_input_tokens": 200}},
    )


def as_span(number: int):
    start = NOON + number * 10**8
    told = SPAN | {"gen_ai.response.id": f"req_{number}"}
    return numbered(number, told, start_time_unix_nano=start, end_time_unix_nano=start + 9 * 10**8)


def as_event(number: int) -> dict:
    """As Claude Code tells it, when it has ended."""
    end = NOON + number * 10**8 + 8 * 10**8
    return record(CLAUDE | {"request_id": f"req_{number}", "duration_ms": 800}, timeUnixNano=str(end))


# Who tells → how a call is told, where it is sent, and how a request of them is written.
PROGRAMS = {
    "LiteLLM": (as_logged, "/usage/litellm", JSON, lambda told: json.dumps(told).encode()),
    "OpenTelemetry": (as_span, "/v1/traces", PROTOBUF, lambda told: request_of(*told).SerializeToString()),
    "Claude Code": (as_event, "/v1/logs", JSON, lambda told: in_json(logs(*told, scope=SCOPES["claude"]))),
}


def portions(chance: random.Random, program: str) -> list[tuple[str, str, bytes]]:
    """What one program sends: every call in a random order, in requests of random size, some of them twice."""
    tell, address, kind, written = PROGRAMS[program]
    told = [tell(number) for number in chance.sample(range(1, CALLS + 1), CALLS)]
    cuts = [0, *sorted(chance.sample(range(1, CALLS), 6)), CALLS]
    sent = [(address, kind, written(told[begin:end])) for begin, end in pairwise(cuts)]
    return sent + chance.sample(sent, 2)


@pytest.fixture
def secret(workspace) -> str:
    workspace.dora_key.set_secret(SECRET)
    workspace.dora_key.save()
    return SECRET


def assert_each_counts_once(workspace) -> None:
    row = DailyUsage.objects.get(dimension=DIMENSIONS["project"].number)
    assert (row.request_count, row.cost) == (CALLS, CALLS * COST)
    assert (row.input_tokens, row.output_tokens) == (CALLS * 1000, CALLS * 50)
    assert (row.cached_input_tokens, row.cache_write_tokens) == (CALLS * 100, CALLS * 200)
    assert differences.differences(workspace.organization.pk) == []


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(2))
def test_a_thousand_calls_of_which_three_programs_tell_are_a_thousand_requests(workspace, secret, seed):
    chance = random.Random(seed)
    sent = [one for program in PROGRAMS for one in portions(chance, program)]
    chance.shuffle(sent)
    for address, kind, body in sent:
        answer = Client().post(address, body, content_type=kind, headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code == 200, answer.content
    assert_each_counts_once(workspace)


@pytest.mark.django_db(transaction=True)
def test_so_they_are_when_four_processes_send_them_at_once(workspace, secret, tmp_path):
    chance = random.Random(4)
    sent = [one for program in PROGRAMS for one in portions(chance, program)]
    chance.shuffle(sent)
    senders = []
    for number in range(4):
        path = tmp_path / f"{number}.json"
        mine = [(address, kind, base64.b64encode(body).decode(), secret) for address, kind, body in sent[number::4]]
        path.write_text(json.dumps(mine))
        senders.append(started("-m", "tests.analytics.poster", path, number))
    assert [sender.stdout.readline() for sender in senders] == ["ready\n"] * 4
    for sender in senders:
        sender.stdin.write("go\n")
        sender.stdin.flush()
    answers = [sender.communicate(timeout=120) for sender in senders]
    assert [sender.returncode for sender in senders] == [0] * 4, answers
    assert sum(int(said) for said, _ in answers) == len(sent)
    assert_each_counts_once(workspace)
