"""Who there is: users, organizations, their members, projects, API keys and access tokens.

Nothing here is ever deleted while usage could point at it: keys are revoked, projects archived, members removed,
organizations marked deleted; foreign keys protect. Public ids (`org_…`, `proj_…`, `key_…`, `mem_…`) are what the
outside sees; database numbers never leave.
"""

import hashlib
import re
import secrets
import zoneinfo
from datetime import datetime, timedelta
from functools import cache
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.dispatch import Signal

from accounts.plans import Plan

# Sent with `organization` and `now`, inside the transaction that changed its reporting time zone: sums are cut anew.
# A receiver may raise ValidationError, for the field time_zone: then nothing may change.
time_zone_changed = Signal()
# Sent with `organization` and the new `time_zone` earlier in that transaction, by whoever wants to hear it before.
time_zone_changing = Signal()


def new_public_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(8)}"


def new_organization_id() -> str:
    return new_public_id("org")


def new_project_id() -> str:
    return new_public_id("proj")


def new_key_id() -> str:
    return new_public_id("key")


def new_member_id() -> str:
    return new_public_id("mem")


# What a public id is made of after its prefix: the characters that stand in a URL as they are.
PUBLIC_ID_LENGTH = 100
_PUBLIC_ID = re.compile(rf"[A-Za-z0-9._~-]{{1,{PUBLIC_ID_LENGTH}}}")


def is_public_id(text: str) -> bool:
    """Whether `text` could be a public id at all; anything else (a NUL, say) has no business in the database.

    >>> is_public_id("org_acme"), is_public_id("org acme"), is_public_id("")
    (True, False, False)
    """
    return _PUBLIC_ID.fullmatch(text) is not None


def hash_secret(secret: str) -> str:
    """SHA-256 in hex. Secrets here are long and random, so a plain hash suffices and lookups stay one index read."""
    return hashlib.sha256(secret.encode()).hexdigest()


@cache
def time_zone_names() -> frozenset[str]:
    """Every IANA zone; the two names that some machines add to them mean nothing on another machine."""
    return frozenset(zoneinfo.available_timezones() - {"Factory", "localtime"})


def validate_time_zone(name: str) -> None:
    if name not in time_zone_names():
        raise ValidationError(f'"{name}" is not an IANA time zone')


MAX_EMAIL = 254  # characters


class LowerCaseEmailField(models.EmailField):  # type: ignore[type-arg]  # generic for the type checker only
    """Stored and searched in lower case: one address is one person, however it is typed."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return value.lower() if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        return self.to_python(super().get_prep_value(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email, **fields)
        user.set_password(password)  # None makes it unusable
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """A person, signing in by e-mail. `username`, `first_name` and `last_name` of Django's user do not exist."""

    username = None  # type: ignore[assignment]  # a field that is taken away
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField(max_length=200)
    email = LowerCaseEmailField(max_length=MAX_EMAIL, unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]  # made without a user name

    def __str__(self) -> str:
        return str(self.email)

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class Organization(models.Model):
    class Status(models.TextChoices):
        ACTIVE = "active"
        DELETED = "deleted"

    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, default=new_organization_id)
    name = models.CharField(max_length=200)
    plan = models.CharField(max_length=20, choices=Plan.choices, default=Plan.FREE)
    time_zone = models.CharField(
        "reporting time zone",
        max_length=64,
        default="UTC",
        validators=[validate_time_zone],
        help_text="IANA name. A change cuts all days of this organization anew.",
    )
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.ACTIVE)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    class Role(models.TextChoices):
        OWNER = "owner", "Owner"
        ADMIN = "admin", "Admin"
        DEVELOPER = "developer", "Developer"

    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, default=new_member_id)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    removed_at = models.DateTimeField(null=True, blank=True, help_text="A removed member's usage stays.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "user"], name="accounts_membership_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.organization}"

    @property
    def manages(self) -> bool:
        """Owners and admins see the whole organization."""
        return self.role in (self.Role.OWNER, self.Role.ADMIN)


class Project(models.Model):
    class Status(models.TextChoices):
        ACTIVE = "active"
        ARCHIVED = "archived"

    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, default=new_project_id)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="projects")
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.ACTIVE)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """A key of one project, made by one member; neither ever changes, so usage may keep their numbers."""

    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, default=new_key_id)
    project = models.ForeignKey(Project, models.PROTECT, related_name="api_keys")
    created_by = models.ForeignKey(Membership, models.PROTECT, related_name="api_keys")
    description = models.CharField(max_length=200)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    last_four = models.CharField(max_length=4, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)  # to the minute; see last_used
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.description

    @staticmethod
    def new_secret() -> str:
        return "sk-org-" + secrets.token_urlsafe(32)

    def set_secret(self, secret: str) -> None:
        """Keep the SHA-256 and the last four characters of `secret`; the secret itself is nowhere stored."""
        self.secret_hash = hash_secret(secret)
        self.last_four = secret[-4:]


TOKEN_LIFETIME = timedelta(days=365)  # unless another is asked for


class AccessToken(models.Model):
    """A bearer token of one organization for the JSON endpoints. Only its SHA-256 is stored."""

    class Scope(models.TextChoices):
        ANALYTICS_READ = "analytics:read"
        USAGE_WRITE = "usage:write"

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="access_tokens")
    name = models.CharField(max_length=200, blank=True)
    scope = models.CharField(max_length=50, choices=Scope.choices)
    creates_keys = models.BooleanField(
        default=False, help_text="With usage:write: API keys (and projects) that a gateway names and nobody made yet."
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: never.")
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)  # to the minute; see last_used
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name or f"token {self.pk}"

    def is_valid(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    @staticmethod
    def new_secret() -> str:
        return "at-org-" + secrets.token_urlsafe(32)


class RateWindow(models.Model):
    """One running minute of one caller's JSON requests; see rate_limit. Unlogged: losing it costs nothing."""

    key = models.CharField(max_length=200, primary_key=True)
    hits = models.BigIntegerField()
    ends_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key
