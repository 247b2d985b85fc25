"""Protobuf as it comes: what nobody reads is let go, the rest given to the library, and all of it counted."""

import pytest

from accounts.api_error import ApiError
from analytics.ingest import otlp_encoding, otlp_logs, otlp_wire
from tests.analytics.otel import CHAT, numbered, request_of
from tests.attacks import PROTOBUF, attribute, field, in_protobuf


def test_what_nobody_reads_is_not_given_to_the_library():
    call = numbered(1, CHAT | {"gen_ai.prompt": "a long conversation", "novelty": 7}).SerializeToString()
    body = in_protobuf(call, numbered(2, {"http.method": "GET"}).SerializeToString())
    one, other = otlp_encoding.each(body, PROTOBUF)
    assert {each.key for each in one.span.attributes} == CHAT.keys()
    assert not other.span.attributes


def test_of_what_is_given_twice_the_last_counts_as_everywhere_in_protobuf():
    again = [field(9, attribute(b"gen_ai.system", field(1, value))) for value in (b"first", b"last")]
    (one,) = otlp_encoding.each(in_protobuf(b"".join(again)), PROTOBUF)
    assert [each.value.string_value for each in one.span.attributes] == ["last"]


@pytest.mark.parametrize("value", [field(5, field(1, b"")), field(6, b""), field(7, b"x"), b"", field(1, b"a") * 2])
def test_a_value_that_is_not_plain_is_none(value):
    (one,) = otlp_encoding.each(in_protobuf(field(9, attribute(b"gen_ai.system", value))), PROTOBUF)
    assert [each.value.WhichOneof("value") for each in one.span.attributes] == [None]


def test_what_is_said_around_holds_wherever_it_stands():
    said = field(1, field(1, attribute(b"service.name", field(1, b"shop"))))
    spans = field(2, field(2, numbered(1).SerializeToString()) + field(1, field(1, b"the scope")))
    for resource in (said + spans, spans + said):
        (one,) = otlp_encoding.each(field(1, resource), PROTOBUF)
        assert (one.scope, one.service) == ("the scope", "shop")


def test_a_span_whose_text_is_none_is_refused_alone():
    broken = field(9, attribute(b"gen_ai.system", field(1, b"\xff")))
    good = numbered(2).SerializeToString()
    refused, read = otlp_encoding.each(in_protobuf(broken, good), PROTOBUF)
    assert (str(refused), read.span.span_id) == ("is not protobuf that can be read", (2).to_bytes(8, "big"))


@pytest.mark.parametrize(("limit", "module"), [("MAX_FIELDS", otlp_wire), ("MAX_GROUPS", otlp_wire)])
def test_fields_and_groups_are_counted(limit, module, monkeypatch):
    body = request_of(numbered(1)).SerializeToString()
    monkeypatch.setattr(module, limit, 1)
    for each in (otlp_encoding.each, otlp_logs.each):
        with pytest.raises(ApiError, match="At most 1 "):
            list(each(body, PROTOBUF))
