"""People by the name a test table gives them, on a small site of their own (pages.py)."""

import pytest
from django.test import Client

from accounts.models import Membership
from tests.factories import MembershipFactory

ANALYTICS = "/organizations/org_acme/analytics/"
EXPORT = f"{ANALYTICS}export.csv"
USAGE = "/organizations/org_acme/usage/"
PROJECT = "/organizations/org_acme/projects/proj_chat/analytics/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def small_site(settings) -> None:
    settings.ROOT_URLCONF = "tests.accounts.pages"


@pytest.fixture
def people(olga, adam, dora, stan, now) -> dict[str, Client]:
    """Browsers by who sits before them; ruth was a member of Acme."""
    ruth: Membership = MembershipFactory(organization=olga.organization, role="owner", removed_at=now)
    browsers = {"nobody": Client()}
    users = {"owner": olga.user, "admin": adam.user, "developer": dora.user, "stranger": stan, "removed": ruth.user}
    for name, user in users.items():
        browsers[name] = Client()
        browsers[name].force_login(user)
    return browsers
