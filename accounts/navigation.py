"""The sidebar: switchers, entries, badges and locks, from role and plan alone.

It announces what the guard will say and decides nothing.
A shell costs two statements: the person's organizations, and the current organization's projects.
"""

from contextlib import suppress
from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django_htmx.middleware import HtmxDetails

from accounts.models import Membership, Organization, Project, is_public_id
from accounts.plans import Feature, includes, required_plan


@dataclass(frozen=True, slots=True)
class Badge:
    text: str
    included: bool

    @property
    def note(self) -> str:
        return "included" if self.included else "needs upgrade"


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One line of the sidebar. A locked one stays a link: the page behind it explains."""

    label: str
    url: str
    icon: str
    current: bool
    badge: Badge | None = None
    locked: bool = False

    @property
    def accessible_name(self) -> str:
        notes = [self.label]
        if self.badge:
            notes.append(self.badge.text)
        if self.locked:
            notes.append("owners and admins only")
        elif self.badge and not self.badge.included:
            notes.append("needs upgrade")
        return ", ".join(notes)

    @property
    def tooltip(self) -> str:
        """Where role and plan both block, the role is explained."""
        if self.locked:
            return "Only owners and admins can open this"
        return f"Part of the {self.badge.text} plan" if self.badge and not self.badge.included else ""


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One line of a switcher's menu."""

    label: str
    note: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Shell:
    """What the page frame shows around any page of one member."""

    membership: Membership
    organizations: tuple[MenuItem, ...]
    projects: tuple[MenuItem, ...]
    project: MenuItem | None
    project_entries: tuple[MenuEntry, ...]
    organization_entries: tuple[MenuEntry, ...]
    help_entries: tuple[MenuEntry, ...]


class PageRequest(HttpRequest):
    """A request as pages see it: what htmx says of it, and the frame that the guard prepares for a whole page."""

    htmx: HtmxDetails
    shell: Shell


def shell(request: HttpRequest, membership: Membership) -> Shell:
    match = request.resolver_match
    page = match.url_name if match else None
    projects = _projects(membership.organization, match.kwargs.get("project") if match else None)
    project = next((item for item in projects if item.current), projects[0] if projects else None)
    return Shell(
        membership=membership,
        organizations=_organizations(membership),
        projects=projects,
        project=project,
        project_entries=_project_entries(project, page),
        organization_entries=_organization_entries(membership, page),
        help_entries=_help_entries(page),
    )


def home_url(membership: Membership) -> str:
    """Where this member begins in the organization: its analytics, or for a developer one's own usage."""
    name = "organization_analytics" if membership.manages else "own_usage"
    return _url(name, organization=membership.organization.public_id)


def _url(name: str, **kwargs: str) -> str:
    return reverse(name, kwargs=kwargs)


def _organizations(current: Membership) -> tuple[MenuItem, ...]:
    others = (
        Membership.objects.filter(
            user=current.user_id, removed_at=None, organization__status=Organization.Status.ACTIVE
        )
        .select_related("organization")
        .order_by("organization__name", "organization_id")
    )
    return tuple(
        MenuItem(
            label=membership.organization.name,
            note=f"{membership.organization.get_plan_display()} plan",
            url=home_url(membership),
            current=membership.pk == current.pk,
        )
        for membership in others
    )


def _projects(organization: Organization, current: str | None) -> tuple[MenuItem, ...]:
    """The active ones, and the one on the page even if it is archived."""
    shown = Q(status=Project.Status.ACTIVE)
    if current is not None and is_public_id(current):
        shown |= Q(public_id=current)
    return tuple(
        MenuItem(
            label=project.name,
            note="Archived" if project.status == Project.Status.ARCHIVED else "",
            url=_url("project_analytics", organization=organization.public_id, project=project.public_id),
            current=project.public_id == current,
        )
        for project in organization.projects.filter(shown).order_by("name", "pk")
    )


def _project_entries(project: MenuItem | None, page: str | None) -> tuple[MenuEntry, ...]:
    if project is None:
        return ()
    return (MenuEntry("Analytics", project.url, "chart", current=page == "project_analytics"),)


def _organization_entries(membership: Membership, page: str | None) -> tuple[MenuEntry, ...]:
    organization = membership.organization
    feature = Feature.ORGANIZATION_ANALYTICS
    return (
        MenuEntry(
            "Analytics",
            _url("organization_analytics", organization=organization.public_id),
            "chart",
            current=page == "organization_analytics",
            badge=Badge(required_plan(feature).label, includes(organization.plan, feature)),
            locked=not membership.manages,
        ),
        MenuEntry(
            "Your usage", _url("own_usage", organization=organization.public_id), "key", current=page == "own_usage"
        ),
    )


# Label, address, icon: what stands under Help for everybody.
_HELP = (
    ("The numbers", "organization_analytics_help", "book"),
    ("Send usage", "send_usage", "send"),
    ("API reference", "api_help", "code"),
)


def _help_entries(page: str | None) -> tuple[MenuEntry, ...]:
    """Those that this site has: a part of it may be mounted alone."""
    found = []
    for label, name, icon in _HELP:
        with suppress(NoReverseMatch):
            found.append(MenuEntry(label, reverse(name), icon, current=page in (name, f"{name}_from")))
    return tuple(found)
