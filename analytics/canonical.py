"""Model name as sent → canonical model: one line per model, not per route and not per snapshot.

Group by model shows it, prices are looked up by it, and two tellings of one call share it. An alias (models.ModelAlias)
overrides it. Where in doubt two names stay apart: lines that are one too many can be read, a sum of two models cannot.
"""

import re

# --- routes in front: who carries the request ---

# The resource of an ARN, also behind a prefix: arn:partition:service:region:account:resource.
_ARN = re.compile(r"(?:^|.*/)arn(?::[^:]*){4}:(?:[a-z-]+:(?=[^/]*$))?(.*)", re.DOTALL)
_FINE_TUNED = re.compile(r"(?:^|/)(ft:.*)", re.DOTALL)
# What follows the model's own path: Fireworks' deployments, the versions of Azure's and Google's registries.
_BEHIND_PATH = re.compile(r"(?:#accounts/.*|/versions/[^/]*)$", re.DOTALL)
# provider:model, as frameworks write it. Not the makers that Ollama has models of the same name of (mistral:7b).
_PROVIDER = re.compile(
    r"^(?:openai|anthropic|azure|azure_ai|azure_openai|bedrock|bedrock_converse|google|google-gla|google-vertex"
    r"|google_genai|google_vertexai|groq|huggingface|ollama|openrouter|vertex_ai|vertexai|xai):(?=[a-z])"
)
_VENDOR_NAMES = (
    r"(?:ai21|alibaba|amazon|anthropic|baidu|bytedance|cohere|databricks|deepseek|deepseek-ai|google|ibm|luma|meta"
    r"|meta-llama|microsoft|minimax|mistral|mistral-ai|mistralai|moonshot|moonshotai|nvidia|openai|perplexity|poolside"
    r"|qwen|snowflake|stability|twelvelabs|writer|x-ai|xai|z-ai|zai)(?:\.|--)(?=[a-z])"
)
_VENDOR, _ANY_VENDOR = re.compile(_VENDOR_NAMES), re.compile(r"[a-z][a-z0-9]*\.(?=[a-z])")
# The regions known today, and any two letters where a vendor follows: there will be more.
_REGION = re.compile(rf"(?:(?:us|eu|apac|global|jp|au|ca|us-gov|regional)\.|[a-z]{{2}}\.(?={_VENDOR_NAMES}))")
_HOST = re.compile(r"^(?:databricks-|(?:openai|anthropic)-(?=(?:claude|gpt|gemini|o[0-9])(?:-|$)))")

# --- what a route or a snapshot leaves behind ---

_AT = re.compile(r"@(?:sha256:[0-9a-f]*|[^:]*)")
_REVISION = re.compile(r"-v[0-9]+:[0-9]+(?::[0-9]+k)?$")
_REVISION_OF_VENDOR = re.compile(r"(?:-v[0-9]+(?::[0-9]+)?(?::[0-9]+k)?|(?<=b)-[0-9]:[0-9]+)$")
# Here the version is all that tells models apart, so it is part of the name.
_NAMED_BY_VERSION = re.compile(
    r"(?:claude|claude-instant|titan-[^:]+|(?:embed|rerank)(?:-[^:]+)?|command(?:-light)?-text|stable-diffusion-xl|ray)"
    r"-v[0-9]+(?:[:-].*)?",
    re.DOTALL,
)
# Their makers count on in the middle of the name, so that a version behind it is the route's.
_OWN_REVISION = re.compile(r"((?:claude|nova)-.+)-v[0-9]+", re.DOTALL)
_MONTH, _DAY = r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12][0-9]|3[01])"
# Year and month in four digits (mistral-ocr-2505, -2512) are no date here: Mistral tells generations by nothing else.
_DATE = rf"(?:20[0-9]{{2}}-?{_MONTH}(?:-?{_DAY})?|{_MONTH}-20[0-9]{{2}}|{_MONTH}-?{_DAY}|2[3-9]{_MONTH}{_DAY})"
_SNAPSHOT = re.compile(rf"(?:-(?:{_DATE}|latest|maas)|\[1m\])$")
_SNAPSHOT_TAG = re.compile(rf"(?:{_DATE}|latest|default|[0-9a-f]{{32,64}})")
_GEMINI_SNAPSHOT = re.compile(r"(gemini-(?!embedding).+)-00[0-9]", re.DOTALL)
# How OpenRouter and tiers of service are chosen; how a host of Hugging Face is, or which; Google's methods.
_ROUTES = """
free beta nitro floor online extended exacto self-moderated discounted batch flex priority cloud
fastest cheapest preferred auto baseten cerebras cohere fal-ai featherless-ai fireworks-ai groq hf-inference hyperbolic
nebius novita nscale ovhcloud publicai replicate sambanova scaleway together wavespeed zai-org
generatecontent streamgeneratecontent counttokens embedcontent predict rawpredict streamrawpredict
"""
_ROUTE_TAGS = frozenset(_ROUTES.split())

# --- one model, several spellings ---

_CLAUDE = re.compile(
    r"claude-(?:(?P<major>[0-9]{1,2})(?:[.-](?P<minor>[0-9]{1,2}))?-(?P<name>[a-z]+)"
    r"|(?P<name_first>(?!instant|code)[a-z]+)-(?P<then_major>[0-9]{1,2})(?:[.-](?P<then_minor>[0-9]{1,2}))?)"
    r"(?P<rest>(?:-.*)?)",
    re.DOTALL,
)
_GEMINI = re.compile(r"gemini-(pro|flash|flash-lite)-([0-9]+\.[0-9]+)((?:-.*)?)", re.DOTALL)
_GPT_35 = re.compile(r"gpt-35(?=-|$)")


def canonical(name: str) -> str:
    """Lower case and never empty for a name that is not blank; the provider plays no part.

    >>> canonical("openrouter/openai/GPT-5.5:free")
    'gpt-5.5'
    >>> canonical("arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-4-1-20250805-v1:0")
    'claude-opus-4-1'
    >>> canonical("anthropic/claude-3.7-sonnet:thinking")
    'claude-3-7-sonnet:thinking'
    >>> canonical("openai/ft:gpt-4o-mini-2024-07-18:acme::abc")
    'ft:gpt-4o-mini-2024-07-18:acme::abc'
    >>> canonical("ollama/llama3:70b-instruct")
    'llama3:70b-instruct'
    """
    found = name.strip().lower()
    # Until nothing changes: whatever one round lays bare goes too, so a canonical name is its own canonical name.
    while (shorter := _once(found)) and shorter != found:
        found = shorter
    return found


def priced_name(provider: str, model: str) -> tuple[str, str]:
    """What a provider and a model as sent are called in the price book.

    >>> priced_name("OpenAI", "openai/GPT-5.5:beta")
    ('openai', 'gpt-5.5')
    """
    return provider.strip().lower(), canonical(model)


def _once(name: str) -> str:
    """One round of the rule, in its order; empty where it leaves nothing."""
    arn = _ARN.fullmatch(name)
    rest = arn[1].strip() if arn else name
    if fine_tuned := _FINE_TUNED.search(rest):
        return fine_tuned[1]
    rest = _AT.sub("", _BEHIND_PATH.sub("", rest).rpartition("/")[2].strip())
    stem, *tags = _without_vendor(rest).split(":")
    stem = _spelling(_SNAPSHOT.sub("", stem.strip()).strip())
    return ":".join([stem, *(kept for tag in tags if (kept := _tag(tag.strip())))]).strip()


def _without_vendor(name: str) -> str:
    """Provider, region, vendor and host in front go, and with a vendor its version behind."""
    rest = _HOST.sub("", _PROVIDER.sub("", name))
    region = _REGION.match(rest)
    rest = rest[region.end() :] if region else rest
    # Vendors to come are known by what stands around them.
    vendor = _VENDOR.match(rest) or ((region or _REVISION.search(rest)) and _ANY_VENDOR.match(rest))
    if not vendor:
        return rest if _NAMED_BY_VERSION.fullmatch(rest) else _REVISION.sub("", rest)
    rest = rest[vendor.end() :]
    if vendor[0].startswith("nvidia"):  # counts its own versions (nemotron-nano-9b-v2); only :0 is Bedrock's
        return rest.partition(":")[0]
    if not _NAMED_BY_VERSION.fullmatch(rest):
        rest = _REVISION_OF_VENDOR.sub("", rest)
    # Bedrock's deepseek.r1 is everywhere else deepseek-r1.
    return f"deepseek-{rest}" if vendor[0].startswith("deepseek") and not rest.startswith("deepseek") else rest


def _tag(tag: str) -> str:
    """What is kept of a tag: it makes another model (8b, mini, thinking) unless it is known as a route or snapshot."""
    if tag in _ROUTE_TAGS or _SNAPSHOT_TAG.fullmatch(tag):
        return ""
    return _SNAPSHOT.sub("", tag).strip()


def _spelling(stem: str) -> str:
    """The one spelling of names that routes spell differently."""
    stem = _GPT_35.sub("gpt-3.5", stem) if stem.startswith("gpt-35") else stem
    for pattern in (_OWN_REVISION, _GEMINI_SNAPSHOT):
        if (cut := pattern.fullmatch(stem)) and not _NAMED_BY_VERSION.fullmatch(stem):
            stem = cut[1]
    if gemini := _GEMINI.fullmatch(stem):
        return f"gemini-{gemini[2]}-{gemini[1]}{gemini[3]}"
    claude = _CLAUDE.fullmatch(stem)
    return _claude(claude) if claude else stem


def _claude(found: re.Match[str]) -> str:
    """Since 4 the name comes first (claude-sonnet-4-5), before that last (claude-3-5-sonnet); 4.0 is 4."""
    name = found["name"] or found["name_first"]
    major, minor = found["major"] or found["then_major"], found["minor"] or found["then_minor"]
    if int(major) < 3:
        return found[0]
    version = f"{major}-{minor}" if minor and minor != "0" else major
    return f"claude-{version}-{name}{found['rest']}" if major == "3" else f"claude-{name}-{version}{found['rest']}"
