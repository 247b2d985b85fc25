"""What one request costs at known prices: the arithmetic of the price book and of the catalogue alike."""

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Protocol

PLACES = Decimal("1E-12")
ZERO = Decimal(0)
ORDINARY = ""
_STANDARD_WORDS = frozenset({"", "standard", "default", "auto", "standard_only", "standard-only", "on_demand", "none"})


class Priceable(Protocol):
    """Usage of one request. Cached, written and audio tokens are parts of the input, reasoning and audio of output."""

    @property
    def provider(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def occurred_at(self) -> datetime: ...
    @property
    def service_tier(self) -> str: ...
    @property
    def step_tokens(self) -> int: ...
    @property
    def input_tokens(self) -> int: ...
    @property
    def output_tokens(self) -> int: ...
    @property
    def cached_input_tokens(self) -> int: ...
    @property
    def cache_write_tokens(self) -> int: ...
    @property
    def cache_write_1h_tokens(self) -> int: ...
    @property
    def reasoning_tokens(self) -> int: ...
    @property
    def audio_input_tokens(self) -> int: ...
    @property
    def audio_output_tokens(self) -> int: ...
    @property
    def is_error(self) -> bool: ...


def tier_of(service_tier: str | None) -> str:
    """The word that prices go by: lower case, empty for the ordinary tier under any of its names.

    >>> tier_of("Priority"), tier_of("default"), tier_of("auto"), tier_of(None)
    ('priority', '', '', '')
    """
    word = (service_tier or "").strip().lower()
    return ORDINARY if word in _STANDARD_WORDS else word


@dataclass(frozen=True, slots=True)
class Rates:
    """US dollars per million tokens of each kind, `request` per request. Every kind has a price: where a list has none
    of its own, that of the kind it is part of."""

    input: Decimal
    output: Decimal
    cached: Decimal
    cache_write: Decimal
    cache_write_1h: Decimal
    reasoning: Decimal
    audio_input: Decimal
    audio_output: Decimal
    cached_audio: Decimal
    request: Decimal = ZERO

    @property
    def free(self) -> bool:
        return not any(getattr(self, field.name) for field in fields(self))

    def cost(self, usage: Priceable) -> Decimal | None:
        """US dollars to 12 places. None where it does not follow from tokens: an answer without any had some untold."""
        if not (usage.input_tokens or usage.output_tokens):
            return ZERO.quantize(PLACES) if usage.is_error or self.free else None
        total = self._input(usage) + self._output(usage)
        return (total.scaleb(-6) + self.request).quantize(PLACES, ROUND_HALF_EVEN)

    def _input(self, usage: Priceable) -> Decimal:
        cached, written, audio = usage.cached_input_tokens, usage.cache_write_tokens, usage.audio_input_tokens
        fresh = usage.input_tokens - cached - written - audio
        total = ZERO
        if fresh < 0:
            # Parts that overlap: audio which was read from the cache, else written to it.
            overlap = min(-fresh, cached)
            cached, audio, fresh = cached - overlap, audio + fresh, 0
            total += overlap * self.cached_audio
        total += fresh * self.input
        if cached:
            total += cached * self.cached
        if written:
            hour = usage.cache_write_1h_tokens
            total += (written - hour) * self.cache_write + hour * self.cache_write_1h
        return total + audio * self.audio_input if audio else total

    def _output(self, usage: Priceable) -> Decimal:
        reasoning, audio = usage.reasoning_tokens, usage.audio_output_tokens
        if not (reasoning or audio):
            return usage.output_tokens * self.output
        # Reasoning that is spoken is paid as speech.
        audio = min(audio, usage.output_tokens)
        reasoning = min(reasoning, usage.output_tokens - audio)
        plain = usage.output_tokens - audio - reasoning
        return plain * self.output + reasoning * self.reasoning + audio * self.audio_output
