"""Under which names senders of spans say things: attributes, and the keys of counts that come as JSON."""

# Field → attributes that say it, the most trustworthy first: the conventions' today, then older ones, then senders'.
COMMON: dict[str, tuple[str, ...]] = {
    "operation": ("gen_ai.operation.name",),
    "provider": (
        *("gen_ai.provider.name", "gen_ai.system", "ai.model.provider"),
        *("llm.provider", "llm.system", "mlflow.llm.provider"),
    ),
    # The model that answered is the one that is charged.
    "model": (
        *("gen_ai.response.model", "ai.response.model", "llm.response.model_name", "gen_ai.request.model"),
        *("ai.model.id", "llm.model_name", "llm.request.model_name", "embedding.model_name", "mlflow.llm.model"),
    ),
    "input_tokens": (
        *("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens"),
        *("llm.token_count.prompt", "ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens"),
    ),
    "output_tokens": (
        *("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens"),
        *("llm.token_count.completion", "ai.usage.outputTokens", "ai.usage.completionTokens"),
    ),
    "total": ("gen_ai.usage.total_tokens", "llm.usage.total_tokens", "llm.token_count.total", "ai.usage.totalTokens"),
    "cached_input_tokens": (
        *("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"),
        *("gen_ai.usage.input_tokens.cached", "gen_ai.usage.cached_input_tokens"),
        *("gen_ai.usage.details.cache_read_tokens", "gen_ai.usage.details.cached_tokens"),
        *("gen_ai.usage.details.cache_read_input_tokens", "gen_ai.usage.prompt_tokens_details.cached_tokens"),
        *("gen_ai.usage.input_tokens_details.cached_tokens", "gen_ai.usage.cache_read_tokens"),
        *("gen_ai.usage.cached_tokens", "gen_ai.usage.cached_content_tokens"),
        *("llm.usage.cache_read_input_tokens", "llm.token_count.prompt_details.cache_read"),
        *("ai.usage.inputTokenDetails.cacheReadTokens", "ai.usage.cachedInputTokens"),
    ),
    "cache_write_tokens": (
        *("gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation.input_tokens"),
        *("gen_ai.usage.cache_creation_input_tokens", "gen_ai.usage.cache_write_input_tokens"),
        *("gen_ai.usage.input_tokens.cache_write", "gen_ai.usage.details.cache_write_tokens"),
        *("gen_ai.usage.details.cache_creation_input_tokens", "gen_ai.usage.cache_write_tokens"),
        "gen_ai.usage.cache_creation_tokens",
        *("gen_ai.usage.prompt_tokens_details.cache_creation_tokens", "llm.usage.cache_creation_input_tokens"),
        *("llm.token_count.prompt_details.cache_write", "ai.usage.inputTokenDetails.cacheWriteTokens"),
    ),
    "cache_write_1h_tokens": (
        "anthropic.usage.cache_creation.ephemeral_1h_input_tokens",
        "gen_ai.usage.cache_creation.ephemeral_1h_input_tokens",
        "gen_ai.usage.details.ephemeral_1h_input_tokens",
    ),
    "cache_write_5m_tokens": (
        "anthropic.usage.cache_creation.ephemeral_5m_input_tokens",
        "gen_ai.usage.cache_creation.ephemeral_5m_input_tokens",
        "gen_ai.usage.details.ephemeral_5m_input_tokens",
    ),
    "reasoning_tokens": (
        *("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens"),
        *("gen_ai.usage.output_tokens.reasoning", "gen_ai.usage.details.reasoning_tokens"),
        *("gen_ai.usage.details.thoughts_tokens", "gen_ai.usage.completion_tokens_details.reasoning_tokens"),
        *("gen_ai.usage.output_reasoning_tokens", "gen_ai.usage.thoughts_tokens", "gen_ai.usage.thoughts_token_count"),
        *("llm.usage.reasoning_tokens", "llm.token_count.completion_details.reasoning"),
        *("ai.usage.outputTokenDetails.reasoningTokens", "ai.usage.reasoningTokens"),
    ),
    "audio_input_tokens": (
        *("gen_ai.usage.audio.input_tokens", "gen_ai.usage.input_audio_tokens"),
        *("gen_ai.usage.details.input_audio_tokens", "llm.token_count.prompt_details.audio"),
    ),
    "audio_output_tokens": (
        *("gen_ai.usage.audio.output_tokens", "gen_ai.usage.output_audio_tokens"),
        "gen_ai.usage.details.output_audio_tokens",
        "gen_ai.usage.completion_tokens_details.audio_tokens",
        "llm.token_count.completion_details.audio",
    ),
    # No convention names the cost; these are in use, all of them in US dollars.
    "cost": (
        *("gen_ai.usage.cost", "gen_ai.usage.total_cost", "gen_ai.usage.cost_usd", "gen_ai.cost.total_cost"),
        *("operation.cost", "llm.cost.total", "llm.usage.total_cost"),
    ),
    "response_id": ("gen_ai.response.id", "ai.response.id"),
    # What served comes before what was asked for: the price depends on it.
    "service_tier": (
        *("openai.response.service_tier", "gen_ai.openai.response.service_tier"),
        *("anthropic.response.service_tier", "gen_ai.response.service_tier"),
        *("openai.request.service_tier", "gen_ai.openai.request.service_tier", "anthropic.request.service_tier"),
    ),
    "error": ("error.type",),
    "endpoint": ("server.address", "gen_ai.openai.api_base"),
    # What senders without an operation name say of the kind of span.
    "kind": (
        *("openinference.span.kind", "gen_ai.span.kind", "traceloop.span.kind", "llm.request.type"),
        *("lmnr.span.type", "mlflow.spanType", "agentops.span.kind"),
    ),
}

# Parameters of a call as JSON text: only the model is taken out of them, where nothing else names it.
PARAMETERS = ("llm.invocation_parameters", "embedding.invocation_parameters")

# Counts that come as JSON, one level unpacked. Details inside an object are parts of their whole.
USAGE: dict[str, tuple[str, ...]] = {
    "input_tokens": ("input", "input_tokens", "prompt_tokens", "inputTokens", "promptTokens", "prompt_token_count"),
    "output_tokens": (
        *("output", "output_tokens", "completion_tokens", "outputTokens", "completionTokens"),
        "candidates_token_count",
    ),
    "total": ("total", "total_tokens", "totalTokens", "total_token_count"),
    "cached_input_tokens": (
        *("input_tokens_details.cached_tokens", "prompt_tokens_details.cached_tokens"),
        *("input_token_details.cache_read", "input_cached_tokens", "input_cache_read", "input_cache_read_tokens"),
        *("input_cached", "cache_read_input_tokens", "cached_input_tokens", "cacheReadInputTokens"),
        *("cache_read_tokens", "cache_read", "cached_tokens", "cached_content_token_count"),
        *("maker.cache_read_input_tokens", "maker.cachedContentTokenCount"),
    ),
    "cache_write_tokens": (
        *("input_tokens_details.cache_write_tokens", "prompt_tokens_details.cache_creation_tokens"),
        *("input_token_details.cache_creation", "input_cache_creation", "input_cache_creation_tokens"),
        *("input_cache_write", "input_cache_write_tokens", "cache_creation_input_tokens", "cache_write_input_tokens"),
        *("cacheWriteInputTokens", "cache_creation_tokens", "cache_write_tokens", "cache_creation"),
        "maker.cache_creation_input_tokens",
    ),
    "cache_write_1h_tokens": (
        *("cache_creation.ephemeral_1h_input_tokens", "cache_creation_ephemeral_1h_input_tokens"),
        *("input_ephemeral_1h_input_tokens", "cache_creation_1h_input_tokens"),
        *("input_token_details.ephemeral_1h_input_tokens", "raw.ephemeral_1h_input_tokens"),
        "maker.ephemeral_1h_input_tokens",
    ),
    "cache_write_5m_tokens": (
        *("cache_creation.ephemeral_5m_input_tokens", "cache_creation_ephemeral_5m_input_tokens"),
        *("input_ephemeral_5m_input_tokens", "input_token_details.ephemeral_5m_input_tokens"),
    ),
    "reasoning_tokens": (
        *("output_tokens_details.reasoning_tokens", "completion_tokens_details.reasoning_tokens"),
        *("output_token_details.reasoning", "output_reasoning_tokens", "output_reasoning", "reasoning_tokens"),
        *("thoughts_token_count", "raw.reasoning_tokens", "maker.thoughtsTokenCount"),
    ),
    "audio_input_tokens": (
        *("input_tokens_details.audio_tokens", "prompt_tokens_details.audio_tokens", "input_token_details.audio"),
        *("input_audio_tokens", "input_audio"),
    ),
    "audio_output_tokens": (
        *("output_tokens_details.audio_tokens", "completion_tokens_details.audio_tokens"),
        *("output_token_details.audio", "output_audio_tokens", "output_audio"),
    ),
}
