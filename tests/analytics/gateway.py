"""What LiteLLM logs of a call, as version 1.106.2 sends it, shortened; `MARKER` is in all that is nobody's business."""

import json

from analytics.ingest.decoding import decode
from analytics.ingest.event_rules import Draft, check
from analytics.ingest.litellm_payload import Call, call
from tests.conftest import NOW

MARKER = "SECRET-CONTENT-7f3a"


def payload(number: int = 1, **changes) -> dict:
    """A call of gpt-4o-mini: 10 + 20 tokens, 0.0000135 dollars. `metadata` in `changes` is added to what is there."""
    metadata = {
        "user_api_key_alias": None,
        "user_api_key_team_alias": None,
        "user_api_key_user_email": None,
        "requester_metadata": {"note": MARKER},
        "usage_object": {"prompt_tokens": 10, "completion_tokens": 20, "prompt_tokens_details": None},
    }
    return {
        "id": f"chatcmpl-{number}",
        "litellm_call_id": f"call-{number}",
        "trace_id": "trace-1",
        "call_type": "acompletion",
        "cache_hit": None,
        "status": "success",
        "custom_llm_provider": "openai",
        "startTime": 1795003200.753530 + number,  # 2026-11-18T12:00:00Z and some seconds
        "endTime": 1795003200.9 + number,
        "model": "gpt-4o-mini",
        "model_group": "known",
        "response_cost": 1.35e-05,
        "response_cost_failure_debug_info": None,
        "prompt_tokens": 10,
        "completion_tokens": 20,
        "total_tokens": 30,
        "model_map_information": {"model_map_key": "gpt-4o-mini", "model_map_value": {"litellm_provider": "openai"}},
        "messages": [{"role": "user", "content": MARKER}],
        "response": {"choices": [{"message": {"content": MARKER}}]},
        "error_str": MARKER,
        "hidden_params": {"additional_headers": {"x-secret": MARKER}},
        "end_user": MARKER,
        **changes,
        "metadata": metadata | changes.get("metadata", {}),
    }


def read(**changes) -> Call:
    """What a payload is read as when it comes over the wire: floats are Decimals."""
    return call(decode(json.dumps(payload(**changes))))


def drafted(**changes) -> Draft:
    """Its event, which must be one."""
    return check({**read(**changes).event, "api_key": "key_1"}, NOW)
