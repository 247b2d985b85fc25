"""load_workspace: the whole file is validated, then written in one transaction. What it does not name stays."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import connection, models, transaction

from accounts.models import ApiKey, Membership, Organization, Project, User, hash_secret, time_zone_changed
from accounts.workspace_file import (
    KeyEntry,
    MemberEntry,
    OrganizationEntry,
    Problem,
    ProjectEntry,
    WorkspaceError,
    WorkspaceFile,
    numbered,
    parse,
)

_LOCK = 0x776F726B << 32  # its upper half tells it from the locks that writers of usage take


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many entries of the file were created, changed or found as they are; `secrets` are (key id, new secret)."""

    created: int
    changed: int
    unchanged: int
    secrets: tuple[tuple[str, str], ...]


def load(content: bytes, now: datetime) -> Outcome:
    """Writes all of the file or raises WorkspaceError and writes nothing."""
    file = parse(content)
    with transaction.atomic():
        _one_load_at_a_time()
        stored = _read(file)
        if conflicts := list(_conflicts(file, stored)):
            raise WorkspaceError(*conflicts)
        return _Writer(stored, now).write(file)


def _one_load_at_a_time() -> None:
    """Two loads of one file at the same moment: the second finds everything there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


# What is there


@dataclass(frozen=True, slots=True)
class _Stored:
    """Rows that the file names, by what it calls them. Memberships by (organization id, e-mail)."""

    organizations: dict[str, Organization]
    users: dict[str, User]
    memberships: dict[tuple[str, str], Membership]
    projects: dict[str, Project]
    keys: dict[str, ApiKey]
    keys_by_hash: dict[str, ApiKey]

    def members_of(self, organization: str) -> set[str]:
        return {
            email
            for (where, email), membership in self.memberships.items()
            if where == organization and membership.removed_at is None
        }


def _read(file: WorkspaceFile) -> _Stored:
    projects = [project for organization in file.organizations for project in organization.projects]
    keys = [key for project in projects for key in project.api_keys]
    members = [member for organization in file.organizations for member in organization.members]
    organization_ids = [organization.id for organization in file.organizations]
    emails = {member.email for member in members} | {key.created_by for key in keys}
    memberships = Membership.objects.filter(organization__public_id__in=organization_ids, user__email__in=emails)
    api_keys = ApiKey.objects.select_related("project", "created_by__user")
    return _Stored(
        organizations=Organization.objects.in_bulk(organization_ids, field_name="public_id"),
        users=User.objects.in_bulk(emails, field_name="email"),
        memberships={
            (membership.organization.public_id, membership.user.email): membership
            for membership in memberships.select_related("organization", "user")
        },
        projects=Project.objects.select_related("organization").in_bulk(
            [project.id for project in projects], field_name="public_id"
        ),
        keys=api_keys.in_bulk([key.id for key in keys], field_name="public_id"),
        keys_by_hash=api_keys.in_bulk(
            [hash_secret(key.secret) for key in keys if key.secret], field_name="secret_hash"
        ),
    )


# What the file may not change


def _conflicts(file: WorkspaceFile, stored: _Stored) -> Iterator[Problem]:
    for at, organization in numbered(file.organizations, "organizations"):
        members = {member.email for member in organization.members} | stored.members_of(organization.id)
        for at_project, project in numbered(organization.projects, f"{at}.projects"):
            known = stored.projects.get(project.id)
            if known and known.organization.public_id != organization.id:
                yield Problem(f"{at_project}.id", f'"{project.id}" belongs to another organization')
            for at_key, key in numbered(project.api_keys, f"{at_project}.api_keys"):
                if key.id in stored.keys:
                    yield from _known_key_conflicts(at_key, key, project, stored.keys[key.id])
                elif key.created_by not in members:
                    yield Problem(f"{at_key}.created_by", f'"{key.created_by}" is not a member of {organization.id}')
                owner = stored.keys_by_hash.get(hash_secret(key.secret)) if key.secret else None
                if owner and owner.public_id != key.id:
                    yield Problem(f"{at_key}.secret", "is already the secret of another key")


def _known_key_conflicts(at: str, key: KeyEntry, project: ProjectEntry, known: ApiKey) -> Iterator[Problem]:
    if known.project.public_id != project.id:
        yield Problem(f"{at}.id", f'"{key.id}" belongs to another project; a key never changes its project')
    elif known.created_by.user.email != key.created_by:
        yield Problem(f"{at}.created_by", f'"{key.id}" was created by someone else; a key never changes its creator')


# Writing


class _Writer:
    """One run: counts what happens to each entry and collects the secrets it makes."""

    def __init__(self, stored: _Stored, now: datetime) -> None:
        self.stored = stored
        self.now = now
        self.counts: Counter[str] = Counter()
        self.secrets: list[tuple[str, str]] = []
        self.moved: dict[str, Organization] = {}  # by their place in the file

    def write(self, file: WorkspaceFile) -> Outcome:
        for at, entry in numbered(file.organizations, "organizations"):
            organization = self._organization(entry, at)
            for member in entry.members:
                self._member(organization, member)
            for project in entry.projects:
                self._project(organization, project)
        if problems := list(self._move()):
            raise WorkspaceError(*problems)
        return Outcome(self.counts["created"], self.counts["changed"], self.counts["unchanged"], tuple(self.secrets))

    def _move(self) -> Iterator[Problem]:
        # Ascending, as every writer of usage takes its locks: the other way round would be a deadlock.
        for at, organization in sorted(self.moved.items(), key=lambda moved: moved[1].pk):
            try:
                time_zone_changed.send(sender=Organization, organization=organization, now=self.now)
            except ValidationError as refused:
                for field, messages in refused.message_dict.items():
                    yield Problem(f"{at}.{field}", " ".join(messages))

    def _organization(self, entry: OrganizationEntry, at: str) -> Organization:
        known = self.stored.organizations.get(entry.id)
        values = entry.said("name", "plan", "time_zone", "status", new=known is None)
        if known and known.time_zone != values.get("time_zone", known.time_zone):
            self.moved[at] = known
        organization = known or Organization(public_id=entry.id)
        self.counts[_put(organization, values)] += 1
        return organization

    def _member(self, organization: Organization, entry: MemberEntry) -> None:
        user = self.stored.users.setdefault(entry.email, User(email=entry.email))
        user_change = _put(user, {"name": entry.name, "password": _password(user, entry)})
        where = (organization.public_id, entry.email)
        membership = self.stored.memberships.setdefault(where, Membership(organization=organization, user=user))
        membership_change = _put(membership, {"role": entry.role, "removed_at": None})
        # One entry is one count: a person who was there and only renamed is a change.
        renamed = (user_change, membership_change) == ("changed", "unchanged")
        self.counts["changed" if renamed else membership_change] += 1

    def _project(self, organization: Organization, entry: ProjectEntry) -> None:
        known = self.stored.projects.get(entry.id)
        project = known or Project(public_id=entry.id, organization=organization)
        self.counts[_put(project, entry.said("name", "status", new=known is None))] += 1
        for key in entry.api_keys:
            self._key(organization, project, key)

    def _key(self, organization: Organization, project: Project, entry: KeyEntry) -> None:
        key = self.stored.keys.get(entry.id)
        secret = entry.secret
        if key is None:
            creator = self.stored.memberships[organization.public_id, entry.created_by]
            key = ApiKey(public_id=entry.id, project=project, created_by=creator)
            if secret is None:
                secret = ApiKey.new_secret()
                self.secrets.append((entry.id, secret))
        values = entry.said("description", "status", new=key.pk is None)
        if status := values.pop("status", None):
            values["revoked_at"] = (key.revoked_at or self.now) if status == "revoked" else None
        if secret is not None:
            values |= {"secret_hash": hash_secret(secret), "last_four": secret[-4:]}
        self.counts[_put(key, values)] += 1


def _password(user: User, entry: MemberEntry) -> str:
    """The stored form: the one that is there, else the file's, else one that nobody can type."""
    if user.password and (user.has_usable_password() or entry.password is None):
        return user.password
    return make_password(entry.password)


def _put(row: models.Model, values: dict[str, Any]) -> str:
    """Saves what differs, and says in a word what that was."""
    different = [name for name, value in values.items() if getattr(row, name) != value]
    for name in different:
        setattr(row, name, values[name])
    if row.pk is None:
        row.save()
        return "created"
    if different:
        row.save(update_fields=different)
        return "changed"
    return "unchanged"
