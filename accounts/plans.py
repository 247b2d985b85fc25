"""Which plan opens what. Sidebar and guards both ask here. It reads nothing but its arguments."""

from enum import Enum

from django.db.models import TextChoices


class Plan(TextChoices):
    FREE = "free", "Free"
    PRO = "pro", "Pro"
    ENTERPRISE = "enterprise", "Enterprise"


class Feature(Enum):
    """Something a plan can include. The value is its name in the interface."""

    ORGANIZATION_ANALYTICS = "Organization analytics"


_INCLUDED: dict[Plan, frozenset[Feature]] = {
    Plan.FREE: frozenset(),
    Plan.PRO: frozenset(),
    Plan.ENTERPRISE: frozenset({Feature.ORGANIZATION_ANALYTICS}),
}


def includes(plan: str, feature: Feature) -> bool:
    """Whether `plan` opens `feature`.

    >>> includes("enterprise", Feature.ORGANIZATION_ANALYTICS), includes("pro", Feature.ORGANIZATION_ANALYTICS)
    (True, False)
    """
    return feature in _INCLUDED[Plan(plan)]


def required_plan(feature: Feature) -> Plan:
    """The smallest plan that includes `feature`; its label is the badge's text."""
    return next(plan for plan in Plan if feature in _INCLUDED[plan])
