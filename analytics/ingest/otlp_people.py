"""Whose API key a sender's calls count for: all for the key that signed in, or with an access token each person's own.

A person's key is described "Claude Code · name", in the project "Coding agents" or in one that the resource names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts import gateway
from accounts.gateway import Alias, NoKey
from accounts.models import AccessToken, ApiKey
from analytics.ingest.decoding import MAX_TEXT, EventError
from analytics.ingest.event_rules import check
from analytics.ingest.intake import Sent
from analytics.ingest.over_quota import no_key
from analytics.ingest.whose import AGENTS, NOBODYS, Whose

HOME = "Coding agents"  # the project of keys whose project nothing names
CREATE = "an access token made with --create-keys would make it"
NO_AGENT = (
    f"an access token takes only what coding agents send ({', '.join(AGENTS)}); send the secret of an API key instead"
)


@dataclass(frozen=True, slots=True)
class Told:
    """A model call that a span or a record tells of: its event without an API key, or why it is refused.

    `again`: its sender tells of it again, and only then whose it is.
    """

    id: str | None
    event: dict[str, object] | EventError
    mended: tuple[str, ...] = ()
    whose: Whose = NOBODYS
    again: bool = False


def sent(told: Sequence[Told | None], sender: ApiKey | AccessToken, now: datetime) -> list[Sent | None]:
    """With their API keys, in order; None stays None, which is what tells of no model call."""
    if isinstance(sender, ApiKey):
        return [_with_key(one, sender) if one else None for one in told]
    told = [None if one and one.again else one for one in told]
    # For an event that is refused anyway no key is made.
    usable = [one for one in told if one and not isinstance(_checked(one, now), EventError)]
    keys = _keys(sender, {one.whose for one in usable})
    no_agent = EventError("api_key", NO_AGENT)
    return [_with_key(one, keys.get(one.whose, no_agent)) if one else None for one in told]


def _checked(one: Told, now: datetime) -> object:
    if isinstance(one.event, EventError):
        return one.event
    try:
        return check({**one.event, "api_key": "-"}, now)
    except EventError as problem:
        return problem.bare()


def _with_key(one: Told, key: ApiKey | EventError) -> Sent:
    if isinstance(one.event, EventError):
        return Sent(one.id, one.event)
    if isinstance(key, EventError):
        return Sent(one.id, key)
    return Sent(one.id, {**one.event, "api_key": key.public_id}, one.mended)


def _keys(token: AccessToken, people: set[Whose]) -> dict[Whose, ApiKey | EventError]:
    agents = {one for one in people if one.agent}
    names = gateway.people(token.organization, {one.person for one in agents if "@" in one.person})
    aliases = {one: _alias(one, names) for one in agents}
    found = gateway.keys(token.organization, aliases.values(), create=token.creates_keys)
    return {one: _or_why(found[alias]) for one, alias in aliases.items()}


def _alias(one: Whose, names: dict[str, str]) -> Alias:
    """Who is no member here goes by the e-mail address, or whatever else the agent calls them."""
    named = names.get(one.person, one.person)
    description = f"{one.agent} · {named}" if named else one.agent
    return Alias(description[:MAX_TEXT], one.project or HOME, one.person if one.person in names else None)


def _or_why(key: ApiKey | NoKey) -> ApiKey | EventError:
    if isinstance(key, ApiKey):
        return key
    return no_key(key, hint=f"; {CREATE}" if key.missing else "")
