"""What of a span becomes an event: model, cost, tier, error and times; what is mended, and what is refused."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from analytics.ingest.decoding import SHOWN, EventError
from analytics.ingest.event_rules import check
from analytics.ingest.spans import SentSpan, model_call
from analytics.ledger.usage_event import Ties
from tests.analytics.otel import BARE, CHAT, CLAUDE, NOON, OBSERVED, SPAN, TRACE, event_of, span


def test_a_chat_span_is_an_event():
    event = event_of(span(CHAT | {"gen_ai.response.id": "chatcmpl-1"}, parent_span_id=bytes.fromhex("0a" * 8)))
    assert {name: value for name, value in event.items() if value != 0} == {
        "id": f"{TRACE}-{SPAN}",
        "timestamp": "2026-11-18T12:00:00+00:00",
        "ended_at": "2026-11-18T12:00:01+00:00",
        "provider": "openai",
        "model": "gpt-4o-2024-08-06",
        "input_tokens": 1200,
        "output_tokens": 300,
        "status": "success",
        "response_id": "chatcmpl-1",
        "ties": Ties(span=f"{TRACE}-{SPAN}", parent=f"{TRACE}-{'0a' * 8}"),
    }


COSTS = {
    "none": ({}, None),
    "double": ({"gen_ai.usage.cost": 0.0123}, Decimal("0.0123")),
    "text": ({"gen_ai.usage.total_cost": "0.000001"}, Decimal("0.000001")),
    "integer": ({"operation.cost": 2}, Decimal(2)),
    "a sum of doubles": ({"gen_ai.cost.total_cost": 0.1 + 0.2}, Decimal("0.3")),
    "small": ({"gen_ai.usage.cost": 1.5e-07}, Decimal("0.00000015")),
    "unknown, written as 0": ({"gen_ai.usage.cost": 0.0}, None),
    "far too much": ({"gen_ai.usage.cost": 1e30}, None),
    "below zero": ({"gen_ai.usage.cost": -0.5}, None),
    "endless": ({"gen_ai.usage.cost": float("inf")}, None),
    "OpenInference": ({"llm.cost.total": 0.15, "llm.cost.prompt": 0.1}, Decimal("0.15")),
    "OpenInference's two halves": ({"llm.cost.prompt": 0.12, "llm.cost.completion": 0.03}, Decimal("0.15")),
    "the first that is a number": ({"gen_ai.usage.cost": "dear", "operation.cost": 0.5}, Decimal("0.5")),
}


@pytest.mark.parametrize(("attributes", "cost"), COSTS.values(), ids=COSTS)
def test_a_cost_that_is_sent_is_taken_and_zero_is_none(attributes, cost):
    assert event_of(span(CHAT | attributes)).get("cost_usd") == cost


@pytest.mark.parametrize(
    ("attributes", "code", "status"),
    [
        ({}, Status.STATUS_CODE_UNSET, "success"),
        ({}, Status.STATUS_CODE_OK, "success"),
        ({}, Status.STATUS_CODE_ERROR, "error"),
        ({"error.type": "RateLimitError"}, Status.STATUS_CODE_UNSET, "error"),
        ({"error.type": ""}, Status.STATUS_CODE_UNSET, "success"),
    ],
)
def test_an_error_is_known_by_status_or_type(attributes, code, status):
    assert event_of(span(CHAT | attributes, status=Status(code=code)))["status"] == status


@pytest.mark.parametrize(
    ("nanoseconds", "timestamp"),
    [
        (NOON + 123_456_789, "2026-11-18T12:00:00.123456+00:00"),
        (NOON + 999_999_999, "2026-11-18T12:00:00.999999+00:00"),
        (2**64 - 1, "2554-07-21T23:34:33.709551+00:00"),
    ],
)
def test_the_start_is_cut_to_the_microsecond(nanoseconds, timestamp):
    assert event_of(span(CHAT, start_time_unix_nano=nanoseconds))["timestamp"] == timestamp


REFUSED = {
    "no start": ({}, {"start_time_unix_nano": 0}, "startTimeUnixNano: must be set, got 0"),
    "no end": ({}, {"end_time_unix_nano": 0}, "endTimeUnixNano: must be set, got 0"),
    "no trace id": ({}, {"trace_id": b""}, 'traceId: must be 16 bytes, not all of them zero, got ""'),
    "a short trace id": ({}, {"trace_id": b"\x01" * 8}, f'traceId: must be 16 bytes, … got "{"01" * 8}"'),
    "a trace id of zeros": ({}, {"trace_id": b"\x00" * 16}, f'traceId: must be 16 bytes, … got "{"0" * 32}"'),
    "a long span id": ({}, {"span_id": b"\x01" * 16}, f'spanId: must be 8 bytes, … got "{"01" * 16}"'),
    "a span id of zeros": ({}, {"span_id": b"\x00" * 8}, f'spanId: must be 8 bytes, … got "{"0" * 16}"'),
    "no model": (
        {"gen_ai.request.model": None, "gen_ai.response.model": None},
        {},
        "gen_ai.response.model: is required, or gen_ai.request.model",
    ),
    "a number for a model": (
        {"gen_ai.response.model": 4, "gen_ai.request.model": None},
        {},
        "gen_ai.response.model: must be text of 1 to 200 characters, got 4",
    ),
    "a model of a page": (
        {"gen_ai.response.model": "m" * 201, "gen_ai.request.model": ""},
        {},
        f'gen_ai.response.model: must be text of 1 to 200 characters, got "{"m" * SHOWN}"…',
    ),
}


@pytest.mark.parametrize(("attributes", "changes", "message"), REFUSED.values(), ids=REFUSED)
def test_a_call_that_cannot_be_counted_names_what_is_wrong(attributes, changes, message):
    with pytest.raises(EventError) as refusal:
        event_of(span(CHAT | attributes, **changes))
    assert str(refusal.value) == message.replace("bytes, …", "bytes, not all of them zero,")


MENDED = {
    "words for tokens": ({"gen_ai.usage.input_tokens": "many"}, {}, "input_tokens", 0),
    "words, and an older name": (
        {"gen_ai.usage.input_tokens": "many", "gen_ai.usage.prompt_tokens": 7},
        {},
        "input_tokens",
        7,
    ),
    "half a token": ({"gen_ai.usage.output_tokens": 1.5}, {}, "output_tokens", 0),
    "tokens below zero": ({"gen_ai.usage.cache_read.input_tokens": -1}, {}, "cached_input_tokens", 0),
    "more tokens than there are": ({"gen_ai.usage.input_tokens": 10**15}, {}, "input_tokens", 0),
    "no number of tokens": ({"gen_ai.usage.input_tokens": float("nan")}, {}, "input_tokens", 0),
    "true tokens": ({"gen_ai.usage.input_tokens": True}, {}, "input_tokens", 0),
    "more reasoning than output": ({"gen_ai.usage.reasoning_tokens": 900}, {}, "reasoning_tokens", 300),
    "more of an hour than written": (
        {
            "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 9,
            "gen_ai.usage.cache_write.input_tokens": 5,
        },
        {},
        "cache_write_1h_tokens",
        5,
    ),
    "a total that leaves no place for the cache": (
        {"gen_ai.usage.cache_read.input_tokens": 5000, "gen_ai.usage.total_tokens": 1500},
        {},
        "cached_input_tokens",
        1200,
    ),
    "an end before the begin": ({}, {"end_time_unix_nano": NOON - 1}, "ended_at", None),
    "an end after two days": ({}, {"end_time_unix_nano": NOON + 2 * 86_400 * 10**9}, "ended_at", None),
    "a cost in words": ({"gen_ai.usage.cost": "dear"}, {}, "cost_usd", None),
    "a cost below zero": ({"gen_ai.usage.cost": -0.01}, {}, "cost_usd", None),
}


@pytest.mark.parametrize(("attributes", "changes", "field", "value"), MENDED.values(), ids=MENDED)
def test_what_the_sender_cannot_mend_is_mended_and_named(attributes, changes, field, value):
    call = model_call(SentSpan(span(CHAT | attributes, **changes)))
    assert call.event.get(field) == value
    assert (field in call.mended) == (value != 7)
    assert check({**call.event, "api_key": "key_1"}, datetime(2026, 11, 18, 13, tzinfo=UTC))


FAILED = {"openinference.span.kind": "LLM", "llm.system": "openai", "error.type": "RateLimitError"}
CODE = {"model": CLAUDE, "gen_ai.response.id": "req_1"}
TOLD = {
    "a model among parameters": (FAILED | {"llm.invocation_parameters": '{"model": "gpt-4o"}'}, "", "model", "gpt-4o"),
    "by LangChain's name": (
        FAILED | {"llm.invocation_parameters": '{"model_name": "gpt-4o", "n": [1]}'},
        "",
        "model",
        "gpt-4o",
    ),
    "of an embedding": (FAILED | {"embedding.invocation_parameters": '{"model": "e"}'}, "", "model", "e"),
    "a model before its placeholder": (CHAT | {"gen_ai.response.model": "unknown"}, "", "model", "gpt-4o"),
    "a model that nobody knows": (
        {"gen_ai.request.model": "unknown", "gen_ai.system": "openai"},
        "",
        "model",
        "unknown",
    ),
    "a tier that served": (
        CHAT | {"openai.response.service_tier": "flex", "openai.request.service_tier": "auto"},
        "",
        "service_tier",
        "flex",
    ),
    "LiteLLM's tier": (
        CHAT | {"gen_ai.openai.response.service_tier": "priority"},
        "litellm",
        "service_tier",
        "priority",
    ),
    "Anthropic's tier": (CHAT | {"anthropic.response.service_tier": "batch"}, "", "service_tier", "batch"),
    "a tier asked for": (CHAT | {"openai.request.service_tier": "flex"}, "", "service_tier", "flex"),
    "Claude Code's speed": (CODE | {"speed": "fast"}, "com.anthropic.claude_code.tracing", "service_tier", "fast"),
    "its usual speed": (CODE | {"speed": "normal"}, "com.anthropic.claude_code.tracing", "service_tier", None),
    "somebody else's speed": (CHAT | {"speed": "fast"}, "", "service_tier", None),
    "Claude Code's answer": (CODE, "com.anthropic.claude_code.tracing", "response_id", "req_1"),
    "Claude Code's failure": (CODE | {"success": False}, "com.anthropic.claude_code.tracing", "status", "error"),
    "somebody else's success": (CHAT | {"success": False}, "", "status", "success"),
    "Langfuse's failure": (OBSERVED | {"langfuse.observation.level": "ERROR"}, "langfuse-sdk", "status", "error"),
    "the AI SDK's answer": (CHAT | {"ai.response.id": "msg_1"}, "ai", "response_id", "msg_1"),
    "Langfuse's cost": (
        OBSERVED | {"langfuse.observation.cost_details": '{"total": 0.25}'},
        "langfuse-sdk",
        "cost_usd",
        Decimal("0.25"),
    ),
    "Langfuse's cost in parts": (
        OBSERVED | {"langfuse.observation.cost_details": '{"input": 0.1, "output": 0.2}'},
        "langfuse-sdk",
        "cost_usd",
        Decimal("0.3"),
    ),
    "MLflow's cost": (
        {"mlflow.spanType": "LLM", "mlflow.llm.model": "m", "mlflow.llm.cost": '{"input_cost": 1, "total_cost": 3}'},
        "mlflow",
        "cost_usd",
        Decimal(3),
    ),
}


@pytest.mark.parametrize(("attributes", "scope", "field", "value"), TOLD.values(), ids=TOLD)
def test_whatever_else_a_span_tells_is_read(attributes, scope, field, value):
    assert event_of(span(attributes, name="claude_code.llm_request"), scope).get(field) == value


@pytest.mark.parametrize("parameters", ["{", "[]", '{"model": true}', "[" * 100_000, '{"model": "' + "m" * 300 + '"}'])
def test_parameters_that_name_no_model_refuse_the_call(parameters):
    with pytest.raises(EventError, match=r"gen_ai\.response\.model: is required"):
        event_of(span(FAILED | {"llm.invocation_parameters": parameters}))


OPENAI_AGENTS = "openinference.instrumentation.openai_agents"
UNNAMED = {"openinference.span.kind": "LLM", "llm.system": "openai"}


def test_a_failed_call_whose_model_its_sender_tells_nowhere_is_kept():
    failed = {"status": Status(code=Status.STATUS_CODE_ERROR)}
    event = event_of(span(UNNAMED, name="response", **failed), OPENAI_AGENTS)
    assert (event["model"], event["provider"], event["status"]) == ("unknown", "openai", "error")
    for scope, changes in ((OPENAI_AGENTS, {}), ("openinference.instrumentation.openai", failed)):
        with pytest.raises(EventError, match="is required"):
            event_of(span(UNNAMED, name="response", **changes), scope)


UNUSABLE = {"gen_ai.response.id": "r" * 201, "openai.response.service_tier": 3, "gen_ai.provider.name": "p" * 201}


@pytest.mark.parametrize(("name", "value"), UNUSABLE.items(), ids=UNUSABLE)
def test_what_a_call_may_lack_is_left_out_where_no_field_can_hold_it(name, value):
    event = event_of(span(CHAT | {name: value}))
    assert "response_id" not in event
    assert "service_tier" not in event
    assert event["provider"] == "openai"


def test_an_attribute_that_is_a_list_says_nothing():
    call = span(BARE)
    many = AnyValue(array_value=ArrayValue(values=[AnyValue(string_value="gpt-5.5")]))
    call.attributes.append(KeyValue(key="gen_ai.response.model", value=many))
    assert event_of(call)["model"] == "gpt-4o"
