"""Who may not know the ledger asks it for prices by what is connected."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from analytics import list_prices
from analytics.list_prices import ClassPrices

AT = datetime(2026, 11, 18, 12, tzinfo=UTC)
ONE = ClassPrices(Decimal(2), Decimal("0.5"), Decimal(3), Decimal(8))


@pytest.fixture(autouse=True)
def _nothing_connected(monkeypatch) -> None:
    monkeypatch.setattr(list_prices, "_connected", [])


def test_who_is_connected_is_asked_for_these_names_at_this_time():
    heard = []

    def lookup(names, at):
        heard.append((names, at))
        return {"gpt-5.5": ONE}

    list_prices.connect(lookup)
    names = {"gpt-5.5": ("openai/gpt-5.5",), "house": ()}
    assert list_prices.class_prices(names, AT) == {"gpt-5.5": ONE}
    assert heard == [(names, AT)]


def test_who_is_connected_last_is_asked_alone():
    asked = []
    for name in ("first", "second"):
        list_prices.connect(lambda names, at, name=name: asked.append(name) or {})
    list_prices.class_prices({}, AT)
    assert asked == ["second"]


def test_where_nobody_is_connected_it_is_an_error_and_not_a_list_without_prices():
    with pytest.raises(IndexError):
        list_prices.class_prices({"gpt-5.5": ()}, AT)
