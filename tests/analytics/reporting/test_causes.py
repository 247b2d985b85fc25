"""Why a cost changed: the parts sum to the change to the last digit, and each is what it is called."""

import re
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.list_prices import ClassPrices
from analytics.reporting.causes import apportioned, split
from analytics.reporting.sums import Sums
from tests.servers import ROOT

LISTED = ClassPrices(fresh=Decimal(2), cached=Decimal("0.2"), written=Decimal("2.5"), output=Decimal(8))


def used(cost, tokens: int, output: int = 0, cached: int = 0, requests: int = 1, unpriced: int = 0) -> Sums:
    return Sums(
        request_count=requests,
        unpriced_count=unpriced,
        input_tokens=tokens - output,
        output_tokens=output,
        cached_input_tokens=cached,
        cost=Decimal(cost),
    )


COSTS = st.decimals(0, 10**6, places=12)
TOKENS = st.integers(0, 10**12)


@st.composite
def sums(draw) -> Sums:
    read, written, fresh, output = (draw(TOKENS) for _ in range(4))
    requests = draw(st.integers(0, 3))
    return Sums(
        request_count=requests,
        unpriced_count=draw(st.integers(0, requests)),
        input_tokens=read + written + fresh,
        output_tokens=output,
        cached_input_tokens=read,
        cache_write_tokens=written,
        cost=draw(COSTS),
    )


MODELS = ["a", "b", "c", "d"]
# What few examples have by themselves: several models in both windows, of odd numbers.
ORDINARY = st.builds(used, COSTS.filter(bool), st.integers(7, 10**9))
WINDOW = st.dictionaries(st.sampled_from(MODELS), sums()) | st.fixed_dictionaries(dict.fromkeys(MODELS, ORDINARY))
PRICES = st.dictionaries(st.sampled_from(["a", "b"]), st.builds(ClassPrices, COSTS, COSTS, COSTS, COSTS))


@settings(deadline=None)
@given(WINDOW, WINDOW, PRICES)
def test_the_causes_sum_to_the_change_to_the_last_digit(before, now, prices):
    found = split(before, now, prices)
    priced = [sum((one.cost for one in window.values() if not one.none_priced), Decimal(0)) for window in (before, now)]
    assert found.total == priced[1] - priced[0]
    assert sum(map(Fraction, (found.volume, found.mix, found.rate, found.tokenless))) == Fraction(found.total)


def printed(beginning: str) -> list[Decimal]:
    """The results, in bold, of the paragraph of docs/metrics.md that begins so."""
    text = (ROOT / "docs" / "metrics.md").read_text()
    paragraph = text[text.index(beginning) :].split("\n\n")[0]
    return [
        Decimal(found.replace("−", "-").replace("$", "")) for found in re.findall(r"\*\*(−?\$[\d.]+)\*\*", paragraph)
    ]


M = 1_000_000
SMALL_AND_LARGE = (
    {"small": used(10, 10 * M), "large": used(40, 10 * M)},
    {"small": used(12, 10 * M), "large": used(80, 20 * M)},
)
CHAT = {"small": used(10, 10 * M), "large": used(20, 5 * M)}, {"small": used(12, 10 * M), "large": used(20, 5 * M)}
SEARCH = {"large": used(20, 5 * M)}, {"large": used(60, 15 * M)}


def test_the_examples_of_the_docs():
    found = split(*SMALL_AND_LARGE, {})
    assert printed("By hand: before") == [found.volume, found.mix, found.rate]
    assert found.total == 42
    per_million = [round(Fraction(part) * M / found.tokens, 4) for part in (found.mix, found.rate)]
    assert printed("Of cost per 1M tokens, the same") == [Decimal("0.50"), Decimal("0.0667")]
    assert per_million == [Fraction("0.5"), Fraction("0.0667")]
    chat, search = split(*CHAT, {}), split(*SEARCH, {})
    assert printed("By hand, the same example by project") == [search.volume, chat.rate]
    assert (chat.volume, chat.mix, search.mix, search.rate, chat.total + search.total) == (0, 0, 0, 0, 42)


@pytest.mark.parametrize(("level", "rate"), [("1", "-0.90"), ("0.5", "-0.45")])
def test_the_example_of_the_docs_of_what_more_cache_explains(level, rate):
    before, now = used(2 * Decimal(level), M), used(Decimal("1.10") * Decimal(level), M, cached=M // 2)
    found = split({"a": before}, {"a": now}, {"a": LISTED})
    assert found.rate == found.classes == Decimal(rate)
    assert (found.leading, found.grew) == ("cached", True)
    assert printed("And of the rate, by hand") == [Decimal("-0.90")] * 2


@pytest.mark.parametrize(
    ("before", "now", "parts"),
    [
        ({"a": used(10, 100)}, {"a": used(20, 200)}, (10, 0, 0)),  # more of the same
        ({"a": used(10, 100)}, {"a": used(15, 100)}, (0, 0, 5)),  # the same, dearer
        ({"a": used(10, 100)}, {"b": used(30, 100)}, (0, 20, 0)),  # one gone, a dearer one new
        ({"a": used(10, 100)}, {}, (-10, 0, 0)),  # all gone
        ({}, {"a": used(10, 100)}, (0, 10, 0)),  # all new
        ({"a": used(10, 100)}, {"a": used(0, 100, unpriced=1)}, (-10, 0, 0)),  # without a price it is not there
    ],
)
def test_each_cause_is_what_it_is_called(before, now, parts):
    found = split(before, now, {})
    assert (found.volume, found.mix, found.rate) == parts


def test_what_costs_without_tokens_stands_by_itself():
    found = split({"a": used(10, 100), "image": used(3, 0)}, {"a": used(20, 200), "image": used(7, 0)}, {})
    assert (found.volume, found.tokenless, found.total) == (10, 4, 14)


@pytest.mark.parametrize(
    ("cached", "classes", "leading", "grew"), [(500, "-0.90", "cached", True), (0, "0", None, False)]
)
def test_more_cache_explains_a_lower_rate(cached, classes, leading, grew):
    """1,000 tokens at 2 each; half of them then at 0.2."""
    found = split(
        {"a": used(2000, 1000)}, {"a": used(2000 - cached * Decimal("1.8"), 1000, cached=cached)}, {"a": LISTED}
    )
    assert found.rate == found.classes == Decimal(classes) * 1000
    assert (found.leading, found.grew) == (leading, grew)


def test_at_half_the_lists_prices_other_shares_explain_half_as_much():
    found = split({"a": used(1000, 1000)}, {"a": used(550, 1000, cached=500)}, {"a": LISTED})
    assert found.rate == found.classes == -450


def test_what_has_no_price_is_counted():
    window = {"a": used(1, 10), "b": used(0, 50, requests=3, unpriced=3)}
    assert split(window, window, {}).unpriced_count == 6


def test_what_is_lost_by_rounding_goes_to_the_largest_part():
    assert apportioned((Fraction(2, 3), Fraction(-1, 3)), Decimal("0.33"), 2) == (Decimal("0.66"), Decimal("-0.33"))
