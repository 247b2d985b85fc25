"""Report -> what changed: the change of the active metric, split into the groups that made it. No HTML, no database."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

from analytics.dashboard import formatting
from analytics.metrics import Metric
from analytics.reporting.causes import PLACES, Causes, apportioned
from analytics.reporting.columns import measured
from analytics.reporting.reports import Compared, Report
from analytics.reporting.sums import MILLION, Group, Number, Sums, percent

SHOWN = 8  # groups named; the others are one row, Other, unless there is only one other

State = Literal["changed", "unchanged", "nothing before"]


class GroupChange(NamedTuple):
    """One group's part. `news` is "New", "No longer used" or "". `width` in percent of the largest part.

    `why` are the causes of a change of cost in words, where they were asked for; what is new or gone has no other.
    """

    group: Group
    before: Number
    now: Number
    news: str = ""
    width: Decimal = Decimal(0)
    why: str = ""

    @property
    def amount(self) -> Number:
        return self.now - self.before

    @property
    def size(self) -> Decimal:
        return abs(Decimal(self.amount))

    @property
    def half(self) -> Decimal:
        """The bar's length in percent of the drawing, whose axis is in its middle."""
        return self.width / 2

    @property
    def left(self) -> Decimal:
        """Where a bar that ends at the axis begins."""
        return 50 - self.half


@dataclass(frozen=True, slots=True)
class Changes:
    """`rows`: the largest parts first, Other last whatever its size; together they are exactly `total`."""

    state: State
    rows: tuple[GroupChange, ...]
    total: GroupChange


def build(report: Report) -> Changes | None:
    """None without a comparison, where only a part of the compared window is recorded, and of a quotient, whose parts
    sum to nothing."""
    if report.compared is None or report.compared.since or report.query.metric.is_quotient:
        return None
    every = parts(report, report.compared)
    named, rest = (every[:SHOWN], every[SHOWN:]) if len(every) > SHOWN + 1 else (every, ())
    rows = (*named, _other(rest)) if rest else named
    largest = max((row.size for row in rows), default=Decimal(0))
    return Changes(
        _state(report.compared, every),
        tuple(_finished(row, report.compared, largest) for row in rows),
        total(report, report.compared),
    )


def total(report: Report, compared: Compared) -> GroupChange:
    """The change of the whole; what `parts` sum to."""
    return _change(Group(None, "Total", Sums()), compared.totals, compared.current, report.query.metric)


def parts(report: Report, compared: Compared) -> tuple[GroupChange, ...]:
    """Every group whose metric changed, by size, ties by name: those of the window and those that were used before."""
    metric, before, now, nothing = report.query.metric, compared.groups, compared.current_groups, Sums()
    shown = {group.key: group for group in report.groups}
    found = [
        _change(group, before[key].sums if key in before else nothing, now.get(key, nothing), metric)
        for key, group in (before | shown).items()
    ]
    by_name = sorted((change for change in found if change.amount), key=lambda change: change.group.label.casefold())
    return tuple(sorted(by_name, key=lambda change: change.size, reverse=True))


def _change(group: Group, before: Sums, now: Sums, metric: Metric) -> GroupChange:
    # What is not priced adds nothing to either sum, so nothing to the change.
    news = "" if before.request_count and now.request_count else "No longer used" if before.request_count else "New"
    return GroupChange(group, measured(before, metric) or 0, measured(now, metric) or 0, news)


def _other(rest: tuple[GroupChange, ...]) -> GroupChange:
    group = Group(None, f"Other ({len(rest)})", Sums(), others=len(rest))
    return GroupChange(group, sum(change.before for change in rest), sum(change.now for change in rest))


def _finished(row: GroupChange, compared: Compared, largest: Number) -> GroupChange:
    why = compared.why
    found = None if why is None or row.news else why.rest if row.group.others else why.rows.get(row.group.key)
    return row._replace(width=percent(row.size, largest), why=_in_words(found) if found else "")


def _state(compared: Compared, every: tuple[GroupChange, ...]) -> State:
    if not compared.totals.request_count:
        return "nothing before"
    return "changed" if every else "unchanged"


_GREW = {"cached": "more cache", "written": "more cache writes", "output": "more output", "fresh": "more new input"}
_SHRANK = {"cached": "less cache", "written": "fewer cache writes", "output": "less output", "fresh": "less new input"}


def why(report: Report) -> str:
    """The change of cost and its causes in one sentence; empty where it is not split.

    "+$49.21: $31.05 more tokens, $22.40 a dearer mix, −$4.24 a lower rate, by more cache"
    """
    found = report.compared and report.compared.why and report.compared.why.whole
    if not found or not found.total:
        return ""
    if report.query.metric.is_quotient:
        return _why_per_million(found)
    return f"{formatting.signed(found.total, 'usd')}: {_in_words(found)}"


def _in_words(found: Causes) -> str:
    words = {
        "volume": "more tokens" if found.volume > 0 else "fewer tokens",
        "mix": "a dearer mix of models" if found.mix > 0 else "a cheaper mix of models",
        "rate": ("a higher rate" if found.rate > 0 else "a lower rate") + _by_class(found),
        "tokenless": "what costs without tokens",
    }
    exact = tuple(Fraction(getattr(found, name)) for name in words)
    places = 2 if abs(found.total) >= 1 else PLACES
    rounded = apportioned(exact, round(found.total, places), places)
    parts = [f"{formatting.money(part)} {text}" for part, text in zip(rounded, words.values(), strict=True) if part]
    return ", ".join(parts)


def _why_per_million(found: Causes) -> str:
    """Of a token's cost the volume is no cause: mix and rate over the tokens of now are all of it."""
    if not found.tokens:
        return ""
    exact = tuple(Fraction(part) * MILLION / found.tokens for part in (found.mix, found.rate))
    total = _decimal(sum(exact, Fraction()))
    mix, rate = apportioned(exact, round(total, 4), 4)
    parts = [
        *([f"{formatting.money(mix)} a {'dearer' if mix > 0 else 'cheaper'} mix of models"] if mix else []),
        *([f"{formatting.money(rate)} a {'higher' if rate > 0 else 'lower'} rate{_by_class(found)}"] if rate else []),
    ]
    return f"{formatting.signed(round(total, 4), 'usd')} per 1M tokens: {', '.join(parts)}" if parts else ""


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / number.denominator


def _by_class(found: Causes) -> str:
    """What the rate changed by, if other shares of the token classes explain the better half of it."""
    if found.leading is None or not found.rate or found.classes * 2 / found.rate < 1:
        return ""
    return f", by {(_GREW if found.grew else _SHRANK)[found.leading]}"
