"""Bodies made to cost much: what each endpoint answers, and that they are counted before they are decoded.

What they cost a real worker is in tests/test_attack_bodies.py.
"""

import gzip

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.api_error import ApiError
from analytics.ingest import body
from analytics.ingest.json_counts import BodyLimits
from analytics.ingest.litellm_payload import call
from analytics.models import Request
from tests.analytics.ingest.posts import post, words
from tests.analytics.otel import numbered
from tests.attacks import (
    EVENTS,
    JSON,
    LINES,
    LITELLM,
    LOGS,
    METRICS,
    PROTOBUF,
    REFUSED,
    TRACES,
    field,
    in_protobuf,
    shared,
)


@pytest.mark.django_db
@pytest.mark.parametrize("name", shared() or [pytest.param("", marks=pytest.mark.skip("no attack bodies at hand"))])
def test_an_attack_body_of_the_cases_is_refused_in_words(name, key):
    attack = shared()[name]
    data, headers = attack.sent()
    response = post(attack.path, data, headers.pop("Content-Type"), **headers)
    assert response.status_code in attack.right, response.content[:300]
    assert "At most" in words(response) or "at most" in words(response)
    assert not Request.objects.exists()


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
def test_too_many_of_anything_are_refused_whole(path, content_type, body, key):
    response = post(path, body, content_type)
    assert response.status_code in REFUSED
    assert not Request.objects.exists()


@pytest.mark.parametrize("before", ["", "é", "ab", "\U0001f680"])
@pytest.mark.parametrize("piece", [1, 2, 3, 100])
def test_what_is_no_utf_8_is_named_by_its_byte_wherever_the_pieces_end(before, piece, monkeypatch):
    monkeypatch.setattr(body, "_PIECE", piece)
    text = f'["{before}'.encode()
    with pytest.raises(ApiError, match=f"not UTF-8 at byte {len(text) + 1}"):
        body.read_json(text + b"\xff" + b'"]', JSON, BodyLimits(9, "events", 99, 99))


def test_what_is_refused_is_kept_as_words_without_the_frames_it_came_through():
    lines = body.read_json(b'{}\n{"a": ', LINES, BodyLimits(9, "events", 99, 99))
    refusals = [lines[1], call(7).event, call({"startTime": "never"}).event]
    assert [str(one)[:8] for one in refusals] == ["is not J", "must be ", "timestam"]
    assert [(one.__traceback__, one.__context__) for one in refusals] == [(None, None)] * 3


def test_kinds_of_megabytes_are_no_usage():
    assert not call({"call_type": "_" * 201}).is_usage


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
