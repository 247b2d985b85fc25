"""Exact sums, the groups that have them, and what is computed from them: every number of a page starts here."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from operator import add, attrgetter, sub

from analytics.metrics import SUMMED, Metric

Number = Decimal | int
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Sums:
    """What is counted, summed exactly. `cost` in US dollars; cached tokens are part of the input tokens."""

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
        """Whether there are requests and none of them has a cost."""
        return 0 < self.request_count == self.unpriced_count

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*map(add, self.columns(), other.columns()))

    def __sub__(self, other: "Sums") -> "Sums":
        return Sums(*map(sub, self.columns(), other.columns()))

    def columns(self) -> tuple[Number, ...]:
        """The summed columns, in the order of the fields."""
        return _columns(self)


# In the order in which `Sums` is made of a row: that of its fields, as a test says.
COLUMNS = tuple(summed.column for summed in SUMMED)
_columns: Callable[[Sums], tuple[Number, ...]] = attrgetter(*COLUMNS)


@dataclass(frozen=True, slots=True)
class Group:
    """One member of a dimension with its sums.

    `key` is the canonical model or the public id; None only for `Other` and for rows whose owner's record is gone.
    `status` is "archived", "revoked" or "removed" where that is so, else "". `last_four` is set for API keys.
    `numbers` are the rollup rows' keys behind the group (a canonical model has one per provider and name as sent).
    `sent` are the first of the names that senders call it by, of `names_as_sent`; models have such.
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


@dataclass(frozen=True, slots=True)
class Pair:
    """A number and what it is measured by: its whole, or what it was before."""

    current: Number
    reference: Number


def value(sums: Sums, metric: Metric) -> Number:
    """What the metric counts, of these sums."""
    number: Number = getattr(sums, metric.column)
    return number


def percent(part: Number, whole: Number) -> Decimal:
    """`part` in percent of `whole`, not rounded; 0 of nothing is 0."""
    return Decimal(part) * 100 / Decimal(whole) if whole else Decimal(0)


def plain(cost: Decimal) -> str:
    """The exact decimal digits, without an exponent and without trailing zeros.

    >>> plain(Decimal("12.345600000000")), plain(Decimal("3E-10")), plain(Decimal("100")), plain(Decimal("0E-12"))
    ('12.3456', '0.0000000003', '100', '0')
    """
    text = format(cost, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
