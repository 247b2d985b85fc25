"""Why a cost changed: more tokens, dearer models, or a dearer token within a model. Pure and exact.

Price-volume-mix over canonical models, in fractions; the parts sum to the change to the last digit. What each part is
stands in docs/metrics.md, with an example.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import MAX_PREC, Decimal, localcontext
from fractions import Fraction
from typing import Literal

from analytics.list_prices import ClassPrices
from analytics.reporting.sums import Sums

PLACES = 12  # decimals that a cost has
TokenClass = Literal["fresh", "cached", "written", "output"]
CLASSES: tuple[TokenClass, ...] = ("fresh", "cached", "written", "output")
NOTHING = Sums()


@dataclass(frozen=True, slots=True)
class Causes:
    """US dollars; `volume`, `mix`, `rate` and `tokenless` sum exactly to `total`.

    `classes` is the part of `rate` that other shares of the token classes explain, `leading` the class whose share
    explains most of it, None where nothing is explained; `grew`: whether its share did. `unpriced_count` requests of
    either window are not priced and have no part in this.
    """

    total: Decimal
    volume: Decimal
    mix: Decimal
    rate: Decimal
    tokenless: Decimal
    classes: Decimal
    tokens: int = 0  # of the window now
    leading: TokenClass | None = None
    grew: bool = False
    unpriced_count: int = 0


def split(before: Mapping[str, Sums], now: Mapping[str, Sums], prices: Mapping[str, ClassPrices]) -> Causes:
    """The change of cost from `before` to `now`, both by canonical model; `prices` of the models that lists know.

    A model of which nothing is priced in a window is not there in it.
    """
    unpriced = sum(sums.unpriced_count for window in (before, now) for sums in window.values())
    pairs = {key: (_priced(before.get(key)), _priced(now.get(key))) for key in dict.fromkeys((*before, *now))}
    counted = {
        key: pair for key, pair in pairs.items() if not any(sums.cost and not sums.total_tokens for sums in pair)
    }
    tokenless = sum((Fraction(b.cost - a.cost) for key, (a, b) in pairs.items() if key not in counted), Fraction())
    tokens = [sum(pair[window].total_tokens for pair in counted.values()) for window in (0, 1)]
    costs = [sum((Fraction(pair[window].cost) for pair in counted.values()), Fraction()) for window in (0, 1)]
    average = costs[0] / tokens[0] if tokens[0] else Fraction()
    at_old_rates = sum((Fraction(b.total_tokens) * _old_rate(a, b) for a, b in counted.values()), Fraction())
    volume = (tokens[1] - tokens[0]) * average
    mix = at_old_rates - tokens[1] * average
    rate = costs[1] - at_old_rates
    total = sum((b.cost - a.cost for a, b in pairs.values()), Decimal(0))
    explained, moved = _explained(counted, prices)
    leading = max(CLASSES, key=lambda name: abs(explained[name]))
    parts = apportioned((volume, mix, rate, tokenless), total, PLACES)
    classes = sum(explained.values(), Fraction())
    return Causes(
        total=total,
        volume=parts[0],
        mix=parts[1],
        rate=parts[2],
        tokenless=parts[3],
        classes=_scaled(round(classes * 10**PLACES), PLACES),
        leading=leading if explained[leading] else None,
        grew=moved[leading] > 0,
        unpriced_count=unpriced,
        tokens=tokens[1],
    )


def apportioned(parts: tuple[Fraction, ...], total: Decimal, places: int) -> tuple[Decimal, ...]:
    """`parts` rounded to so many decimals; what is then missing to `total` goes to the largest, the first of equals.

    >>> apportioned((Fraction(1, 3), Fraction(1, 3), Fraction(1, 3)), Decimal(1), 2)
    (Decimal('0.34'), Decimal('0.33'), Decimal('0.33'))
    """
    rounded = [round(part * 10**places) for part in parts]
    largest = max(range(len(parts)), key=lambda index: abs(parts[index]))
    rounded[largest] += round(Fraction(total) * 10**places) - sum(rounded)
    return tuple(_scaled(number, places) for number in rounded)


def _scaled(number: int, places: int) -> Decimal:
    """As many decimals of a whole number; no digit is lost, whatever its size."""
    with localcontext() as context:
        context.prec = MAX_PREC
        return Decimal(number).scaleb(-places)


def _priced(sums: Sums | None) -> Sums:
    return NOTHING if sums is None or sums.none_priced else sums


def _old_rate(before: Sums, now: Sums) -> Fraction:
    """US dollars a token in the window before; of a model that is new, its own."""
    sums = before if before.total_tokens else now
    return Fraction(sums.cost) / sums.total_tokens if sums.total_tokens else Fraction()


def _explained(
    counted: Mapping[str, tuple[Sums, Sums]], prices: Mapping[str, ClassPrices]
) -> tuple[dict[TokenClass, Fraction], dict[TokenClass, Fraction]]:
    """Per class, what its other share of a model's tokens changed: in the proportions of the list's prices, at the
    level of what was paid before; and how many of the tokens now are of it because its share is another."""
    found: dict[TokenClass, Fraction] = dict.fromkeys(CLASSES, Fraction())
    moved = found.copy()
    for key, (before, now) in counted.items():
        listed = prices.get(key)
        if listed is None or not before.total_tokens or not now.total_tokens:
            continue
        were, are = _shares(before), _shares(now)
        price = {name: Fraction(getattr(listed, name)) for name in CLASSES}
        usual = sum((were[name] * price[name] for name in CLASSES), Fraction())
        if not usual:
            continue
        level = now.total_tokens * _old_rate(before, now) / usual
        for name in CLASSES:
            # Against the average price: more of a class that is cheaper than it lowers the rate.
            found[name] += level * (are[name] - were[name]) * (price[name] - usual)
            moved[name] += now.total_tokens * (are[name] - were[name])
    return found, moved


def _counts(sums: Sums) -> dict[TokenClass, int]:
    read, written = sums.cached_input_tokens, sums.cache_write_tokens
    fresh = sums.input_tokens - read - written
    return {"fresh": fresh, "cached": read, "written": written, "output": sums.output_tokens}


def _shares(sums: Sums) -> dict[TokenClass, Fraction]:
    return {name: Fraction(count, sums.total_tokens) for name, count in _counts(sums).items()}
