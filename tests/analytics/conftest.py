"""Acme's projects and keys, another organization that uses the same things at the same time, and imports of files."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.template.backends.jinja2 import Template
from django.test.signals import template_rendered

from accounts.models import ApiKey, Membership, Organization, Project
from analytics.ledger import request_log, retention
from tests.analytics.usage import use
from tests.factories import ApiKeyFactory, MembershipFactory, OrganizationFactory, ProjectFactory
from tests.kept import kept


@dataclass(frozen=True)
class Workspace:
    organization: Organization
    chat: Project
    search: Project
    olga_key: ApiKey  # of chat, made by olga
    dora_key: ApiKey  # of chat, made by dora
    search_key: ApiKey  # of search, made by dora


@pytest.fixture(autouse=True, scope="session")
def context_of_the_dashboard() -> Iterator[None]:
    """Django's test client learns from its own engine alone what a template was given; here of Jinja2's too."""
    with pytest.MonkeyPatch.context() as patch:
        render = Template.render

        def told(template, context=None, request=None):
            template_rendered.send(sender=template, template=template, context=context or {})
            return render(template, context, request)

        patch.setattr(Template, "render", told)
        yield


@pytest.fixture
@kept
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
@kept
def foreign_key(db) -> ApiKey:
    """A key of another organization."""
    other = OrganizationFactory(public_id="org_other", name="Other")
    project = ProjectFactory(organization=other, public_id="proj_other")
    member = MembershipFactory(organization=other, public_id="mem_other", role="owner")
    return ApiKeyFactory(project=project, created_by=member, public_id="key_other", description="Foreign key")


@pytest.fixture
@kept
def history(workspace, now) -> None:
    """Usage long before every window, so that whatever is compared with is recorded."""
    use(workspace.olga_key, now - timedelta(days=800))


@pytest.fixture
def usage_file(tmp_path):
    """Writes a file and gives its path."""

    def write(content: str | bytes, name: str = "usage.jsonl") -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


@pytest.fixture
def run(capsys, workspace):
    """import_usage as the shell has it: exit code, standard output, lines of standard error."""

    def run(*paths: str, **options):
        code = 0
        try:
            call_command("import_usage", *paths, **options)
        except SystemExit as stopped:
            code = stopped.code
        said = capsys.readouterr()
        return code, said.out, said.err.splitlines()

    return run


@pytest.fixture
@kept
def empty_log(db) -> None:
    """The request log without any month: a database of tests begins with some, and tests that commit leave theirs."""
    for month in request_log.months():
        retention.drop(month)
