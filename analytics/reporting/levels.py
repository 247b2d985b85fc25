"""What groups are made of by a second dimension: from the detail sums, so that the parts always sum to their group."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from analytics.reporting import reader
from analytics.reporting.query import Filters, Query
from analytics.reporting.statements import Selection
from analytics.reporting.sums import Group, Sums, total

Pairs = dict[tuple[str | None, str | None], Sums]  # by the keys of group and part


@dataclass(frozen=True, slots=True)
class Parts:
    """What the groups that are open are made of, by their keys.

    `before` are the parts in the window compared with, `current` what of each part is measured against that.
    """

    groups: dict[str | None, tuple[Group, ...]]
    before: Pairs
    current: Pairs


def parts(query: Query, shown: Selection) -> Parts | None:
    """The parts of the groups that are open. Nothing is read where there is no second dimension or none is open."""
    filters = query.filters if query.opened is None else _opened(query, query.opened)
    if query.then is None or filters is None:
        return None
    selection = replace(shown, then=query.then, numbers=reader.filtered(query.organization_id, filters))
    groups = gathered(reader.pairs(selection))
    current = {(group.key, part.key): part.sums for group in groups for part in group.parts}
    before: Pairs = {}
    if query.comparison:
        window, through = query.comparison.window, query.comparison.shown.end
        before = _sums(replace(selection, start=window.start, end=window.end))
        if through < shown.end:
            for keys, late in _sums(replace(selection, start=through)).items():
                current[keys] -= late
    return Parts({group.key: group.parts for group in groups}, before, current)


def gathered(pairs: Iterable[tuple[Group, Group]]) -> tuple[Group, ...]:
    """Groups with their parts and the sums of these, both by cost descending, then key; the rest, `Other`, last."""
    found: dict[Group, list[Group]] = {}
    for group, part in pairs:
        found.setdefault(group, []).append(part)
    groups = [
        group._replace(sums=total(part.sums for part in parts), parts=tuple(sorted(parts, key=_order)))
        for group, parts in found.items()
    ]
    return tuple(sorted(groups, key=lambda group: (bool(group.others), *_order(group))))


def _order(group: Group) -> tuple[object, ...]:
    return -group.sums.cost, group.key or ""


def _sums(selection: Selection) -> Pairs:
    return {(group.key, part.key): part.sums for group, part in reader.pairs(selection)}


def _opened(query: Query, opened: tuple[str, ...]) -> Filters | None:
    """The query's filters, narrowed to the groups that are open; None where that leaves none."""
    field = query.dimension.filter
    already = getattr(query.filters, field)
    kept = tuple(key for key in opened if not already or key in already)
    return replace(query.filters, **{field: kept}) if kept else None
