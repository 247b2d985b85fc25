"""Who sends spans, and how each of them says what: one table. Another sender is another row.

A sender is known by its instrumentation scope, else by the resource's service, else by an attribute that only it has.
Versions that were read: docs/senders.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from analytics.ingest.span_names import COMMON, PARAMETERS
from analytics.ingest.span_values import Given, Value, first_text

ANY = frozenset({"*"})
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sender:
    """How one sender says things, where it differs from the conventions.

    `scopes` begin the instrumentation scope's name; `services` are service.name; `shows` are attributes it alone has.
    `own` are its names, read before the common ones. `kinds` are attributes that say of every span what it is, and
    `calls` their values for a model call; with `kinds_begin`, the last part of values that begin so. `spans` are the
    names of its spans that are calls, all others being none.
    `operation_needed`: without an operation name nothing is a call. `empty_is_none`: a call without tokens, answer's id
    and error is told again by a record of its own.
    `usage`, `costs`: attributes with counts and costs as JSON; `details` with parts of the input, and of the output.
    `makers_usage`: an attribute with what makers of models answered as JSON, {maker: {usage or usageMetadata: {…}}}.
    `beside`: makers of models whose cache the input is without (ANY: all), unless `inside_with` is there.
    `sums_itself`: its total is its own input + output, so it tells nothing of what lies beside.
    `unnamed`: of a call that failed it may not name the model, and nothing around it does.
    `overcounts`: its output of a stream has the tokens of the first event twice, and nothing tells that it is a stream.
    """

    name: str
    scopes: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    own: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()
    kinds_begin: str = ""
    calls: frozenset[str] = NOBODY
    spans: frozenset[str] = NOBODY
    operation_needed: bool = False
    empty_is_none: bool = False
    usage: str = ""
    costs: str = ""
    details: tuple[tuple[str, str], ...] = ()
    makers_usage: str = ""
    beside: frozenset[str] = NOBODY
    inside_with: tuple[str, ...] = ()
    sums_itself: bool = False
    overcounts: bool = False
    unnamed: bool = False


Words = list[tuple[str, Value]]  # attributes that say something, and what


@dataclass(frozen=True, slots=True)
class Told:
    """What a span's attributes say. `fields`: those that say the same thing, the most trustworthy first."""

    sender: Sender
    given: Given
    fields: Mapping[str, Words]

    def words(self, wanted: str) -> Words:
        return self.fields.get(wanted, [])

    def text(self, wanted: str) -> str | None:
        return first_text(self.words(wanted))


_AI_DETAILS = tuple(f"ai.usage.inputTokenDetails.{name}Tokens" for name in ("noCache", "cacheRead", "cacheWrite"))
_CLAUDE_CODE = {
    "model": ("model",),
    "input_tokens": ("input_tokens",),
    "output_tokens": ("output_tokens",),
    "cached_input_tokens": ("cache_read_tokens",),
    "cache_write_tokens": ("cache_creation_tokens",),
    "response_id": ("gen_ai.response.id", "request_id"),
    "service_tier": ("speed",),
}

SENDERS = (
    # Up to 5 it hands on what Anthropic, Bedrock and Google count, and tells a whole answer's cache and thinking only
    # in what they wrote. 6 counts the cache in and says the parts; so does 7, which
    # names operations.
    Sender(
        "Vercel AI SDK",
        scopes=("ai",),
        shows=("ai.operationId",),
        kinds=("ai.operationId", "operation.name"),
        kinds_begin="ai.",
        calls=frozenset({"dogenerate", "dostream", "doembed"}),
        makers_usage="ai.response.providerMetadata",
        beside=frozenset({"anthropic", "aws"}),
        inside_with=(*_AI_DETAILS, "gen_ai.operation.name"),
        sums_itself=True,
    ),
    Sender("Anthropic SDK", scopes=("com.anthropic.sdk",), operation_needed=True),
    Sender(
        "Claude Code",
        scopes=("com.anthropic.claude_code",),
        own=_CLAUDE_CODE,
        spans=frozenset({"claude_code.llm_request"}),
        beside=ANY,
    ),
    # Of what the provider wrote, only the parts that it has no attribute for are taken.
    Sender("logfire", scopes=("logfire",), empty_is_none=True, details=(("gen_ai.usage.raw", "raw"),)),
    # Unless its traces are turned on, its spans say nothing of a call but the model; its log says the rest.
    Sender("Gemini CLI", scopes=("gemini-cli",), empty_is_none=True),
    Sender(
        "Langfuse",
        shows=("langfuse.observation.type",),
        own={"model": ("langfuse.observation.model.name",)},
        kinds=("langfuse.observation.type",),
        calls=frozenset({"generation", "embedding"}),
        usage="langfuse.observation.usage_details",
        costs="langfuse.observation.cost_details",
        beside=ANY,
    ),
    # It calls a prompt's run chat, and a retriever's embeddings.
    Sender(
        "LangSmith",
        scopes=("langsmith",),
        shows=("langsmith.span.kind",),
        kinds=("langsmith.span.kind",),
        calls=frozenset({"llm", "embedding"}),
        details=(
            ("gen_ai.usage.input_token_details", "input_token_details"),
            ("gen_ai.usage.output_token_details", "output_token_details"),
        ),
    ),
    Sender("MLflow", shows=("mlflow.spanType",), usage="mlflow.chat.tokenUsage", costs="mlflow.llm.cost"),
    Sender(
        "OpenRouter",
        scopes=("openrouter",),
        services=("openrouter",),
        kinds=("span.type",),
        calls=frozenset({"generation"}),
    ),
    # Of a stream it adds what the first event and the last say of the output, and the last has all of it.
    Sender("OpenLLMetry, Anthropic", scopes=("opentelemetry.instrumentation.anthropic",), overcounts=True),
    Sender("OpenLLMetry, Bedrock", scopes=("opentelemetry.instrumentation.bedrock",), beside=ANY, sums_itself=True),
    # It hands on what Anthropic and Bedrock count.
    Sender(
        "OpenLLMetry, LlamaIndex",
        scopes=("opentelemetry.instrumentation.llamaindex",),
        beside=frozenset({"anthropic", "aws"}),
        sums_itself=True,
    ),
    Sender("OpenLLMetry, LangChain", scopes=("opentelemetry.instrumentation.langchain",), sums_itself=True),
    Sender(
        "OpenTelemetry's botocore",
        scopes=("opentelemetry.instrumentation.botocore", "aws.opentelemetry.distro", "amazon.opentelemetry.distro"),
        beside=ANY,
    ),
    Sender(
        "OpenLLMetry in JavaScript, Anthropic and Bedrock",
        scopes=("@traceloop/instrumentation-anthropic", "@traceloop/instrumentation-bedrock"),
        beside=ANY,
        sums_itself=True,
    ),
    # A failed call of the Responses API is a span with nothing in it but the provider.
    Sender("OpenInference, openai-agents", scopes=("openinference.instrumentation.openai_agents",), unnamed=True),
    Sender("OpenLIT", scopes=("openlit",), beside=frozenset({"anthropic", "aws"}), sums_itself=True),
)
CONVENTIONS = Sender("the conventions")


def _places(sender: Sender) -> dict[str, tuple[str, int]]:
    """Attribute → what it says, and how much it is trusted: 0 is the most."""
    fields = {wanted: sender.own.get(wanted, ()) + names for wanted, names in COMMON.items()}
    return {name: (wanted, rank) for wanted, names in fields.items() for rank, name in reversed([*enumerate(names)])}


_PLACES = {sender.name: _places(sender) for sender in (*SENDERS, CONVENTIONS)}
_BY_WORDS = tuple(sender for sender in SENDERS if sender.services or sender.shows)

_MORE = (
    *("logfire.span_type", "langfuse.observation.level", "llm.cost.prompt", "llm.cost.completion", "success"),
    *("gen_ai.conversation.id", "gen_ai.prompt.name"),
    *PARAMETERS,
)
# Every attribute that is read of any span.
NAMES = frozenset(
    (
        *(name for names in COMMON.values() for name in names),
        *(name for sender in SENDERS for names in sender.own.values() for name in names),
        *(name for sender in SENDERS for name in (*sender.shows, *sender.kinds, *sender.inside_with)),
        *(name for sender in SENDERS for name in (sender.usage, sender.costs, sender.makers_usage) if name),
        *(name for sender in SENDERS for name, _ in sender.details),
        *_MORE,
    )
)


def told_by(scope: str, service: str, given: Given) -> Told:
    """The attributes of a span in the words of its sender; the conventions' where nobody is known by it."""
    sender = _by_scope(scope) or _by_words(service, given) or CONVENTIONS
    places = _PLACES[sender.name]
    found: dict[str, list[tuple[int, str, Value]]] = {}
    for name, value in given.items():
        if value is None or value == "" or name not in places:
            continue
        wanted, rank = places[name]
        found.setdefault(wanted, []).append((rank, name, value))
    fields = {wanted: [(name, value) for _, name, value in sorted(words)] for wanted, words in found.items()}
    return Told(sender, given, fields)


@lru_cache(maxsize=1024)
def _by_scope(scope: str) -> Sender | None:
    """By its name, or one above it: `logfire.openai` is below `logfire`, `airflow` is not below `ai`."""
    for sender in SENDERS:
        if any(scope == name or scope.startswith(f"{name}.") for name in sender.scopes):
            return sender
    return None


def _by_words(service: str, given: Given) -> Sender | None:
    for sender in _BY_WORDS:
        if service in sender.services or any(given.get(name) is not None for name in sender.shows):
            return sender
    return None
