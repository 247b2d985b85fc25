"""What goes when a person leaves an organization, or is forgotten altogether. What was used stays in every sum."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Model, QuerySet

from accounts.models import ApiKey, Membership, User

ANONYMOUS = "Former member"


@dataclass(frozen=True, slots=True)
class Left:
    """How many memberships ended, and how many API keys of theirs could be used until then."""

    members: int
    keys: int


def usable_keys(memberships: QuerySet[Membership]) -> QuerySet[ApiKey]:
    return ApiKey.objects.filter(created_by__in=memberships, revoked_at=None)


@transaction.atomic
def remove(memberships: QuerySet[Membership], now: datetime, *, revoke: bool) -> Left:
    """Ends those that have not ended. `revoke` says whether their API keys end with them, or go on sending."""
    present = list(memberships.filter(removed_at=None).values_list("pk", flat=True))
    keys = ApiKey.objects.filter(created_by__in=present, revoked_at=None)
    count = keys.update(revoked_at=now) if revoke else keys.count()
    return Left(Membership.objects.filter(pk__in=present).update(removed_at=now), count)


@transaction.atomic
def anonymize(email: str, now: datetime, *, revoke: bool) -> Left:
    """Takes name, e-mail, password, rights, sessions and sign-ins of a person away; raises User.DoesNotExist.

    The row stays, with nothing in it: usage points at its memberships.
    """
    user = User.objects.select_for_update().get(email=email)
    left = remove(user.memberships.all(), now, revoke=revoke)
    for model in (AccessAttempt, AccessFailureLog, AccessLog):
        model.objects.filter(username=user.email).delete()
    _sign_out_everywhere(user)
    user.groups.clear()
    user.user_permissions.clear()
    user.name, user.email, user.last_login = ANONYMOUS, f"{secrets.token_hex(8)}@anonymous.invalid", None
    user.is_active = user.is_staff = user.is_superuser = False
    user.set_unusable_password()
    user.save()
    for row in (user, *user.memberships.select_related("user", "organization")):
        _rename_in_log(row)
    return left


def _sign_out_everywhere(user: User) -> None:
    """Sessions say whose they are only when they are opened, one by one."""
    theirs = [
        session.pk for session in Session.objects.iterator() if session.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
    Session.objects.filter(pk__in=theirs).delete()


def _rename_in_log(row: Model) -> None:
    """The admin's log keeps what a row was called when it was changed."""
    entries = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(row), object_id=str(row.pk))
    entries.update(object_repr=str(row))
