"""The tokens of a model call: however its sender counts them, all of the input, all of the output, and parts of these.

A total decides what lies beside input and output. Where there is none, it is what its sender is known for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analytics.ingest.event_rules import MAX_TOKENS
from analytics.ingest.span_names import USAGE
from analytics.ingest.span_senders import ANY, Told
from analytics.ingest.span_values import Value, counts_in, decoded, flat, makers_counts, number, said

CACHE = ("cached_input_tokens", "cache_write_tokens")
INPUTS = (*CACHE, "audio_input_tokens")  # parts of the input that may lie beside it
THINKING = ("reasoning_tokens",)
OUTPUTS = (*THINKING, "audio_output_tokens")
FIELDS = ("input_tokens", "output_tokens", *INPUTS, "cache_write_1h_tokens", *OUTPUTS)
_READ = frozenset((*FIELDS, "cache_write_5m_tokens", "total"))
# What a total may have in it beside input and output, the likelier first.
_BESIDE = (CACHE, THINKING, (*CACHE, *THINKING), CACHE[:1], CACHE[1:], (*CACHE[:1], *THINKING))

Counts = dict[str, int]


@dataclass(frozen=True, slots=True)
class Tokens:
    """`counts` by the names of event fields. `mended`: those that the sender gave in a way that cannot be."""

    counts: Counts
    mended: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Habit:
    """How a sender counts: the parts that lie beside its input and output, whether its total is but the sum of these
    two, whether a total has thinking in it that nothing names (Gemini), whether there is no output (embeddings)."""

    beside: tuple[str, ...]
    sums_itself: bool
    thinks: bool
    embeds: bool


def tokens_of(told: Told, made_by: str, embeds: bool = False) -> Tokens:
    """`made_by` is `span_providers.maker`. `embeds`: the call has no output, so a lone total is its input."""
    counts, mended, packed = _read(told)
    total = counts.pop("total", None)
    counts["cache_write_tokens"] = counts.get("cache_write_tokens", 0) or (
        counts.get("cache_write_1h_tokens", 0) + counts.pop("cache_write_5m_tokens", 0)
    )
    counts = {name: counts.get(name, 0) for name in FIELDS}
    habit = _Habit(_beside(told, made_by, packed), told.sender.sums_itself, made_by == "google", embeds)
    if total is None:
        _put_in(counts, habit.beside)
    else:
        mended = (*mended, *_settle(counts, total, habit))
    return Tokens(counts, mended)


def _read(told: Told) -> tuple[Counts, tuple[str, ...], Mapping[str, Value]]:
    """Counts that can be used, the fields of those that cannot, and what of it came as JSON."""
    given, sender = told.given, told.sender
    packed = flat(decoded(given.get(sender.usage))) if sender.usage else {}
    if any(name in packed for name in ("input", "output")):
        packed = _without_modalities(packed)
    more = {f"{at}.{name}": one for source, at in sender.details for name, one in counts_in(given.get(source)).items()}
    more |= {f"maker.{name}": one for name, one in makers_counts(given.get(sender.makers_usage)).items()}
    counts: Counts = {}
    mended = []
    in_json = packed | more
    for wanted in _READ if in_json else _READ & told.fields.keys():
        words = [*said(in_json, USAGE[wanted])] if in_json else []
        found = [_whole(value) for _, value in (*words, *told.words(wanted))]
        usable = [count for count in found if count is not None]
        if usable:
            counts[wanted] = usable[0]
        elif found and wanted in FIELDS:
            mended.append(wanted)
    return counts, tuple(sorted(mended)), packed


def _whole(value: Value) -> int | None:
    """A count as integer, double or text; None where it is no count of tokens."""
    if type(value) is int:
        return value if 0 <= value <= MAX_TOKENS else None
    found = number(value)
    if found is None or found != found.to_integral_value() or not 0 <= found <= MAX_TOKENS:
        return None
    return int(found)


def _without_modalities(packed: Mapping[str, Value]) -> dict[str, Value]:
    """Langfuse takes text, image and so on out of the input and the output: here they are put in again."""
    folded = dict(packed)
    for whole in ("input", "output"):
        parts = [_whole(one) or 0 for name, one in packed.items() if name.startswith(f"{whole}_modality_")]
        if parts:
            folded[whole] = (_whole(packed.get(whole)) or 0) + sum(parts)
    return folded


def _beside(told: Told, made_by: str, packed: Mapping[str, Value]) -> tuple[str, ...]:
    """The parts that this sender's input and output are known to be without."""
    sender = told.sender
    if packed:
        # Details inside an object are parts of their whole, as OpenAI counts; names of their own stand beside it.
        details = any("_details." in name for name in packed)
        return () if details or not sender.beside else (*INPUTS, *OUTPUTS)
    if any(told.given.get(name) is not None for name in sender.inside_with):
        return ()
    if sender.makers_usage and made_by == "google":
        return THINKING
    return CACHE if sender.beside is ANY or made_by in sender.beside else ()


def _settle(counts: Counts, total: int, habit: _Habit) -> tuple[str, ...]:
    """Put in what the total says lies beside; the fields that were cut because it says that nothing does."""
    over = total - counts["input_tokens"] - counts["output_tokens"]
    # Gemini's prompt has the cache in it, whoever tells.
    likely = (habit.beside, THINKING) if habit.thinks else (habit.beside, *_BESIDE)
    if over == 0 and not habit.sums_itself:
        return _cut(counts)
    parts = next((parts for parts in likely if over > 0 and sum(counts[name] for name in parts) == over), None)
    if over > 0 and parts is None and habit.thinks:
        _put_in_thinking(counts, over)
    elif over > 0 and parts is None and habit.embeds and not counts["input_tokens"]:
        counts["input_tokens"] = over
    else:
        _put_in(counts, habit.beside if parts is None else parts)
    return ()


def _put_in(counts: Counts, parts: Iterable[str]) -> None:
    for name in parts:
        counts["input_tokens" if name in INPUTS else "output_tokens"] += counts[name]


def _put_in_thinking(counts: Counts, over: int) -> None:
    """Gemini's total has the thinking in it, which is output, and the results of its own tools, which are input."""
    thinking = min(counts["reasoning_tokens"] or over, over)
    counts["reasoning_tokens"] = max(counts["reasoning_tokens"], thinking)
    counts["output_tokens"] += thinking
    counts["input_tokens"] += over - thinking


def _cut(counts: Counts) -> tuple[str, ...]:
    """The total is input and output, so the cache is in the input: what is more than that cannot be."""
    left = counts["input_tokens"]
    mended = []
    for name in CACHE:
        if counts[name] > left:
            counts[name] = left
            mended.append(name)
        left -= counts[name]
    return tuple(mended)
