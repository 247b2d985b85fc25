"""Filters as people see them: the chips of those chosen, and the values that each field offers. No HTML.

A page that fixes a field (its scope) offers the other fields' values only as far as its scope can contain them.
"""

from dataclasses import dataclass, fields

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Lower
from django.http import QueryDict

from accounts.models import ApiKey, Membership, Project
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
class Chip:
    """The filter on one field."""

    dimension: Dimension
    options: tuple[Option, ...]
    rest: QueryDict  # the page's parameters without this filter
    next: str  # the field of the chip after this one; "" for the last

    @property
    def verb(self) -> str:
        return "is" if len(self.options) == 1 else "is any of"

    @property
    def text(self) -> str:
        return self.options[0].label if len(self.options) == 1 else f"{len(self.options)} {self.dimension.plural}"

    @property
    def names(self) -> str:
        return ", ".join(option.label for option in self.options)

    @property
    def sentence(self) -> str:
        return f"{self.dimension.label} {self.verb} {self.text}"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a field offers: the values chosen now, and the others that a search finds, by name; `more`: not all."""

    dimension: Dimension
    find: str
    rest: QueryDict  # the page's parameters without this field
    chosen: tuple[Option, ...]
    others: tuple[Option, ...]
    more: bool


def offered(scope: Filters) -> tuple[Dimension, ...]:
    """The dimensions that a page with this scope can be grouped and filtered by: not what it fixes itself."""
    return tuple(one for one in DIMENSIONS.values() if not getattr(scope, one.filter))


def chips(asked: PageQuestion) -> tuple[Chip, ...]:
    """One per field that is filtered, in the order of the fields; what the page itself fixes is none."""
    query, parameters = asked.query, write(asked)
    filtered = [one for one in offered(asked.scope) if getattr(query.filters, one.filter)]
    following = [*(one.filter for one in filtered[1:]), ""]
    return tuple(
        Chip(
            dimension=one,
            options=_named(query.organization_id, one, getattr(query.filters, one.filter)),
            rest=_without(parameters, one.filter),
            next=after,
        )
        for one, after in zip(filtered, following, strict=False)
    )


def _without(parameters: QueryDict, field: str) -> QueryDict:
    rest = parameters.copy()
    rest.pop(field, None)
    return rest


def choice(asked: PageQuestion, dimension: Dimension, find: str) -> Choice:
    """The values of one field. Those chosen are always among them, whatever is searched for."""
    organization_id, keys = asked.query.organization_id, getattr(asked.query.filters, dimension.filter)
    chosen = _named(organization_id, dimension, keys) if keys else ()
    find = find.replace("\x00", "").strip()
    others = _others(organization_id, dimension, keys, find, asked.scope)
    rest = _without(write(asked), dimension.filter)
    return Choice(dimension, find, rest, chosen, tuple(others[:LISTED]), len(others) > LISTED)


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


def _option(row: Project | ApiKey | Membership) -> Option:
    return Option(row.public_id, row.label, _STATUS[type(row)](row), getattr(row, "last_four", ""))


_STATUS = {
    Project: lambda project: "archived" if project.status == Project.Status.ARCHIVED else "",
    ApiKey: lambda key: "revoked" if key.revoked_at else "",
    Membership: lambda member: "removed" if member.removed_at else "",
}


def _values(dimension: Dimension, organization_id: int, scope: Filters = EVERYTHING) -> QuerySet:
    """Every record of the field in the organization, as far as `scope` goes; `label` is its name."""
    if dimension.filter == "apiKey":
        keys = ApiKey.objects.filter(project__organization=organization_id)
        return _scoped(keys, scope, project="project", member="created_by").annotate(label=F("description"))
    if dimension.filter == "project":
        projects = Project.objects.filter(organization=organization_id)
        return _scoped(projects, scope, member="api_keys__created_by").annotate(label=F("name"))
    members = Membership.objects.filter(organization=organization_id)
    return _scoped(members, scope, project="api_keys__project").annotate(label=F("user__name"))


def _scoped(rows: QuerySet, scope: Filters, **paths: str) -> QuerySet:
    """Rows that belong to what the scope names; `paths` lead from a row to it."""
    for field in fields(scope):
        if getattr(scope, field.name):
            within = rows.model.objects.filter(
                **{f"{paths[field.name]}__public_id__in": getattr(scope, field.name)}
            ).values("pk")
            rows = rows.filter(pk__in=within)
    return rows
