"""What a body of JSON holds is counted in its bytes, before it is decoded."""

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.api_error import ApiError
from analytics.ingest import json_counts
from analytics.ingest.json_counts import BodyLimits, check_list, values
from tests.attacks import EMOJI

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


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nested, st.booleans(), st.integers(1, 9))
@example(['"[', "\\", '\\"[,'], True, 3)
def test_the_count_in_the_bytes_is_that_of_what_is_decoded(value, ascii_only, piece):
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
def test_a_list_is_bounded_in_elements_values_and_values_of_one(bounds, words):
    text = b'[{"a": 1}, [1, 2, [3, 4], {"b": ["]", "}"]}], {}]'
    check_list(text, BodyLimits(3, "things", 14, 9))
    with pytest.raises(ApiError) as caught:
        check_list(text, BodyLimits(bounds[0], "things", *bounds[1:]))
    assert caught.value.detail == words


def test_an_emoji_in_a_long_text_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr(json_counts, "MAX_WIDE", 100)
    json_counts.check_width(b"a" * 200)
    json_counts.check_width("é".encode() * 200)
    json_counts.check_width(EMOJI * 100)
    with pytest.raises(ApiError, match="at most 100 characters"):
        json_counts.check_width(EMOJI + b"a" * 100)
