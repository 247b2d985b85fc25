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
class ToldCall:
    """A model call that a span or a record tells of: its event without an API key, or why it is refused.

    `again`: its sender tells of it again, and only then whose it is.
    """

    id: str | None
    event: dict[str, object] | EventError
    mended: tuple[str, ...] = ()
    whose: Whose = NOBODYS
    again: bool = False


def sent(told: Sequence[ToldCall | None], sender: ApiKey | AccessToken, now: datetime) -> list[Sent | None]:
    """With their API keys, in order; None stays None, which is what tells of no model call."""
    if isinstance(sender, ApiKey):
        return [_with_key(call, sender) if call else None for call in told]
    told = [None if call and call.again else call for call in told]
    # For an event that is refused anyway no key is made.
    usable = [call for call in told if call and not isinstance(_checked(call, now), EventError)]
    keys = _keys(sender, {call.whose for call in usable})
    no_agent = EventError("api_key", NO_AGENT)
    return [_with_key(call, keys.get(call.whose, no_agent)) if call else None for call in told]


def _checked(call: ToldCall, now: datetime) -> object:
    if isinstance(call.event, EventError):
        return call.event
    try:
        return check({**call.event, "api_key": "-"}, now)
    except EventError as problem:
        return problem.bare()


def _with_key(call: ToldCall, key: ApiKey | EventError) -> Sent:
    if isinstance(call.event, EventError):
        return Sent(call.id, call.event)
    if isinstance(key, EventError):
        return Sent(call.id, key)
    return Sent(call.id, {**call.event, "api_key": key.public_id}, call.mended)


def _keys(token: AccessToken, people: set[Whose]) -> dict[Whose, ApiKey | EventError]:
    agents = {person for person in people if person.agent}
    names = gateway.people(token.organization, {person.person for person in agents if "@" in person.person})
    aliases = {person: _alias(person, names) for person in agents}
    found = gateway.keys(token.organization, aliases.values(), create=token.creates_keys)
    return {person: _or_why(found[alias]) for person, alias in aliases.items()}


def _alias(person: Whose, names: dict[str, str]) -> Alias:
    """Who is no member here goes by the e-mail address, or whatever else the agent calls them."""
    named = names.get(person.person, person.person)
    description = f"{person.agent} · {named}" if named else person.agent
    return Alias(description[:MAX_TEXT], person.project or HOME, person.person if person.person in names else None)


def _or_why(key: ApiKey | NoKey) -> ApiKey | EventError:
    if isinstance(key, ApiKey):
        return key
    return no_key(key, hint=f"; {CREATE}" if key.missing else "")
