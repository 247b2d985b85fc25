"""Whose usage it is, by what resources, spans and log records tell."""

import pytest

from analytics.ingest.whose import MAX_NAME, Whose, agent_of, gemini_call, whose


@pytest.mark.parametrize(
    ("scope", "service", "agent"),
    [
        ("com.anthropic.claude_code.tracing", "", "Claude Code"),
        ("", "claude-code-desktop", "Claude Code"),
        ("codex_otel", "gemini-cli", "Codex"),  # the scope goes first
        ("my.library", "gemini_cli", "Gemini CLI"),
        ("cursor", "", "Cursor"),
        ("cursory", "cursors", ""),
        ("", "", ""),
    ],
)
def test_an_agent_is_known_by_its_scope_else_its_service(scope, service, agent):
    assert agent_of(scope, service) == agent


@pytest.mark.parametrize(
    ("around", "given", "person"),
    [
        ({"user.email": "guest@else.test"}, {"user.email": " DORA@Acme.test "}, "dora@acme.test"),
        ({"user.email": "Dora@acme.test"}, {"user.id": "u-1"}, "dora@acme.test"),
        ({}, {"user.id": "U-1", "user.account_id": "A-1"}, "A-1"),  # only an address is the same in capitals
        ({"cursor.user.id": 77}, {}, "77"),
        ({}, {"user.email": "x" * (MAX_NAME + 1), "user.id": "u"}, "u"),
        ({}, {"user.email": "a\nb", "user.id": True}, ""),
        ({}, {"user.id": 7.5}, ""),
    ],
)
def test_the_person_is_the_best_name_that_is_one(around, given, person):
    assert whose("Codex", around, given) == Whose("Codex", person)


def test_the_project_is_the_resources_alone():
    assert whose("", {"project": "Phoenix"}, {"project": "Other"}).project == "Phoenix"
    assert whose("", {}, {"project": "Other"}).project == ""


def test_a_call_of_gemini_clis_is_known_by_all_four_and_is_the_same_as_text():
    assert gemini_call("s", "p", 10, 20) == gemini_call("s", "p", "10", "20") == "gemini-cli:s:p:10:20"


@pytest.mark.parametrize("missing", [None, "", 0, "0"])
@pytest.mark.parametrize("place", range(4))
def test_with_one_of_them_missing_it_is_no_call_to_be_known(place, missing):
    parts = ["s", "p", 10, 20]
    parts[place] = missing
    assert gemini_call(*parts) == ""
