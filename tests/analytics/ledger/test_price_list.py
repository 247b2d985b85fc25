"""The public price list: a model is found as the list itself finds it, under the longest name that it knows."""

from decimal import Decimal

import pytest
from genai_prices import types
from genai_prices.data import providers as published

from analytics.ledger import price_list
from analytics.ledger.price_list import RESELLERS, offers_of, offers_of_anybody
from tests.analytics.ledger.priced import LISTED

BY_ID = {provider.id: provider for provider in published}


def found_by_the_list(provider: types.Provider, name: str) -> types.ModelInfo | None:
    return next((model for model in provider.models if model.is_match(name)), None)


@pytest.mark.slow
def test_every_name_of_the_list_is_found_as_the_list_finds_it():
    shelves = price_list._shelves()
    names = {name.lower() for _, _, name in LISTED[::7]} | {"", "x", "a/b:c@d", "gemini", "us.anthropic.", "claude-x"}
    wrong = [
        (key, name)
        for key, shelf in shelves.items()
        for name in names | {name.lower() for provider, _, name in LISTED if provider.id == key}
        if shelf.find(name) is not found_by_the_list(BY_ID[key], name)
    ]
    assert wrong == []


@pytest.mark.parametrize(("name", "place"), [("a-x", 0), ("a-y", 1), ("a", 1), ("b-x", 2), ("b", None)])
def test_where_several_models_match_the_first_of_the_list_counts(name, place):
    matches = [
        types.ClauseEquals("a-x"),
        types.ClauseStartsWith("a"),
        types.ClauseEndsWith("x"),
        types.ClauseEquals("a"),
    ]
    models = [types.ModelInfo(str(number), match) for number, match in enumerate(matches)]
    shelf = price_list._shelf(types.Provider("p", "P", "", models=models))
    assert shelf.find(name) is (None if place is None else models[place])


def shelf_of(**prices: int) -> price_list.Shelf:
    """Of models with these ids (an underscore stands for a dash) and these prices of input."""
    models = [
        types.ModelInfo(
            name.replace("_", "-"),
            types.ClauseEquals(name.replace("_", "-")),
            prices=types.ModelPrice(input_mtok=Decimal(price)),
        )
        for name, price in prices.items()
    ]
    return price_list._shelf(types.Provider("p", "P", "", models=models))


@pytest.mark.parametrize(
    ("prices", "found"),
    [
        ({"lodge_20250929": 3}, "lodge-20250929"),
        ({"lodge_20250929": 3, "lodge_20240101": 3}, "lodge-20250929"),
        ({"lodge_20250929": 3, "lodge_20240101": 4}, None),  # which of the two nobody says
        ({"cabin_20250929": 3}, None),
    ],
)
def test_a_canonical_name_is_a_models_where_all_that_have_it_ask_the_same(prices, found):
    model = shelf_of(**prices).of_one_canonical("lodge")
    assert (model and model.id) == found


def named(offers: list[price_list.Offer]) -> list[tuple[str, str, bool]]:
    return [(offer.provider, offer.model.id, offer.lent) for offer in offers]


@pytest.mark.parametrize(
    ("provider", "model", "found"),
    [
        ("openai", "gpt-4o", [("openai", "gpt-4o", False)]),
        ("openai", "openai/GPT-4o", [("openai", "gpt-4o", False)]),
        ("openai", "gpt-4o-2024-05-13", [("openai", "gpt-4o-2024-05-13", False)]),
        ("openai", "gpt-4o-20240513", [("openai", "gpt-4o-2024-05-13", False)]),  # the list's own way to write a date
        # Azure has models of others, at the makers' prices.
        ("azure", "gpt-4o", [("openai", "gpt-4o", True)]),
        ("azure", "claude-sonnet-4-5", [("anthropic", "claude-sonnet-4-5", True)]),
        ("openai", "claude-sonnet-4-5", []),
        ("openai", "nobody-has-it", []),
        ("nobody", "gpt-4o", []),
        ("ollama", "gpt-oss:20b", []),
    ],
)
def test_a_provider_offers_a_model_at_most_once(provider, model, found):
    assert named(offers_of(provider, model)) == found


def test_hugging_face_asks_every_host_that_has_the_model():
    offers = offers_of("huggingface", "meta-llama/Llama-3.3-70B-Instruct")
    assert len(offers) > 1
    assert {offer.provider.partition("_")[0] for offer in offers} == {"huggingface"}
    assert {offer.model.id for offer in offers} == {"meta-llama/Llama-3.3-70B-Instruct"}


def test_of_anybody_those_are_asked_that_know_the_longest_form_of_the_name():
    assert named(offers_of_anybody("gpt-4o")) == named(offers_of_anybody("some/path/to/GPT-4o"))
    assert ("openai", "gpt-4o", False) in named(offers_of_anybody("gpt-4o"))
    routed = offers_of_anybody("deepseek/deepseek-r1:free")
    assert named(routed) == [("openrouter", "deepseek/deepseek-r1:free", False)]
    assert offers_of_anybody("nobody-has-it") == []


def test_what_a_reseller_asks_for_its_subscription_is_nobody_elses_price():
    sold = {(provider.id, model.id) for provider in published if provider.id in RESELLERS for model in provider.models}
    assert {provider for provider, _model in sold} == RESELLERS
    asked = {offer.provider for _provider, model in sold for offer in offers_of_anybody(model)}
    assert asked
    assert RESELLERS.isdisjoint(asked)
