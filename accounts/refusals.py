"""What the pages say that stand in place of one somebody may not see: whom to ask, or which plan is needed."""

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from accounts import navigation
from accounts.models import Membership, Organization
from accounts.plans import Feature, required_plan

PEOPLE_TO_ASK = 3


def no_access(membership: Membership, feature: Feature | None, named: str = "") -> dict[str, object]:
    people = _managers(membership.organization, (Membership.Role.OWNER, Membership.Role.ADMIN))
    return {
        "membership": membership,
        "page": named,
        "what": feature.value.lower() if feature else named.lower() or "this page",
        "people": people[:PEOPLE_TO_ASK],
        "own_usage_url": navigation.home_url(membership),
    }


def upgrade(request: HttpRequest, membership: Membership, feature: Feature) -> dict[str, object]:
    """Plans are changed by site staff; only to them does an Upgrade button lead somewhere."""
    owners = _managers(membership.organization, (Membership.Role.OWNER,))
    may_upgrade = request.user.is_staff and request.user.has_perm("accounts.change_organization")
    admin_page = reverse("admin:accounts_organization_changelist", query={"q": membership.organization.public_id})
    return {
        "membership": membership,
        "feature": feature,
        "required_plan": required_plan(feature),
        "owners": owners[:PEOPLE_TO_ASK],
        "upgrade_url": admin_page if may_upgrade else "",
    }


def _managers(organization: Organization, roles: tuple[str, ...]) -> QuerySet[Membership]:
    # "owner" sorts after "admin", so the descending order puts owners first.
    return (
        Membership.objects.filter(organization=organization, role__in=roles, removed_at=None, user__is_active=True)
        .select_related("user")
        .order_by("-role", "user__name", "pk")
    )
