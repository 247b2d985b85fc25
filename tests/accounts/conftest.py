"""People by the name a test table gives them, on a small site of their own (pages.py)."""

from collections.abc import Iterator

import pytest
from django.test import Client, override_settings

from accounts.models import User
from tests.browsers import enter
from tests.factories import MembershipFactory

ANALYTICS = "/organizations/org_acme/analytics/"
EXPORT = f"{ANALYTICS}export.csv"
USAGE = "/organizations/org_acme/usage/"
PROJECT = "/organizations/org_acme/projects/proj_chat/analytics/"
HTMX = {"HX-Request": "true"}


@pytest.fixture(scope="module")
def small_site() -> Iterator[None]:
    with override_settings(ROOT_URLCONF="tests.accounts.pages"):  # once: each change reads all addresses anew
        yield


class Browsers(dict[str, Client]):
    """A browser for each person, signed in when first used."""

    def __init__(self, users: dict[str, User]) -> None:
        super().__init__(nobody=Client())
        self.users = users

    def __missing__(self, who: str) -> Client:
        self[who] = Client()
        enter(self[who], self.users[who])
        return self[who]


@pytest.fixture
def people(olga, adam, dora, stan, now) -> Browsers:
    """Browsers by who sits before them; the one called removed was an owner of Acme."""
    ruth = MembershipFactory(organization=olga.organization, role="owner", removed_at=now)
    return Browsers(
        {"owner": olga.user, "admin": adam.user, "developer": dora.user, "stranger": stan, "removed": ruth.user}
    )
