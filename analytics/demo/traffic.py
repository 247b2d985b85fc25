"""Rates → requests: week rhythm, growth, a spike, quiet nights. The same generator state gives the same requests."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from math import exp
from operator import itemgetter
from random import Random

from analytics.demo.cast import MODELS, REPLACED, REPLACED_DAYS_AGO, REPLACEMENT, Company, Key, Project, Sent

DAYS = 396  # thirteen months
ERRORS, FAILING = 0.01, 0.8
CACHING = ("anthropic", "bedrock", "aws.bedrock", "openai", "azure")
WRITING = ("anthropic", "bedrock", "aws.bedrock")  # they say what they write to a cache
REASONING = ("gpt-5", "gemini")  # how models begin whose thinking is counted

# Weight of each hour of the day, in UTC, and of Saturday and Sunday beside a working day.
_HOURS = {
    "web": (1, 1, 1, 1, 1, 2, 4, 7, 10, 12, 13, 13, 14, 16, 17, 17, 15, 13, 11, 9, 6, 4, 2, 1),
    "office": (0, 0, 0, 0, 0, 0, 1, 4, 10, 14, 15, 12, 12, 15, 16, 14, 11, 6, 3, 1, 0, 0, 0, 0),
    "nightly": (8, 20, 24, 16, 6, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2),
    "evening": (0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 6, 10, 12, 12, 8, 3, 0, 0, 0, 0, 0, 0, 0, 0),
    "always": (3, 3, 3, 3, 3, 4, 5, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 6, 5, 5, 4, 4, 3, 3),
}
_HOURS["monday"] = _HOURS["office"]
_CUMULATED = {rhythm: tuple(accumulate(hours)) for rhythm, hours in _HOURS.items()}
_WEEKEND = {"web": 0.45, "office": 0.12, "nightly": 0.9, "evening": 1.6, "always": 0.7, "monday": 0}


@dataclass(frozen=True, slots=True)
class Call:
    """One request of the demo."""

    number: int
    at: datetime
    key: Key
    sent: Sent
    input_tokens: int
    output_tokens: int
    cached_input_tokens: int
    cost: Decimal | None  # None: its gateway does not say
    is_error: bool
    cache_write_tokens: int = 0
    cache_write_1h_tokens: int = 0
    reasoning_tokens: int = 0
    service_tier: str = "standard"


def expected(company: Company, scale: float, now: datetime) -> int:
    """About how many requests `calls` will make."""
    days = [(now - timedelta(days=days_ago), days_ago) for days_ago in range(DAYS + 1)]
    return round(
        scale
        * sum(
            _expected(project, key, day, days_ago)
            for project in company.projects
            for key in project.keys
            for day, days_ago in days
        )
    )


def calls(company: Company, now: datetime, scale: float) -> Iterator[Call]:
    """Every request of the company's thirteen months, ascending, none after `now`; the last one lies in its hour.

    `scale` is the fraction of the requests that is made.
    """
    dice = Random(f"orgdash demo {company.slug}")  # nosec B311 # noqa: S311 - repeatable on purpose
    finer = Random(f"orgdash demo {company.slug} token classes")  # nosec B311 # noqa: S311 - the same
    now = now.astimezone(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    number = 0
    for days_ago in range(DAYS, -1, -1):
        day = midnight - timedelta(days=days_ago)
        for at, key in _moments(dice, company, day, days_ago, scale):
            if at < now:
                number += 1
                yield _with_classes(finer, _call(dice, number, at, key, days_ago))
    latest = max(now - timedelta(minutes=2), now.replace(minute=0, second=0, microsecond=0))
    yield _with_classes(finer, _call(dice, number + 1, latest, company.projects[0].keys[0], 0))


def _moments(dice: Random, company: Company, day: datetime, days_ago: int, scale: float) -> list[tuple[datetime, Key]]:
    moments = []
    for project in company.projects:
        for key in project.keys:
            expected = _expected(project, key, day, days_ago) * scale * dice.uniform(0.85, 1.15)
            for _ in range(int(expected + dice.random())):
                (hour,) = dice.choices(range(24), cum_weights=_CUMULATED[key.rhythm])
                within = timedelta(hours=hour, microseconds=dice.randrange(3_600_000_000))
                moments.append((day + within, key))
    return sorted(moments, key=itemgetter(0))


def _expected(project: Project, key: Key, day: datetime, days_ago: int) -> float:
    """How many requests a day would have without chance."""
    if not key.last_day_ago <= days_ago <= (key.first_day_ago or DAYS):
        return 0
    weight = _WEEKEND[key.rhythm] if day.weekday() >= 5 else 1
    if key.rhythm == "monday" and day.weekday():
        return 0
    spike_day, spike_factor = project.spike or (None, 1)
    spiking = spike_day is not None and days_ago in (spike_day, spike_day - 1)
    return key.rate * weight * exp(-project.growth * days_ago / 30) * (spike_factor if spiking else 1)


def _call(dice: Random, number: int, at: datetime, key: Key, days_ago: int) -> Call:
    model = dice.choice(key.models)
    if model.startswith(REPLACEMENT) and dice.random() < (days_ago - REPLACED_DAYS_AGO) / 30:
        model = REPLACED
    sent = MODELS[model]
    input_tokens, output_tokens = (int(typical * dice.lognormvariate(-0.125, 0.5)) for typical in key.tokens)
    is_error = dice.random() < (FAILING if days_ago < key.failing else ERRORS)
    if is_error or model == "embed":
        output_tokens = 0
    cached = 0
    if sent.provider in CACHING and model != "embed" and dice.random() < 0.4:
        cached = int(input_tokens * dice.uniform(0.3, 0.8))
    cost = None if sent.prices is None else _cost(sent.prices, input_tokens - cached, cached, output_tokens)
    return Call(
        number, at, key, sent, input_tokens, output_tokens, cached, Decimal(0) if is_error and cost else cost, is_error
    )


def _with_classes(dice: Random, call: Call) -> Call:
    """What was written to a cache, how much was thought, and whether the night's work went by batch."""
    written = hour = 0
    if call.sent.provider in WRITING and not call.cached_input_tokens and dice.random() < 0.3:
        written = int(call.input_tokens * dice.uniform(0.3, 0.8))
        hour = written if dice.random() < 0.3 else 0
    thinks = call.sent.name.rpartition("/")[2].lower().startswith(REASONING)
    return replace(
        call,
        cache_write_tokens=written,
        cache_write_1h_tokens=hour,
        reasoning_tokens=int(call.output_tokens * dice.uniform(0.2, 0.7)) if thinks else 0,
        service_tier="batch" if call.key.rhythm == "nightly" else call.service_tier,
    )


def _cost(prices: tuple[Decimal, Decimal, Decimal], *tokens: int) -> Decimal:
    return sum((price * count for price, count in zip(prices, tokens, strict=True)), Decimal(0)).scaleb(-6)
