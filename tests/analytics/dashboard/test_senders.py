"""The help pages of the ways in: for anyone, with this server's address, in the frame for who is signed in."""

import json
import re
import shlex
import tomllib
from html import unescape
from urllib.parse import unquote

import pytest
from django.core.management import load_command_class
from django.test import Client

from accounts.models import AccessToken, hash_secret
from analytics.dashboard.senders import SENDERS
from tests.analytics.otel_logs import CLAUDE, CODEX, CURSOR, GEMINI, SCOPES, in_protobuf, logs, record
from tests.analytics.receipts import header
from tests.browsers import enter
from tests.servers import ROOT

pytestmark = pytest.mark.django_db
INDEX = "/help/send-usage/"
TEMPLATES = ROOT / "templates" / "analytics" / "senders"
APPS = {"create_token": "accounts", "import_usage": "analytics"}
ADDRESSED = {
    **{"litellm": "/usage/litellm", "opentelemetry": "/v1/traces", "events": "/usage/events"},
    **{"claude-code": "", "codex": "/v1/logs", "gemini-cli": "", "cursor": ""},
}
AGENTS = ["claude-code", "codex", "gemini-cli", "cursor"]
TOKEN = "at-org-" + "t" * 40


def read(path: str, client: Client | None = None, **headers: str) -> str:
    response = (client or Client()).get(path, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def commands(page: str) -> dict[str, str]:
    """What a page offers to copy, by the id of its block."""
    return {name: unescape(text) for name, text in re.findall(r'<pre id="([a-z-]+)"[^>]*>(.*?)</pre>', page, re.S)}


@pytest.mark.parametrize("slug", SENDERS)
def test_every_way_in_has_a_page_that_the_index_and_the_other_pages_lead_to(slug):
    link = f'href="{INDEX}{slug}/"'
    assert link in read(INDEX)
    assert [other for other in SENDERS if other != slug and link not in read(f"{INDEX}{other}/")] == []
    assert f"<h1>{SENDERS[slug].title}</h1>" in read(f"{INDEX}{slug}/")


def test_every_template_of_a_way_in_has_its_page():
    assert {path.stem for path in TEMPLATES.glob("[!_]*.html")} == set(SENDERS)


@pytest.mark.parametrize("slug", SENDERS)
def test_every_line_to_copy_has_a_button_that_names_it(slug):
    page = read(f"{INDEX}{slug}/")
    assert sorted(re.findall(r'data-copy="([a-z-]+)"', page)) == sorted(commands(page))
    assert len(commands(page)) >= 1


@pytest.mark.parametrize(("slug", "path"), ADDRESSED.items())
def test_the_lines_have_this_servers_address(slug, path, settings):
    settings.ALLOWED_HOSTS = ["usage.example.com"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    page = read(f"{INDEX}{slug}/", **{"Host": "usage.example.com:8443", "X-Forwarded-Proto": "https"})
    addresses = re.findall(r"https?://[^\s'\"]+", "\n".join(commands(page).values()))
    assert set(addresses) == {f"https://usage.example.com:8443{path}"}


@pytest.mark.parametrize("slug", ["files", "litellm", *AGENTS])
def test_the_commands_are_such_as_their_parsers_take(slug, workspace, olga):
    client = enter(Client(), olga.user)
    lines = [shlex.split(text) for text in commands(read(f"{INDEX}{slug}/", client)).values()]
    parsed = []
    for program, name, *arguments in [line[line.index("manage.py") :] for line in lines if "manage.py" in line[:2]]:
        parser = load_command_class(APPS[name], name).create_parser(program, name)
        parsed.append(vars(parser.parse_args(arguments)))
    assert len(parsed) >= 1
    assert {options["organization"] for options in parsed} <= {"org_acme", None}


def exported(lines: str) -> dict[str, str]:
    """What a shell that runs `export NAME=value` lines has in its environment."""
    return dict(one.split("=", 1) for one in shlex.split(lines) if one != "export")


def claude_code(blocks: dict[str, str]) -> tuple[str, str]:
    managed = json.loads(blocks["claude-managed"])["env"]
    assert managed == exported(blocks["claude-environment"])
    assert managed["OTEL_EXPORTER_OTLP_PROTOCOL"] == "http/protobuf"
    return f"{managed['OTEL_EXPORTER_OTLP_ENDPOINT']}/v1/logs", managed["OTEL_EXPORTER_OTLP_HEADERS"].split("=", 1)[1]


def codex(blocks: dict[str, str]) -> tuple[str, str]:
    (exporter,) = tomllib.loads(blocks["codex-config"])["otel"]["exporter"].values()
    return exporter["endpoint"], exporter["headers"]["Authorization"]


def gemini_cli(blocks: dict[str, str]) -> tuple[str, str]:
    settings = json.loads(blocks["gemini-settings"])["telemetry"]
    assert (settings["otlpProtocol"], settings["logPrompts"]) == ("http", False)
    headers = exported(blocks["gemini-environment"])["OTEL_EXPORTER_OTLP_HEADERS"]
    return f"{settings['otlpEndpoint']}/v1/logs", unquote(headers.split("=", 1)[1])


def cursor(blocks: dict[str, str]) -> tuple[str, str]:
    return f"{blocks['cursor-url']}/v1/logs", blocks["cursor-header"].removeprefix("Authorization: ")


SETTINGS = {"claude-code": claude_code, "codex": codex, "gemini-cli": gemini_cli, "cursor": cursor}
RECORDS = {
    "claude-code": (CLAUDE, SCOPES["claude"]),
    "codex": (CODEX, SCOPES["codex"]),
    "gemini-cli": (GEMINI, SCOPES["gemini"]),
    "cursor": (CURSOR | {"event.name": "cursor.api.request"}, SCOPES["cursor"]),
}


@pytest.mark.parametrize("slug", AGENTS)
def test_an_agent_set_up_as_its_page_says_is_recorded(slug, workspace):
    AccessToken.objects.create(
        organization=workspace.organization, scope="usage:write", creates_keys=True, token_hash=hash_secret(TOKEN)
    )
    url, authorization = SETTINGS[slug](commands(read(f"{INDEX}{slug}/")))
    given, scope = RECORDS[slug]
    response = Client().post(
        url.removeprefix("http://testserver"),
        in_protobuf(logs(record(given), scope=scope)),
        content_type="application/x-protobuf",
        headers={"Authorization": authorization.replace("at-org-…", TOKEN)},
    )
    assert response["X-Orgdash-Usage"] == header(recorded=1)


@pytest.mark.parametrize("slug", AGENTS)
def test_an_agents_page_says_what_is_billed_otherwise_not_read_and_not_counted(slug):
    page = read(f"{INDEX}{slug}/")
    assert [
        word for word in ("Subscriptions", "Not read", "Metrics", "http/protobuf", "Cost") if word not in page
    ] == []


@pytest.mark.parametrize("slug", ["nobody", "send_usage", "_secret"])
def test_there_is_no_page_of_what_is_no_way_in(slug):
    assert Client().get(f"{INDEX}{slug}/").status_code == 404


@pytest.mark.parametrize(("who", "framed"), [("nobody", False), ("owner", True), ("developer", True)])
def test_anyone_reads_it_and_members_inside_the_frame_with_their_organization(workspace, olga, dora, who, framed):
    client = Client()
    for user in {"owner": [olga.user], "developer": [dora.user]}.get(who, []):
        enter(client, user)
    page = read(f"{INDEX}files/", client)
    assert ('id="sidebar"' in page, "--organization org_acme" in page) == (framed, framed)


@pytest.mark.parametrize("path", ["analytics/", "usage/", "projects/proj_chat/analytics/"])
def test_who_has_no_usage_yet_is_led_to_every_way_in(workspace, olga, path):
    client = enter(Client(), olga.user)
    page = read(f"/organizations/org_acme/{path}", client)
    assert [slug for slug in SENDERS if f'href="{INDEX}{slug}/"' not in page] == []
