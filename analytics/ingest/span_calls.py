"""Which spans call a model. Agents, workflows, tools and retrievals have no tokens, or repeat those of calls."""

import re

from analytics.ingest.span_senders import Told, Words
from analytics.ingest.span_values import said, text

MODEL_CALLS = frozenset(
    (
        *("chat", "text_completion", "generate_content", "embeddings"),  # the conventions'
        *("completion", "acompletion", "atext_completion", "embedding", "aembedding"),  # LiteLLM's
        *("responses", "aresponses", "anthropic_messages", "generate_content_stream", "agenerate_content"),
        *("agenerate_content_stream", "acompletion_stream"),
        *("chat.completions", "text.completions", "text_completions"),  # Semantic Kernel's
        "llm_call",  # Gemini CLI's
    )
)
EMBEDDINGS = frozenset(("embeddings", "embedding", "aembedding", "doembed"))
CALL_KINDS = MODEL_CALLS | {"llm", "chat_model", "generation"}
# Spans of a conversation by voice, of which one holds the counts of an answer.
WITH_TOKENS_ONLY = frozenset(("realtime",))
# What the names of spans without an operation name say: free of charge (a list's is OpenAI's class of it), or a sum.
_FREE = re.compile(
    r"count[_ .-]?tokens?|\bmodels?[._](?:list|retrieve|get)\b|list_?models|^a?sync(?:cursor)?page\b", re.IGNORECASE
)
_SUM = re.compile(r"^(?:invoke_agent|create_agent|execute_tool|agent[ _]run)\b", re.IGNORECASE)
# A span that says only that another has begun.
_BEGUN = ("logfire.span_type", "pending_span")


def is_model_call(told: Told, name: str, failed: bool = False) -> bool:
    """`name` is the span's. A call that failed has nothing more to say, and no record follows it."""
    sender = told.sender
    if told.given.get(_BEGUN[0]) == _BEGUN[1]:
        return False
    if sender.spans:
        return name in sender.spans
    if sender.empty_is_none and not (failed or _has_tokens(told) or told.words("response_id")):
        return False
    kind = _kind(told)
    return kind in sender.calls if kind else _by_conventions(told, name)


def embeds(told: Told) -> bool:
    operations = {_kind(told), *_lower(told.words("operation")), *_lower(told.words("kind"))}
    return not EMBEDDINGS.isdisjoint(operations)


def _kind(told: Told) -> str:
    """What a sender with words of its own calls the span; of `ai.generateText.doGenerate name` it is `dogenerate`."""
    sender = told.sender
    word = next(iter(_lower([*said(told.given, sender.kinds)])), "") if sender.kinds else ""
    if not sender.kinds_begin:
        return word
    return word.split(" ", 1)[0].rpartition(".")[2] if word.startswith(sender.kinds_begin) else ""


def _by_conventions(told: Told, name: str) -> bool:
    for operation in _lower(told.words("operation")):
        # OpenInference derives the operation from the kind of span, and calls everything a chat.
        if operation in WITH_TOKENS_ONLY or _FREE.search(name):
            return operation in MODEL_CALLS | WITH_TOKENS_ONLY and _has_tokens(told)
        return operation in MODEL_CALLS
    if told.sender.operation_needed or _FREE.search(name):
        return False
    kinds = _lower(told.words("kind"))
    if kinds:
        return any(kind in CALL_KINDS for kind in kinds)
    # From before operations had a name. A model alone is not enough: whoever only mentions one has called none.
    if _SUM.search(name) or told.text("model") is None:
        return False
    return _has_tokens(told) or bool(told.words("provider"))


def _has_tokens(told: Told) -> bool:
    wanted = ("input_tokens", "output_tokens", "total")
    return any(value not in (0, "0") for field in wanted for _, value in told.words(field))


def _lower(words: Words) -> list[str]:
    return [word.lower() for _, value in words if (word := text(value))]
