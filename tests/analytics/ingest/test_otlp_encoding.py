"""Whatever stands in a body is spans, refusals or a 400, and no failure, which exporters would send again and again."""

import json
from datetime import UTC, datetime

import pytest
from google.protobuf import json_format
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from accounts.api_error import ApiError
from analytics.ingest import otlp_encoding
from analytics.ingest.decoding import EventError
from analytics.ingest.event_rules import check
from analytics.ingest.otlp_encoding import JSON, PROTOBUF
from analytics.ingest.span_senders import NAMES, SENDERS
from analytics.ingest.spans import SentSpan, model_call
from tests.analytics.otel import CHAT, NOON, SPAN, TRACE, numbered, request_of

NOW = datetime(2026, 11, 18, 12, 30, tzinfo=UTC)


def read(body: bytes, content_type: str) -> list[SentSpan | EventError]:
    return list(otlp_encoding.each(body, content_type))


def objects(values: st.SearchStrategy) -> st.SearchStrategy[dict]:
    return st.dictionaries(st.text(max_size=8), values, max_size=2)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
anything = st.recursive(scalars, lambda inner: st.lists(inner, max_size=2) | objects(inner), max_leaves=6)
kinds = st.sampled_from(["stringValue", "intValue", "doubleValue", "boolValue", "arrayValue", "bytesValue", "novelty"])


attribute = st.fixed_dictionaries(
    {"key": st.sampled_from(sorted(NAMES)), "value": st.dictionaries(kinds, anything, max_size=2) | anything}
)
calls = st.fixed_dictionaries(
    {
        "traceId": st.just(TRACE) | anything,
        "spanId": st.just(SPAN) | anything,
        "startTimeUnixNano": st.just(str(NOON)) | anything,
        "endTimeUnixNano": st.just(NOON + 1) | anything,
        "status": st.just({"code": 1}) | anything,
        "name": st.just("chat") | anything,
        "parentSpanId": st.just(SPAN) | anything,
        "attributes": st.lists(attribute | anything, max_size=8) | anything,
    }
)


names_of_scopes = st.sampled_from([name for sender in SENDERS for name in sender.scopes])
scopes = st.fixed_dictionaries({"name": names_of_scopes | anything, "attributes": anything}) | anything


def outcome(sent: SentSpan | EventError) -> str:
    """What becomes of a span before its API key is looked up. Anything but an EventError is raised."""
    try:
        if isinstance(sent, EventError):
            raise sent
        call = model_call(sent)
        return "event" if call and check({**call.event, "api_key": "key_1"}, NOW) else "ignored"
    except EventError:
        return "refused"


@settings(max_examples=80, deadline=None)
@given(st.lists(calls | anything, max_size=3), scopes)
def test_any_spans_in_json_are_each_recorded_refused_or_ignored(spans, scope):
    body = json.dumps(
        {"resourceSpans": [{"resource": scope, "scopeSpans": [{"scope": scope, "spans": spans}]}]}
    ).encode()
    assert {outcome(one) for one in read(body, JSON)} <= {"event", "refused", "ignored"}
    assert len(read(body, JSON)) == len(spans)


def outcomes(body: bytes, content_type: str) -> set[str]:
    try:
        return {outcome(one) for one in read(body, content_type)}
    except ApiError as problem:
        return {str(problem.status)}


@settings(max_examples=80, deadline=None)
@given(objects(anything) | st.fixed_dictionaries({"resourceSpans": anything | st.lists(objects(anything))}) | anything)
def test_any_other_json_is_no_spans_or_400(body):
    assert outcomes(json.dumps(body).encode(), JSON) <= {"400", "ignored", "refused"}


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 300), st.integers(0, 20))
def test_any_bytes_as_protobuf_are_spans_or_400(more, place, cut):
    body = request_of(numbered(1)).SerializeToString()
    changed = body[:place] + more + body[place + cut :]
    assert outcomes(changed, PROTOBUF) <= {"400", "event", "ignored", "refused"}


@pytest.mark.parametrize("levels", [1, 99, 101, 5000])
def test_values_nested_in_each_other_are_read_or_refused(levels):
    value = '{"arrayValue": {"values": [' * levels + '{"stringValue": "x"}' + "]}}" * levels
    attributes = f'[{{"key": "gen_ai.system", "value": {value}}}]'
    span = f'{{"traceId": "{TRACE}", "spanId": "{SPAN}", "attributes": {attributes}}}'
    body = f'{{"resourceSpans": [{{"scopeSpans": [{{"spans": [{span}]}}]}}]}}'
    assert outcomes(body.encode(), JSON) <= {"400", "ignored", "refused"}


@pytest.mark.parametrize(
    "broken",
    [
        {"status": {"code": "\ud800"}},
        {"status": {"\ud800": 1}},
        {"attributes": [{"key": "gen_ai.system", "\ud800": 1}]},
    ],
)
def test_half_a_character_in_a_name_refuses_its_span_alone(broken):
    good = {"traceId": TRACE, "spanId": SPAN, "attributes": [{"key": "gen_ai.system", "value": {"stringValue": "x"}}]}
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [good | broken, good]}]}]}).encode()
    assert [outcome(one) for one in read(body, JSON)] == ["refused", "ignored"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (request_of(*[Span()] * 4).SerializeToString(), PROTOBUF),
        (b'{"resourceSpans": [{"scopeSpans": [{"spans": [{}, {}]}, {"spans": [{}, {}]}]}]}', JSON),
    ],
)
def test_too_many_spans_are_413(body, content_type, monkeypatch):
    monkeypatch.setattr(otlp_encoding, "MAX_SPANS", 4)
    assert len(read(body, content_type)) == 4
    monkeypatch.setattr(otlp_encoding, "MAX_SPANS", 3)
    assert outcomes(body, content_type) == {"413"}


def test_both_encodings_give_the_same_event():
    call = numbered(7, CHAT | {"gen_ai.usage.cost": 0.25, "error.type": "timeout"}, parent_span_id=b"\x09" * 8)
    sent = request_of(call, scope="opentelemetry.instrumentation.bedrock", service="shop")
    written = json_format.MessageToDict(sent)
    span = written["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    span |= {"traceId": call.trace_id.hex(), "spanId": call.span_id.hex(), "parentSpanId": "09" * 8}
    by_json, by_protobuf = (
        model_call(*read(body, content_type)).event
        for body, content_type in (
            (json.dumps(written).encode(), JSON),
            (sent.SerializeToString(), PROTOBUF),
        )
    )
    assert by_json == by_protobuf
    assert by_json["ties"].parent == f"{TRACE}-{'09' * 8}"
    assert by_json["status"] == "error"


@pytest.mark.parametrize(
    ("change", "scope", "read_scope", "service", "name", "parent"),
    [
        ({}, "ai", "ai", "shop", "chat", "09" * 8),
        ({"parentSpanId": ""}, "ai", "ai", "shop", "chat", ""),
        ({"parentSpanId": "none"}, "ai", "ai", "shop", "chat", ""),
        ({"parentSpanId": 7, "name": "\ud800"}, "ai", "ai", "shop", "", ""),
        ({"name": ["chat"]}, "", "", "", "", "09" * 8),
        ({}, "a" * 201, "", "", "chat", "09" * 8),
    ],
)
def test_what_stands_around_a_span_is_kept_and_refuses_nothing(change, scope, read_scope, service, name, parent):
    attributes = [{"key": "gen_ai.system", "value": {"stringValue": "x"}}]
    span = {"traceId": TRACE, "spanId": SPAN, "name": "chat", "parentSpanId": "09" * 8, "attributes": attributes}
    resource = {"attributes": [7, {"key": "service.name", "value": {"stringValue": service}}]}
    scoped = {"scope": {"name": scope}, "spans": [span | change]}
    (sent,) = read(json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [scoped]}]}).encode(), JSON)
    assert (sent.scope, sent.service) == (read_scope, service)
    assert (sent.span.name, sent.span.parent_span_id.hex()) == (name, parent)
