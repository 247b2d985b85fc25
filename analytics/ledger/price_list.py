"""The public price list as it comes with the product: who offers which models, found by the list's own rules.

The list is the `genai-prices` package's, read from its files alone; what would fetch newer prices is never started. Its
own search tries every rule of every model in turn; here the same rules are sorted once, so that a body of thousands of
unheard names is answered at once. A test holds both to the same answers.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from genai_prices import types
from genai_prices.data import providers as published

from analytics.canonical import canonical
from analytics.ledger.price_names import forms

# They sell their own subscription: what a model costs there is nobody else's price.
RESELLERS = frozenset({"cursor", "github-copilot"})
HUGGINGFACE = "huggingface"

_COMPACT_DATE = re.compile(r"-(20[0-9]{2})(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])(?=$|[^0-9])")

Rule = Callable[[str], bool]


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """A model as one provider offers it. `lent`: found with another provider, whose tiers are not this one's."""

    provider: str
    model: types.ModelInfo
    lent: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """One provider's models in the list's order, which decides where several would match."""

    provider: str
    models: list[types.ModelInfo]
    names: dict[str, int]  # whole names → place
    rules: list[tuple[int, Rule]]  # everything else, in order
    some_rule: Rule  # whether any of them holds
    canonical: dict[str, list[int]]
    lenders: list[str]

    def find(self, name: str) -> types.ModelInfo | None:
        """By a name in lower case, exactly as the list would."""
        place = self.names.get(name, len(self.models))
        if self.rules and self.some_rule(name):
            place = min(place, next(candidate for candidate, rule in self.rules if rule(name)))
        return self.models[place] if place < len(self.models) else None

    def of_one_canonical(self, name: str) -> types.ModelInfo | None:
        """The model that has this canonical name, however the list spells it; None where several prices have it."""
        found = [self.models[place] for place in self.canonical.get(name, ())]
        alike = found and all(
            (offer.prices, offer.price_variants) == (found[0].prices, found[0].price_variants) for offer in found
        )
        return found[0] if alike else None


def offers_of(provider: str, model: str) -> list[Offer]:
    """The offers of a provider (id) for a model as sent: at most one, but for Hugging Face, which asks many hosts."""
    if provider == HUGGINGFACE:
        return _offers(model, [shelf for key, shelf in _shelves().items() if key.startswith(HUGGINGFACE)])
    shelf = _shelves().get(provider)
    return _offers(model, [shelf], [_shelves()[key] for key in shelf.lenders]) if shelf else []


def offers_of_anybody(model: str) -> list[Offer]:
    """Every provider's offer for a model as sent, under the longest form of its name that any of them knows."""
    hosts = _hosts()
    for name in forms(model):
        for spelling in _spellings(name):
            if found := _found(spelling, [*hosts.ruled, *hosts.by_name.get(spelling, ())]):
                return found
    return _of_one_canonical(model, hosts.all)


def _offers(model: str, shelves: list[Shelf], lenders: list[Shelf] | None = None) -> list[Offer]:
    for name in forms(model):
        spellings = _spellings(name)
        for spelling in spellings:
            if found := _found(spelling, shelves):
                return found
        for spelling in spellings if lenders else ():
            if found := _found(spelling, lenders or []):
                return [Offer(found[0].provider, found[0].model, lent=True)]
    return _of_one_canonical(model, shelves)


def _found(name: str, shelves: list[Shelf]) -> list[Offer]:
    return [Offer(shelf.provider, model) for shelf in shelves if (model := shelf.find(name))]


def _of_one_canonical(model: str, shelves: list[Shelf]) -> list[Offer]:
    name = canonical(model)
    return [Offer(shelf.provider, offered) for shelf in shelves if (offered := shelf.of_one_canonical(name))]


def _spellings(name: str) -> tuple[str, ...]:
    """As it is; then with its date as the list writes dates: 20251211 is 2025-12-11."""
    dashed = _COMPACT_DATE.sub(r"-\1-\2-\3", name)
    return (name,) if dashed == name else (name, dashed)


@dataclass(frozen=True, slots=True, eq=False)
class Hosts:
    """Who may have been asked when nobody says who was: those whose rules must be tried, the others by whole names."""

    all: list[Shelf]
    ruled: list[Shelf]
    by_name: dict[str, list[Shelf]]


@cache
def _hosts() -> Hosts:
    shelves = [shelf for key, shelf in _shelves().items() if key not in RESELLERS]
    by_name: dict[str, list[Shelf]] = defaultdict(list)
    for shelf in shelves:
        for name in () if shelf.rules else shelf.names:
            by_name[name].append(shelf)
    return Hosts(shelves, [shelf for shelf in shelves if shelf.rules], dict(by_name))


@cache
def _shelves() -> dict[str, Shelf]:
    return {provider.id: _shelf(provider) for provider in published}


def _shelf(provider: types.Provider) -> Shelf:
    names: dict[str, int] = {}
    rules: list[tuple[int, Rule]] = []
    every: list[Any] = []
    same: dict[str, list[int]] = defaultdict(list)
    for place, model in enumerate(provider.models):
        parts = model.match.or_ if isinstance(model.match, types.ClauseOr) else [model.match]
        whole = [part.equals.lower() for part in parts if isinstance(part, types.ClauseEquals)]
        others = [part for part in parts if not isinstance(part, types.ClauseEquals)]
        for name in whole:
            names.setdefault(name, place)
        if others:
            rules.append((place, _any(others)))
            every += others
        for name in {canonical(name) for name in (model.id, *whole) if not name.endswith(":free")}:
            same[name].append(place)
    lenders = provider.fallback_model_providers or []
    return Shelf(provider.id, provider.models, names, rules, _any(every), dict(same), lenders)


def _any(parts: Iterable[Any]) -> Rule:
    """One rule for several, each kind of them asked at once."""
    by_kind: dict[type, list[Any]] = defaultdict(list)
    for part in parts:
        by_kind[type(part)].append(part)
    beginnings = tuple(part.starts_with.lower() for part in by_kind.pop(types.ClauseStartsWith, ()))
    endings = tuple(part.ends_with.lower() for part in by_kind.pop(types.ClauseEndsWith, ()))
    inside = list({part.contains.lower() for part in by_kind.pop(types.ClauseContains, ())})
    expressions = [part.regex for part in by_kind.pop(types.ClauseRegex, ())]
    union = re.compile("|".join(f"(?:{text})" for text in expressions) or "(?!)")
    # Where all begin with ^ there is one place to try; the engine does not see that by itself.
    expression = union.match if all(text.startswith("^") for text in expressions) else union.search
    others = [part.is_match for kind in by_kind.values() for part in kind]

    def rule(name: str) -> bool:
        if name.startswith(beginnings) or name.endswith(endings) or expression(name):
            return True
        for text in inside:
            if text in name:
                return True
        return any(match(name) for match in others)

    return rule
