"""Who sends log events of model calls, and how each of them says what: one table. Another agent is another row.

Versions that were read: docs/senders.md. Nothing that could hold a prompt or an answer is ever read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from analytics.ingest.span_senders import ANY, NAMES, Sender
from analytics.ingest.span_values import Given
from analytics.ingest.whose import PERSON, agent_of

CONVENTIONS_EVENT = "gen_ai.client.inference.operation.details"
MAX_EVENT_NAME = 100  # characters


@dataclass(frozen=True, slots=True)
class Record:
    """One log record, as far as it is read.

    `names`: what its event may be called: by its own field, its attribute, its body. `at`: nanoseconds since 1970 when
    it was written, 0 if it does not say; `observed` when another program saw it. `context` is the span it was written
    in, "<trace>-<span>" in hex, or empty. `around` is what its resource says.
    """

    names: tuple[str, ...]
    given: Given
    at: int = 0
    observed: int = 0
    context: str = ""
    scope: str = ""
    service: str = ""
    around: Given = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LogSender:
    """How one agent says things in its log. `counts` has the names of its fields, and how it counts.

    `calls` and `failures` are its events, by their full names, and `short` begins of these that it may leave out.
    `shows`: attributes that only it has. `only`: attributes and the values that a call has.
    `ids` are attributes that an event is known by; `costs` those with US dollars, and their unit.
    `ends`: it tells how long the call took, and writes when it ends. `needs_counts`: without any it is no call.
    `more`: parts that its total has beside input, output and thinking.
    """

    counts: Sender
    provider: str
    calls: frozenset[str]
    failures: frozenset[str] = frozenset()
    short: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    only: tuple[tuple[str, str], ...] = ()
    ids: tuple[str, ...] = ()
    costs: tuple[tuple[str, Decimal], ...] = ()
    ends: bool = True
    needs_counts: bool = False
    more: tuple[str, ...] = ()


LOG_SENDERS = (
    LogSender(
        # Anthropic's own counts: the input is without the cache.
        Sender(
            "Claude Code",
            own={
                "model": ("model",),
                "input_tokens": ("input_tokens",),
                "output_tokens": ("output_tokens",),
                "cached_input_tokens": ("cache_read_tokens",),
                "cache_write_tokens": ("cache_creation_tokens",),
                "response_id": ("request_id",),
                "service_tier": ("speed",),
            },
            beside=ANY,
        ),
        "anthropic",
        calls=frozenset({"claude_code.api_request"}),
        failures=frozenset({"claude_code.api_error"}),
        short=("claude_code.",),
        shows=("cache_creation_tokens", "cost_usd_micros", "cost_usd"),
        ids=("request_id", "client_request_id"),
        costs=(("cost_usd", Decimal(1)), ("cost_usd_micros", Decimal("0.000001"))),
    ),
    LogSender(
        # Of a stream's every event it writes a record; the counts come in one of their own, whose time is the end.
        Sender(
            "Codex",
            own={
                "model": ("model", "slug"),
                "input_tokens": ("input_token_count",),
                "output_tokens": ("output_token_count",),
                "cached_input_tokens": ("cached_token_count",),
                "cache_write_tokens": ("cache_write_token_count",),
                "reasoning_tokens": ("reasoning_token_count",),
                "response_id": ("response.id", "response_id"),
            },
        ),
        "openai",
        calls=frozenset({"codex.sse_event"}),
        only=(("event.kind", "response.completed"),),
        ends=False,
        needs_counts=True,
    ),
    LogSender(
        Sender(
            "Gemini CLI",
            own={
                "model": ("model", "model_name"),
                "input_tokens": ("input_token_count",),
                "output_tokens": ("output_token_count",),
                "cached_input_tokens": ("cached_content_token_count",),
                "reasoning_tokens": ("thoughts_token_count",),
                "total": ("total_token_count",),
                "response_id": ("response_id", "gen_ai.response.id"),
            },
        ),
        "gemini",
        calls=frozenset({"gemini_cli.api_response"}),
        failures=frozenset({"gemini_cli.api_error"}),
        more=("thoughts_token_count", "tool_token_count"),
    ),
    LogSender(
        Sender(
            "Cursor",
            own={
                "model": ("cursor.model.name",),
                "input_tokens": ("cursor.api.request.input_tokens",),
                "output_tokens": ("cursor.api.request.output_tokens",),
                "cached_input_tokens": ("cursor.api.request.cache_read_tokens",),
                "cache_write_tokens": ("cursor.api.request.cache_creation_tokens",),
            },
            beside=ANY,
        ),
        "cursor",
        calls=frozenset({"cursor.api.request", "cursor.api_request"}),
        short=("cursor.",),
        shows=("cursor.event.id", "cursor.api.request.input_tokens", "cursor.model.name"),
        ids=("cursor.event.id",),
    ),
)
DURATION = "duration_ms"
TIME = "event.timestamp"
ERROR = "error.message"
# What tells two events of one sender apart, beside their counts and their time.
IDENTITY = ("session.id", "conversation.id", "event.sequence", "prompt.id", "prompt_id", "cursor.request.id")

OWN = frozenset(
    (
        *("event.name", "event.kind", DURATION, TIME, ERROR, *IDENTITY, *PERSON),
        *(name for sender in LOG_SENDERS for names in sender.counts.own.values() for name in names),
        *(name for sender in LOG_SENDERS for name in (*sender.shows, *sender.ids, *sender.more)),
        *(name for sender in LOG_SENDERS for name, _ in (*sender.costs, *sender.only)),
    )
)
READ = OWN | NAMES  # every attribute that is read of any log record

_BY_EVENT: Mapping[str, LogSender] = {name: sender for sender in LOG_SENDERS for name in sender.calls | sender.failures}


def told_by(record: Record) -> tuple[LogSender, str] | None:
    """Whose event it is, and its full name; None for one that is of no model call."""
    for name in record.names:
        if name in _BY_EVENT:
            return _BY_EVENT[name], name
    agent = agent_of(record.scope, record.service)
    for sender in LOG_SENDERS:
        known = (
            sender.counts.name == agent if agent else any(record.given.get(name) is not None for name in sender.shows)
        )
        for begin in sender.short if known else ():
            full = next((f"{begin}{name}" for name in record.names if f"{begin}{name}" in _BY_EVENT), None)
            if full:
                return sender, full
    return None


def is_conventions_call(record: Record) -> bool:
    """Gemini CLI writes the conventions' event beside its own, which knows more."""
    if CONVENTIONS_EVENT not in record.names:
        return False
    told_before = any(name.startswith("GenAI operation ") for name in record.names)
    return not told_before and agent_of(record.scope, record.service) != "Gemini CLI"
