"""Which values of a filter name something of an organization."""

from accounts.models import ApiKey, Membership, Organization, Project
from analytics.reporting import reader


def known_values(field: str, organization: Organization, values: tuple[str, ...]) -> set[str]:
    """Those of `values` that name something of this organization. Foreign and non-existent are the same."""
    values = tuple(value for value in values if "\x00" not in value)  # PostgreSQL knows no NUL in a text
    if field == "model":
        return reader.known_models(organization.pk, values)
    owned = {
        "project": Project.objects.filter(organization=organization),
        "apiKey": ApiKey.objects.filter(project__organization=organization),
        "member": Membership.objects.filter(organization=organization),
    }
    return set(owned[field].filter(public_id__in=values).values_list("public_id", flat=True))
