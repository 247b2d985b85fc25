"""Whose usage it is, as OpenTelemetry's resources, spans and log records tell it: a coding agent's, a person's.

Of other programs nothing of this is read: the people they name are their users, and nobody's here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from analytics.ingest.span_values import Given, text

# How people call a coding agent → how its instrumentation scopes and its services are called.
AGENTS: Mapping[str, tuple[str, ...]] = {
    "Claude Code": ("com.anthropic.claude_code", "claude-code"),
    "Codex": ("codex", "codex_otel", "codex_cli_rs", "codex-cli", "codex_exec", "codex-rs"),
    "Gemini CLI": ("gemini-cli", "gemini_cli"),
    "Cursor": ("cursor",),
}
# Who the person is: the e-mail address, else what is the same for them every time.
PERSON = (
    *("user.email", "user.account_uuid", "user.account_id", "user.id"),
    *("cursor.user.email", "cursor.user.id", "enduser.id", "installation.id"),
)
PROJECT = "project"  # as OTEL_RESOURCE_ATTRIBUTES names it
SERVICE = "service.name"
PEOPLE = frozenset(PERSON)
AROUND = PEOPLE | {PROJECT, SERVICE}  # what is read of a resource
MAX_NAME = 150  # characters of a person's or a project's name


@dataclass(frozen=True, slots=True)
class Whose:
    """The agent as people call it, the person's e-mail address or another name of theirs, the project; each may be
    empty."""

    agent: str = ""
    person: str = ""
    project: str = ""


NOBODYS = Whose()


@lru_cache(maxsize=1024)
def agent_of(scope: str, service: str) -> str:
    """By the names of the instrumentation scope and of the service; empty for a program that is no coding agent.

    >>> agent_of("com.anthropic.claude_code.events", ""), agent_of("", "codex_exec"), agent_of("cursory", "app")
    ('Claude Code', 'Codex', '')
    """
    for name in (scope, service):
        for agent, begins in AGENTS.items():
            if any(name == begin or name.startswith((f"{begin}.", f"{begin}-")) for begin in begins):
                return agent
    return ""


def whose(agent: str, around: Given, given: Given) -> Whose:
    """What the resource around it and its own attributes tell of the person, the latter first."""
    named = (_name(place.get(name)) for name in PERSON for place in (given, around))
    person = next((name for name in named if name), "")
    return Whose(agent, person.lower() if "@" in person else person, _name(around.get(PROJECT)))


def _name(value: object) -> str:
    """As far as it can be a name; numbers too, as Cursor counts its people."""
    known = text(str(value) if type(value) is int else value) if isinstance(value, str | int) else None
    return known if known and len(known) <= MAX_NAME and known.isprintable() else ""


def gemini_call(session: object, prompt: object, read: object, written: object) -> str:
    """What a span of Gemini CLI and its log record have in common, and no other call; empty if anything is missing."""
    parts = [str(part) for part in (session, prompt, read, written) if part not in (None, "", 0, "0")]
    return f"gemini-cli:{':'.join(parts)}"[:300] if len(parts) == 4 else ""
