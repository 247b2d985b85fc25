"""What a request costs, by the price book first and the catalogue second: which row holds, and how it is added up."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.ledger.prices import Estimate, PriceBook, PriceRow, _book_rates, book_for
from analytics.models import CostSource, Price
from tests.analytics.ledger.priced import asked

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def catalogue_on(settings):
    settings.CATALOGUE = True


def row(model="house-model", provider="openai", since="2026-01-01", fresh="1", output="4", **known) -> Price:
    return Price.objects.create(
        provider=provider,
        model=model,
        valid_from=date.fromisoformat(since),
        input_usd_per_1m=fresh,
        output_usd_per_1m=output,
        **known,
    )


def estimate(usage) -> Estimate | None:
    return book_for([(usage.provider, usage.model)]).estimate(usage)


def cost(*names, **known) -> Decimal | None:
    found = estimate(asked(*names, **known))
    return found and found.cost


def by_book(text: str) -> Estimate:
    return Estimate(Decimal(text), CostSource.BOOK)


def test_the_book_goes_before_the_catalogue_and_what_it_does_not_know_is_the_catalogues():
    row("gpt-4o")
    assert estimate(asked("openai", "gpt-4o-2024-08-06")) == by_book("0.0014")
    assert estimate(asked("openai", "gpt-4o-mini")) == Estimate(Decimal("0.00021"), CostSource.CATALOGUE)
    assert estimate(asked("azure", "gpt-4o")) == Estimate(Decimal("0.0035"), CostSource.CATALOGUE)
    assert estimate(asked("openai", "house-model-2")) is None


def test_without_the_catalogue_only_the_book_is_asked(settings):
    settings.CATALOGUE = False
    row("gpt-4o")
    assert estimate(asked("openai", "gpt-4o")) == by_book("0.0014")
    assert estimate(asked("openai", "gpt-4o-mini")) is None


def test_a_price_of_the_book_that_is_not_valid_yet_leaves_it_to_the_catalogue():
    row("gpt-4o", since="2026-11-21")
    assert estimate(asked("openai", "gpt-4o")).source == CostSource.CATALOGUE
    assert estimate(asked("openai", "gpt-4o", "2026-11-21T00:00:00+00:00")) == by_book("0.0014")


KINDS = {"cached_input_tokens": 300, "cache_write_tokens": 400, "cache_write_1h_tokens": 100}


@pytest.mark.parametrize(
    ("amounts", "paid"),
    [
        # 300 fresh, 300 read, 300 written for minutes, 100 for an hour, 100 out.
        ({}, 1000 * 1 + 100 * 4),
        ({"cached_input_usd_per_1m": "0.5"}, 700 * 1 + 300 * 0.5 + 100 * 4),
        ({"cache_write_usd_per_1m": "3"}, 600 * 1 + 400 * 3 + 100 * 4),
        ({"cache_write_1h_usd_per_1m": "5"}, 900 * 1 + 100 * 5 + 100 * 4),
        ({"cache_write_usd_per_1m": "3", "cache_write_1h_usd_per_1m": "5"}, 600 + 300 * 3 + 100 * 5 + 100 * 4),
        ({"cached_input_usd_per_1m": "0", "cache_write_usd_per_1m": "0"}, 300 + 100 * 4),
    ],
)
def test_an_empty_cache_price_is_that_of_what_it_is_part_of(amounts, paid):
    row(**amounts)
    assert cost("openai", "house-model", **KINDS) == Decimal(str(paid)) / 10**6


def test_reasoning_and_audio_cost_what_output_and_input_do():
    row()
    known = {"reasoning_tokens": 60, "audio_output_tokens": 30, "audio_input_tokens": 1000, **KINDS}
    assert cost("openai", "house-model", **known) == Decimal("0.0014")


@pytest.mark.parametrize(
    ("tokens", "each"), [(0, 1), (200_000, 1), (200_001, 2), (1_000_000, 2), (1_000_001, 3), (10**12, 3)]
)
def test_a_row_above_a_number_of_input_tokens_holds_for_all_of_a_larger_request(tokens, each):
    for above, price in ((1_000_000, "3"), (0, "1"), (200_000, "2")):
        row(above_input_tokens=above, fresh=price)
    assert cost("openai", "house-model", input_tokens=tokens) == (tokens * each + Decimal(400)) / 10**6


def test_each_step_holds_until_a_newer_row_of_the_same_step():
    row()
    row(above_input_tokens=500, fresh="2")
    row(since="2026-06-01", fresh="0.5")
    assert cost("openai", "house-model", input_tokens=400) == Decimal("0.0006")
    assert cost("openai", "house-model", input_tokens=1000) == Decimal("0.0024")


@pytest.mark.parametrize(
    ("tier", "paid"),
    [
        ("", "0.0014"),
        ("standard", "0.0014"),
        ("default", "0.0014"),
        ("auto", "0.0014"),
        ("batch", "0.0009"),
        ("Batch", "0.0009"),
        ("flex", "0.0014"),  # no row of its own: the site's ordinary price
        ("priority", "0.0014"),
    ],
)
def test_a_tier_has_its_row_or_the_ordinary_one(tier, paid):
    row()
    row(tier="batch", fresh="0.5")
    assert cost("openai", "house-model", service_tier=tier) == Decimal(paid)


def test_an_ordinary_request_is_not_priced_by_a_tiers_row():
    row(tier="batch")
    assert cost("openai", "house-model") is None


@pytest.mark.parametrize("kept", ["bedrock", "aws", "amazon-bedrock"])
@pytest.mark.parametrize("sent", ["bedrock", "aws", "aws.bedrock", "amazon-bedrock", "AWS", "bedrock_converse"])
def test_a_row_holds_for_every_name_of_its_provider(kept, sent):
    row(provider=kept)
    assert cost(sent, "house-model") == Decimal("0.0014")


def test_the_row_of_the_very_name_that_was_sent_goes_first():
    row(provider="bedrock")
    row(provider="aws", fresh="2", since="2026-02-01")
    assert cost("bedrock", "house-model") == Decimal("0.0014")
    assert cost("aws", "house-model") == Decimal("0.0024")


def test_a_snapshots_or_regions_own_row_goes_before_the_models():
    row("gpt-4o")
    row("gpt-4o-2024-05-13", fresh="5")
    assert cost("openai", "gpt-4o") == Decimal("0.0014")
    assert cost("openai", "openai/gpt-4o-2024-08-06") == Decimal("0.0014")
    assert cost("openai", "openai/gpt-4o-2024-05-13") == Decimal("0.0054")


@pytest.mark.parametrize("provider", ["strands-agents", "unknown", "litellm", "acme-gateway"])
def test_of_an_unknown_provider_a_model_costs_what_all_rows_say(provider):
    row()
    assert cost(provider, "house-model") == Decimal("0.0014")
    row(provider="azure")
    assert cost(provider, "house-model") == Decimal("0.0014")
    row(provider="openrouter", fresh="2")
    assert cost(provider, "house-model") is None


def test_a_provider_nobody_knows_has_the_rows_under_its_name():
    row()
    row(provider="acme-gateway", fresh="7")
    assert cost("Acme-Gateway", "house-model") == Decimal("0.0074")


def test_a_local_server_is_priced_by_the_book():
    assert cost("ollama", "gpt-4o") is None
    row("gpt-4o", provider="ollama", fresh="0", output="0")
    assert estimate(asked("ollama", "gpt-4o")) == by_book("0")


@pytest.mark.parametrize(
    ("known", "amount", "paid"),
    [({}, "1", None), ({"is_error": True}, "1", 0), ({}, "0", 0), ({"output_tokens": 1}, "1", Decimal("0.000001"))],
)
def test_an_answer_that_says_no_tokens_has_no_price(known, amount, paid):
    row(fresh=amount, output=amount)
    assert cost("openai", "house-model", **{"input_tokens": 0, "output_tokens": 0} | known) == paid


def test_an_answer_without_tokens_that_the_book_knows_is_not_asked_of_the_catalogue():
    row("deepseek/deepseek-r1:free", provider="openrouter")
    none = {"input_tokens": 0, "output_tokens": 0}
    assert cost("openrouter", "deepseek/deepseek-r1:free", **none) is None


def test_the_book_is_read_in_one_statement(django_assert_num_queries):
    row()
    with django_assert_num_queries(1):
        book = book_for(("openai", f"house-model-{number}") for number in range(100))
    with django_assert_num_queries(0):
        assert book.estimate(asked("openai", "house-model-1")) is None
        assert book_for([]).estimate(asked("openai", "gpt-4o")) is not None


amounts = st.decimals(0, 10**6, places=6)
maybe = st.none() | amounts
counts = st.integers(0, 10**11)


@st.composite
def usages(draw):
    fresh, cached, written, hour, plain, thought = (draw(counts) for _ in range(6))
    return asked(
        "openai",
        "house-model",
        input_tokens=fresh + cached + written + hour,
        output_tokens=plain + thought,
        cached_input_tokens=cached,
        cache_write_tokens=written + hour,
        cache_write_1h_tokens=hour,
        reasoning_tokens=thought,
    )


def book(*rows: tuple[int, tuple]) -> PriceBook:
    kept = [
        PriceRow("openai", "house-model", date(2026, 1, 1), "", above, _book_rates(*values)) for above, values in rows
    ]
    return PriceBook({"house-model": kept}, with_catalogue=False)


PRICES = st.tuples(amounts, maybe, maybe, maybe, amounts)


@given(usages(), PRICES)
def test_an_estimate_is_the_sum_over_its_tokens_exactly(usage, prices):
    fresh, cached, written, hour, output = prices
    written = fresh if written is None else written
    each = (
        (usage.input_tokens - usage.cached_input_tokens - usage.cache_write_tokens, fresh),
        (usage.cached_input_tokens, fresh if cached is None else cached),
        (usage.cache_write_tokens - usage.cache_write_1h_tokens, written),
        (usage.cache_write_1h_tokens, written if hour is None else hour),
        (usage.output_tokens, output),
    )
    exact = sum(tokens * Fraction(price) for tokens, price in each) / 10**6
    found = book((0, prices)).estimate(usage)
    tokens = usage.input_tokens + usage.output_tokens
    assert (found and Fraction(found.cost)) == (exact if tokens or not any(price for _, price in each) else None)


@given(usages(), usages(), PRICES)
def test_two_halves_cost_what_the_whole_does(one, other, prices):
    both = asked(
        "openai",
        "house-model",
        **{
            name: getattr(one, name) + getattr(other, name)
            for name in ("input_tokens", "output_tokens", "reasoning_tokens", *KINDS)
        },
    )
    prices = tuple(price and price / 16 // Decimal("1E-6") * Decimal("1E-6") for price in prices)
    cheap = book((0, prices))
    costs = [found.cost for usage in (one, other) if (found := cheap.estimate(usage))]
    whole = cheap.estimate(both)
    assert sum(costs) == (whole.cost if whole else 0)


@given(usages(), PRICES, PRICES, st.integers(1, 10**12))
def test_a_step_is_all_or_nothing(usage, below, above, border):
    found = book((0, below), (border, above)).estimate(usage)
    expected = book((0, above if usage.input_tokens > border else below)).estimate(usage)
    assert found == expected
