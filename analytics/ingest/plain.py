"""The short way for lines as almost all are: decoded and checked at once, a tenth of what the rules take.

What is plain is what `event_rules.check` makes of it. Whatever is anything else (refused, escaped, not in ASCII, a name
given twice, a time with another offset) is None here and goes the long way, which alone says what is wrong.
"""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from analytics.ingest.decoding import MAX_TEXT
from analytics.ingest.event_rules import AHEAD, EARLIEST, LONGEST, MAX_REVISION, MAX_TOKENS, Draft, rounded
from analytics.ledger.usage_event import Ties

_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?Z", re.ASCII)
_COST = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,12})?", re.ASCII)
_LONGEST_NUMBER = 19  # characters of a cost

Text = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]
Tokens = Annotated[int, Meta(ge=0, le=MAX_TOKENS)]


class Plain(msgspec.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """What a `Draft` is, of the same names. Nothing in it points back to it, so no garbage collector follows it."""

    id: Text
    timestamp: datetime
    api_key: Text
    provider: Text
    model: Text
    revision: Annotated[int, Meta(ge=0, le=MAX_REVISION)] = 0
    void: bool = False
    input_tokens: Tokens = 0
    output_tokens: Tokens = 0
    cached_input_tokens: Tokens = 0
    cache_write_tokens: Tokens = 0
    cache_write_1h_tokens: Tokens = 0
    reasoning_tokens: Tokens = 0
    audio_input_tokens: Tokens = 0
    audio_output_tokens: Tokens = 0
    service_tier: Literal["standard", "batch", "flex", "priority"] = "standard"
    cost_usd: Decimal | None = None
    status: Literal["success", "error"] = "success"
    response_id: Text | None = None
    ended_at: datetime | None = None
    ties: ClassVar[Ties] = Ties()


Checked = Draft | Plain  # an event whose fields are right; whether its API key may be used is not known yet


class _OddError(Exception):
    """Not plain."""


def plain(line: bytes, now: datetime) -> Plain | None:
    """A line of JSON, without a byte order mark; None: the long way says what it is."""
    # Without an escape every name has its colon behind its quote, so a name that is given twice is one colon too many.
    if not line.isascii() or b"\\" in line:
        return None
    try:
        found = _DECODER.decode(line)
        if type(found) is not dict or line.count(b'":') != len(found):
            return None
        event = _event(found, now)
    except (msgspec.MsgspecError, _OddError, ValueError, RecursionError):
        return None
    return event if _fits(event) else None


def _event(found: dict[str, Any], now: datetime) -> Plain:
    found["timestamp"] = begin = _instant(found.get("timestamp"))
    if not EARLIEST <= begin <= now + AHEAD:
        raise _OddError
    if found.get("ended_at") is not None:
        found["ended_at"] = end = _instant(found["ended_at"])
        if not begin <= end <= begin + LONGEST:
            raise _OddError
    if found.get("cost_usd") is not None:
        found["cost_usd"] = _cost(found["cost_usd"])
    return msgspec.convert(found, Plain)


def _fits(event: Plain) -> bool:
    """Whether names need no trimming and no part is more than its whole; what takes an event away is seldom."""
    return not (
        event.void
        or event.cached_input_tokens + event.cache_write_tokens > event.input_tokens
        or event.cache_write_1h_tokens > event.cache_write_tokens
        or event.reasoning_tokens > event.output_tokens
        or event.audio_input_tokens > event.input_tokens
        or event.audio_output_tokens > event.output_tokens
        or event.provider != event.provider.strip()
        or event.model != event.model.strip()
    )


def _instant(value: object) -> datetime:
    if not isinstance(value, str) or _INSTANT.fullmatch(value) is None:
        raise _OddError
    return datetime.fromisoformat(value)


def _cost(value: object) -> Decimal:
    text = value if isinstance(value, str) else str(value)
    if isinstance(value, bool) or _COST.fullmatch(text) is None:
        raise _OddError
    return rounded(Decimal(text))


def _number(text: str) -> Decimal:
    """Of a number with a point, by its text: exact."""
    if len(text) > _LONGEST_NUMBER:
        raise _OddError
    return Decimal(text)


_DECODER = msgspec.json.Decoder(float_hook=_number)
