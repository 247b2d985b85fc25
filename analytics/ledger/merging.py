"""What counts for the events of one call: the earliest, with what any of them knows. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from analytics.ledger.calls import UNNAMED, counts_of, key_of, names_no_model, spoken_of
from analytics.ledger.usage_event import UsageEvent
from analytics.models import CostSource

SAME_COST = Decimal("0.000000001")  # what two programs' binary numbers may differ by

Estimate = Callable[[UsageEvent], UsageEvent]  # the same event, with a cost if a price is known


def counted(call: Sequence[UsageEvent], estimate: Estimate) -> UsageEvent:
    """What counts for the events of one call: the earliest, with what any of them knows."""
    first = call[0]
    if len(call) == 1:
        return first if first.cost is not None else estimate(first)
    telling = min(
        call,
        key=lambda one: (names_no_model(one), one.provider in UNNAMED, counts_of(one) is None, key_of(one)),
    )
    event = replace(
        first,
        provider=telling.provider,
        model=telling.model,
        is_error=any(event.is_error for event in call),
        service_tier=next((event.service_tier for event in call if event.service_tier != "standard"), "standard"),
        cost=_stated(call),
        cost_source=CostSource.SENT,
        **_tokens(call),
    )
    return event if event.cost is not None else estimate(event)


def costs_differ(call: Iterable[UsageEvent]) -> bool:
    """Whether two events of the call state costs that are not the same."""
    costs = [event.cost for event in call if event.cost is not None]
    return bool(costs) and max(costs) - min(costs) > SAME_COST


def _stated(call: Sequence[UsageEvent]) -> Decimal | None:
    """The cost that the gateway which charges states, else the first that is stated."""
    stated = [event for event in call if event.cost is not None]
    return min(stated, key=lambda event: (not event.ties.charges, key_of(event))).cost if stated else None


def _tokens(call: Sequence[UsageEvent]) -> dict[str, Any]:
    """The counts that are known; of each part of them the most that anybody knows, as far as they fit together."""
    told = [event for event in call if counts_of(event)]
    if not told:
        return {}
    known = [event for event in told if not event.ties.overcounts] or told
    whole = next((event for event in known if spoken_of(event) == counts_of(known[0])), known[0])
    same = (counts_of(whole), spoken_of(whole))
    telling = [
        event
        for event in told
        if counts_of(event) in same or (event.ties.overcounts and event.input_tokens == whole.input_tokens)
    ]
    tokens = {"input_tokens": whole.input_tokens, "output_tokens": whole.output_tokens}
    for part, of_it in (("reasoning", "output"), ("audio_input", "input"), ("audio_output", "output")):
        known_of_it = max(getattr(event, f"{part}_tokens") for event in telling)
        tokens[f"{part}_tokens"] = min(known_of_it, tokens[f"{of_it}_tokens"])
    caches = [(event.cached_input_tokens, event.cache_write_tokens, event.cache_write_1h_tokens) for event in telling]
    most = tuple(map(max, zip(*caches, strict=True)))
    fits = most[0] + most[1] <= tokens["input_tokens"]
    read, written, hour = most if fits else max(caches, key=lambda cache: (sum(map(bool, cache)), cache))
    return tokens | {"cached_input_tokens": read, "cache_write_tokens": written, "cache_write_1h_tokens": hour}
