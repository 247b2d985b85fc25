"""What LiteLLM logs of a call → the fields of a usage event."""

from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from analytics.ingest.decoding import EventError, decode
from analytics.ingest.event_rules import check
from analytics.ingest.litellm_payload import call
from analytics.ingest.litellm_tokens import PARTS
from analytics.ledger.usage_event import Ties
from tests.analytics.gateway import MARKER, drafted, payload, read
from tests.conftest import NOW


def test_a_call_is_an_event_of_its_answers_id_and_its_start():
    draft = drafted()
    assert draft.model_dump(include=draft.model_fields_set - {"api_key"}) == {
        "id": "chatcmpl-1",
        "timestamp": datetime(2026, 11, 18, 12, 0, 1, 753530, tzinfo=UTC),
        "ended_at": datetime(2026, 11, 18, 12, 0, 1, 900000, tzinfo=UTC),
        "provider": "openai",
        "model": "gpt-4o-mini",
        "input_tokens": 10,
        "output_tokens": 20,
        **dict.fromkeys(PARTS, 0),
        "service_tier": "standard",
        "cost_usd": Decimal("0.0000135"),
        "status": "success",
        "response_id": "chatcmpl-1",
        "ties": asdict(Ties(alike="litellm:call-1:1795003201753", charges=True)),
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "chatcmpl-1"),
        ({"id": None}, "call-1"),
        ({"id": "None"}, "call-1"),  # the answer's id was null
        ({"id": ""}, "call-1"),
        ({"id": "x" * 200}, "x" * 200),
        ({"id": "x" * 201}, "84a0678c90937f5dcf9994d5866668da"),
    ],
)
def test_the_id_is_the_answers_or_the_calls_and_always_fits(changes, expected):
    assert drafted(**changes).id.startswith(expected)
    assert len(drafted(**changes).id) <= 200


@pytest.mark.parametrize(
    ("cost", "exact"),
    [
        (0.00022500000000000002, "0.000225"),
        (1.05e-05, "0.0000105"),
        (2e-07, "0.0000002"),
        (5.4999999999999995e-05, "0.000055"),
        (1.5e-12, "0.000000000002"),
        (2.5e-12, "0.000000000002"),  # half to even
        (1e-13, "0"),
        (3, "3"),
        (999999.5, "999999.5"),
    ],
)
def test_the_cost_is_the_float_that_litellm_computed_to_twelve_places(cost, exact):
    assert drafted(response_cost=cost).cost_usd == Decimal(exact)


@pytest.mark.parametrize("cost", [-0.065, 1e9, 1e300, "cheap", float("nan"), float("inf"), True, [1]])
def test_a_cost_that_is_none_is_not_stated_and_named(cost):
    assert (drafted(response_cost=cost).cost_usd, read(response_cost=cost).mended) == (None, ("cost_usd",))


@pytest.mark.parametrize(
    ("changes", "cost"),
    [
        ({"response_cost": 0.0, "cost_breakdown": {"total_cost": 0.25}}, "0.25"),
        ({"response_cost": None, "cost_breakdown": {"total_cost": 0.1 + 0.2}}, "0.3"),
        ({"response_cost": 0.5, "cost_breakdown": {"total_cost": 0.25}}, "0.5"),
        ({"response_cost": 0.0, "cost_breakdown": {"total_cost": 0.25}, "cache_hit": True}, "0"),
    ],
)
def test_a_cost_that_stands_only_as_the_sum_of_its_parts_is_read_there(changes, cost):
    assert drafted(**changes).cost_usd == Decimal(cost)


@pytest.mark.parametrize("breakdown", [None, {}, {"total_cost": 0.0}, {"total_cost": None}, [], {"input_cost": 0.1}])
def test_without_any_cost_a_call_is_not_priced(breakdown):
    assert drafted(response_cost=0.0, cost_breakdown=breakdown).cost_usd is None


@pytest.mark.parametrize(
    ("changes", "tier"),
    [
        ({}, "standard"),
        ({"cost_breakdown": {"service_tier": "priority"}}, "priority"),
        ({"cost_breakdown": {"service_tier": "flex"}, "model_parameters": {"service_tier": "auto"}}, "flex"),
        ({"model_parameters": {"service_tier": "Flex"}}, "flex"),
        ({"model_parameters": {"service_tier": "default"}}, "standard"),
        ({"metadata": {"usage_object": {"service_tier": "batch"}}}, "batch"),
        ({"model_parameters": {"service_tier": 7}}, "standard"),
        ({"model_parameters": {"service_tier": "x" * 300}}, "standard"),
        ({"model_parameters": {"service_tier": "a\x00b"}}, "standard"),
    ],
)
def test_the_tier_is_the_one_it_was_priced_by_else_the_one_asked_for(changes, tier):
    assert drafted(**changes).service_tier == tier


NOTHING_USED = {"prompt_tokens": 0, "completion_tokens": 0}


@pytest.mark.parametrize(
    ("changes", "cost"),
    [
        ({}, None),  # a model without a price: LiteLLM's router writes 0 and gives no hint
        ({"response_cost_failure_debug_info": {"error_str": "not mapped"}}, None),
        (NOTHING_USED, None),  # an image
        ({"cache_hit": True}, 0),
        ({"status": "failure", **NOTHING_USED}, 0),
        ({"status": "failure"}, None),  # a stream that broke off
        ({"cache_hit": False}, None),
    ],
)
@pytest.mark.parametrize("zero", [0, 0.0])
def test_a_zero_is_a_price_only_where_nothing_can_have_cost(changes, cost, zero):
    assert drafted(response_cost=zero, **changes).cost_usd == cost


def test_no_cost_is_not_priced():
    assert drafted(response_cost=None).cost_usd is None


def test_a_failure_is_an_error_that_may_have_cost_something():
    draft = drafted(status="failure", response_cost=0.5)
    assert (draft.status, draft.cost_usd) == ("error", Decimal("0.5"))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"custom_llm_provider": "bedrock"}, "bedrock"),
        ({"custom_llm_provider": None}, "openai"),  # of the price map, as for a response
        ({"custom_llm_provider": None, "model_map_information": None}, "litellm"),
    ],
)
def test_the_provider_is_the_one_litellm_names(changes, expected):
    assert drafted(**changes).provider == expected


@pytest.mark.parametrize(("changes", "expected"), [({}, "gpt-4o-mini"), ({"model": ""}, "known")])
def test_the_model_is_the_one_that_was_asked_or_else_its_group(changes, expected):
    assert drafted(**changes).model == expected


@pytest.mark.parametrize(
    ("kind", "changes", "counts"),
    [
        *((kind, NOTHING_USED, True) for kind in ("completion", "acompletion", "aresponses", "_arealtime", "", None)),
        *((kind, NOTHING_USED, True) for kind in ("anthropic_messages", "aanthropic_messages", "atext_completion")),
        *((kind, NOTHING_USED, False) for kind in ("aretrieve_batch", "afile_list", "call_mcp_tool", "get_responses")),
        ("compact_responses", NOTHING_USED, True),
        ("asearch", {**NOTHING_USED, "response_cost": 0.01}, True),
    ],
)
def test_calls_of_models_count_and_others_where_they_used_something(kind, changes, counts):
    assert read(**{"response_cost": 0.0, **changes, "call_type": kind}).is_usage is counts


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"startTime": None}, "timestamp", "startTime must be a time in seconds since 1970, got null"),
        ({"startTime": "2026-11-18"}, "timestamp", 'got "2026-11-18"'),
        ({"startTime": True}, "timestamp", "got true"),
        ({"startTime": 1e30}, "timestamp", "got 1E+30"),
        ({"startTime": 1.0}, "timestamp", "must not be before 2000"),
        ({"model": "", "model_group": ""}, "model", "must not be empty"),
        ({"model": ["x"]}, "model", "must be text, got a list"),
        ({"prompt_tokens": -1}, "input_tokens", "must not be negative"),
        ({"prompt_tokens": 1.5}, "input_tokens", "must be a whole number"),
        ({"status": None}, "status", 'must be "success" or "error", got null'),
        ({"status": "maybe"}, "status", 'got "maybe"'),
        ({"id": 7}, "id", "must be text"),
        ({"id": None, "litellm_call_id": None}, "id", "must be text"),
    ],
)
def test_what_cannot_be_an_event_is_refused_by_field_and_value(changes, field, words):
    with pytest.raises(EventError) as refused:
        raise_or_check(read(**changes).event)
    assert refused.value.field == field
    assert words in refused.value.message


def raise_or_check(event: object) -> None:
    raise event if isinstance(event, EventError) else checked(event)


def checked(event: dict) -> EventError:
    try:
        check({**event, "api_key": "key_1"}, NOW)
    except EventError as problem:
        return problem
    return EventError(None, "nothing is wrong")


@pytest.mark.parametrize("text", ["null", "7", "[]", "{}", '"text"', '{"id": "1", "id": "2"}'])
def test_what_is_no_payload_is_refused(text):
    assert isinstance(call(decode(text)).event, EventError)


def test_a_payload_of_odd_shapes_is_an_event_or_refused_but_never_a_crash():
    odd = (None, True, 7, -1, 1.5, "", "x", "\x00", "\ud800", [], [1], {}, {"a": 1}, 10**30)
    monstrous = tuple(Decimal(text) for text in ("1e999999999", "-1e999999999", "1e-999999999"))
    for name in payload():
        for value in odd + monstrous:
            event = call(payload() | {name: value}).event
            assert isinstance(event, EventError) or checked(event), (name, value)
    for name in ("prompt_tokens_details", "cache_read_input_tokens"):
        for value in odd + monstrous:
            event = call(payload(metadata={"usage_object": {name: value}})).event
            assert isinstance(event, EventError) or checked(event), (name, value)


def test_nothing_of_what_was_said_is_in_the_event():
    found = read()
    assert MARKER not in repr(found)
