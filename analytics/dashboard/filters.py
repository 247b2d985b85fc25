"""Filters as people see them: those that are set, and the values that each field offers. No HTML.

A page that fixes a field (its scope) offers the other fields' values only as far as its scope can contain them.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Lower
from django.http import QueryDict

from accounts.models import ApiKey, Membership, Project
from analytics.dashboard.names import isolated
from analytics.metrics import DIMENSIONS, Dimension
from analytics.reporting import reader
from analytics.reporting.parameters import EVERYTHING, PageQuestion, write
from analytics.reporting.query import Filters

LISTED = 200  # values at most in one list; the rest is found by searching


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a field. `status` is "archived", "revoked" or "removed" where that is so, else ""."""

    key: str
    label: str
    status: str = ""
    last_four: str = ""


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
    """What a field offers: the values chosen now, and the others that a search finds, by name; `more`: not all."""

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
    chosen = _named(organization_id, dimension, keys) if keys else ()
    find = find.replace("\x00", "").strip()
    others = _others(organization_id, dimension, keys, find, asked.scope)
    rest = _without(write(asked), dimension.filter)
    return FieldValues(dimension, find, rest, chosen, tuple(others[:LISTED]), len(others) > LISTED)


def _named(organization_id: int, dimension: Dimension, keys: tuple[str, ...]) -> tuple[Option, ...]:
    """Values by their keys, in the order they were chosen in."""
    if dimension.filter == "model":
        return tuple(Option(key, key) for key in keys)
    rows = _values(dimension, organization_id).filter(public_id__in=keys)
    found = {option.key: option for option in map(_option, rows)}
    return tuple(found[key] for key in keys if key in found)


def _others(
    organization_id: int, dimension: Dimension, without: tuple[str, ...], find: str, scope: Filters
) -> list[Option]:
    """By name, one more than are listed."""
    if dimension.filter == "model":
        names = reader.used_models(organization_id, scope)
        found = (name for name in names if name not in without and find.lower() in name.lower())
        return [Option(name, name) for name in found][: LISTED + 1]
    rows = _values(dimension, organization_id, scope).exclude(public_id__in=without)
    named = Q(label__icontains=find) | Q(last_four=find) if dimension.filter == "apiKey" else Q(label__icontains=find)
    return [_option(row) for row in rows.filter(named).order_by(Lower("label"), "public_id")[: LISTED + 1]]


def _option(row: Any) -> Option:
    """`row` is a project, a key or a member, with a `label`."""
    return Option(row.public_id, row.label, _STATUS[type(row)](row), getattr(row, "last_four", ""))


_STATUS: dict[type, Callable[[Any], str]] = {
    Project: lambda project: "archived" if project.status == Project.Status.ARCHIVED else "",
    ApiKey: lambda key: "revoked" if key.revoked_at else "",
    Membership: lambda member: "removed" if member.removed_at else "",
}


def _values(dimension: Dimension, organization_id: int, scope: Filters = EVERYTHING) -> QuerySet[Any]:
    """Every record of the field in the organization, as far as `scope` goes; `label` is its name."""
    if dimension.filter == "apiKey":
        keys = ApiKey.objects.filter(project__organization=organization_id)
        return _scoped(keys.annotate(label=F("description")), scope, project="project", member="created_by")
    if dimension.filter == "project":
        projects = Project.objects.filter(organization=organization_id)
        return _scoped(projects.annotate(label=F("name")), scope, member="api_keys__created_by")
    members = Membership.objects.filter(organization=organization_id)
    return _scoped(members.annotate(label=F("user__name")), scope, project="api_keys__project")


def _scoped(rows: QuerySet[Any], scope: Filters, **paths: str) -> QuerySet[Any]:
    """Rows that belong to what the scope names; `paths` lead from a row to it."""
    for field in fields(scope):
        if getattr(scope, field.name):
            within = rows.model.objects.filter(
                **{f"{paths[field.name]}__public_id__in": getattr(scope, field.name)}
            ).values("pk")
            rows = rows.filter(pk__in=within)
    return rows
