"""Who was asked: the names that senders use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.ledger.price_list import _shelves
from analytics.ledger.providers import LOCAL, provider_in, provider_of

NAMES = {
    "openai": "openai OpenAI openai.chat openai.responses openai.completion openai.embedding text-completion-openai",
    "anthropic": "anthropic Anthropic anthropic.messages anthropic_text",
    "azure": "azure Azure azure_openai azure-openai.chat azure.responses az.ai.openai az.ai.inference azure.ai.openai "
    "azure.ai.inference azure_ai azure_text",
    "aws": "aws AWS bedrock Bedrock aws.bedrock amazon-bedrock amazon_bedrock bedrock_converse "
    "bedrock.anthropic.messages",
    "google": "google Google gemini gcp.gemini gcp.vertex_ai gcp.gen_ai google_genai google-genai google.generative-ai "
    "google.vertex.chat google-vertex vertex_ai vertexai VertexAI vertex.anthropic.messages google_vertexai google-gla "
    "vertex_ai_beta vertex_ai-anthropic_models vertex_ai-language-models",
    "mistral": "mistral mistral_ai MistralAI mistralai mistral.chat codestral",
    "cohere": "cohere cohere_chat cohere.chat Cohere",
    "x-ai": "xai x_ai x-ai xAI xai.responses",
    "deepseek": "deepseek DeepSeek deepseek.chat",
    "groq": "groq Groq groq.chat",
    "perplexity": "perplexity",
    "together": "together together_ai TogetherAI together-ai togetherai.chat",
    "fireworks": "fireworks fireworks_ai fireworks.chat",
    "openrouter": "openrouter OpenRouter openrouter.chat",
    "moonshotai": "moonshot moonshot_ai moonshotai.chat",
    "meta": "meta meta_llama",
    "zai": "zai z.ai Z.AI z-ai",
    "cloudflare": "cloudflare workersai.chat workers-ai",
    "huggingface": "huggingface HuggingFace hugging_face",
    "github-copilot": "github_copilot",
    "watsonx": "watsonx Watsonx ibm.watsonx.ai",
    "deepinfra": "deepinfra DeepInfra deepinfra.chat",
    "nvidia": "nvidia_nim",
    "sagemaker": "sagemaker aws.sagemaker",
    "ollama": "ollama Ollama ollama_chat ollama.chat",
    "vllm": "vllm hosted_vllm",
    "lmstudio": "lmstudio lm_studio lmstudio.chat",
    "llamafile": "llamafile",
    "llamacpp": "llama.cpp llama-cpp",
    "xinference": "xinference",
}


@pytest.mark.parametrize(("provider", "sent"), [(key, name) for key, names in NAMES.items() for name in names.split()])
def test_a_provider_is_known_under_every_name(provider, sent):
    assert provider_of(sent) == provider
    assert provider_of(f" {sent.upper()} ") == provider


@pytest.mark.parametrize(
    "name", ["Amazon Bedrock", "Google AI Studio", "Google Vertex", "Z.AI", "Moonshot AI", "Together AI", "Mistral AI"]
)
def test_names_with_blanks_are_known(name):
    assert provider_of(name)


NOBODY = (
    "strands-agents langchain spring_ai unknown litellm litellm_proxy _OTHER openai-compatible.chat openai_like "
    "gcp.vertex.agent llama_index crewai pydantic-ai gateway vercel none nowhere acme-gateway . ... _"
)


@pytest.mark.parametrize("name", NOBODY.split())
def test_frameworks_gateways_and_the_unknown_are_no_provider(name):
    assert provider_of(name) is None


def test_every_provider_of_the_list_is_known_by_its_own_id():
    hosts = [key for key in _shelves() if not key.startswith("huggingface_") and key != "openai-decisions"]
    assert {key: provider_of(key) for key in hosts} == {key: key for key in hosts}


def test_no_local_server_is_in_the_list():
    assert LOCAL.isdisjoint(_shelves())


@pytest.mark.parametrize(
    ("provider", "model", "asked"),
    [
        ("litellm", "azure/gpt-4o", "azure"),
        ("litellm", "openai/gpt-4o", "openai"),
        ("litellm", "anthropic/claude-sonnet-4-5", "anthropic"),
        ("unknown", "openrouter/openai/gpt-4o", "openrouter"),
        ("unknown", "vertex_ai/gemini-2.5-pro", "google"),
        ("unknown", "ollama/llama3:8b", "ollama"),
        ("strands-agents", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws"),
        ("strands-agents", "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0", "aws"),
        ("langchain", "publishers/google/models/gemini-2.5-pro", "google"),
        ("langchain", "accounts/fireworks/models/llama-v3p1-8b-instruct", "fireworks"),
        ("langchain", "@cf/meta/llama-3.1-8b-instruct", "cloudflare"),
        # OpenRouter calls it so too.
        ("unknown", "openai/gpt-4o", None),
        ("unknown", "gpt-4o", None),
        ("unknown", "meta-llama/llama-3.3-70b-instruct", None),
    ],
)
def test_a_models_name_may_say_who_was_asked(provider, model, asked):
    assert provider_in(provider, model) == asked


@given(st.text(max_size=200))
def test_any_text_has_an_answer(text):
    assert provider_of(text) is None or provider_of(provider_of(text)) == provider_of(text)
