"""Which spans are model calls, and what of them becomes an event: the conventions' names, today's and older."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from analytics.ingest.decoding import SHOWN, EventError
from analytics.ingest.event_rules import check
from analytics.ingest.span_senders import NAMES as READ
from analytics.ingest.spans import SentSpan, model_call
from analytics.ledger.usage_event import Ties
from tests.analytics.otel import CHAT, NOON, SPAN, TRACE, event_of, span

ROOT = Path(__file__).resolve().parents[3]
BARE = {"gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o"}


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


@pytest.mark.parametrize(
    "operation",
    ["chat", "text_completion", "generate_content", "embeddings", "acompletion", "responses", "chat.completions"],
)
def test_every_operation_that_calls_a_model_counts(operation):
    assert event_of(span(CHAT | {"gen_ai.operation.name": operation}))["input_tokens"] == 1200


@pytest.mark.parametrize(
    "operation",
    ["invoke_agent", "create_agent", "execute_tool", "invoke_workflow", "retrieval", "fetch_response", "plan", "x"],
)
def test_what_repeats_the_tokens_of_calls_or_has_none_is_ignored(operation):
    assert event_of(span(CHAT | {"gen_ai.operation.name": operation})) is None


WITHOUT_OPERATION = {
    "model and tokens": ({"gen_ai.response.model": "m", "gen_ai.usage.prompt_tokens": 1, "gen_ai.system": "s"}, True),
    "failed, so without tokens": ({"gen_ai.request.model": "m", "gen_ai.system": "s"}, True),
    "OpenLLMetry's chat": ({**BARE, "gen_ai.operation.name": None, "llm.request.type": "chat"}, True),
    "OpenLLMetry's rerank": ({**BARE, "gen_ai.operation.name": None, "llm.request.type": "rerank"}, False),
    "OpenLLMetry's workflow": ({**CHAT, "gen_ai.operation.name": None, "traceloop.span.kind": "workflow"}, False),
    "OpenInference's call": (
        {"openinference.span.kind": "LLM", "llm.model_name": "m", "llm.provider": "p"},
        True,
    ),
    "OpenInference's agent": ({**CHAT, "gen_ai.operation.name": None, "openinference.span.kind": "AGENT"}, False),
    "a model alone": ({"gen_ai.request.model": "m"}, False),
    "an agent's sum of tokens": ({"gen_ai.usage.input_tokens": 9, "gen_ai.usage.output_tokens": 9}, False),
    "HTTP": ({"http.request.method": "POST", "error.type": "500"}, False),
    "nothing": ({}, False),
}


@pytest.mark.parametrize(("attributes", "counts"), WITHOUT_OPERATION.values(), ids=WITHOUT_OPERATION)
def test_without_an_operation_name_only_model_calls_count(attributes, counts):
    assert (event_of(span(attributes)) is not None) == counts


NAMES = {
    "provider, older": ({"gen_ai.system": "anthropic"}, "provider", "anthropic"),
    "provider, both": ({"gen_ai.provider.name": "azure.ai.openai"}, "provider", "azure.ai.openai"),
    "no provider": ({"gen_ai.system": None, "gen_ai.request.model": "house"}, "provider", "unknown"),
    "a number for a provider": ({"gen_ai.provider.name": 4}, "provider", "openai"),
    "the model asked for": ({}, "model", "gpt-4o"),
    "the model that answered": ({"gen_ai.response.model": "gpt-4o-mini"}, "model", "gpt-4o-mini"),
    "an empty model that answered": ({"gen_ai.response.model": ""}, "model", "gpt-4o"),
    "input, older": ({"gen_ai.usage.prompt_tokens": 7}, "input_tokens", 7),
    "input, both": ({"gen_ai.usage.input_tokens": 8, "gen_ai.usage.prompt_tokens": 7}, "input_tokens", 8),
    "input, zero": ({"gen_ai.usage.input_tokens": 0, "gen_ai.usage.prompt_tokens": 7}, "input_tokens", 0),
    "input, OpenInference": ({"llm.token_count.prompt": 7}, "input_tokens", 7),
    "output, older": ({"gen_ai.usage.completion_tokens": 7}, "output_tokens", 7),
    "output, OpenInference": ({"llm.token_count.completion": 7}, "output_tokens", 7),
    "text": ({"gen_ai.usage.input_tokens": "12"}, "input_tokens", 12),
    "double": ({"gen_ai.usage.input_tokens": 12.0}, "input_tokens", 12),
    "none": ({}, "output_tokens", 0),
}


@pytest.mark.parametrize(("attributes", "field", "value"), NAMES.values(), ids=NAMES)
def test_current_and_older_names_are_read(attributes, field, value):
    assert event_of(span(BARE | attributes))[field] == value


@pytest.mark.parametrize(
    "name",
    [
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "gen_ai.usage.input_tokens.cached",
        "gen_ai.usage.cached_input_tokens",
        "gen_ai.usage.details.cache_read_tokens",
        "gen_ai.usage.details.cached_tokens",
        "llm.usage.cache_read_input_tokens",
        "llm.token_count.prompt_details.cache_read",
    ],
)
def test_cached_tokens_are_part_of_the_input(name):
    event = event_of(span(CHAT | {name: 1000}))
    assert (event["input_tokens"], event["cached_input_tokens"]) == (1200, 1000)


def test_more_cached_than_input_means_that_input_was_counted_without_them():
    event = event_of(span(CHAT | {"gen_ai.usage.cache_read.input_tokens": 5000}))
    assert (event["input_tokens"], event["cached_input_tokens"]) == (6200, 5000)


def test_as_many_cached_as_input_are_all_of_it():
    event = event_of(span(CHAT | {"gen_ai.usage.cache_read.input_tokens": 1200}))
    assert (event["input_tokens"], event["cached_input_tokens"]) == (1200, 1200)


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


def test_the_documentation_names_every_attribute_that_is_read():
    text = (ROOT / "docs" / "senders.md").read_text()
    assert len(READ) > 100
    assert sorted(name for name in READ if f"`{name}`" not in text) == []
