"""People by the name a test table gives them, on a small site of their own (pages.py); and workspace files, loaded."""

import json
from collections.abc import Iterator
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.test import Client, override_settings

from accounts import hashing
from accounts.models import ApiKey, Membership, Organization, Project, User
from tests.browsers import enter
from tests.factories import PASSWORD, MembershipFactory

ANALYTICS = "/organizations/org_acme/analytics/"
EXPORT = f"{ANALYTICS}export.csv"
USAGE = "/organizations/org_acme/usage/"
PROJECT = "/organizations/org_acme/projects/proj_chat/analytics/"
HTMX = {"HX-Request": "true"}
PLANS = ("free", "pro", "enterprise")
LOGIN = "/accounts/login/"
PASSWORD_PAGE = "/accounts/password/"
OF_A_WORKSPACE = (User, Organization, Membership, Project, ApiKey)


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


def sign_in(client, email="olga@acme.test", password=PASSWORD, **more):
    return client.post(LOGIN, {"username": email, "password": password, **more})


@pytest.fixture
def hashed_in_turn(settings, monkeypatch, olga):
    """As the server does it, but for how long one takes; and nobody waits long for it."""
    settings.PASSWORD_HASHERS = ["accounts.hashing.BoundedHasher"]
    monkeypatch.setattr(hashing.BoundedHasher, "iterations", 1_000)
    monkeypatch.setattr(hashing, "WAIT_SECONDS", 0.01)
    olga.user.set_password(PASSWORD)
    olga.user.save()


@pytest.fixture
def load(tmp_path):
    """Runs the command on a file of this content; answers with what it printed."""

    def run(content: bytes | dict) -> SimpleNamespace:
        path, out, err = tmp_path / "workspace.json", StringIO(), StringIO()
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        call_command("load_workspace", str(path), stdout=out, stderr=err)
        return SimpleNamespace(out=out.getvalue(), err=err.getvalue(), last=out.getvalue().splitlines()[-1])

    return run


@pytest.fixture
def refused(load):
    """The problems named by a file that must change nothing."""

    def run(content: bytes | dict) -> list[str]:
        before = rows()
        with pytest.raises(CommandError) as caught:
            load(content)
        first, *problems = str(caught.value).splitlines()
        assert first.endswith("workspace.json: nothing was changed.")
        assert (caught.value.returncode, rows()) == (1, before)
        return problems

    return run


def rows() -> list[dict]:
    return [row for model in OF_A_WORKSPACE for row in model.objects.order_by("pk").values()]
