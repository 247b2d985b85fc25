"""The sidebar: switchers, entries, badges and locks, from role and plan alone.

It announces what the guard will say and decides nothing.
A shell costs one statement: the person's organizations, and the current organization's projects.
"""

from contextlib import suppress
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django_htmx.middleware import HtmxDetails

from accounts.models import Membership, Organization, Project, is_public_id
from accounts.plans import Feature, Plan, includes, required_plan
from orgdash import prepared

_ORGANIZATIONS, _PROJECTS = 1, 2
# The organizations of a person, and of the one that is shown the projects in use and the one on the page.
_LISTED = f"""
SELECT {_ORGANIZATIONS}::int, o.name, o.id, o.public_id, o.plan, s.role
FROM accounts_membership s JOIN accounts_organization o ON o.id = s.organization_id
WHERE s.user_id = %(person)s AND s.removed_at IS NULL AND o.status = '{Organization.Status.ACTIVE}'
UNION ALL
SELECT {_PROJECTS}, p.name, p.id, p.public_id, p.status, ''
FROM accounts_project p
WHERE p.organization_id = %(organization)s AND (p.status = '{Project.Status.ACTIVE}' OR p.public_id = %(project)s)
ORDER BY 1, 2, 3"""


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
    """What the page frame shows around any page of one member; no more than that, so equal ones look the same."""

    organization: str
    organization_id: str
    plan: str
    person: str
    role: str
    manages: bool
    is_staff: bool
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
    match, organization = request.resolver_match, membership.organization
    page, on_page = (match.url_name, match.kwargs.get("project")) if match else (None, None)
    organizations, projects = _listed(membership, on_page)
    project = next((item for item in projects if item.current), projects[0] if projects else None)
    return Shell(
        organization=organization.name,
        organization_id=organization.public_id,
        plan=organization.get_plan_display(),
        person=membership.user.name,
        role=membership.get_role_display(),
        manages=membership.manages,
        is_staff=membership.user.is_staff,
        organizations=organizations,
        projects=projects,
        project=project,
        project_entries=_project_entries(project, page),
        organization_entries=_organization_entries(membership, page),
        help_entries=_help_entries(page),
    )


def home_url(membership: Membership) -> str:
    """Where this member begins in the organization: its analytics, or for a developer one's own usage."""
    return _home_url(membership.organization.public_id, membership)


def _home_url(organization: str, membership: Membership) -> str:
    return _url("organization_analytics" if membership.manages else "own_usage", organization=organization)


def _url(name: str, **kwargs: str) -> str:
    return reverse(name, kwargs=kwargs)


def _listed(membership: Membership, project: str | None) -> tuple[tuple[MenuItem, ...], tuple[MenuItem, ...]]:
    """The person's organizations, and the projects in use with the one on the page even if it is archived; by name."""
    organization = membership.organization
    on_page = project if project is not None and is_public_id(project) else ""
    with prepared.cursor() as cursor:
        cursor.execute(_LISTED, {"person": membership.user_id, "organization": organization.pk, "project": on_page})
        rows = cursor.fetchall()
    organizations = [row[1:] for row in rows if row[0] == _ORGANIZATIONS]
    before, after = _url("project_analytics", organization=organization.public_id, project="-").rsplit("/-/", 1)
    return tuple(
        MenuItem(
            label=name,
            note=f"{Plan(plan).label} plan",
            url=_home_url(public_id, Membership(role=role)),
            current=number == organization.pk,
        )
        for name, number, public_id, plan, role in organizations
    ), tuple(
        MenuItem(
            label=name,
            note="Archived" if status == Project.Status.ARCHIVED else "",
            url=f"{before}/{public_id}/{after}",
            current=public_id == project,
        )
        for kind, name, _number, public_id, status, _role in rows
        if kind == _PROJECTS
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
