"""The demo into the database: people by load_workspace, usage as events are recorded, all of it or nothing."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.db import transaction

from accounts import workspace
from accounts.models import ApiKey, Membership, User
from analytics.demo.cast import ALIAS, COMPANIES, PASSWORD, Company, Key
from analytics.demo.traffic import DAYS, Call, calls
from analytics.ledger import rebuild
from analytics.ledger.usage_event import UsageEvent
from analytics.models import ModelAlias


def plant(now: datetime, scale: float, planted: Callable[[], object]) -> None:
    """The same for the same `now`, ids included. `planted` is called after every request."""
    with transaction.atomic():
        workspace.load(json.dumps(workspace_file()).encode(), now)
        _settle(now)
        rebuild.backfill(_events(now, scale, planted))
        provider, name, canonical = ALIAS
        ModelAlias.objects.get_or_create(provider=provider, name=name, defaults={"canonical": canonical})


def workspace_file() -> dict[str, object]:
    """The cast as load_workspace wants it."""
    return {"organizations": [_organization(company) for company in COMPANIES]}


def _organization(company: Company) -> dict[str, object]:
    return {
        "id": f"org_{company.slug}",
        "name": company.name,
        "plan": company.plan,
        "time_zone": company.time_zone,
        "members": [{"email": email, "name": name, "role": role} for email, name, role in company.members],
        "projects": [
            {
                "id": f"proj_{project.slug}",
                "name": project.name,
                "status": "archived" if project.archived else "active",
                "api_keys": [_api_key(key) for key in (*project.keys, *project.idle)],
            }
            for project in company.projects
        ],
    }


def _api_key(key: Key) -> dict[str, object]:
    # Made from the name, so that even the last four characters are the same every time. Nobody's money hangs on them.
    secret = b64encode(hashlib.sha256(f"orgdash demo {key.description}".encode()).digest(), b"-_").decode().rstrip("=")
    return {
        "id": _key_id(key),
        "description": key.description,
        "created_by": key.creator,
        "status": "revoked" if key.revoked else "active",
        "secret": f"sk-org-{secret}",
    }


def _key_id(key: Key) -> str:
    return f"key_{key.description}"


def _settle(now: datetime) -> None:
    """What the workspace file cannot say: readable member ids, when a key was made and revoked, and when one was used
    last that left no usage; and one password for all."""
    for company in COMPANIES:
        for email, _, _ in company.members:
            Membership.objects.filter(organization__public_id=f"org_{company.slug}", user__email=email).update(
                public_id=f"mem_{company.slug}_{email.partition('@')[0]}"
            )
        for project in company.projects:
            for key in (*project.keys, *project.idle):
                made, last = (now - timedelta(days=days) for days in (key.first_day_ago or DAYS, key.last_day_ago))
                ApiKey.objects.filter(public_id=_key_id(key)).update(
                    created_at=made,
                    revoked_at=last + timedelta(days=1) if key.revoked else None,
                    last_used_at=last if key in project.idle and key.last_day_ago else None,
                )
    # Hashed once: hashing is slow on purpose, and a person who has a password keeps it.
    emails = {email for company in COMPANIES for email, _, _ in company.members}
    newcomers = User.objects.filter(email__in=emails, password__startswith=UNUSABLE_PASSWORD_PREFIX)
    newcomers.update(password=make_password(PASSWORD))


def _events(now: datetime, scale: float, planted: Callable[[], object]) -> Iterator[UsageEvent]:
    keys = ApiKey.objects.select_related("project").in_bulk(field_name="public_id")
    for company in COMPANIES:
        for call in calls(company, now, scale):
            yield _event(company, call, keys[_key_id(call.key)])
            planted()


def _event(company: Company, call: Call, key: ApiKey) -> UsageEvent:
    return UsageEvent(
        event_id=f"demo-{company.slug}-{call.number:06d}",
        occurred_at=call.at,
        organization_id=key.project.organization_id,
        project_id=key.project_id,
        api_key_id=key.pk,
        member_id=key.created_by_id,
        provider=call.sent.provider,
        model=call.sent.name,
        input_tokens=call.input_tokens,
        output_tokens=call.output_tokens,
        cached_input_tokens=call.cached_input_tokens,
        cost=call.cost,
        is_error=call.is_error,
        cache_write_tokens=call.cache_write_tokens,
        cache_write_1h_tokens=call.cache_write_1h_tokens,
        reasoning_tokens=call.reasoning_tokens,
        service_tier=call.service_tier,
    )
