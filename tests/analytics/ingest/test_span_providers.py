"""Who was asked, by the provider that a span names, its endpoint, its scope or its model; and who counts it how."""

import pytest

from analytics.ingest.span_providers import maker, provider_of_span
from analytics.ingest.span_senders import told_by
from tests.analytics.otel import CLAUDE

PROVIDERS = {
    "as sent": ({"gen_ai.provider.name": "azure.ai.openai"}, "", "gpt-4o", "azure.ai.openai"),
    "nobody's name, as sent": ({"gen_ai.provider.name": "our-proxy"}, "", "gpt-4o", "our-proxy"),
    "a framework's, on Bedrock": ({"gen_ai.system": "strands-agents"}, "", "eu.anthropic.claude-x-v1:0", "aws"),
    "a framework's, Claude": ({"gen_ai.system": "strands_agents"}, "strands.telemetry.tracer", CLAUDE, "anthropic"),
    "a framework's, Gemini": ({"gen_ai.system": "gcp.vertex.agent"}, "gcp.vertex.agent", "gemini-2.5-pro", "gemini"),
    "LangChain": ({"gen_ai.provider.name": "langchain"}, "", "gpt-5.5", "openai"),
    "a framework's, nobody's model": ({"gen_ai.system": "LlamaIndex"}, "", "house", "unknown"),
    "the AI SDK": ({"ai.model.provider": "openai.responses"}, "ai", "gpt-4o", "openai.responses"),
    "a gateway's, behind a slash": ({"gen_ai.system": "vercel"}, "ai", "anthropic/claude-haiku-4.5", "anthropic"),
    "the endpoint": ({"server.address": "acme.openai.azure.com"}, "", "gpt-4o", "azure"),
    "an endpoint with its path": (
        {"gen_ai.openai.api_base": "https://openrouter.ai/api/v1"},
        "",
        "gpt-4o",
        "openrouter",
    ),
    "Bedrock's endpoint": ({"server.address": "bedrock-runtime.us-east-1.amazonaws.com"}, "", CLAUDE, "aws.bedrock"),
    "Vertex's endpoint": ({"server.address": "us-central1-aiplatform.googleapis.com"}, "", CLAUDE, "vertex_ai"),
    "an endpoint of one's own": ({"server.address": "llm.acme.test"}, "", "gpt-4o", "openai"),
    "an endpoint that only looks so": ({"server.address": "notapi.openai.com.acme.test"}, "", "house", "unknown"),
    "the scope": ({}, "opentelemetry.instrumentation.bedrock", CLAUDE, "aws.bedrock"),
    "OpenInference's scope": ({}, "openinference.instrumentation.groq", "llama-3.3-70b", "groq"),
    "the model's path": ({}, "", "projects/p/locations/l/publishers/google/models/gemini-2.5-pro", "google"),
    "the model's ARN": ({}, "", "arn:aws:bedrock:us-east-1:1:inference-profile/x", "aws"),
    "o3": ({}, "", "o3-mini", "openai"),
    "LlamaIndex's class": ({"gen_ai.provider.name": "anthropic_llm"}, "", CLAUDE, "anthropic"),
    "nothing": ({}, "", "house", "unknown"),
}


@pytest.mark.parametrize(("given", "scope", "model", "provider"), PROVIDERS.values(), ids=PROVIDERS)
def test_the_provider_is_named_or_known_by_endpoint_scope_and_model(given, scope, model, provider):
    assert provider_of_span(told_by("", "", given), scope, model) == provider


ENDPOINTS = {
    "Bedrock in China": ("bedrock-runtime.cn-north-1.amazonaws.com.cn", "aws.bedrock"),
    "another service of Amazon's": ("s3.us-east-1.amazonaws.com", "unknown"),
    "with a user, a port and capitals": ("https://Me:secret@API.OpenAI.com:443/v1", "openai"),
    "the host itself, not what ends like it": ("myapi.openai.com", "unknown"),
    "a region before the host": ("europe-west1-aiplatform.googleapis.com", "vertex_ai"),
    "no text": (443, "unknown"),
    "no host": ("://", "unknown"),
}


@pytest.mark.parametrize(("endpoint", "provider"), ENDPOINTS.values(), ids=ENDPOINTS)
def test_an_endpoint_is_known_by_the_end_of_its_host(endpoint, provider):
    assert provider_of_span(told_by("", "", {"server.address": endpoint}), "", "house") == provider


def test_what_is_named_goes_before_the_endpoint_this_before_the_scope_and_this_before_the_model():
    words = {"gen_ai.provider.name": "azure", "server.address": "openrouter.ai"}
    told = [told_by("", "", given) for given in (words, {"server.address": words["server.address"]}, {})]
    scope = "openinference.instrumentation.groq"
    assert [provider_of_span(one, scope, "gpt-4o") for one in told] == ["azure", "openrouter", "groq"]
    assert provider_of_span(told[2], "", "gpt-4o") == "openai"


def test_an_endpoint_that_nobody_knows_leaves_it_to_the_next():
    told = told_by("", "", {"server.address": "10.0.0.7", "gen_ai.openai.api_base": "https://api.groq.com/openai/v1"})
    assert provider_of_span(told, "", "house") == "groq"


@pytest.mark.parametrize(
    ("provider", "model", "counts_as"),
    [
        ("openai", "gpt-4o", "openai"),
        ("anthropic.messages", "m", "anthropic"),
        ("gcp.vertex_ai", "Claude-Haiku", "anthropic"),  # Google hands on how Anthropic counts
        ("aws.bedrock", CLAUDE, "aws"),
        ("openrouter", "anthropic/claude-haiku-4.5", "openrouter"),
        ("langchain", "gpt-5", "openai"),
        ("strands-agents", f"us.anthropic.{CLAUDE}-v1:0", "aws"),
        ("our-proxy", CLAUDE, ""),  # somebody, of whom nobody knows how they count
        ("unknown", "house", ""),
    ],
)
def test_a_call_is_counted_as_its_host_counts(provider, model, counts_as):
    assert maker(provider, model) == counts_as
