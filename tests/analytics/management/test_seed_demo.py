"""seed_demo: whom it introduces, and that it plants nothing beside what is there."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Organization
from analytics.demo.cast import PASSWORD, VISITORS
from analytics.management.commands.seed_demo import Command
from tests.analytics.demo.rows import everything
from tests.factories import OrganizationFactory
from tests.kept import kept

pytestmark = pytest.mark.slow


@pytest.fixture
@kept
def planted(db) -> None:
    """Every person and next to no requests, for nothing here is about those."""
    Command().plant(0.001)


def test_visitors_are_introduced_with_the_address_and_can_sign_in(planted, capsys, client):
    call_command("seed_demo", if_empty=True, url="http://127.0.0.1:8000")
    said = capsys.readouterr().out
    assert "orgdash is on http://127.0.0.1:8000\n" in said
    assert PASSWORD in said
    for email, sees in VISITORS:
        assert f"{email:<24} {sees}" in said
        assert client.post("/accounts/login/", {"username": email, "password": PASSWORD}).status_code == 302


def test_a_second_time_is_refused_and_changes_nothing(planted):
    before = everything()
    with pytest.raises(CommandError, match="the demo data is there already; nothing was changed"):
        call_command("seed_demo")
    assert everything() == before


def test_if_empty_plants_nothing_beside_real_organizations(db, capsys):
    OrganizationFactory()
    call_command("seed_demo", if_empty=True)
    assert Organization.objects.count() == 1
    assert "password" not in capsys.readouterr().out
