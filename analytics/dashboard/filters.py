"""Filters as people see them: those that are set, and the values that each field offers. No HTML.

A field offers what was used in the window shown, inside the other filters and what the page fixes itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import F, QuerySet
from django.http import QueryDict

from accounts.models import ApiKey, Membership, Project
from analytics.dashboard.names import isolated
from analytics.metrics import DIMENSIONS, METRICS, Dimension
from analytics.reporting import reports
from analytics.reporting.columns import measured
from analytics.reporting.parameters import PageQuestion, write
from analytics.reporting.query import Filters
from analytics.reporting.sums import Number

LISTED = 200  # values at most in one list; the rest is found by searching


@dataclass(frozen=True, slots=True)
class Cost:
    """What a value cost in the window shown; `amount` None: not priced."""

    amount: Number | None


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a field. `status` is "archived", "revoked" or "removed" where that is so, else "".

    Without `cost` it was not used in the window.
    """

    key: str
    label: str
    status: str = ""
    last_four: str = ""
    cost: Cost | None = None


@dataclass(frozen=True, slots=True)
class ActiveFilter:
    """The filter on one field."""

    dimension: Dimension
    options: tuple[Option, ...]
    rest: QueryDict  # the page's parameters without this filter
    next: str  # the field of the filter after this one; "" for the last

    @property
    def verb(self) -> str:
        return "is" if len(self.options) == 1 else "is any of"

    @property
    def text(self) -> str:
        return self.options[0].label if len(self.options) == 1 else f"{len(self.options)} {self.dimension.plural}"

    @property
    def names(self) -> str:
        return ", ".join(isolated(option.label) for option in self.options)

    @property
    def sentence(self) -> str:
        return f"{self.dimension.label} {self.verb} {isolated(self.text)}"


@dataclass(frozen=True, slots=True)
class FieldValues:
    """What a field offers: the values chosen now, and the others that a search finds, the dearest first.

    `more`: not all of them.
    """

    dimension: Dimension
    find: str
    rest: QueryDict  # the page's parameters without this field
    chosen: tuple[Option, ...]
    others: tuple[Option, ...]
    more: bool


def offered(scope: Filters) -> tuple[Dimension, ...]:
    """The dimensions that a page with this scope can be grouped and filtered by: not what it fixes itself."""
    return tuple(dimension for dimension in DIMENSIONS.values() if not getattr(scope, dimension.filter))


def active(asked: PageQuestion) -> tuple[ActiveFilter, ...]:
    """One per field that is filtered, in the order of the fields; what the page itself fixes is none."""
    query, parameters = asked.query, write(asked)
    filtered = [dimension for dimension in offered(asked.scope) if getattr(query.filters, dimension.filter)]
    following = [*(dimension.filter for dimension in filtered[1:]), ""]
    return tuple(
        ActiveFilter(
            dimension=dimension,
            options=_named(query.organization_id, dimension, getattr(query.filters, dimension.filter)),
            rest=_without(parameters, dimension.filter),
            next=after,
        )
        for dimension, after in zip(filtered, following, strict=False)
    )


def _without(parameters: QueryDict, field: str) -> QueryDict:
    rest = parameters.copy()
    rest.pop(field, None)
    return rest


def field_values(asked: PageQuestion, dimension: Dimension, find: str) -> FieldValues:
    """The values of one field. Those chosen are always among them, whatever is searched for."""
    organization_id, keys = asked.query.organization_id, getattr(asked.query.filters, dimension.filter)
    used = _used(asked, dimension)
    costs = {option.key: option for option in used}
    named = _named(organization_id, dimension, keys) if keys else ()
    chosen = (
        *(option for option in used if option.key in keys),
        *(option for option in named if option.key not in costs),
    )
    find = find.replace("\x00", "").strip()
    others = [option for option in used if option.key not in keys and _matches(option, find)]
    rest = _without(write(asked), dimension.filter)
    return FieldValues(dimension, find, rest, chosen, tuple(others[:LISTED]), len(others) > LISTED)


def _matches(option: Option, find: str) -> bool:
    return find.casefold() in option.label.casefold() or find == option.last_four


def _named(organization_id: int, dimension: Dimension, keys: tuple[str, ...]) -> tuple[Option, ...]:
    """Values by their keys, in the order they were chosen in."""
    if dimension.filter == "model":
        return tuple(Option(key, key) for key in keys)
    rows = _values(dimension, organization_id).filter(public_id__in=keys)
    found = {option.key: option for option in map(_option, rows)}
    return tuple(found[key] for key in keys if key in found)


def _used(asked: PageQuestion, dimension: Dimension) -> list[Option]:
    """What was used in the window as far as the other filters let through: the dearest first. None leads to nothing."""
    query = asked.query
    rest = replace(query.filters, **{dimension.filter: ()})
    found = reports.groups(replace(query, dimension=dimension, metric=METRICS["cost"], filters=rest))
    return [
        Option(group.key, group.label, group.status, group.last_four, Cost(measured(group.sums, METRICS["cost"])))
        for group in found
        if group.key is not None
    ]


def _option(row: Any) -> Option:
    """`row` is a project, a key or a member, with a `label`."""
    return Option(row.public_id, row.label, _STATUS[type(row)](row), getattr(row, "last_four", ""))


_STATUS: dict[type, Callable[[Any], str]] = {
    Project: lambda project: "archived" if project.status == Project.Status.ARCHIVED else "",
    ApiKey: lambda key: "revoked" if key.revoked_at else "",
    Membership: lambda member: "removed" if member.removed_at else "",
}


def _values(dimension: Dimension, organization_id: int) -> QuerySet[Any]:
    """Every record of the field in the organization; `label` is its name."""
    if dimension.filter == "apiKey":
        return ApiKey.objects.filter(project__organization=organization_id).annotate(label=F("description"))
    if dimension.filter == "project":
        return Project.objects.filter(organization=organization_id).annotate(label=F("name"))
    return Membership.objects.filter(organization=organization_id).annotate(label=F("user__name"))
