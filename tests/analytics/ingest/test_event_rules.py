"""One usage event: rule by rule, and what a decoder may be sent."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.ingest import event_rules
from analytics.ingest.decoding import EventError, decode
from analytics.ingest.event_rules import check
from analytics.ledger.usage_event import Ties
from tests.conftest import NOW

LEAST = {
    "id": "req-1",
    "timestamp": "2026-06-20T23:30:00Z",
    "api_key": "key_1",
    "provider": "openai",
    "model": "openai/gpt-5.5",
}


FORM = "must be an RFC 3339 date and time with an offset, like 2026-06-20T23:30:00Z, got"
NO_DATE = "must be a date and time that exists, got"
BEFORE_2000 = "timestamp: must not be before 2000-01-01"
TOO_FAR_AHEAD = "timestamp: must not be more than 24 hours ahead of now"


def line(**changes: object) -> str:
    return json.dumps(LEAST | changes)


def raw(field: str, text: str) -> str:
    """A line whose field holds this piece of JSON, as written."""
    return line(**{field: "@"}).replace('"@"', text)


def answer(text: str) -> str:
    try:
        return check(decode(text), NOW).status
    except EventError as error:
        return str(error)


def refusal(text: str) -> str:
    with pytest.raises(EventError) as caught:
        check(decode(text), NOW)
    return str(caught.value)


def test_a_line_that_says_everything_is_an_event():
    draft = check(decode(line(input_tokens=1200, output_tokens=300, cost_usd="0.0123", status="success")), NOW)
    assert (draft.input_tokens, draft.output_tokens, draft.cost_usd) == (1200, 300, Decimal("0.0123"))
    assert draft.timestamp == datetime(2026, 6, 20, 23, 30, tzinfo=UTC)


def test_what_may_be_absent_has_its_default():
    draft = check(decode(line()), NOW)
    assert (draft.input_tokens, draft.output_tokens, draft.cached_input_tokens) == (0, 0, 0)
    assert (draft.cost_usd, draft.status) == (None, "success")


@pytest.mark.parametrize("field", LEAST)
def test_what_is_required_must_be_there(field):
    assert (
        refusal(json.dumps({name: value for name, value in LEAST.items() if name != field})) == f"{field}: is required"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (line(id=""), 'id: must not be empty, got ""'),
        (line(id="x" * 201), f'id: must be at most 200 characters, got "{"x" * 60}"…'),
        (line(id=7), "id: must be text, got 7"),
        (line(id=None), "id: must be text, got null"),
        (line(id=["a"]), "id: must be text, got a list"),
        (line(id="a\x00b"), 'id: must not contain a NUL character, got "a\\u0000b"'),
        (line(id="\ud800"), 'id: must be valid Unicode text, got "\\ud800"'),
        (line(provider=" \t "), 'provider: must not be empty, got ""'),
        (line(model="m" * 201), f'model: must be at most 200 characters, got "{"m" * 60}"…'),
        (line(model="\udfff"), 'model: must be valid Unicode text, got "\\udfff"'),
        (line(api_key=""), 'api_key: must not be empty, got ""'),
        (line(input_tokens=-1), "input_tokens: must not be negative, got -1"),
        (line(input_tokens=10**12 + 1), "input_tokens: must be at most 1000000000000, got 1000000000001"),
        (line(output_tokens=True), "output_tokens: must be a whole number, got true"),
        (line(output_tokens="5"), 'output_tokens: must be a whole number, got "5"'),
        (line(output_tokens=None), "output_tokens: must be a whole number, got null"),
        (raw("output_tokens", "1.0"), "output_tokens: must be a whole number, got 1.0"),
        (raw("output_tokens", "9" * 5000), f"output_tokens: must be a whole number, got {'9' * 60}…"),
        (line(input_tokens=5, cached_input_tokens=6), "cached_input_tokens: must be at most input_tokens (5), got 6"),
        (line(cached_input_tokens=1), "cached_input_tokens: must be at most input_tokens (0), got 1"),
        (line(cost_usd="-0.5"), 'cost_usd: must not be negative, got "-0.5"'),
        (line(cost_usd=-1), "cost_usd: must not be negative, got -1"),
        (line(cost_usd="1000000.000000000001"), 'cost_usd: must be at most 1000000, got "1000000.000000000001"'),
        (line(cost_usd="0.1234567890123"), 'cost_usd: must have at most 12 decimal places, got "0.1234567890123"'),
        (raw("cost_usd", "0.1234567890123"), "cost_usd: must have at most 12 decimal places, got 0.1234567890123"),
        (raw("cost_usd", "1e-13"), "cost_usd: must have at most 12 decimal places, got 1E-13"),
        (raw("cost_usd", "1e999999999"), "cost_usd: must be at most 1000000, got 1E+999999999"),
        (raw("cost_usd", "1e-999999999"), "cost_usd: must have at most 12 decimal places, got 1E-999999999"),
        (raw("cost_usd", "1e9999999999999999999"), "cost_usd: must be a decimal number, got 1e9999999999999999999"),
        (raw("cost_usd", "NaN"), "cost_usd: must be a decimal number, got NaN"),
        (raw("cost_usd", "-Infinity"), "cost_usd: must be a decimal number, got -Infinity"),
        (raw("cost_usd", "8" * 5000), f"cost_usd: must be a decimal number, got {'8' * 60}…"),
        (line(cost_usd="NaN"), 'cost_usd: must be a decimal number, got "NaN"'),
        (line(cost_usd="Infinity"), 'cost_usd: must be a decimal number, got "Infinity"'),
        (line(cost_usd=" 1"), 'cost_usd: must be a decimal number, got " 1"'),
        (line(cost_usd="1_0"), 'cost_usd: must be a decimal number, got "1_0"'),
        (line(cost_usd="١"), 'cost_usd: must be a decimal number, got "١"'),
        (line(cost_usd="1\n"), 'cost_usd: must be a decimal number, got "1\\n"'),
        (line(cost_usd=""), 'cost_usd: must be a decimal number, got ""'),
        (line(cost_usd="1e9999"), 'cost_usd: must be a decimal number, got "1e9999"'),
        (line(cost_usd=True), "cost_usd: must be a decimal number, got true"),
        (line(status="ok"), 'status: must be "success" or "error", got "ok"'),
        (line(status=None), 'status: must be "success" or "error", got null'),
        (line(costs=1), "costs: is not a known field"),
        (line(**{"x" * 60: 1}), f"{'x' * 60}: is not a known field"),
        (line(**{"x" * 61: 1}), f'"{"x" * 60}"…: is not a known field'),
        (line(cost_usd="0." + "1" * 198), f'cost_usd: must have at most 12 decimal places, got "0.{"1" * 58}"…'),
        (line(cost_usd="0." + "1" * 199), f'cost_usd: must be a decimal number, got "0.{"1" * 58}"…'),
        (line(service_tier=" "), 'service_tier: must not be empty, got ""'),
        (
            line(input_tokens=5, cached_input_tokens=3, cache_write_tokens=3),
            "cache_write_tokens: must be at most input_tokens less cached_input_tokens (2), got 3",
        ),
        (line(timestamp="1999-12-31T00:00:00Z"), f'{BEFORE_2000}, got "1999-12-31T00:00:00+00:00"'),
        (line(timestamp="2026-11-19T12:30:01Z"), f'{TOO_FAR_AHEAD}, got "2026-11-19T12:30:01+00:00"'),
        (line(timestamp="2026-06-20"), f'timestamp: {FORM} "2026-06-20"'),
        (line(timestamp="2026-02-29T00:00:00Z"), f'timestamp: {NO_DATE} "2026-02-29T00:00:00Z"'),
        (line(**{"\x1b[2J": 1}), '"\\u001b[2J": is not a known field'),
        ('{"\ud800": 1}', "a field's name is not valid Unicode text"),
        ('{"id": "a", "id": "b"}', "id: is given twice"),
        ('{"\\u001b": 1, "\\u001b": 2}', '"\\u001b": is given twice'),
        (line(ties=1), "ties: is not a known field"),
        ("[1]", "must be a JSON object, got a list"),
        ("null", "must be a JSON object, got null"),
        ('"text"', 'must be a JSON object, got "text"'),
        ("{", "is not JSON: Expecting property name enclosed in double quotes at character 2"),
        ("[" * 100_000, "is nested too deeply"),
        ('{"id":' * 100_000, "is nested too deeply"),
    ],
)
def test_a_bad_line_is_refused_in_words_that_name_field_and_value(text, message):
    assert refusal(text) == message


def test_a_translation_may_say_what_ties_an_event():
    assert check(LEAST | {"ties": Ties(span="a-b")}, NOW).ties.span == "a-b"


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity")])
def test_a_number_that_a_translation_made_may_be_none(value):
    with pytest.raises(EventError) as caught:
        check(LEAST | {"cost_usd": value}, NOW)
    assert str(caught.value) == f"cost_usd: must be a decimal number, got {value}"


def test_a_value_nested_as_deep_as_can_be_read_is_refused_like_any_other():
    depths = range(800, 1100, 4)
    messages = {refusal(raw("id", "[" * depth + "]" * depth)) for depth in depths}
    assert messages <= {"id: must be text, got a list", "is nested too deeply"}


def test_of_several_mistakes_the_first_is_reported():
    assert refusal(line(id="", cost_usd="-1", what=1)).startswith("id: ")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-06-20T23:30:00+02:00", datetime(2026, 6, 20, 21, 30, tzinfo=UTC)),
        ("2026-06-20t23:30:00z", datetime(2026, 6, 20, 23, 30, tzinfo=UTC)),
        ("2026-06-20T23:30:00.5-03:30", datetime(2026, 6, 21, 3, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-06-20T23:30:00.123456999Z", datetime(2026, 6, 20, 23, 30, 0, 123_456, tzinfo=UTC)),
        ("2026-06-20T23:30:00-00:00", datetime(2026, 6, 20, 23, 30, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2000-01-01T00:00:00Z", datetime(2000, 1, 1, tzinfo=UTC)),
        ("2026-11-19T12:30:00Z", NOW + timedelta(hours=24)),
    ],
)
def test_a_timestamp_is_kept_to_the_microsecond(text, moment):
    found = check(decode(line(timestamp=text)), NOW).timestamp
    assert found == moment
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("2026-06-20T23:30:00", FORM),
        ("2026-06-20 23:30:00Z", FORM),
        ("2026-06-20", FORM),
        ("20260620T233000Z", FORM),
        ("2026-W25-6T23:30:00Z", FORM),
        ("2026-06-20T23:30Z", FORM),
        ("2026-06-20T23:30:00,5Z", FORM),
        ("2026-06-20T23:30:00+0200", FORM),
        ("2026-06-20T23:30:00+24:00", FORM),
        ("2026-06-20T23:30:00+02:60", FORM),
        ("2026-06-20T23:30:00Z\n", FORM),
        ("２026-06-20T23:30:00Z", FORM),
        (1781998200, FORM),
        (None, FORM),
        ("2026-02-29T00:00:00Z", "must be a date and time that exists, got"),
        ("2026-06-20T24:00:00Z", "must be a date and time that exists, got"),
        ("2026-06-20T23:59:60Z", "must be a date and time that exists, got"),
        ("0001-01-01T00:00:00+23:00", "must be a date and time that exists, got"),
        ("9999-12-31T23:59:59-23:00", "must be a date and time that exists, got"),
        ("1999-12-31T23:59:59.999999Z", "must not be before 2000-01-01, got"),
        ("2026-11-19T12:30:00.000001Z", "must not be more than 24 hours ahead of now, got"),
    ],
)
def test_a_timestamp_that_cannot_be_is_refused(value, reason):
    assert refusal(line(timestamp=value)).startswith(f"timestamp: {reason}")


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ('"0.000000000001"', Decimal("0.000000000001")),
        ("1e-12", Decimal("0.000000000001")),
        ("1000000", Decimal(1000000)),
        ("1E+6", Decimal(1000000)),
        ("0.1", Decimal("0.1")),
        ("-0.0", Decimal(0)),
        ('"0e5"', Decimal(0)),
        ("null", None),
    ],
)
def test_a_cost_is_kept_exactly(text, cost):
    assert check(decode(raw("cost_usd", text)), NOW).cost_usd == cost


@pytest.mark.parametrize(
    ("sent", "tier"),
    [("standard", "standard"), ("default", "standard"), (" AUTO ", "standard"), (" Priority ", "priority")],
)
def test_a_tier_is_written_as_price_lists_write_it(sent, tier):
    assert check(decode(line(service_tier=sent)), NOW).service_tier == tier


@pytest.mark.parametrize("alike", ["litellm:a\x00b:1", "litellm:\ud800:1", "gemini-cli:" + "x" * 300, "é" * 300, ""])
def test_what_ties_an_event_to_others_can_always_be_kept_and_compared(alike):
    def kept(text: str) -> str:
        return check(LEAST | {"ties": Ties(alike=text)}, NOW).ties.alike

    assert len(kept(alike).encode().decode()) <= 300
    assert "\x00" not in kept(alike)
    assert kept(alike) == kept(alike) != kept(f"{alike}x")


@pytest.mark.parametrize("name", ["x" * 200, "é", "模型", "\U0001f600"])
def test_a_name_has_up_to_200_characters_of_any_script(name):
    assert check(decode(line(id=name)), NOW).id == name


def test_an_instant_is_counted_from_1970():
    assert event_rules.since_1970(1_500_000) == "1970-01-01T00:00:01.500000+00:00"


@pytest.mark.parametrize(
    ("event", "changed"),
    [
        ({}, {}),
        ({"cost_usd": None}, {}),
        ({"cost_usd": "0.5", "input_tokens": 3, "cached_input_tokens": 3}, {}),
        ({"cost_usd": -1}, {"cost_usd": None}),
        ({"cost_usd": "much"}, {"cost_usd": None}),
        ({"input_tokens": 4, "cached_input_tokens": 3, "cache_write_tokens": 1}, {}),
        ({"input_tokens": 4, "cached_input_tokens": 3, "cache_write_tokens": 2}, {"input_tokens": 9}),
        ({"cached_input_tokens": 1}, {"input_tokens": 1}),
        ({"cache_write_tokens": 2}, {"input_tokens": 2}),
        (
            {"input_tokens": 3, "cached_input_tokens": 7, "audio_input_tokens": 12},
            {"input_tokens": 10, "audio_input_tokens": 10},
        ),
        ({"output_tokens": 5, "reasoning_tokens": 5, "audio_output_tokens": 5}, {}),
        ({"output_tokens": 5, "reasoning_tokens": 6}, {"reasoning_tokens": 5}),
        ({"input_tokens": 5, "cache_write_tokens": 2, "cache_write_1h_tokens": 3}, {"cache_write_1h_tokens": 2}),
        ({"audio_output_tokens": 1}, {"audio_output_tokens": 0}),
        ({"cost_usd": -1, "reasoning_tokens": 1}, {"cost_usd": None, "reasoning_tokens": 0}),
        ({"cost_usd": -1, "input_tokens": "many", "reasoning_tokens": 9}, {"cost_usd": None}),
        ({"output_tokens": -1, "reasoning_tokens": 9}, {}),
        ({"output_tokens": True, "reasoning_tokens": 9}, {}),
    ],
)
def test_what_a_sender_cannot_mend_is_mended_and_named(event, changed):
    mended = dict(event)
    assert event_rules.mend(mended) == tuple(changed)
    assert mended == event | changed


def test_no_binary_rounding_hides_digits_that_are_too_many():
    assert refusal(raw("cost_usd", "0.30000000000000004")).startswith("cost_usd: must have at most 12 decimal places")


@given(st.decimals(min_value=0, max_value=10**6, places=12, allow_nan=False))
def test_every_cost_of_twelve_places_survives_as_number_and_as_text(cost):
    number, text = (check(decode(raw("cost_usd", form)), NOW).cost_usd for form in (f"{cost:f}", f'"{cost:f}"'))
    assert number == text == cost


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_no_value_in_any_field_is_more_than_refused(value):
    for field in (*LEAST, "input_tokens", "cost_usd", "status", "unknown"):
        assert answer(line(**{field: value})).isprintable()


@given(st.text(max_size=200))
def test_no_text_is_more_than_refused(text):
    with pytest.raises(EventError):
        check(decode(text), NOW)


def test_the_longest_event_there_is_fits_in_a_line():
    from analytics.ingest.files.lines import MAX_LINE

    wide = "\U0001f600" * 200  # twelve bytes each, escaped
    longest = line(id=wide, provider=wide, model=wide, api_key=wide, cost_usd="0." + "1" * 198)
    assert len(longest) < MAX_LINE
    assert event_rules.MAX_TEXT == 200
