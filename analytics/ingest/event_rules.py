"""The rules of one usage event's fields: a decoded object → `Draft`. No database; `resolve` finds the API key."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated, Any, Literal, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from analytics.ingest.decoding import MAX_TEXT, SHOWN, DuplicateKeys, EventError, excerpt, has_surrogates, keepable
from analytics.ledger.usage_event import STANDARD, Ties

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AHEAD = timedelta(hours=24)  # how far a sender's clock may be ahead of ours
MAX_TOKENS = 10**12
MAX_REVISION = 10**6
LONGEST = timedelta(hours=24)  # from the beginning of a request to its end
MAX_COST = 10**6
COST_PLACES = 12
MAX_ALIKE = 300  # characters of what only events of one call have in common, as its column takes
_LAST_PLACE = Decimal(1).scaleb(-COST_PLACES)

_TIMESTAMP = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}:)([0-9]{2})(\.[0-9]+)?(Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])",
    re.IGNORECASE | re.ASCII,
)
_COST = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")


def rounded(amount: Decimal) -> Decimal:
    """To our last place, half to even: past it a sender's binary number has only noise. DecimalException: too large."""
    return amount.quantize(_LAST_PLACE, ROUND_HALF_EVEN)


def since_1970(microseconds: int) -> str:
    """RFC 3339. OverflowError: no date is that far."""
    return (EPOCH + timedelta(microseconds=microseconds)).isoformat()


def _refused(message: str, value: object) -> PydanticCustomError:
    # Braces would be read as places to fill in; the text goes in as one of those.
    return PydanticCustomError("rule", "{text}", {"text": f"{message}, got {excerpt(value)}"})


def _text(value: str) -> str:
    if not value:
        raise _refused("must not be empty", value)
    if len(value) > MAX_TEXT:
        raise _refused(f"must be at most {MAX_TEXT} characters", value)
    # PostgreSQL keeps neither NUL characters nor halves of surrogate pairs.
    if "\x00" in value:
        raise _refused("must not contain a NUL character", value)
    if has_surrogates(value):
        raise _refused("must be valid Unicode text", value)
    return value


def _trimmed(value: str) -> str:
    return _text(value.strip())


def _instant(value: object) -> datetime:
    """RFC 3339 → UTC, digits past the microsecond cut; a leap second is the first instant of the next minute."""
    match = _TIMESTAMP.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise _refused("must be an RFC 3339 date and time with an offset, like 2026-06-20T23:30:00Z", value)
    day, minute, second, fraction, offset = match.groups()
    leap = second == "60"
    micro = (fraction or ".0")[:7].ljust(7, "0")
    try:
        moment = datetime.fromisoformat(f"{day}T{minute}{'59' if leap else second}{micro}{offset.upper()}")
        moment = moment.astimezone(UTC) + timedelta(seconds=leap) if leap or moment.tzinfo is not UTC else moment
    except (ValueError, OverflowError):
        moment = None
    if moment is None or (leap and (moment.day, moment.hour, moment.minute, moment.second) != (1, 0, 0, 0)):
        raise _refused("must be a date and time that exists", value)
    return moment


def _recent(moment: datetime, now: datetime) -> datetime:
    if moment < EARLIEST:
        raise _refused("must not be before 2000-01-01", moment.isoformat())
    if moment > now + AHEAD:
        raise _refused("must not be more than 24 hours ahead of now", moment.isoformat())
    return moment


def _decimal(value: object) -> Decimal:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        number = Decimal(str(value))
    elif isinstance(value, str) and len(value) <= MAX_TEXT and _COST.fullmatch(value):
        number = Decimal(value)
    else:
        raise _refused("must be a decimal number", value)
    if not number.is_finite():
        raise _refused("must be a decimal number", value)
    return number


def _cost(value: object) -> Decimal | None:
    """Exact: a string or a JSON number, decoded as Decimal. The result always has 12 places."""
    if value is None:
        return None
    number = _decimal(value)
    if number < 0:
        raise _refused("must not be negative", value)
    if number > MAX_COST:
        raise _refused(f"must be at most {MAX_COST}", value)
    places = number.as_tuple().exponent  # a number: the decimals that are none were refused
    if isinstance(places, int) and places < -COST_PLACES:
        raise _refused(f"must have at most {COST_PLACES} decimal places", value)
    return rounded(abs(number))


def _tier(value: str) -> str:
    """Lower case, as price lists have it; what only says that nothing was chosen is the standard."""
    tier = _text(value.strip().lower())
    return STANDARD if tier in ("default", "auto") else tier


Text = Annotated[str, AfterValidator(_text)]
TrimmedText = Annotated[str, AfterValidator(_trimmed)]
Instant = Annotated[datetime, BeforeValidator(_instant)]
Tokens = Annotated[int, Field(ge=0, le=MAX_TOKENS)]

# What each part is a part of. What is written to a cache and what is read from it are different parts of the input.
WHOLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "cached_input_tokens": ("input_tokens", ()),
    "cache_write_tokens": ("input_tokens", ("cached_input_tokens",)),
    "cache_write_1h_tokens": ("cache_write_tokens", ()),
    "reasoning_tokens": ("output_tokens", ()),
    "audio_input_tokens": ("input_tokens", ()),
    "audio_output_tokens": ("output_tokens", ()),
}


class Draft(BaseModel):
    """An event whose fields are right; whether its API key may be used is not known yet.

    `ties` is what a sender's translation knows beside the fields; no JSON can say it.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, arbitrary_types_allowed=True)

    id: Text
    timestamp: Instant
    api_key: Text
    revision: Annotated[int, Field(ge=0, le=MAX_REVISION)] = 0
    void: bool = False
    provider: Annotated[TrimmedText | None, Field(validate_default=True)] = None
    model: Annotated[TrimmedText | None, Field(validate_default=True)] = None
    input_tokens: Tokens = 0
    output_tokens: Tokens = 0
    cached_input_tokens: Tokens = 0
    cache_write_tokens: Tokens = 0
    cache_write_1h_tokens: Tokens = 0
    reasoning_tokens: Tokens = 0
    audio_input_tokens: Tokens = 0
    audio_output_tokens: Tokens = 0
    service_tier: Annotated[str, AfterValidator(_tier)] = STANDARD
    cost_usd: Annotated[Decimal | None, BeforeValidator(_cost)] = None
    status: Literal["success", "error"] = "success"
    response_id: Text | None = None
    ended_at: Instant | None = None
    ties: Ties = Ties()

    @field_validator("timestamp")
    @classmethod
    def _in_range(cls, moment: datetime, info: ValidationInfo) -> datetime:
        return _recent(moment, cast(datetime, info.context))  # now, as `check` hands it down

    @field_validator("ties")
    @classmethod
    def _keepable(cls, ties: Ties) -> Ties:
        """It has what a sender wrote and nobody checked."""
        alike = keepable(ties.alike, MAX_ALIKE)
        return ties if alike is ties.alike else replace(ties, alike=alike)

    @field_validator("provider", "model")
    @classmethod
    def _named(cls, name: str | None, info: ValidationInfo) -> str | None:
        """Only what takes an event out of the sums need not say what it was."""
        if name is None and not info.data.get("void"):
            raise PydanticCustomError("rule", "is required")
        return name

    @field_validator(*WHOLES)
    @classmethod
    def _part_of_whole(cls, part: int, info: ValidationInfo) -> int:
        whole, beside = WHOLES[str(info.field_name)]
        if not part or whole not in info.data:  # a wrong whole is said first
            return part
        most = info.data[whole] - sum(info.data.get(name, 0) for name in beside)
        if part > most:
            less = "".join(f" less {name}" for name in beside)
            raise _refused(f"must be at most {whole}{less} ({most})", part)
        return part

    @field_validator("ended_at")
    @classmethod
    def _after_its_begin(cls, end: datetime | None, info: ValidationInfo) -> datetime | None:
        begin = info.data.get("timestamp")
        if end is None or begin is None:
            return end
        if end < begin:
            raise _refused("must not be before timestamp", end.isoformat())
        if end - begin > LONGEST:
            raise _refused("must be at most 24 hours after timestamp", end.isoformat())
        return end


WORDS = {
    "string_type": "must be text",
    "string_unicode": "must be valid Unicode text",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "greater_than_equal": "must not be negative",
    "literal_error": 'must be "success" or "error"',
}


def _shown(name: str) -> str:
    return name if name.isprintable() and len(name) <= SHOWN else excerpt(name)


def _in_words(error: Any) -> EventError:
    field = str(error["loc"][0]) if error["loc"] else None
    match error["type"]:
        case "missing":
            return EventError(field, "is required")
        case "rule":
            return EventError(field, error["msg"])
        case "extra_forbidden" if field is not None:
            return EventError(_shown(field), "is not a known field")
        case "string_unicode" if field is None:
            return EventError(None, "a field's name is not valid Unicode text")
    if error["type"] == "less_than_equal":
        return EventError(field, f"must be at most {error['ctx']['le']}, got {excerpt(error['input'])}")
    return EventError(field, f"{WORDS[error['type']]}, got {excerpt(error['input'])}")


def check(decoded: object, now: datetime) -> Draft:
    """The field rules of one object that `decode` gave. Raises EventError for the first rule it breaks."""
    if not isinstance(decoded, dict):
        raise EventError(None, f"must be a JSON object, got {excerpt(decoded)}")
    if isinstance(decoded, DuplicateKeys):
        raise EventError(_shown(decoded.name), "is given twice")
    if "ties" in decoded and not isinstance(decoded["ties"], Ties):
        raise EventError("ties", "is not a known field")
    try:
        return Draft.model_validate(decoded, context=now)
    except ValidationError as errors:
        raise _in_words(errors.errors(include_url=False)[0]) from None


def mend(event: dict[str, Any]) -> tuple[str, ...]:
    """Make usable, in place, what of an event its sender cannot mend; the names of the fields that were changed.

    A cost that is none is not stated. Cache tokens that are more than the input were not counted into it, and are added
    to it; every other part that is more than its whole is cut to it. For senders that only repeat what others counted.
    """
    mended = []
    if event.get("cost_usd") is not None and not _is_cost(event["cost_usd"]):
        event["cost_usd"] = None
        mended.append("cost_usd")
    counts = {name: event.get(name, 0) for name in ("input_tokens", "output_tokens", *WHOLES)}
    if not all(type(count) is int and count >= 0 for count in counts.values()):
        return tuple(mended)  # a count that is none: the check says so
    cache = counts["cached_input_tokens"] + counts["cache_write_tokens"]
    if cache > counts["input_tokens"]:
        event["input_tokens"] = counts["input_tokens"] = counts["input_tokens"] + cache
        mended.append("input_tokens")
    for part, (whole, _beside) in WHOLES.items():
        if counts[part] > counts[whole]:
            event[part] = counts[part] = counts[whole]
            mended.append(part)
    return tuple(mended)


def _is_cost(value: object) -> bool:
    try:
        _cost(value)
    except PydanticCustomError:
        return False
    return True
