"""Bodies made to cost much: what each endpoint answers, and that they are counted before they are decoded.

What they cost a real worker is in tests/test_attack_bodies.py.
"""

import gzip
import json
import zlib
from collections.abc import Iterator
from random import Random
from threading import Event, Thread

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from google.rpc.status_pb2 import Status
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.api_error import ApiError
from analytics.ingest import body, decoding, json_counts, otlp_encoding, otlp_json, otlp_logs, otlp_wire, unpacking
from analytics.ingest.json_counts import BodyLimits, check_list, values
from analytics.ingest.litellm_payload import call
from analytics.ingest.span_values import flat
from analytics.ingest.unpacking import LARGE, MEMBERS, RATIO, unpacked
from analytics.models import Request
from tests.analytics.otel import CHAT, numbered, request_of
from tests.analytics.usage import SECRET
from tests.attacks import (
    EMOJI,
    EVENTS,
    JSON,
    LINES,
    LITELLM,
    LOGS,
    METRICS,
    PROTOBUF,
    REFUSED,
    TRACES,
    attribute,
    event,
    field,
    in_protobuf,
    shared,
)


def post(path: str, body: bytes, content_type: str = JSON, **headers: str):
    given = {"Authorization": f"Bearer {SECRET}"} | headers
    return Client(raise_request_exception=False).generic(
        "POST", path, body, content_type, CONTENT_TYPE=content_type, headers=given
    )


def words(response) -> str:
    """What the answer says, in whichever form its endpoint has."""
    if response["Content-Type"] == PROTOBUF:
        return Status.FromString(response.content).message
    said = response.json()
    return said.get("detail") or said.get("message") or "a receipt"


@pytest.mark.django_db
@pytest.mark.parametrize("name", shared() or [pytest.param("", marks=pytest.mark.skip("no attack bodies at hand"))])
def test_an_attack_body_of_the_cases_is_refused_in_words(name, key):
    attack = shared()[name]
    data, headers = attack.sent()
    response = post(attack.path, data, headers.pop("Content-Type"), **headers)
    assert response.status_code in attack.right, response.content[:300]
    assert "At most" in words(response) or "at most" in words(response)
    assert not Request.objects.exists()


class TestUnpacking:
    def body(self, data: bytes, limit: int = 5 * LARGE, encoding: str = "gzip") -> bytes:
        request = RequestFactory().post("/", data, content_type=JSON, headers={"Content-Encoding": encoding})
        with unpacked(request, limit) as whole:
            return whole

    def refusal(self, data: bytes, **more) -> tuple[int, str]:
        with pytest.raises(ApiError) as caught:
            self.body(data, **more)
        return caught.value.status, caught.value.detail

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            gzip.compress(b""),
            gzip.compress(b"one") + gzip.compress(b" two"),
            gzip.compress(b"one") + b"\0" * 100_000 + gzip.compress(b" two") + b"\0",
            gzip.compress(b"x" * LARGE),
            gzip.compress(Random(1).randbytes(2 * LARGE), 1),
        ],
        ids=["nothing", "empty", "members", "zeros between", "a small one of any ratio", "a large one"],
    )
    def test_what_is_gzip_is_unpacked_as_python_does(self, data):
        assert self.body(data) == (gzip.decompress(data) if data else b"")

    def test_a_large_body_may_be_a_hundred_times_as_large_as_packed(self):
        data = gzip.compress(b"x" * (LARGE + 1))
        status, detail = self.refusal(data)
        assert (status, f"at most {RATIO} times" in detail) == (413, True)
        assert len(self.body(data + gzip.compress(Random(1).randbytes(20_000)))) == LARGE + 20_001

    def test_no_more_is_unpacked_than_may_be(self, monkeypatch):
        held = []
        monkeypatch.setattr(unpacking, "_one_large", _Counted(held))
        assert self.refusal(gzip.compress(b"x" * 4 * LARGE))[0] == 413
        assert held == []  # it never became a large one

    @pytest.mark.parametrize(
        "data",
        [b"no", gzip.compress(b"x" * 1000)[:-1], gzip.compress(b"x") + b"more", gzip.compress(b"") * (MEMBERS + 1)],
        ids=["no header", "cut", "something behind it", "members"],
    )
    def test_what_is_no_gzip_is_said(self, data):
        status, detail = self.refusal(data)
        assert (status, detail.startswith("The body is not gzip: ")) == (400, True)

    @pytest.mark.parametrize("encoding", ["deflate", "br", "zstd", "gzip, gzip"])
    def test_another_encoding_is_415(self, encoding):
        assert self.refusal(zlib.compress(b"{}"), encoding=encoding)[0] == 415


class _Counted:
    """A lock that tells who took it."""

    def __init__(self, taken: list) -> None:
        self.taken = taken

    def acquire(self, timeout: float) -> bool:
        self.taken.append(timeout)
        return True

    def release(self) -> None:
        pass


class TestOneLargeBodyAtATime:
    @pytest.fixture
    def another(self, monkeypatch) -> Iterator[None]:
        """Another thread that has a large body in hand."""
        monkeypatch.setattr(unpacking, "WAIT", 0.05)
        begun, over = Event(), Event()

        def use() -> None:
            request = RequestFactory().post("/", b" " * (LARGE + 1), content_type=JSON)
            with unpacked(request, 2 * LARGE):
                begun.set()
                over.wait(30)

        thread = Thread(target=use)
        thread.start()
        assert begun.wait(30)
        yield
        over.set()
        thread.join()

    @pytest.mark.django_db
    @pytest.mark.parametrize("path", [EVENTS, LITELLM, TRACES, LOGS, METRICS])
    def test_a_second_one_is_503_with_retry_after(self, path, key, another):
        response = post(path, b"{}" + b" " * LARGE)
        assert (response.status_code, response["Retry-After"]) == (503, "5")
        assert "Send the same again" in words(response)

    @pytest.mark.django_db
    def test_smaller_ones_go_on(self, key, another):
        assert post(EVENTS, json.dumps(event(1)).encode()).json()["recorded"] == 1

    @pytest.mark.django_db
    def test_after_it_and_after_a_refused_one_the_next_is_served(self, key, monkeypatch):
        monkeypatch.setattr(unpacking, "WAIT", 0)
        large = json.dumps(event(1)).encode() + b" " * LARGE
        answers = [post(EVENTS, body).status_code for body in (b"[" * LARGE * 2, large, large)]
        assert answers == [413, 200, 200]


nested = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=30,
)


def counted(value: object) -> int:
    """By walking over what was decoded: lists and objects, and what stands after a comma."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    opened = isinstance(value, dict | list)
    return opened + max(len(inner) - 1, 0) + sum(map(counted, inner))


class TestCounts:
    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(nested, st.booleans(), st.integers(1, 9))
    @example(['"[', "\\", '\\"[,'], True, 3)
    def test_the_count_in_the_bytes_is_that_of_what_is_decoded(self, value, ascii_only, piece):
        text = json.dumps(value, ensure_ascii=ascii_only).encode(errors="surrogatepass")
        kept, json_counts._PIECE = json_counts._PIECE, piece
        try:
            assert values(text, 10**6) == counted(value)
        finally:
            json_counts._PIECE = kept

    @pytest.mark.parametrize(
        ("bounds", "words"),
        [
            ((2, 99, 99), "At most 2 things may be sent at once."),
            ((3, 12, 99), "At most 12 lists, objects and values may stand in a body."),
            ((3, 99, 8), "At most 8 lists, objects and values may stand in one of the things."),
        ],
    )
    def test_a_list_is_bounded_in_elements_values_and_values_of_one(self, bounds, words):
        text = b'[{"a": 1}, [1, 2, [3, 4], {"b": ["]", "}"]}], {}]'
        check_list(text, BodyLimits(3, "things", 14, 9))
        with pytest.raises(ApiError) as caught:
            check_list(text, BodyLimits(bounds[0], "things", *bounds[1:]))
        assert caught.value.detail == words

    @pytest.mark.django_db
    @pytest.mark.parametrize(
        ("path", "content_type", "body"),
        [
            (EVENTS, LINES, b'{"a": 1}\n' * 1001),
            (LITELLM, LINES, b"{}\n" * 10_001),
            (LITELLM, JSON, b"[" + b"{}," * 10_000 + b"{}]"),
            (TRACES, PROTOBUF, in_protobuf(*[b""] * 20_001)),
            (LOGS, PROTOBUF, in_protobuf(*[b""] * 20_001)),
            (TRACES, PROTOBUF, b"\x0a\x00" * 20_001),
            (LOGS, PROTOBUF, field(1, b"\x12\x00" * 20_001)),
        ],
    )
    def test_too_many_of_anything_are_refused_whole(self, path, content_type, body, key):
        response = post(path, body, content_type)
        assert response.status_code in REFUSED
        assert not Request.objects.exists()

    @pytest.mark.parametrize("before", ["", "é", "ab", "\U0001f680"])
    @pytest.mark.parametrize("piece", [1, 2, 3, 100])
    def test_what_is_no_utf_8_is_named_by_its_byte_wherever_the_pieces_end(self, before, piece, monkeypatch):
        monkeypatch.setattr(body, "_PIECE", piece)
        text = f'["{before}'.encode()
        with pytest.raises(ApiError, match=f"not UTF-8 at byte {len(text) + 1}"):
            body.read_json(text + b"\xff" + b'"]', JSON, BodyLimits(9, "events", 99, 99))

    def test_what_is_refused_is_kept_as_words_without_the_frames_it_came_through(self):
        lines = body.read_json(b'{}\n{"a": ', LINES, BodyLimits(9, "events", 99, 99))
        refusals = [lines[1], call(7).event, call({"startTime": "never"}).event]
        assert [str(one)[:8] for one in refusals] == ["is not J", "must be ", "timestam"]
        assert [(one.__traceback__, one.__context__) for one in refusals] == [(None, None)] * 3

    def test_names_and_kinds_of_megabytes_are_not_multiplied(self):
        assert flat({"x" * 101: {"a": 1}, "y" * 100: {"a": 1}, "z": 2}) == {"y" * 100 + ".a": 1, "z": 2}
        assert not call({"call_type": "_" * 201}).is_usage

    def test_an_emoji_in_a_long_text_is_refused_before_it_is_decoded(self, monkeypatch):
        monkeypatch.setattr(json_counts, "MAX_WIDE", 100)
        json_counts.check_width(b"a" * 200)
        json_counts.check_width("é".encode() * 200)
        json_counts.check_width(EMOJI * 100)
        with pytest.raises(ApiError, match="at most 100 characters"):
            json_counts.check_width(EMOJI + b"a" * 100)


class TestWire:
    def test_what_nobody_reads_is_not_given_to_the_library(self):
        call = numbered(1, CHAT | {"gen_ai.prompt": "a long conversation", "novelty": 7}).SerializeToString()
        body = in_protobuf(call, numbered(2, {"http.method": "GET"}).SerializeToString())
        one, other = otlp_encoding.each(body, PROTOBUF)
        assert {each.key for each in one.span.attributes} == CHAT.keys()
        assert not other.span.attributes

    def test_of_what_is_given_twice_the_last_counts_as_everywhere_in_protobuf(self):
        again = [field(9, attribute(b"gen_ai.system", field(1, value))) for value in (b"first", b"last")]
        (one,) = otlp_encoding.each(in_protobuf(b"".join(again)), PROTOBUF)
        assert [each.value.string_value for each in one.span.attributes] == ["last"]

    @pytest.mark.parametrize("value", [field(5, field(1, b"")), field(6, b""), field(7, b"x"), b"", field(1, b"a") * 2])
    def test_a_value_that_is_not_plain_is_none(self, value):
        (one,) = otlp_encoding.each(in_protobuf(field(9, attribute(b"gen_ai.system", value))), PROTOBUF)
        assert [each.value.WhichOneof("value") for each in one.span.attributes] == [None]

    def test_what_is_said_around_holds_wherever_it_stands(self):
        said = field(1, field(1, attribute(b"service.name", field(1, b"shop"))))
        spans = field(2, field(2, numbered(1).SerializeToString()) + field(1, field(1, b"the scope")))
        for resource in (said + spans, spans + said):
            (one,) = otlp_encoding.each(field(1, resource), PROTOBUF)
            assert (one.scope, one.service) == ("the scope", "shop")

    def test_a_span_whose_text_is_none_is_refused_alone(self):
        broken = field(9, attribute(b"gen_ai.system", field(1, b"\xff")))
        good = numbered(2).SerializeToString()
        refused, read = otlp_encoding.each(in_protobuf(broken, good), PROTOBUF)
        assert (str(refused), read.span.span_id) == ("is not protobuf that can be read", (2).to_bytes(8, "big"))

    @pytest.mark.parametrize(("limit", "module"), [("MAX_FIELDS", otlp_wire), ("MAX_GROUPS", otlp_wire)])
    def test_fields_and_groups_are_counted(self, limit, module, monkeypatch):
        body = request_of(numbered(1)).SerializeToString()
        monkeypatch.setattr(module, limit, 1)
        for each in (otlp_encoding.each, otlp_logs.each):
            with pytest.raises(ApiError, match="At most 1 "):
                list(each(body, PROTOBUF))

    def test_in_json_what_nobody_reads_is_let_go(self):
        text = b'{"attributes": [{"key": "gen_ai.prompt", "value": {"stringValue": "x"}}, {"key": "a", "value": 1}]}'
        assert otlp_json.decode(text, frozenset("a")) == {"attributes": [{}, {"key": "a", "value": 1}]}


pieces = st.sampled_from(
    [
        b"[",
        b"]",
        b"{",
        b"}",
        b",",
        b'"',
        b"\\",
        b":",
        b"\n",
        b"1e999999999",
        b"NaN",
        b'{"events":',
        b"\xff",
        b"\xef\xbb\xbf",
    ]
) | st.binary(max_size=6)
protobuf = st.lists(
    st.tuples(st.integers(1, 15), st.binary(max_size=8) | st.just(numbered(1).SerializeToString())), max_size=5
).map(lambda fields: b"".join(field(number, value) for number, value in fields))
bodies = st.lists(pieces, max_size=12).map(b"".join) | protobuf | protobuf.map(in_protobuf)


def test_a_name_that_is_given_twice_is_found_in_one_look_at_each():
    """A list of the names so far took 99,000 of them two minutes."""
    compared = []

    class Name(str):
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            compared.append(other)
            return str.__eq__(self, other)

    given_names = [*(Name(number) for number in range(1000)), Name("999")]
    twice = decoding._object([(name, 0) for name in given_names])
    assert (type(twice), twice.name) == (decoding.DuplicateKeys, "999")
    assert len(compared) < 5 * len(given_names)


@pytest.mark.slow
@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=bodies,
    path=st.sampled_from([EVENTS, LITELLM, TRACES, LOGS, METRICS]),
    content_type=st.sampled_from([JSON, LINES, PROTOBUF]),
    packing=st.sampled_from([None, "whole", "twice", "cut", "no"]),
    many=st.sampled_from([1, 1, 1, 3, 60_000]),
)
def test_whatever_is_sent_is_answered_and_never_500(body, path, content_type, packing, many, key):
    sent = (body * many)[:2_000_000]
    packed = {
        "whole": gzip.compress,
        "twice": lambda data: gzip.compress(data) * 2,
        "cut": lambda data: gzip.compress(data)[:-3],
    }
    sent = packed.get(packing, bytes)(sent)
    response = post(path, sent, content_type, **({"Content-Encoding": "gzip"} if packing else {}))
    assert response.status_code in (200, 400, 413, 415, 422), response.content[:300]
    assert connection.in_atomic_block  # nothing ended the test's own transaction
