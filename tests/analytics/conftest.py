"""Acme's projects and keys, and another organization that uses the same things at the same time."""

from dataclasses import dataclass

import pytest

from accounts.models import ApiKey, Membership, Organization, Project
from tests.factories import ApiKeyFactory, MembershipFactory, OrganizationFactory, ProjectFactory


@dataclass(frozen=True)
class Workspace:
    organization: Organization
    chat: Project
    search: Project
    olga_key: ApiKey  # of chat, made by olga
    dora_key: ApiKey  # of chat, made by dora
    search_key: ApiKey  # of search, made by dora


@pytest.fixture
def workspace(acme, olga: Membership, dora: Membership) -> Workspace:
    chat = ProjectFactory(organization=acme, public_id="proj_chat", name="Support Chatbot")
    search = ProjectFactory(organization=acme, public_id="proj_search", name="Document Search")
    return Workspace(
        acme,
        chat,
        search,
        ApiKeyFactory(project=chat, created_by=olga, public_id="key_olga", description="Owner key"),
        ApiKeyFactory(project=chat, created_by=dora, public_id="key_dora", description="Chat staging"),
        ApiKeyFactory(project=search, created_by=dora, public_id="key_search", description="Nightly sync"),
    )


@pytest.fixture
def foreign_key(db) -> ApiKey:
    """A key of another organization."""
    other = OrganizationFactory(public_id="org_other", name="Other")
    project = ProjectFactory(organization=other, public_id="proj_other")
    member = MembershipFactory(organization=other, public_id="mem_other", role="owner")
    return ApiKeyFactory(project=project, created_by=member, public_id="key_other", description="Foreign key")
