"""Model name as sent → canonical model: what Group by model shows. An alias (models.ModelAlias) overrides it."""

import re

# The size a model is offered in, as its own tag: 8b, 70b-instruct, 1.5b, 8x7b, e4b, 270m.
_SIZE = re.compile(r"(?:[0-9]+x|e)?[0-9]+(?:\.[0-9]+)?b(?:-.*)?|[0-9]{3}m(?:-.*)?", re.DOTALL)


def canonical(name: str) -> str:
    """Lower case and never empty for a name that is not blank; the provider plays no part.

    >>> canonical("openrouter/openai/GPT-5.5:free")
    'gpt-5.5'
    >>> canonical("anthropic.claude-sonnet-4-v1:0")
    'anthropic.claude-sonnet-4-v1'
    >>> canonical("openai/ft:gpt-4o-mini:acme::abc")
    'ft:gpt-4o-mini:acme::abc'
    >>> canonical("ollama/llama3:70b-instruct")
    'llama3:70b-instruct'
    """
    trimmed = name.strip().lower()
    base = trimmed.rpartition("/")[2].strip()
    if base.startswith("ft:"):
        return base
    # Only the part right after the first colon can be a size; a variant after it (llama3:8b:free) goes like any other.
    stem, *tags = base.split(":")
    kept = f"{stem}:{tags[0]}" if tags and _SIZE.fullmatch(tags[0]) else stem
    return kept.strip() or trimmed


def priced_name(provider: str, model: str) -> tuple[str, str]:
    """What a provider and a model as sent are called in the price book.

    >>> priced_name("OpenAI", "openai/GPT-5.5:beta")
    ('openai', 'gpt-5.5')
    """
    return provider.strip().lower(), canonical(model)
