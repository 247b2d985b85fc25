"""A record of each shape of export (`files/shapes.py`), as its gateway or cloud writes it."""

import json

BEDROCK = {
    "schemaType": "ModelInvocationLog",
    "timestamp": "2026-06-20T23:30:00Z",
    "accountId": "1",
    "identity": {"arn": "arn:aws:iam::1:user/prod"},
    "region": "us-east-1",
    "requestId": "915a6a04",
    "operation": "Converse",
    "modelId": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "input": {"inputTokenCount": 35, "cacheReadInputTokenCount": 100, "cacheWriteInputTokenCount": 20},
    "output": {"outputTokenCount": 446},
}

AZURE = {
    "time": "2026-06-20T23:30:00.5Z",
    "category": "GatewayLlmLogs",
    "resourceId": "/SUBSCRIPTIONS/1",
    "properties": {
        "correlationId": "c-1",
        "modelName": "gpt-4o",
        "promptTokens": 35,
        "completionTokens": 10,
        "totalTokens": 45,
    },
}

VERTEX = {
    "endpoint": "prod",
    "logging_time": "2026-06-20 23:30:00.5 UTC",
    "request_id": "7",
    "model": "publishers/google/models/gemini-2.5-pro",
    "full_response": json.dumps(
        {
            "usageMetadata": {
                "promptTokenCount": 35,
                "candidatesTokenCount": 10,
                "thoughtsTokenCount": 5,
                "cachedContentTokenCount": 7,
                "totalTokenCount": 50,
            }
        }
    ),
}

LANGFUSE = {
    "id": "obs-1",
    "traceId": "t-1",
    "type": "GENERATION",
    "startTime": "2026-06-20T23:30:00.000Z",
    "endTime": "2026-06-20T23:30:01.000Z",
    "model": "gpt-4o",
    "usageDetails": {"input": 30, "input_cached_tokens": 5, "output": 8, "output_reasoning_tokens": 2, "total": 45},
    "costDetails": {"total": 0.0123},
    "level": "DEFAULT",
}

HELICONE = {
    "request_id": "h-1",
    "request_created_at": "2026-06-20T23:30:00.000Z",
    "response_created_at": "2026-06-20T23:30:01.000Z",
    "response_status": 200,
    "provider": "OPENAI",
    "model": "gpt-4o",
    "prompt_tokens": 35,
    "completion_tokens": 10,
    "prompt_cache_read_tokens": 5,
    "total_tokens": 45,
    "cost": 0.0123,
}

PORTKEY = {
    "id": "p-1",
    "created_at": "2026-06-20T23:30:00.000Z",
    "ai_org": "openai",
    "ai_model": "gpt-4o",
    "req_units": 35,
    "res_units": 10,
    "total_units": 45,
    "cost": 1.23,
    "is_success": True,
    "response_status_code": 200,
}

CLOUDFLARE = {
    "id": "cf-1",
    "created_at": "2026-06-20T23:30:00.000Z",
    "provider": "openai",
    "model": "gpt-4o",
    "tokens_in": 35,
    "tokens_out": 10,
    "cost": 0.0123,
    "success": True,
    "status_code": 200,
}

VERCEL = {
    "day": "2026-06-20",
    "model": "openai/gpt-4o",
    "total_cost": 0.0123,
    "market_cost": 0.02,
    "input_tokens": 35,
    "output_tokens": 10,
    "cached_input_tokens": 5,
    "cache_creation_input_tokens": 3,
    "reasoning_tokens": 2,
    "request_count": 4,
}

OPENROUTER = {
    "date": "2026-06-20",
    "model": "openai/gpt-4o",
    "model_permaslug": "openai/gpt-4o-2024-08-06",
    "endpoint_id": "e",
    "provider_name": "OpenAI",
    "usage": 0.0123,
    "byok_usage_inference": 0.01,
    "requests": 3,
    "prompt_tokens": 35,
    "completion_tokens": 10,
    "reasoning_tokens": 2,
}

RECORDS = {
    "bedrock-json": BEDROCK,
    "azure-gateway-json": AZURE,
    "vertex-json": VERTEX,
    "langfuse": LANGFUSE,
    "helicone": HELICONE,
    "portkey": PORTKEY,
    "cloudflare": CLOUDFLARE,
    "vercel": VERCEL,
    "openrouter-activity": OPENROUTER,
}
