"""Exact sums, the groups that have them, and what is computed from them: every number of a page starts here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import add, sub
from typing import NamedTuple

from analytics.metrics import SUMMED, Metric

Number = Decimal | int
MILLION = 1_000_000
WILSON = Decimal("1.96")  # standard deviations on either side of an interval of 95 %


class Sums(NamedTuple):
    """What is counted, summed exactly. `cost` in US dollars; cached tokens are part of the input tokens.

    A tuple of the summed columns: a page has thousands of them, and one is made in a fifth of the time.
    """

    request_count: int = 0
    error_count: int = 0
    unpriced_count: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    cost: Decimal = Decimal(0)
    estimated_cost: Decimal = Decimal(0)

    @property
    def total_tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    @property
    def none_priced(self) -> bool:
        """Whether there are requests and none of them is priced."""
        return 0 < self.request_count == self.unpriced_count

    def __add__(self, other: "Sums") -> "Sums":  # type: ignore[override]  # of tuples it makes a longer one
        return Sums._make(map(add, self, other))

    def __sub__(self, other: "Sums") -> "Sums":
        return Sums._make(map(sub, self, other))


# In the order in which `Sums` is made of a row: that of its fields, as a test says.
COLUMNS = tuple(summed.column for summed in SUMMED)


def total(every: Iterable[Sums]) -> Sums:
    """Their sum, added column by column; of none, zeros."""
    columns = [*zip(*every, strict=True)]
    return Sums._make(map(sum, columns)) if columns else Sums()


class Group(NamedTuple):
    """One member of a dimension with its sums. A tuple, because there may be thousands.

    `key` is the canonical model or the public id; None only for `Other` and for rows whose owner's record is gone.
    `status` is "archived", "revoked" or "removed" where that is so, else "". `last_four` is set for API keys.
    `numbers` are the rollup rows' keys behind the group (a canonical model has one per provider and name as sent).
    `sent` are the first of the names that senders call it by, of `names_as_sent`; models have such.
    `parts` are its own groups by a second dimension, by cost descending, then key, where such are asked for.
    """

    key: str | None
    label: str
    sums: Sums
    status: str = ""
    last_four: str = ""
    numbers: tuple[int, ...] = ()
    others: int = 0  # for `Other`, how many groups it stands for
    sent: tuple[str, ...] = ()
    names_as_sent: int = 0
    parts: tuple["Group", ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One group over time, by the three metrics: of each one entry per bucket, zeros included.

    As text, exact and in plain notation; `amounts` are the costs as numbers.
    """

    group: Group
    amounts: list[Decimal]
    cost: Sequence[str]
    requests: Sequence[str]
    tokens: Sequence[str]


class Pair(NamedTuple):
    """A number and what it is measured by: its whole, or what it was before. A tuple, because there are thousands."""

    current: Number
    reference: Number


def value(sums: Sums, metric: Metric) -> Number:
    """What the metric counts, of these sums; of a quotient whose divisor is nothing, 0."""
    if metric.whole:
        return quotient(sums, metric) or Decimal(0)
    number: Number = getattr(sums, metric.column)
    return number


def quotient(sums: Sums, metric: Metric) -> Decimal | None:
    """A quotient of sums, not rounded; None where there is nothing to divide by, or no request is priced."""
    part, whole = getattr(sums, metric.part), getattr(sums, metric.whole)
    absent = not whole or (metric.part == "cost" and sums.none_priced)
    return None if absent else Decimal(part) * metric.times / whole


def rank(sums: Sums, metric: Metric) -> Number:
    """What groups are ranked by: the metric's number; of an error rate what it is at least, so that one failure of two
    does not stand above a hundred of a thousand."""
    if metric.key == "errorRate":
        return at_least(sums.error_count, sums.request_count)
    return value(sums, metric)


def at_least(part: int, whole: int) -> Decimal:
    """The lower end of Wilson's interval (95 %) of `part` of `whole`, in percent; 0 of nothing.

    With Newcombe's correction for continuity (1998, method 4): without it 1 of 13 would stand above 6 of 312.

    >>> [round(at_least(*counts), 1) for counts in ((1, 1), (1, 2), (1, 13), (6, 312), (100, 1000), (0, 9))]
    [Decimal('5.5'), Decimal('2.7'), Decimal('0.4'), Decimal('0.8'), Decimal('8.2'), Decimal('0.0')]
    """
    if not part:
        return Decimal(0)
    square, share = WILSON * WILSON, Decimal(part) / whole
    spread = WILSON * (square - 2 - Decimal(1) / whole + 4 * share * (whole - part + 1)).sqrt()
    return max(Decimal(0), (2 * part + square - 1 - spread) / (2 * (whole + square)) * 100)


def percent(part: Number, whole: Number) -> Decimal:
    """`part` in percent of `whole`, not rounded; 0 of nothing is 0."""
    return Decimal(part) * 100 / Decimal(whole) if whole else Decimal(0)


def plain(number: Number) -> str:
    """The exact decimal digits, without an exponent and, of a `Decimal`, without trailing zeros.

    >>> plain(Decimal("12.345600000000")), plain(Decimal("3E-10")), plain(Decimal("100")), plain(Decimal("0E-12"))
    ('12.3456', '0.0000000003', '100', '0')
    """
    if isinstance(number, int):
        return str(number)
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
