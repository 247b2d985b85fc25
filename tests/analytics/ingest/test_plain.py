"""The short way for plain lines: never another answer than the rules give, and taken by what senders write."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analytics.ingest.decoding import EventError, decode
from analytics.ingest.event_rules import Draft, check
from analytics.ingest.plain import Plain, plain
from tests.conftest import NOW

LEAST = {
    "id": "req-1",
    "timestamp": "2026-06-20T23:30:00Z",
    "api_key": "key_1",
    "provider": "openai",
    "model": "openai/gpt-5.5",
}
FIELDS = tuple(Draft.model_fields)
COUNTS = tuple(name for name in FIELDS if name.endswith("_tokens"))


def long_way(line: bytes) -> object:
    """What the rules alone make of it: the event, or why it is none."""
    try:
        return check(decode(line.decode()), NOW)
    except (EventError, UnicodeDecodeError) as problem:
        return problem


def values(event: object) -> dict[str, object]:
    return {name: getattr(event, name) for name in FIELDS}


def exact(event: object) -> tuple[object, ...]:
    """What `==` would hide: the places of the cost, and of the moments that they are of UTC."""
    moments = (event.timestamp, event.ended_at)
    return str(event.cost_usd), *(one and one.tzinfo is UTC for one in moments)


WORDS = st.sampled_from(
    ("", " a", "a\t", "standard", "batch", "default", "success", "error", "é", "\\", "\x00", '"', "1e2", "x" * 201)
)
NUMBERS = st.sampled_from(
    (
        "0",
        "-0",
        "7",
        "7.0",
        "1e3",
        "0.1",
        "-0.0",
        "0.30000000000000004",
        "1E-13",
        "1e+2",
        "1000000",
        "1000000000001",
        "NaN",
    )
) | st.integers(-1, 12).map(str)
TIMES = st.sampled_from(
    (
        "2026-06-20T23:30:00Z",
        "2026-06-20T23:30:00.123456999Z",
        "2026-06-20T23:30:00+02:00",
        "2026-06-20t23:30:00z",
        "2026-06-20T24:00:00Z",
        "2026-06-20T23:59:60Z",
        "2016-12-31T23:59:60Z",
        "2026-02-30T23:30:00Z",
        "1999-12-31T23:30:00Z",
        "2026-11-19T12:30:00.000001Z",
        "2026-06-21T23:30:00.000001Z",
        "2026-06-20",
    )
).map(json.dumps)
VALUES = (
    WORDS.map(json.dumps)
    | NUMBERS
    | NUMBERS.map(json.dumps)
    | TIMES
    | st.sampled_from(("null", "true", "false", "[]", "{}", '{"a": "b"}', "1" * 300, f"1e{'0' * 300}"))
)
NAMES = st.sampled_from((*FIELDS, "unknown", "i\\u0064"))
BREAKS = st.sampled_from((", ", ",", " ,\t", ",\r", ",,", "\x0b"))


ENDS = st.sampled_from(("", "\n", "\r\n", " x"))


@st.composite
def lines(draw) -> bytes:
    """Events as they may be written, and as they may not: any field with any value, once, twice or not at all."""
    counts = draw(st.lists(st.sampled_from(COUNTS), max_size=5, unique=True))
    fields = [(name, json.dumps(value)) for name, value in LEAST.items() if draw(st.integers(0, 19))]
    fields += [(name, str(draw(st.integers(0, 12)))) for name in counts]
    fields += draw(st.lists(st.tuples(NAMES, VALUES), max_size=3))
    colon, between = draw(st.sampled_from((": ", ":", " : "))), draw(st.just(", ") | BREAKS)
    written = between.join(f'"{name}"{colon}{value}' for name, value in draw(st.permutations(fields)))
    return f"{{{written}}}{draw(ENDS)}".encode()


@given(lines())
@example(b'{"id": "a", "id": "a", "timestamp": "2026-06-20T23:30:00Z", "api_key": "k", "provider": "p", "model": ":m"}')
def test_the_short_way_gives_what_the_rules_give_or_nothing(line):
    event, ruled = plain(line, NOW), long_way(line)
    if event is not None:
        assert isinstance(ruled, Draft), (line, ruled)
        assert (values(event), exact(event)) == (values(ruled), exact(ruled))


EVERYTHING = LEAST | {
    "timestamp": "2026-06-20T23:30:00.123456Z",
    "ended_at": "2026-06-20T23:30:07Z",
    "input_tokens": 1200,
    "output_tokens": 300,
    "cached_input_tokens": 700,
    "cache_write_tokens": 500,
    "cache_write_1h_tokens": 500,
    "reasoning_tokens": 300,
    "audio_input_tokens": 1200,
    "audio_output_tokens": 300,
    "service_tier": "batch",
    "cost_usd": "0.0123",
    "status": "error",
    "response_id": "msg_1",
    "revision": 3,
}


@pytest.mark.parametrize(
    "line",
    [
        json.dumps(LEAST),
        json.dumps(EVERYTHING) + "\r\n",
        json.dumps(EVERYTHING, separators=(",", ":")),
        json.dumps(LEAST | {"cost_usd": None, "ended_at": None, "response_id": None}),
        json.dumps(LEAST | {"cost_usd": 0.000123}),
        json.dumps(LEAST | {"cost_usd": 3}),
    ],
)
def test_what_senders_write_is_plain(line):
    event = plain(line.encode(), NOW)
    assert isinstance(event, Plain)
    assert values(event) == values(long_way(line.encode()))


def test_a_plain_events_fields_are_a_drafts():
    assert {*Plain.__struct_fields__, "ties"} == set(FIELDS)
    event = plain(json.dumps(EVERYTHING).encode(), NOW)
    assert (event.timestamp, event.cost_usd) == (datetime(2026, 6, 20, 23, 30, 0, 123456, UTC), Decimal("0.0123"))


@pytest.mark.parametrize(
    "line",
    [
        json.dumps(LEAST | {"id": "a\\b"}),
        json.dumps(LEAST | {"id": "é"}, ensure_ascii=False),
        json.dumps(LEAST)[:-1] + ', "id": "req-1"}',
        json.dumps(LEAST | {"void": True}),
        json.dumps(LEAST | {"timestamp": "2026-06-20T23:30:00+02:00"}),
        json.dumps(LEAST | {"ties": {}}),
        "[" * 100_000,
        "[]",
        "",
    ],
)
def test_whatever_is_odd_goes_the_long_way(line):
    assert plain(line.encode(), NOW) is None
