"""When a call of LiteLLM's was: exact to the microsecond, and nothing that can be no time."""

import json
import tracemalloc
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from analytics.ingest.decoding import EventError, decode
from analytics.ingest.litellm_payload import call
from analytics.ingest.litellm_times import DAY, end_of, instant, is_seconds
from tests.analytics.gateway import drafted, payload

START = 1795003201.75353


@pytest.mark.parametrize(
    ("start", "microsecond"),
    [(1795003201.000001, 1), (1795003201.999999, 999999), (1795003201, 0), (1795003201.0, 0), (1795003201.25, 250000)],
)
def test_the_start_is_exact_to_the_microsecond(start, microsecond):
    assert drafted(startTime=start).timestamp == datetime(2026, 11, 18, 12, 0, 1, microsecond, tzinfo=UTC)


@pytest.mark.parametrize(
    ("end", "length"),
    [
        (START + 2, 2),
        (START, 0),
        (START - 1, None),
        (START + 86_401, None),
        (None, None),
        ("late", None),
        (1e300, None),
    ],
)
def test_an_end_that_cannot_be_is_left_out(end, length):
    draft = drafted(endTime=end)
    assert draft.ended_at == (None if length is None else draft.timestamp + timedelta(seconds=length))


def test_a_time_of_a_million_digits_is_refused_before_it_is_written_out():
    monstrous = json.dumps(payload(startTime=0.5)).replace('"startTime": 0.5', '"startTime": 1e900000')
    tracemalloc.start()
    refused = call(decode(monstrous)).event
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert str(refused) == "timestamp: startTime must be a time in seconds since 1970, got 1E+900000"
    assert most < 100_000  # bytes; the number alone, written out, has 370,000


@pytest.mark.parametrize(
    ("given", "is_one"),
    [(1, True), (0.5, True), (Decimal("1e999999999"), True), (0, False), (-1, False)]
    + [(given, False) for given in (True, "1", None, [1], float("nan"))],
)
def test_seconds_are_a_number_above_zero(given, is_one):
    assert is_seconds(given) is is_one


@pytest.mark.parametrize(
    ("seconds", "microseconds"),
    [
        (0, 0),
        (1795003201.75353, 1795003201753530),
        (Decimal("1795003201.7535309"), 1795003201753530),  # cut, not rounded
        (-1.5, -1_500_000),
        (Decimal("1e-999999999"), 0),
    ],
)
def test_an_instant_is_in_microseconds(seconds, microseconds):
    assert instant(seconds, "startTime") == microseconds


@pytest.mark.parametrize("seconds", [None, True, "1795003201", [], 1e12, -1e12, float("nan"), float("inf"), 10**12 - 1])
def test_what_is_no_time_is_refused_under_its_name(seconds):
    with pytest.raises(EventError, match=r"^timestamp: endTime must be a time in seconds since 1970, got "):
        instant(seconds, "endTime")


def test_a_call_may_take_a_day_and_no_microsecond_more():
    begin = 1795003201_000000
    assert end_of(begin, 1795003201 + 86_400) == "2026-11-19T12:00:01+00:00"
    assert DAY == 86_400 * 1_000_000
    assert end_of(begin - 1, 1795003201 + 86_400) is None
