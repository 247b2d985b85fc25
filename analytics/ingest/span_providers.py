"""Who was asked, as far as a span tells: the provider it names, else its endpoint, its scope, its model."""

import re
from functools import lru_cache

from analytics.ingest.span_senders import Told
from analytics.ingest.span_values import text
from analytics.ledger.providers import names_nobody, provider_in, provider_of

UNKNOWN = "unknown"  # the provider of a call whose span names none: it was made, whoever answered

# The end of a host's name → its provider.
_HOSTS = {
    "api.openai.com": "openai",
    "openai.azure.com": "azure",
    "cognitiveservices.azure.com": "azure",
    "services.ai.azure.com": "azure",
    "models.ai.azure.com": "azure",
    "api.anthropic.com": "anthropic",
    "generativelanguage.googleapis.com": "gemini",
    "aiplatform.googleapis.com": "vertex_ai",
    "openrouter.ai": "openrouter",
    "api.mistral.ai": "mistral",
    "api.groq.com": "groq",
    "api.deepseek.com": "deepseek",
    "api.x.ai": "xai",
    "api.cohere.com": "cohere",
    "api.cohere.ai": "cohere",
    "api.together.xyz": "together",
    "api.together.ai": "together",
    "api.fireworks.ai": "fireworks",
    "api.perplexity.ai": "perplexity",
    "api.cerebras.ai": "cerebras",
    "api.moonshot.ai": "moonshot",
}
_BEDROCK_HOST = re.compile(r"bedrock[a-z0-9-]*\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")
_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?(?:[^/@]*@)?([a-z0-9.-]+)", re.IGNORECASE | re.ASCII)

# A word of the scope's name → the provider it calls.
_SCOPES = {
    "anthropic": "anthropic",
    "claude_code": "anthropic",
    "bedrock": "aws.bedrock",
    "botocore": "aws.bedrock",
    "vertexai": "vertex_ai",
    "google_genai": "gemini",
    "google_generativeai": "gemini",
    "gemini-cli": "gemini",
    "mistralai": "mistral",
    "cohere": "cohere",
    "groq": "groq",
    "ollama": "ollama",
    "together": "together",
    "watsonx": "watsonx",
    "replicate": "replicate",
    "openrouter": "openrouter",
}
_LLAMA_INDEX = "_llm"  # ends the name of its class, which OpenLLMetry takes for the provider's: `anthropic_llm`
# How a model's name begins → the provider that makes it. Who else offers it says so in other words.
_MODELS = (
    (re.compile(r"(models/)?(gemini|gemma|text-embedding-00)"), "gemini"),
    (re.compile(r"claude"), "anthropic"),
    (re.compile(r"(gpt-|chatgpt|o[1-9](-|$)|text-embedding-(3|ada)|ft:gpt-|davinci|babbage)"), "openai"),
    (re.compile(r"(mistral|ministral|codestral|magistral|devstral|pixtral)-"), "mistral"),
    (re.compile(r"deepseek-"), "deepseek"),
    (re.compile(r"grok-"), "xai"),
    (re.compile(r"(command|embed)-"), "cohere"),
)


def provider_of_span(told: Told, scope: str, model: str) -> str:
    """The provider as the span names it, unless that is a framework's name; else what its other words tell."""
    named = (told.text("provider") or "").removesuffix(_LLAMA_INDEX)
    if named and not names_nobody(named):
        return named
    return _by_endpoint(told) or _by_scope(scope) or _by_model(named or UNKNOWN, model) or UNKNOWN


@lru_cache(maxsize=4096)
def maker(provider: str, model: str) -> str:
    """Whose way of counting a call follows: that of Claude's maker, or of the host that counts for itself.

    >>> maker("google.vertex", "claude-haiku-4-5"), maker("amazon-bedrock", "m"), maker("unknown", "gemini-2.5-pro")
    ('anthropic', 'aws', 'google')
    """
    host = provider_of(provider) or (provider_of(_by_model(provider, model)) if names_nobody(provider) else None)
    claude = "anthropic" in provider.lower() or "claude" in model.lower()
    return "anthropic" if host == "google" and claude else host or ""


def _by_endpoint(told: Told) -> str:
    for _, value in told.words("endpoint"):
        found = _HOST.match(text(value) or "")
        host = found[1].lower() if found else ""
        if _BEDROCK_HOST.fullmatch(host):
            return "aws.bedrock"
        for end, provider in _HOSTS.items():
            if host == end or host.endswith((f".{end}", f"-{end}")):
                return provider
    return ""


def _by_scope(scope: str) -> str:
    words = re.split(r"[./@ :]+", scope.lower())
    return next((provider for word, provider in _SCOPES.items() if word in words), "")


def _by_model(provider: str, model: str) -> str:
    """Whoever alone names a model so; of `anthropic/claude-…`, as gateways write it, what stands behind the slash."""
    if owner := provider_in(provider, model):
        return owner
    name = model.strip().lower()
    for candidate in (name, name.rpartition("/")[2]):
        for shape, maker_of_it in _MODELS:
            if shape.match(candidate):
                return maker_of_it
    return ""
