"""What lists ask for a token of each class."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from analytics import list_prices
from analytics.ledger.class_prices import lookup
from analytics.models import Price

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 18, 12, tzinfo=UTC)


def test_the_price_book_says_what_a_token_of_each_class_costs():
    Price.objects.create(
        provider="openai",
        model="house-model",
        valid_from=date(2026, 1, 1),
        input_usd_per_1m=2,
        cached_input_usd_per_1m=Decimal("0.5"),
        output_usd_per_1m=8,
    )
    found = list_prices.class_prices({"house-model": ("openai/House-Model",), "nobody-knows-it": ()}, AT)
    assert list(found) == ["house-model"]
    listed = found["house-model"]
    assert (listed.cached / listed.fresh, listed.written / listed.fresh, listed.output / listed.fresh) == (
        Decimal("0.25"),
        1,
        4,
    )


@pytest.mark.parametrize(("catalogue", "known"), [(True, {"claude-sonnet-4-5"}), (False, set())])
def test_else_the_catalogue_if_it_is_on(settings, catalogue, known):
    settings.CATALOGUE = catalogue
    assert set(lookup({"claude-sonnet-4-5": ("claude-sonnet-4-5-20250929",)}, AT)) == known
