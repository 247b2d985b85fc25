"""The API keys a gateway names: by its own alias of a key, which is our description, and of a team, our project."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count

from accounts import quotas
from accounts.models import ApiKey, Membership, Organization, Project
from accounts.quotas import Quota

HOME = "LiteLLM"  # the project of keys that are made and belong to no team
AT_ONCE = 1000  # rows of one statement


@dataclass(frozen=True, slots=True)
class Alias:
    """What a gateway calls one of its keys, the team it belongs to, and the e-mail address of the person.

    `hashed` is the gateway's hash of the key: what a key without a name was called before it had one.
    """

    key: str
    team: str | None = None
    email: str | None = None
    hashed: str | None = None


@dataclass(frozen=True, slots=True)
class NoKey:
    """Why an alias is no API key here, in words; `missing` if one could be made, `seconds` after which one can."""

    message: str
    missing: bool = False
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class _Named:
    """What an organization has of the names in question."""

    projects: dict[str, list[Project]]
    keys: dict[str, list[ApiKey]]  # by description


def keys(organization: Organization, aliases: Iterable[Alias], *, create: bool) -> dict[Alias, ApiKey | NoKey]:
    """The API key that each alias means. `create` makes those that are missing, and their projects."""
    wanted = set(aliases)
    named = _named(organization, wanted)
    found = {alias: _meant(alias, named) for alias in wanted}
    if not create or not any(isinstance(meant, NoKey) and meant.missing for meant in found.values()):
        return found
    with transaction.atomic():
        # Two requests that miss the same key at once make one: the second waits here, and then finds it.
        Organization.objects.select_for_update().get(pk=organization.pk)
        named, members = _named(organization, wanted), _members(organization, wanted)
        making = _Making(organization)
        found = {alias: _meant_or_made(alias, named, members, making) for alias in sorted(wanted, key=repr)}
        making.save()
    return found


class _Making:
    """What is made for one request: saved at once, however much it is, and counted once."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization
        self._projects, self._keys = list[Project](), list[ApiKey]()
        self._left = {quota: quotas.left(quota, organization.pk) for quota in (quotas.KEYS, quotas.PROJECTS)}
        self._seconds = {quota: quotas.wait_seconds(quota, organization.pk) for quota in self._left}

    def no_room(self, *wanted: Quota) -> NoKey | None:
        """Why none of these may be made, where a quota of the day is used up."""
        for quota in wanted:
            if not self._left[quota]:
                what = "API keys" if quota is quotas.KEYS else "projects"
                why = f"senders had {quota.most} {what} made in this organization in a day"
                return NoKey(why, seconds=self._seconds[quota])
        return None

    def project(self, name: str) -> Project:
        self._left[quotas.PROJECTS] -= 1
        self._projects.append(Project(organization=self._organization, name=name))
        return self._projects[-1]

    def key(self, project: Project, creator: Membership, description: str) -> ApiKey:
        self._left[quotas.KEYS] -= 1
        key = ApiKey(project=project, created_by=creator, description=description)
        key.set_secret(ApiKey.new_secret())
        self._keys.append(key)
        return key

    def save(self) -> None:
        Project.objects.bulk_create(self._projects, batch_size=AT_ONCE)
        ApiKey.objects.bulk_create(self._keys, batch_size=AT_ONCE)
        quotas.take(quotas.PROJECTS, self._organization.pk, len(self._projects))
        quotas.take(quotas.KEYS, self._organization.pk, len(self._keys))


def _named(organization: Organization, aliases: set[Alias]) -> _Named:
    """Two statements, however many aliases there are."""
    named = _Named(defaultdict(list), defaultdict(list))
    teams = {HOME} | {alias.team for alias in aliases if alias.team}
    for project in Project.objects.filter(organization=organization, name__in=teams).order_by("pk"):
        named.projects[project.name].append(project)
    names = {name for alias in aliases for name in (alias.key, alias.hashed) if name}
    described = ApiKey.objects.filter(project__organization=organization, description__in=names)
    for key in described.select_related("project").order_by("pk"):
        named.keys[key.description].append(key)
    return named


def _meant(alias: Alias, named: _Named) -> ApiKey | NoKey:
    """Of keys of one name those in use go before revoked ones; without a team, that of `HOME` before others.

    Where none has the name, one that is described by the hash: it is the key from before it had a name.
    """
    meant = _described(alias.key, alias, named)
    if not isinstance(meant, NoKey) or not meant.missing or alias.hashed in (None, alias.key):
        return meant
    earlier = _described(alias.hashed, alias, named)
    return earlier if isinstance(earlier, ApiKey) else meant


def _described(name: str, alias: Alias, named: _Named) -> ApiKey | NoKey:
    candidates, place = named.keys[name], "this organization"
    if alias.team:
        project = _project(alias.team, named)
        if isinstance(project, NoKey):
            return project
        candidates, place = [key for key in candidates if key.project == project], f'project "{alias.team}"'
    usable = [key for key in candidates if key.revoked_at is None] or candidates
    if not alias.team and len(usable) > 1:
        usable = [key for key in usable if key.project.name == HOME] or usable
    if len(usable) > 1:
        return NoKey(f'{len(usable)} API keys of {place} are described as "{name}"')
    return usable[0] if usable else NoKey(f'no API key of {place} is described as "{name}"', missing=True)


def _project(name: str, named: _Named) -> Project | NoKey:
    """An active one goes before archived ones of its name."""
    projects = named.projects[name]
    usable = [project for project in projects if project.status == Project.Status.ACTIVE] or projects
    if len(usable) > 1:
        return NoKey(f'{len(usable)} projects are named "{name}"')
    return usable[0] if usable else NoKey(f'no project is named "{name}"', missing=True)


def _meant_or_made(alias: Alias, named: _Named, members: dict[str, Membership], making: _Making) -> ApiKey | NoKey:
    """Nobody knows the secret of a key that is made here; the gateway's name finds it from then on."""
    meant = _meant(alias, named)
    if isinstance(meant, ApiKey) or not meant.missing:
        return meant
    creator = members.get((alias.email or "").lower()) or members.get("")
    if creator is None:
        return NoKey(f'"{alias.key}" cannot be made: the organization has no owner')
    project = _project(alias.team or HOME, named)
    if isinstance(project, NoKey) and not project.missing:
        return project
    made = (quotas.KEYS, quotas.PROJECTS) if isinstance(project, NoKey) else (quotas.KEYS,)
    if no_room := making.no_room(*made):
        return no_room
    if isinstance(project, NoKey):
        project = making.project(alias.team or HOME)
        named.projects[project.name].append(project)
    key = making.key(project, creator, alias.key)
    named.keys[key.description].append(key)
    return key


def _members(organization: Organization, aliases: set[Alias]) -> dict[str, Membership]:
    """Those of these e-mail addresses; under "" the owner who has belonged to the organization longest, if any."""
    members = Membership.objects.filter(organization=organization, removed_at=None)
    emails = {alias.email.lower() for alias in aliases if alias.email}
    found = {member.user.email: member for member in members.filter(user__email__in=emails).select_related("user")}
    owner = members.filter(role=Membership.Role.OWNER).order_by("created_at", "pk").first()
    return found | ({"": owner} if owner else {})


def people(organization: Organization, emails: Iterable[str]) -> dict[str, str]:
    """The names of the members among these e-mail addresses, in lower case; with the address where two share a name."""
    members = Membership.objects.filter(organization=organization, removed_at=None)
    wanted = {email.lower() for email in emails}
    found = dict(members.filter(user__email__in=wanted).values_list("user__email", "user__name"))
    namesakes = members.filter(user__name__in=set(found.values())).values("user__name").annotate(count=Count("pk"))
    shared = {person["user__name"] for person in namesakes if person["count"] > 1}
    return {email: f"{name} ({email})" if name and name in shared else name or email for email, name in found.items()}
