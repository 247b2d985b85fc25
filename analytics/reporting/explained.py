"""Why the cost changed, from the sums by model of both windows: as a whole, and of the groups that changed it most."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from analytics.list_prices import ClassPrices, class_prices
from analytics.metrics import DIMENSIONS
from analytics.reporting import causes, reader
from analytics.reporting.causes import Causes
from analytics.reporting.query import Query
from analytics.reporting.statements import Selection
from analytics.reporting.sums import Group, Sums

MODEL = DIMENSIONS["model"]

Models = dict[str, Sums]  # by canonical model
Windows = tuple[Models, Models]  # before and now


@dataclass(frozen=True, slots=True)
class Explained:
    """`rows`: by the keys of the groups that changed the cost most; a group whose record is gone is not among them.

    `rest`: of all other groups together; None where none is left, or one of the largest has no cause.
    """

    whole: Causes
    rows: dict[str | None, Causes]
    rest: Causes | None = None


def explained(
    query: Query,
    windows: tuple[Selection, Selection],
    models: tuple[Iterable[Group], Iterable[Group]],
    groups: Iterable[Group],
    at: datetime | None,
) -> Explained:
    """`windows` are what is compared, before and now, and `models` those of each; `groups` those of either, the largest
    change of cost first.

    The query's `split_rows` of them are split, and one more if that is the last. `at`: the day of the list prices;
    None: no class of tokens is named.
    """
    whole = _sums(models[0]), _sums(models[1])
    names = {group.key: group.sent for group in chain(*models) if group.key is not None}
    prices = class_prices(names, at) if at else {}
    changed, rows = tuple(groups), query.split_rows
    named = changed if len(changed) <= rows + 1 else changed[:rows]
    asked = rows and named and not query.metric.is_quotient  # the parts of a quotient's change are no groups
    found = _by_group(query, windows, whole, named) if asked else {}
    split = {key: causes.split(*sums, prices) for key, sums in found.items()}
    rest = _rest(whole, found, prices) if split and len(split) == len(named) < len(changed) else None
    return Explained(causes.split(*whole, prices), split, rest)


def by_change(
    before: dict[str | None, Group], groups: tuple[Group, ...], current: dict[str | None, Sums]
) -> list[Group]:
    """The groups of either window whose cost changed, the largest change first, ties by name."""
    every = before | {group.key: group for group in groups}
    sizes = {key: abs(current.get(key, Sums()).cost - (before[key].sums.cost if key in before else 0)) for key in every}
    by_name = sorted((key for key in every if sizes[key]), key=lambda key: every[key].label.casefold())
    return [every[key] for key in sorted(by_name, key=sizes.__getitem__, reverse=True)]


def by_model(selection: Selection, groups: Iterable[Group] | None) -> tuple[Group, ...]:
    """The models of a selection: its `groups`, where these are known and it is grouped by model already."""
    if groups is not None and selection.dimension == MODEL:
        return tuple(groups)
    return tuple(reader.ranking(replace(selection, dimension=MODEL)))


def _sums(groups: Iterable[Group]) -> Models:
    return {group.key or "": group.sums for group in groups}


def _by_group(
    query: Query, windows: tuple[Selection, Selection], whole: Windows, named: tuple[Group, ...]
) -> dict[str | None, Windows]:
    """The sums by model of each group; what is grouped by model already is asked for nothing."""
    keys = tuple(group.key for group in named if group.key is not None)
    if query.dimension == MODEL:
        return {key: (_only(whole[0], key), _only(whole[1], key)) for key in keys}
    numbers = reader.filtered(query.organization_id, replace(query.filters, **{query.dimension.filter: keys}))
    before, now = (replace(window, numbers=numbers) for window in windows)
    read = reader.models(before, now)
    found: dict[str | None, Windows] = {}
    for group in named:
        if group.key is not None:
            (number,) = group.numbers  # of what is no model every group is one number
            found[group.key] = (read.get((0, number), {}), read.get((1, number), {}))
    return found


def _only(models: Models, key: str) -> Models:
    return {key: models[key]} if key in models else {}


def _rest(whole: Windows, found: Mapping[str | None, Windows], prices: Mapping[str, ClassPrices]) -> Causes:
    """What is left of the whole, so that all parts together are always it."""
    before, now = whole[0].copy(), whole[1].copy()
    for windows in found.values():
        for left, part in zip((before, now), windows, strict=True):
            for model, sums in part.items():
                left[model] -= sums
    return causes.split(before, now, prices)
