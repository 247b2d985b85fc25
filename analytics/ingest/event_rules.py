"""One usage event, validated: the rules of a decoded object's fields, and the API key it belongs to.

Two steps, because keys are looked up for a whole batch at once: `check` (no database) → Draft, `resolve` → UsageEvent.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated, Any, Literal

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

from accounts.models import ApiKey
from analytics.ingest.decoding import MAX_TEXT, SHOWN, DuplicateKeys, EventError, excerpt
from analytics.ledger.horizon import horizons
from analytics.ledger.usage_event import UsageEvent

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AHEAD = timedelta(hours=24)  # how far a sender's clock may be ahead of ours
MAX_TOKENS = 10**12
MAX_COST = 10**6
COST_PLACES = 12

_TIMESTAMP = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}:)([0-9]{2})(\.[0-9]+)?(Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])",
    re.IGNORECASE | re.ASCII,
)
_COST = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")


def rounded(amount: Decimal) -> Decimal:
    """To our last place, half to even: past it a sender's binary number has only noise. DecimalException: too large."""
    return amount.quantize(Decimal(1).scaleb(-COST_PLACES), ROUND_HALF_EVEN)


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
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
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
        moment = moment.astimezone(UTC) + timedelta(seconds=leap)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or (leap and (moment.day, moment.hour, moment.minute, moment.second) != (1, 0, 0, 0)):
        raise _refused("must be a date and time that exists", value)
    return moment


def _recent(moment: datetime, info: ValidationInfo) -> datetime:
    if moment < EARLIEST:
        raise _refused("must not be before 2000-01-01", moment.isoformat())
    if moment > info.context + AHEAD:
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
    if number.as_tuple().exponent < -COST_PLACES:
        raise _refused(f"must have at most {COST_PLACES} decimal places", value)
    return rounded(abs(number))


Text = Annotated[str, AfterValidator(_text)]
TrimmedText = Annotated[str, AfterValidator(_trimmed)]
Tokens = Annotated[int, Field(ge=0, le=MAX_TOKENS)]


class Draft(BaseModel):
    """An event whose fields are right; whether its API key may be used is not known yet."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    id: Text
    timestamp: Annotated[datetime, BeforeValidator(_instant)]
    api_key: Text
    provider: TrimmedText
    model: TrimmedText
    input_tokens: Tokens = 0
    output_tokens: Tokens = 0
    cached_input_tokens: Tokens = 0
    cost_usd: Annotated[Decimal | None, BeforeValidator(_cost)] = None
    status: Literal["success", "error"] = "success"

    @field_validator("timestamp")
    @classmethod
    def _in_range(cls, moment: datetime, info: ValidationInfo) -> datetime:
        return _recent(moment, info)

    @field_validator("cached_input_tokens")
    @classmethod
    def _part_of_input(cls, cached: int, info: ValidationInfo) -> int:
        if cached > info.data.get("input_tokens", cached):
            raise _refused(f"must be at most input_tokens ({info.data['input_tokens']})", cached)
        return cached


_WORDS = {
    "string_type": "must be text",
    "string_unicode": "must be valid Unicode text",
    "int_type": "must be a whole number",
    "greater_than_equal": "must not be negative",
    "less_than_equal": f"must be at most {MAX_TOKENS}",
    "literal_error": 'must be "success" or "error"',
}


def _in_words(error: Any) -> EventError:
    field = str(error["loc"][0]) if error["loc"] else None
    match error["type"]:
        case "missing":
            return EventError(field, "is required")
        case "rule":
            return EventError(field, error["msg"])
        case "extra_forbidden":
            name = field if field.isprintable() and len(field) <= SHOWN else excerpt(field)
            return EventError(name, "is not a known field")
        case "string_unicode" if field is None:
            return EventError(None, "a field's name is not valid Unicode text")
    return EventError(field, f"{_WORDS[error['type']]}, got {excerpt(error['input'])}")


def check(decoded: object, now: datetime) -> Draft:
    """The field rules of one object that `decode` gave. Raises EventError for the first rule it breaks."""
    if not isinstance(decoded, dict):
        raise EventError(None, f"must be a JSON object, got {excerpt(decoded)}")
    if isinstance(decoded, DuplicateKeys):
        raise EventError(decoded.name if decoded.name.isprintable() else excerpt(decoded.name), "is given twice")
    try:
        return Draft.model_validate(decoded, context=now)
    except ValidationError as errors:
        raise _in_words(errors.errors(include_url=False)[0]) from None


def _resolved(draft: Draft, key: ApiKey | None, pruned: dict[int, datetime]) -> UsageEvent | EventError:
    if key is None:
        return EventError("api_key", f"there is no such API key, got {excerpt(draft.api_key)}")
    if key.revoked_at is not None and key.revoked_at <= draft.timestamp:
        return EventError(
            "api_key", f"was revoked at {key.revoked_at.isoformat()}, before this request, got {excerpt(draft.api_key)}"
        )
    horizon = pruned.get(key.project.organization_id)
    if horizon is not None and draft.timestamp < horizon:
        reason = f"must not be before {horizon.isoformat()}: older requests are pruned, so a repeat could not be known"
        return EventError("timestamp", f"{reason}, got {excerpt(draft.timestamp.isoformat())}")
    return UsageEvent(
        event_id=draft.id,
        occurred_at=draft.timestamp,
        organization_id=key.project.organization_id,
        project_id=key.project_id,
        api_key_id=key.pk,
        member_id=key.created_by_id,
        provider=draft.provider,
        model=draft.model,
        input_tokens=draft.input_tokens,
        output_tokens=draft.output_tokens,
        cached_input_tokens=draft.cached_input_tokens,
        cost=draft.cost_usd,
        is_error=draft.status == "error",
    )


def resolve(drafts: Sequence[Draft]) -> list[UsageEvent | EventError]:
    """One answer for each draft, in order: the event, or why its API key or time may not be used. Two statements."""
    wanted = {draft.api_key for draft in drafts}
    keys = {key.public_id: key for key in ApiKey.objects.filter(public_id__in=wanted).select_related("project")}
    pruned = horizons(key.project.organization_id for key in keys.values())
    return [_resolved(draft, keys.get(draft.api_key), pruned) for draft in drafts]
