"""Who was asked: a provider's many names are one.

Names come from LiteLLM, OpenTelemetry (gen_ai.provider.name, gen_ai.system, old and new), OpenLLMetry, OpenInference,
the AI SDK, OpenRouter and consoles. They are compared without case and signs: `vertex_ai`, `Vertex AI` and `vertex-ai`
are one word.
"""

import re
from functools import lru_cache


def _alone(ids: str) -> dict[str, str]:
    """Those that have no other name."""
    return dict.fromkeys(ids.split(), "")


# id in the catalogue (or, where the catalogue does not know it, in the price book alone) → its other names.
_NAMES = {
    "openai": "text-completion-openai, openai-chat, openai-responses, open-ai, chatgpt, codex",
    "anthropic": "anthropic-text, claude, anthropic-api",
    "azure": "azure-openai, azure-ai, azure-text, azure-ai-openai, azure-ai-inference, azure-ai-foundry, "
    "azure-foundry, az-ai-openai, az-ai-inference, az-openai, microsoft, microsoft-azure, microsoft-foundry",
    "aws": "bedrock, aws-bedrock, amazon-bedrock, amazon, bedrock-converse, bedrock-mantle, bedrock-runtime, "
    "aws-bedrock-runtime, amazon-web-services, amazon-nova, bedrock-anthropic",
    "google": "gemini, gcp, gcp-gemini, gcp-gen-ai, gcp-vertex-ai, vertex, vertexai, vertex-ai-beta, google-vertex, "
    "google-vertex-ai, google-vertexai, google-vertex-anthropic, vertex-anthropic, google-genai, google-gen-ai, "
    "google-generative-ai, google-generativeai, google-gemini, google-ai, google-ai-studio, google-aistudio, googleai, "
    "google-gla, google-gcp, google-cloud, palm, vertex-ai-language-models, vertex-ai-anthropic-models, "
    "vertex-ai-embedding-models, vertex-ai-vision-models, vertex-ai-chat-models, vertex-ai-text-models, "
    "vertex-ai-code-chat-models, vertex-ai-code-text-models, vertex-ai-llama-models, vertex-ai-mistral-models, "
    "vertex-ai-deepseek-models, vertex-ai-qwen-models, vertex-ai-openai-models, vertex-ai-ai21-models, "
    "vertex-ai-moonshot-models, vertex-ai-minimax-models, vertex-ai-zai-models",
    "mistral": "mistral-ai, mistralai, codestral, text-completion-codestral, la-plateforme",
    "cohere": "cohere-chat, cohereai",
    "x-ai": "xai, grok",
    "deepseek": "deep-seek, deepseek-ai",
    "groq": "groqcloud",
    "perplexity": "perplexity-ai, pplx",
    "together": "together-ai, togetherai",
    "fireworks": "fireworks-ai, fireworks-ai-embedding-models",
    "openrouter": "open-router",
    "moonshotai": "moonshot, moonshot-ai, kimi",
    "minimax": "minimax-ai",
    "meta": "meta-llama, meta-ai, llama-api",
    "zai": "z-ai",
    "zhipuai": "zhipu, zhipu-ai, bigmodel, glm",
    "voyageai": "voyage, voyage-ai",
    "cloudflare": "workers-ai, cloudflare-workers-ai, cf-workers-ai",
    "novita": "novita-ai",
    "ovhcloud": "ovh, ovhcloud-ai-endpoints",
    "github-copilot": "copilot",
    "huggingface": "hugging-face, hf, huggingface-hub",
    "cerebras": "cerebras-ai",
    "databricks": "databricks-model-serving",
    "elevenlabs": "eleven-labs",
    **_alone("arcee avian baseten cursor doubleword modal quicksilverpro typesafe"),
    # Hosts that the catalogue does not know: each has prices of its own, so another host's price is not theirs.
    "deepinfra": "deep-infra",
    "replicate": "",
    "nvidia": "nvidia-nim, nim",
    "sambanova": "samba-nova",
    "watsonx": "ibm, ibm-watsonx, ibm-watsonx-ai, watsonx-ai, watsonx-text",
    "sagemaker": "aws-sagemaker, amazon-sagemaker, sagemaker-chat",
    "alibaba": "dashscope, alibaba-cloud, aliyun, tongyi, qwen",
    "volcengine": "ark, byteplus, doubao",
    "siliconflow": "silicon-flow",
    "ai21": "ai21-chat, ai21-labs",
    "jina": "jina-ai",
    "nebius": "nebius-ai-studio, nebius-token-factory",
    "github": "github-models",
    "friendli": "friendliai",
    "lambda": "lambda-ai, lambda-labs",
    "alephalpha": "aleph-alpha",
    "gigachat": "",
    "snowflake": "snowflake-cortex",
    "oci": "oracle, oci-genai",
    **_alone(
        "anyscale atlascloud chutes clarifai crusoe featherless galadriel gmicloud hyperbolic inception infermatic "
        "lepton liquid mancer morph nscale parasail phala predibase publicai reka runpod stepfun targon upstage venice "
        "wandb writer"
    ),
}
# Servers on one's own machines: what a request costs there is no list price of anybody.
_LOCAL_NAMES = {
    "ollama": "ollama-chat",
    "vllm": "hosted-vllm",
    "lmstudio": "lm-studio",
    "llamafile": "",
    "llamacpp": "llama-cpp, llama-cpp-python, llama-server",
    "tgi": "text-generation-inference, huggingface-tgi",
    "triton": "triton-inference-server",
    "docker": "docker-model-runner, dmr",
    "mlx": "mlx-lm",
    "infinity": "tei, text-embeddings-inference",
    "textgen": "oobabooga, text-generation-webui",
    **_alone("exo gpt4all jan koboldcpp lemonade localai mlc nexa petals ramalama sglang xinference"),
}
LOCAL = frozenset(_LOCAL_NAMES)
# What only looks like a provider's name: a framework's, a gateway's, or "I do not know".
_FRAMEWORKS = (
    "strands-agents, strands, langchain, langgraph, llama-index, spring-ai, haystack, crewai, autogen, ag2, agno, "
    "smolagents, dspy, pydantic-ai, semantic-kernel, mastra, genkit, logfire, langfuse, openlit, traceloop, "
    "gcp-vertex-agent, google-adk, openai-agents, litellm, litellm-proxy, openai-compatible, openai-like, custom, "
    "custom-openai, vercel, vercel-ai, vercel-ai-gateway, ai-gateway, gateway, portkey, helicone, opentelemetry, "
    "langsmith, mlflow, agent-framework, microsoft-agent-framework, framework, other, unknown, none, null, undefined, "
    "default"
)
# Hosts of many makers' models, as they stand before a slash: `azure/gpt-4o`. A maker's name there (`openai/gpt-4o`)
# is how OpenRouter, too, calls a model, and says nothing about who was asked.
_ROUTES = LOCAL | set(
    _alone(
        "aws azure cerebras cloudflare databricks deepinfra fireworks github-copilot groq nvidia openrouter replicate "
        "sagemaker sambanova together watsonx"
    )
)
_ROUTE_WORDS = frozenset({"gemini", "vertexai", "vertexaibeta"})
_SIGNS = re.compile(r"[^a-z0-9]+")


# Names that only one host has.
_SHAPES = (
    (re.compile(r"arn:aws[a-z-]*:bedrock:"), "aws"),
    (
        re.compile(
            r"(?:(?:us|eu|apac|global|jp|au|ca|us-gov)\.)?(?:anthropic|amazon|meta|ai21|cohere|deepseek|mistral|openai|"
            r"qwen|writer|nvidia|moonshotai|minimax|zai)\.[a-z]"
        ),
        "aws",
    ),
    (re.compile(r"(?:projects/[^/]+/locations/[^/]+/)?publishers/"), "google"),
    (re.compile(r"accounts/fireworks/"), "fireworks"),
    (re.compile(r"@(?:cf|hf)/"), "cloudflare"),
)


def _word(name: str) -> str:
    return _SIGNS.sub("", name.strip().lower())


_IDS = {
    _word(name): key
    for names in (_NAMES, _LOCAL_NAMES)
    for key, others in names.items()
    for name in (key, *others.split(","))
    if name
}
_NOBODY = frozenset(_word(name) for name in _FRAMEWORKS.split(","))


@lru_cache(maxsize=4096)
def provider_of(name: str) -> str | None:
    """The one id of a provider as sent; None where it is unknown, or the name of a framework.

    >>> provider_of("amazon-bedrock"), provider_of("AWS"), provider_of("google.vertex.chat"), provider_of("openai.chat")
    ('aws', 'aws', 'google', 'openai')
    >>> provider_of("ollama"), provider_of("strands-agents"), provider_of("openai-compatible.chat")
    ('ollama', None, None)
    """
    parts = name.strip().lower().split(".", 8)
    # The AI SDK puts what was called behind a dot: openai.responses, google.vertex.chat.
    for length in range(len(parts), 0, -1):
        word = _word(".".join(parts[:length]))
        if word in _NOBODY:
            return None
        if word in _IDS:
            return _IDS[word]
    return None


@lru_cache(maxsize=4096)
def names_nobody(name: str) -> bool:
    """Whether a provider as sent is a framework's or a gateway's name, or says that nobody is known.

    >>> names_nobody("strands_agents"), names_nobody("openai-compatible.chat"), names_nobody("our-proxy")
    (True, True, False)
    """
    parts = name.strip().lower().split(".", 8)
    words = (_word(".".join(parts[:length])) for length in range(1, len(parts) + 1))
    return provider_of(name) is None and not _NOBODY.isdisjoint(words)


def provider_in(provider: str, model: str) -> str | None:
    """The id of whoever a model as sent says was asked, where its provider (as sent) does not say it.

    >>> provider_in("litellm", "openai/gpt-4o"), provider_in("unknown", "bedrock/amazon.nova-pro-v1:0")
    ('openai', 'aws')
    >>> provider_in("strands-agents", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"), provider_in("unknown", "gpt-4o")
    ('aws', None)
    """
    name = model.strip().lower()
    before, slash, _ = name.partition("/")
    found = provider_of(before) if slash else None
    # LiteLLM's grammar is provider/model, whatever stands there.
    if found and (found in _ROUTES or _word(before) in _ROUTE_WORDS or _word(provider) == "litellm"):
        return found
    for shape, owner in _SHAPES:
        if shape.match(name):
            return owner
    return None
