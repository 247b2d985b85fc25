"""The exports of gateways and clouds, a request or a sum a line: what each calls what. Pure data.

Where the names come from: docs/imports.md. A place is a column or a field, with dots into what it holds; of several
the first that is there counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

DAY = timedelta(days=1)
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of export. `marks` are places that all must be there: by them it is known; `a|b` is either of them.

    `places` are of an event's fields, and of `key` (the API key's name), `requests` (how many a sum stands for),
    `total_tokens`, and what tells a failure: `ok` (false), `code` (400 or more), `error_word`, `error` (anything).
    `only`: the values that one place must have, else the line is no usage. `beside`: parts that are not in their whole.
    `length`: how long a sum is. `unknown` is what no such file says, in words.
    """

    kind: str
    title: str
    marks: tuple[str, ...]
    places: Mapping[str, tuple[str, ...]]
    provider: str = ""
    cost_unit: Decimal = Decimal(1)
    beside: tuple[str, ...] = ()
    only: tuple[str, frozenset[str]] | None = None
    length: timedelta | None = None
    unknown: tuple[str, ...] = ()
    mends: bool = True


_PRICED = "costs: requests are priced by the price book or the catalogue, or else not priced"
_CACHE = ("cached_input_tokens", "cache_write_tokens")

BEDROCK = Shape(
    "bedrock-json",
    "AWS Bedrock's log of model invocations",
    ("modelId", "requestId", "timestamp", "operation"),
    {
        "id": ("requestId",),
        "timestamp": ("timestamp",),
        "model": ("modelId",),
        "key": ("identity.arn",),
        "input_tokens": ("input.inputTokenCount",),
        "output_tokens": ("output.outputTokenCount",),
        "cached_input_tokens": ("input.cacheReadInputTokenCount",),
        "cache_write_tokens": ("input.cacheWriteInputTokenCount",),
        "error": ("errorCode",),
    },
    provider="bedrock",
    beside=_CACHE,
    unknown=(_PRICED,),
)
AZURE = Shape(
    "azure-gateway-json",
    "Azure API Management's log of language models",
    ("properties.modelName", "properties.promptTokens", "time"),
    {
        "id": ("properties.correlationId", "correlationId"),
        "timestamp": ("time",),
        "model": ("properties.modelName", "properties.deploymentName"),
        "key": ("properties.subscriptionId", "properties.apiId", "resourceId"),
        "input_tokens": ("properties.promptTokens",),
        "output_tokens": ("properties.completionTokens",),
        "total_tokens": ("properties.totalTokens",),
    },
    provider="azure",
    unknown=(_PRICED, "cached input", "errors"),
)
VERTEX = Shape(
    "vertex-json",
    "Vertex AI's log of requests and responses",
    ("logging_time", "request_id", "full_response"),
    {
        "id": ("request_id",),
        "timestamp": ("logging_time",),
        "model": ("full_response.modelVersion", "model", "deployed_model_id"),
        "key": ("endpoint",),
        "input_tokens": ("full_response.usageMetadata.promptTokenCount", "full_response.usage.input_tokens"),
        "output_tokens": ("full_response.usageMetadata.candidatesTokenCount", "full_response.usage.output_tokens"),
        "cached_input_tokens": ("full_response.usageMetadata.cachedContentTokenCount",),
        "reasoning_tokens": ("full_response.usageMetadata.thoughtsTokenCount",),
    },
    provider="vertex_ai",
    beside=("reasoning_tokens",),
    unknown=(_PRICED, "what was not sampled: the log may hold a part of the requests", "errors"),
)
LANGFUSE = Shape(
    "langfuse",
    "Langfuse's export of observations",
    ("type", "traceId|trace_id", "startTime|start_time"),
    {
        "id": ("id",),
        "timestamp": ("startTime", "start_time"),
        "ended_at": ("endTime", "end_time"),
        "model": ("model", "providedModelName", "provided_model_name", "modelId"),
        "key": ("userId", "user_id", "environment", "projectId", "project_id"),
        "input_tokens": ("usageDetails.input", "usage_details.input", "usage.input", "promptTokens", "inputUsage"),
        "output_tokens": (
            "usageDetails.output",
            "usage_details.output",
            "usage.output",
            "completionTokens",
            "outputUsage",
        ),
        "total_tokens": ("usageDetails.total", "usage_details.total", "usage.total", "totalTokens", "totalUsage"),
        "cached_input_tokens": tuple(
            f"{place}.{name}"
            for place in ("usageDetails", "usage_details")
            for name in ("input_cached_tokens", "cache_read_input_tokens", "input_cache_read")
        ),
        "cache_write_tokens": tuple(
            f"{place}.{name}"
            for place in ("usageDetails", "usage_details")
            for name in ("cache_creation_input_tokens", "input_cache_creation")
        ),
        "reasoning_tokens": ("usageDetails.output_reasoning_tokens", "usage_details.output_reasoning_tokens"),
        "cost_usd": (
            "costDetails.total",
            "cost_details.total",
            "calculatedTotalCost",
            "totalCost",
            "total_cost",
        ),
        "error_word": ("level",),
    },
    provider="unknown",
    beside=(*_CACHE, "reasoning_tokens"),
    only=("type", frozenset(("GENERATION", "EMBEDDING"))),
    unknown=("providers: the model alone says whose it is",),
)
# Whoever answered, its prompt is without the cache and both are without audio; its total is only their sum.
HELICONE = Shape(
    "helicone",
    "Helicone's export of requests",
    ("request_id", "request_created_at"),
    {
        "id": ("request_id",),
        "response_id": ("response_id",),
        "timestamp": ("request_created_at",),
        "ended_at": ("response_created_at",),
        "provider": ("provider",),
        "model": ("response_model", "model", "request_model"),
        "key": ("api_key_name", "proxy_key_id", "auth_hash", "request_user_id", "user_id"),
        "input_tokens": ("prompt_tokens",),
        "output_tokens": ("completion_tokens",),
        "cached_input_tokens": ("prompt_cache_read_tokens",),
        "cache_write_tokens": ("prompt_cache_write_tokens",),
        "reasoning_tokens": ("reasoning_tokens",),
        "audio_input_tokens": ("prompt_audio_tokens",),
        "audio_output_tokens": ("completion_audio_tokens",),
        "cost_usd": ("cost", "costUSD", "cost_usd"),
        "code": ("response_status", "status"),
    },
    provider="unknown",
    beside=(*_CACHE, "audio_input_tokens", "audio_output_tokens"),
)
PORTKEY = Shape(
    "portkey",
    "Portkey's export of logs",
    ("ai_model", "req_units", "res_units", "created_at"),
    {
        "id": ("id",),
        "timestamp": ("created_at",),
        "provider": ("ai_org",),
        "model": ("ai_model",),
        "key": ("metadata._user", "config", "workspace_slug"),
        "input_tokens": ("req_units",),
        "output_tokens": ("res_units",),
        "total_tokens": ("total_units",),
        "cost_usd": ("cost",),
        "ok": ("is_success",),
        "code": ("response_status_code",),
    },
    provider="unknown",
    cost_unit=_CENT,
    unknown=("cached input",),
)
CLOUDFLARE = Shape(
    "cloudflare",
    "Cloudflare AI Gateway's log",
    ("tokens_in", "tokens_out", "model", "created_at"),
    {
        "id": ("id",),
        "timestamp": ("created_at",),
        "provider": ("provider",),
        "model": ("model",),
        "key": ("metadata.api_key", "metadata.key", "metadata.user", "gateway_id"),
        "input_tokens": ("tokens_in",),
        "output_tokens": ("tokens_out",),
        "cost_usd": ("cost",),
        "ok": ("success",),
        "code": ("status_code",),
    },
    provider="cloudflare",
    unknown=("cached input",),
)
VERCEL = Shape(
    "vercel",
    "Vercel AI Gateway's report",
    ("day", "model", "total_cost", "input_tokens", "request_count"),
    {
        "timestamp": ("hour", "day"),
        "provider": ("provider",),
        "model": ("model",),
        "key": ("api_key_name", "api_key_id", "user", "tag"),
        "requests": ("request_count",),
        "input_tokens": ("input_tokens",),
        "output_tokens": ("output_tokens",),
        "cached_input_tokens": ("cached_input_tokens",),
        "cache_write_tokens": ("cache_creation_input_tokens",),
        "reasoning_tokens": ("reasoning_tokens",),
        "cost_usd": ("total_cost",),
    },
    provider="vercel",
    length=DAY,
    unknown=("single requests: those of a row share its tokens and cost evenly", "errors"),
)
OPENROUTER_SUMS = Shape(
    "openrouter-activity",
    "OpenRouter's activity by day",
    ("date", "model_permaslug", "usage", "requests", "prompt_tokens"),
    {
        "timestamp": ("date",),
        "model": ("model_permaslug",),
        "key": ("api_key_name",),
        "requests": ("requests",),
        "input_tokens": ("prompt_tokens",),
        "output_tokens": ("completion_tokens",),
        "reasoning_tokens": ("reasoning_tokens",),
        "cost_usd": ("usage",),
        "more_cost": ("byok_usage_inference",),
    },
    provider="openrouter",
    length=DAY,
    unknown=("single requests: those of a row share its tokens and cost evenly", "cached input", "errors"),
)
SHAPES = {
    shape.kind: shape
    for shape in (BEDROCK, AZURE, VERTEX, LANGFUSE, HELICONE, PORTKEY, CLOUDFLARE, VERCEL, OPENROUTER_SUMS)
}

# Files that lie beside usable ones and have no tokens: what they are, and what to do instead.
INSTEAD = {
    "OpenAI's export of costs, which has no tokens: export its usage (Activity)": ("amount_value", "amount_currency"),
    "OpenAI's report of costs, which has no tokens: ask for /v1/organization/usage/completions": (
        "object=organization.costs.result",
    ),
    "Anthropic's export of costs, which has no tokens: export its usage": ("token_type", "cost_usd", "usage_date_utc"),
    "Anthropic's report of costs, which has no tokens: ask for /v1/organizations/usage_report/messages": (
        "currency",
        "amount",
        "workspace_id",
    ),
    "Azure's export of costs, which has no requests: turn on API Management's log GatewayLlmLogs": (
        "MeterCategory",
        "Quantity",
    ),
    "Azure OpenAI's diagnostic log, which has no tokens: turn on API Management's log GatewayLlmLogs": (
        "category=RequestResponse",
        "resourceId",
    ),
    "AWS's cost and usage report, which has no requests: turn on Bedrock's model invocation logging": (
        "lineItem/UsageType",
    ),
    "Google's export of billing, which has no requests: turn on Vertex AI's request-response logging": (
        "billing_account_id",
        "sku",
    ),
    "Cloudflare's Logpush of AI Gateway, which has no tokens: ask for the gateway's logs by its API": (
        "Gateway",
        "RequestBody",
        "StatusCode",
    ),
}
