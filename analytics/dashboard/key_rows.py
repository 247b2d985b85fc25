"""By API key: the keys that stand in the table without usage, and what its rows can be narrowed to. No HTML."""

from dataclasses import dataclass
from datetime import datetime

from analytics.reporting.columns import LAST_USED, Sort, default_sort
from analytics.reporting.keys import KEY_STATES, Key, KeyState, errors_up, states
from analytics.reporting.reports import Report
from analytics.reporting.sums import Group, Sums

# How the rows of a state are sorted, where its link decides: what is looked for then stands first, on phones too.
_SORTS: dict[KeyState, Sort] = {"unused": Sort(LAST_USED.key, False), "errorsUp": Sort("errorRate", True)}


@dataclass(frozen=True, slots=True)
class Chip:
    """One state that rows can be narrowed to, how many have it, and its link's parameters. `on`: they are narrowed."""

    state: KeyState
    label: str
    count: int
    on: bool
    keys: KeyState | None
    sort: str | None


def known(report: Report) -> dict[str | None, Key]:
    return {key.id: key for key in report.keys}


def unused(report: Report, now: datetime) -> tuple[Group, ...]:
    """The keys that could be used in the window and were not. Their zeros are known, and no total knows them.

    With a filter on models there are none: it asks who used them.
    """
    if report.query.dimension.key != "apiKey":
        return ()
    used = {group.key for group in report.groups}
    return tuple(
        Group(key.id, key.label, Sums(), key.status, key.last_four)
        for key in report.keys
        if key.id not in used and not report.query.filters.model and key.existed(report.query.window, now)
    )


def having(report: Report, groups: tuple[Group, ...], now: datetime) -> dict[KeyState, set[str | None]]:
    """The keys of those `groups` that have a state, by state."""
    found: dict[KeyState, set[str | None]] = {state: set() for state in KEY_STATES}
    keys = known(report)
    for group in groups:
        if group.key in keys:
            for state in states(keys[group.key], report.query.window, now):
                found[state].add(group.key)
            if _errors_up(report, group):
                found["errorsUp"].add(group.key)
    return found


def _errors_up(report: Report, group: Group) -> bool:
    """Never where nothing was recorded to compare with."""
    compared = report.compared
    if compared is None or compared.since is not None or group.key not in compared.groups:
        return False
    return errors_up(compared.groups[group.key].sums, compared.current_groups.get(group.key, Sums()))


def chips(
    report: Report, found: dict[KeyState, set[str | None]], shown: KeyState | None, sort: Sort
) -> tuple[Chip, ...]:
    """A chip's link narrows the rows, or shows all again if they are; with it goes the sort that it brought."""
    if report.query.dimension.key != "apiKey":
        return ()
    default = default_sort(report.query)
    kept = default if shown and sort == _SORTS.get(shown) else sort
    made = []
    for state, label in KEY_STATES.items():
        on = state == shown
        following = kept if on else _SORTS.get(state, kept)
        text = None if following == default else following.text
        made.append(Chip(state, label, len(found[state]), on, None if on else state, text))
    return tuple(made)
