"""What one request costs at known prices, worked out by hand."""

from dataclasses import fields, replace
from decimal import Decimal

import pytest

from analytics.ledger.rates import Rates, tier_of
from tests.analytics.ledger.priced import asked

# Each kind of token has a price of its own, so that none passes for another.
RATES = Rates(
    input=Decimal(2),
    output=Decimal(10),
    cached=Decimal("0.5"),
    cache_write=Decimal(3),
    cache_write_1h=Decimal(4),
    reasoning=Decimal(20),
    audio_input=Decimal(30),
    audio_output=Decimal(40),
    cached_audio=Decimal(7),
)
FREE = Rates(**{field.name: Decimal(0) for field in fields(Rates)})


@pytest.mark.parametrize(
    ("known", "millionths"),
    [
        # 1,000 in and 100 out, of which these are parts.
        ({}, 1000 * 2 + 100 * 10),
        ({"output_tokens": 0}, 1000 * 2),
        ({"input_tokens": 0}, 100 * 10),
        ({"cached_input_tokens": 300}, 700 * 2 + 300 * 0.5 + 100 * 10),
        ({"cached_input_tokens": 1000}, 1000 * 0.5 + 100 * 10),
        ({"cache_write_tokens": 400}, 600 * 2 + 400 * 3 + 100 * 10),
        ({"cache_write_tokens": 400, "cache_write_1h_tokens": 100}, 600 * 2 + 300 * 3 + 100 * 4 + 100 * 10),
        ({"cache_write_tokens": 400, "cache_write_1h_tokens": 400}, 600 * 2 + 400 * 4 + 100 * 10),
        ({"audio_input_tokens": 500}, 500 * 2 + 500 * 30 + 100 * 10),
        ({"reasoning_tokens": 60}, 1000 * 2 + 40 * 10 + 60 * 20),
        ({"audio_output_tokens": 30}, 1000 * 2 + 70 * 10 + 30 * 40),
        ({"audio_output_tokens": 30, "reasoning_tokens": 60}, 1000 * 2 + 10 * 10 + 60 * 20 + 30 * 40),
        # Reasoning that is spoken is paid as speech.
        ({"audio_output_tokens": 30, "reasoning_tokens": 100}, 1000 * 2 + 70 * 20 + 30 * 40),
        ({"audio_output_tokens": 100, "reasoning_tokens": 100}, 1000 * 2 + 100 * 40),
        ({"audio_output_tokens": 200}, 1000 * 2 + 100 * 40),  # more than there was
        # Audio that must have been read from the cache, or written to it, for else the input had more parts than it is.
        (
            {"cached_input_tokens": 800, "audio_input_tokens": 500},
            500 * 0.5 + 300 * 7 + 200 * 30 + 100 * 10,
        ),
        ({"cache_write_tokens": 800, "audio_input_tokens": 500}, 800 * 3 + 200 * 30 + 100 * 10),
        (
            {"cached_input_tokens": 200, "cache_write_tokens": 700, "audio_input_tokens": 500},
            200 * 7 + 700 * 3 + 100 * 30 + 100 * 10,
        ),
    ],
)
def test_each_kind_of_token_costs_its_own_price(known, millionths):
    assert RATES.cost(asked("openai", "gpt-4o", **known)) == Decimal(str(millionths)) / 10**6


def test_a_price_of_each_request_is_added_once():
    rates = replace(RATES, request=Decimal("0.01"))
    assert rates.cost(asked("openai", "gpt-4o")) == Decimal("0.013")


@pytest.mark.parametrize(("tokens", "cost"), [(1, "0E-12"), (2, "1E-12"), (3, "2E-12"), (5, "2E-12"), (7, "4E-12")])
def test_a_cost_is_rounded_to_twelve_places_half_of_the_last_one_to_even(tokens, cost):
    rates = replace(FREE, input=Decimal("0.0000005"))  # half of the last place each
    found = rates.cost(asked("openai", "gpt-4o", input_tokens=tokens, output_tokens=0))
    assert str(found) == cost


def test_a_large_request_at_a_large_price_is_exact():
    rates = replace(FREE, input=Decimal("999999.999999"), output=Decimal("0.000001"))
    usage = asked("openai", "gpt-4o", input_tokens=10**12, output_tokens=10**12)
    assert rates.cost(usage) == Decimal("999999999999") + Decimal(1)


NOTHING = {"input_tokens": 0, "output_tokens": 0}


@pytest.mark.parametrize(
    ("rates", "known", "cost"),
    [
        (RATES, {}, None),  # an answer used some, and what they cost is not zero
        (RATES, {"is_error": True}, Decimal(0)),
        (FREE, {}, Decimal(0)),
        (replace(FREE, request=Decimal(1)), {}, None),
        (replace(FREE, audio_output=Decimal(1)), {}, None),
    ],
)
def test_an_answer_without_tokens_costs_nothing_only_if_it_failed_or_all_is_free(rates, known, cost):
    assert rates.cost(asked("openai", "gpt-4o", **NOTHING | known)) == cost


@pytest.mark.parametrize(
    ("said", "tier"),
    [
        (None, ""),
        ("", ""),
        ("Standard", ""),
        (" standard_only ", ""),
        ("ON_DEMAND", ""),
        ("none", ""),
        (" Flex ", "flex"),
        ("Priority", "priority"),
        ("of a kind nobody knows", "of a kind nobody knows"),
    ],
)
def test_the_ordinary_tier_has_one_name_and_every_other_its_own(said, tier):
    assert tier_of(said) == tier
