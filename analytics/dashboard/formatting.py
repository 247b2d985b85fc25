"""Numbers and names as people read them. Pure; every number that is drawn or written comes from here.

Sums stay exact until here and are rounded once, half up.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from analytics.metrics import Unit
from analytics.reporting.sums import MILLION, Number, percent

DASH, MINUS = "–", "−"
SCALES = ((Decimal(10) ** 12, "T"), (Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "K"))
_SCALES = [(int(scale), suffix) for scale, suffix in reversed(SCALES)]
CENT = Decimal("0.01")


@cache
def _unit(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


def _round(number: Number, places: int) -> Decimal:
    return Decimal(number).quantize(_unit(places), ROUND_HALF_UP)


def _scaled(number: Number, places: dict[str, int]) -> str:
    """`number` in the unit in which it, rounded, stays below 1000; `places` are each unit's decimals, above 0.

    Reckoned in whole numbers, in half of the time that decimals take; half up as they are.
    """
    for scale, suffix in _SCALES:
        if number >= scale * 1000 and suffix != "T":
            continue
        digits = places[suffix]
        parts = (int(number * 2 * 10**digits // scale) + 1) // 2
        if parts < 10 ** (digits + 3) or suffix == "T":
            whole, rest = divmod(parts, 10**digits)
            return f"{whole:,}.{rest:0{digits}d}{suffix}"
    raise AssertionError("the largest unit takes everything")


def money(amount: Number) -> str:
    """US dollars: two decimals, below a cent two significant digits; $0.00 is exactly zero.

    >>> money(Decimal("1234.555")), money(Decimal("0.0042")), money(Decimal("0.0000012")), money(Decimal(-12))
    ('$1,234.56', '$0.0042', '$0.0000012', '−$12.00')
    """
    if CENT <= amount < 999:  # as most are: neither a sign nor a separator, and never rounded to nothing
        return f"${Decimal(amount).quantize(CENT, ROUND_HALF_UP)}"
    sign, size = (MINUS if amount < 0 else ""), abs(Decimal(amount))
    places = 2
    if 0 < size < CENT:
        places = 1 - size.adjusted()
        # 0.00999 has two significant digits only as 0.01
        places = places if _round(size, places) < CENT else 2
    return f"{sign}${_round(size, places):,f}"


def money_short(amount: Number) -> str:
    """As `money`, from a million on compact.

    >>> money_short(Decimal("999999.99")), money_short(Decimal("999999.996")), money_short(Decimal(1234567))
    ('$999,999.99', '$1.0M', '$1.2M')
    """
    if abs(_round(amount, 2)) < MILLION:
        return money(amount)
    return f"{MINUS if amount < 0 else ''}${_scaled(abs(Decimal(amount)), {'K': 1, 'M': 1, 'B': 1, 'T': 1})}"


def requests_short(number: Number) -> str:
    """
    >>> requests_short(9_999), requests_short(474_385), requests_short(2_043_712), requests_short(12_400_000)
    ('9,999', '474.4K', '2.04M', '12.4M')
    """
    if number < 10_000:
        return f"{number:,}"
    places = 2 if _round(Decimal(number) / MILLION, 2) < 10 else 1
    return _scaled(number, {"K": 1, "M": places, "B": 2, "T": 2})


def requests(number: Number) -> str:
    """
    >>> requests(2_043_712), requests(12_400_000)
    ('2,043,712', '12.4M')
    """
    return f"{number:,}" if number < 10_000_000 else requests_short(number)


def tokens(number: Number) -> str:
    """
    >>> tokens(8_412), tokens(16_400), tokens(999_995), tokens(1_020_000_000)
    ('8,412', '16.4K', '1.00M', '1.02B')
    """
    return f"{number:,}" if number < 10_000 else _scaled(number, {"K": 1, "M": 2, "B": 2, "T": 2})


def percentage(number: Number) -> str:
    """
    >>> percentage(Decimal("34.25")), percentage(Decimal("0.04")), percentage(0)
    ('34.3%', '<0.1%', '0.0%')
    """
    return "<0.1%" if 0 < number < Decimal("0.1") else f"{_round(number, 1)}%"


Formatter = Callable[[Number], str]
_AMOUNTS: dict[Unit, Formatter] = {"usd": money, "requests": requests, "tokens": tokens, "percent": percentage}
_HEADLINES: dict[Unit, Formatter] = _AMOUNTS | {"usd": money_short}
_SHORT: dict[Unit, Formatter] = _HEADLINES | {"requests": requests_short}


def amount(value: Number, unit: Unit) -> str:
    """In tables, rankings and tooltips."""
    return _AMOUNTS[unit](value)


def amounts(unit: Unit) -> Formatter:
    """What `amount` does to values of this unit, for whoever writes many."""
    return _AMOUNTS[unit]


def signed(value: Number, unit: Unit) -> str:
    """A change, with its sign.

    >>> signed(Decimal("3.4"), "usd"), signed(Decimal(-3), "usd"), signed(-1200, "requests"), signed(0, "tokens")
    ('+$3.40', '−$3.00', '−1,200', '0')
    """
    sign = "+" if value > 0 else MINUS if value < 0 else ""
    return sign + amount(-value if value < 0 else value, unit)


def headline(value: Number, unit: Unit) -> str:
    """In cards."""
    return _HEADLINES[unit](value)


def short(value: Number, unit: Unit) -> str:
    """Where there is little room: phones."""
    return _SHORT[unit](value)


def exact(value: Number, unit: Unit) -> str:
    """Every digit, for the `title` of a compact number.

    >>> exact(1_020_000_001, "tokens"), exact(Decimal("1234567.891"), "usd")
    ('1,020,000,001', '$1,234,567.89')
    """
    return f"{value:,}" if unit in ("requests", "tokens") else amount(value, unit)


def drawn(number: Number) -> str:
    """A length in a drawing.

    >>> drawn(Decimal("33.335")), drawn(0)
    ('33.34', '0.00')
    """
    return str(_round(number, 2))


def share(part: Number, whole: Number) -> str:
    """
    >>> share(342, 1000), share(1, 2000), share(0, 5), share(5, 5), share(0, 0)
    ('34.2%', '<0.1%', '0.0%', '100.0%', '–')
    """
    if not whole:
        return DASH
    value = percent(part, whole)
    return "<0.1%" if 0 < value < Decimal("0.1") else f"{_round(value, 1)}%"


@dataclass(frozen=True, slots=True)
class ChangeText:
    """`kind` is up, down, same, new or none; `text` has no sign, which the arrow carries; `spoken` is for ears."""

    kind: str
    text: str
    spoken: str


def change(current: Number, before: Number) -> ChangeText:
    """
    >>> change(1171, 1000).spoken, change(3, 0).text, change(0, 0).text, change(11, 1).text, change(2, 2).kind
    ('up 17.1 percent', 'New', '–', '>999%', 'same')
    """
    if not before:
        return ChangeText("new", "New", "new") if current else ChangeText("none", DASH, "not available")
    if current == before:
        return ChangeText("same", "0.0%", "unchanged")
    kind, size = ("up" if current > before else "down"), abs(percent(current - before, before))
    if _round(size, 1) > 999:
        return ChangeText(kind, ">999%", f"{kind} more than 999 percent")
    if size < Decimal("0.1"):
        return ChangeText(kind, "<0.1%", f"{kind} less than 0.1 percent")
    return ChangeText(kind, f"{_round(size, 1)}%", f"{kind} {_round(size, 1)} percent")


def ticks(values: tuple[Decimal, ...], unit: Unit) -> tuple[str, ...]:
    """Labels of an axis: compact, without trailing zeros, with the same decimals where one needs them.

    >>> ticks((Decimal(0), Decimal(500), Decimal(1000)), "usd")
    ('$0', '$500', '$1K')
    >>> ticks((Decimal(0), Decimal(500), Decimal(1000), Decimal(1500)), "usd")
    ('$0', '$0.5K', '$1.0K', '$1.5K')
    >>> ticks((Decimal(0), Decimal("0.002"), Decimal("0.004")), "usd")
    ('$0', '$0.002', '$0.004')
    """
    sign, behind = ("$" if unit == "usd" else ""), ("%" if unit == "percent" else "")
    whole = all(value / _scale(value)[0] % 1 == 0 for value in values)
    largest = _scale(max(values))
    scales = [_scale(value) if whole else largest for value in values]
    places = max(_places(value / scale[0]) for value, scale in zip(values, scales, strict=True))
    if unit == "usd" and places and largest[0] == 1:
        places = max(places, 2)  # cents are written as cents
    return tuple(
        f"{sign}{value / scale:.{places}f}{suffix}{behind}" if value else f"{sign}0{behind}"
        for value, (scale, suffix) in zip(values, scales, strict=True)
    )


def _scale(value: Decimal) -> tuple[Decimal, str]:
    return next((pair for pair in SCALES if value >= pair[0]), (Decimal(1), ""))


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -int(exponent))


def middle(text: str, at_most: int = 32) -> str:
    """A long name without its middle: both ends tell it from its neighbours.

    >>> middle("Support Chatbot"), middle("summarizer-batch-europe-production-blue", 24)
    ('Support Chatbot', 'summarizer-b…uction-blue')
    """
    if len(text) <= at_most:
        return text
    return f"{text[: at_most // 2]}…{text[len(text) - (at_most - 1) // 2 :]}"


def in_text(label: str) -> str:
    """A label inside a sentence: lower case, abbreviations as they are.

    >>> in_text("Project"), in_text("API key")
    ('project', 'API key')
    """
    return label if label[:2].isupper() else label.lower()
