"""The API keys a gateway names: by its own alias of a key, which is our description, and of a team, our project."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from accounts.models import ApiKey, Membership, Organization, Project

HOME = "LiteLLM"  # the project of keys that are made and belong to no team


@dataclass(frozen=True, slots=True)
class Alias:
    """What a gateway calls one of its keys, the team it belongs to, and the e-mail address of the person."""

    key: str
    team: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class NoKey:
    """Why an alias is no API key here, in words; `missing` if one could be made."""

    message: str
    missing: bool = False


def keys(organization: Organization, aliases: Iterable[Alias], *, create: bool) -> dict[Alias, ApiKey | NoKey]:
    """The API key that each alias means. `create` makes those that are missing, and their projects."""
    found = _found(organization, set(aliases))
    if create and any(isinstance(one, NoKey) and one.missing for one in found.values()):
        with transaction.atomic():
            # Two requests that miss the same key at once make one: the second waits here, and then finds it.
            Organization.objects.select_for_update().get(pk=organization.pk)
            found = _found(organization, set(found))
            owner = _owner(organization)
            for alias in sorted(found, key=lambda one: (one.key, one.team or "", one.email or "")):
                found[alias] = _made(organization, alias, owner)
    return found


def _found(organization: Organization, aliases: set[Alias]) -> dict[Alias, ApiKey | NoKey]:
    """Two statements, however many aliases there are."""
    projects, described = defaultdict(list), defaultdict(list)
    teams = {alias.team for alias in aliases if alias.team}
    for project in Project.objects.filter(organization=organization, name__in=teams).order_by("pk"):
        projects[project.name].append(project)
    wanted = ApiKey.objects.filter(project__organization=organization, description__in={one.key for one in aliases})
    for key in wanted.select_related("project").order_by("pk"):
        described[key.description].append(key)
    return {alias: _meant(alias, projects[alias.team or ""], described[alias.key]) for alias in aliases}


def _meant(alias: Alias, projects: list[Project], described: list[ApiKey]) -> ApiKey | NoKey:
    """An active project or key goes before those of its name that are archived or revoked."""
    candidates, place = described, "this organization"
    if alias.team:
        active = [one for one in projects if one.status == Project.Status.ACTIVE] or projects
        if len(active) > 1:
            return NoKey(f'{len(active)} projects are named "{alias.team}", the team\'s alias')
        if not active:
            return NoKey(f'no project is named "{alias.team}", the team\'s alias', missing=True)
        candidates, place = [key for key in described if key.project_id == active[0].pk], f'project "{alias.team}"'
    usable = [key for key in candidates if key.revoked_at is None] or candidates
    if len(usable) > 1:
        return NoKey(f'{len(usable)} API keys of {place} are described as "{alias.key}"')
    return usable[0] if usable else NoKey(f'no API key of {place} is described as "{alias.key}"', missing=True)


def _made(organization: Organization, alias: Alias, owner: Membership | None) -> ApiKey | NoKey:
    """Looked for once more, because the alias before may have made it. Its secret is known to nobody."""
    meant = _found(organization, {alias})[alias]
    if isinstance(meant, ApiKey) or not meant.missing:
        return meant
    creator = _member(organization, alias.email) or owner
    if creator is None:
        return NoKey(f'"{alias.key}" cannot be made: the organization has no owner')
    project = _project(organization, alias.team or HOME)
    if isinstance(project, NoKey):
        return project
    key = ApiKey(project=project, created_by=creator, description=alias.key)
    key.set_secret(ApiKey.new_secret())
    key.save()
    return key


def _project(organization: Organization, name: str) -> Project | NoKey:
    named = list(Project.objects.filter(organization=organization, name=name).order_by("pk"))
    named = [one for one in named if one.status == Project.Status.ACTIVE] or named
    if len(named) > 1:
        return NoKey(f'{len(named)} projects are named "{name}"')
    return named[0] if named else Project.objects.create(organization=organization, name=name)


def _member(organization: Organization, email: str | None) -> Membership | None:
    members = Membership.objects.filter(organization=organization, removed_at=None, user__email=email)
    return members.first() if email else None


def _owner(organization: Organization) -> Membership | None:
    """The one who has belonged to it longest."""
    owners = Membership.objects.filter(organization=organization, removed_at=None, role=Membership.Role.OWNER)
    return owners.order_by("created_at", "pk").first()
