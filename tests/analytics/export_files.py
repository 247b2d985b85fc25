"""Exports as consoles and gateways write them. Of each, the first row is of the key "prod", the others of "batch".

And what they come to: the events of one (`drafts_of`), and the sums of what the log has (`sums_of`).
"""

# ruff: noqa: E501 - a row of an export is a line

import csv
import io
import json

from analytics.ingest.files.vendor_csv import Keys, opened
from analytics.ingest.files.vendors import EXPORTS
from analytics.models import Request
from tests.conftest import NOW

LATER = NOW.replace(day=26)  # when the files were written
KEY_MAP = ["prod=key_olga", "batch=key_search"]

OPENAI = """\
start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,model,batch,service_tier,input_tokens,output_tokens,input_cached_tokens,input_uncached_tokens,input_text_tokens,output_text_tokens
1759622400,1759708800,2025-10-05T00:00:00+00:00,2025-10-06T00:00:00+00:00,proj_4Bh,10.0,user-dAU,prod,gpt-4o-2024-08-06,FALSE,default,59203.0,10646.0,5767.0,53436.0,53436.0,10646.0
1759708800,1759795200,2025-10-06T00:00:00+00:00,2025-10-07T00:00:00+00:00,proj_4Bh,8.0,user-dAU,batch,gpt-5-2025-08-07,FALSE,default,46264.0,60000.0,8192.0,38072.0,38072.0,60000.0
1759708800,1759795200,2025-10-06T00:00:00+00:00,2025-10-07T00:00:00+00:00,proj_4Bh,1,user-dAU,batch,gpt-5-2025-08-07,TRUE,default,5783,16000,0,5783,5783,16000
1759881600,1759968000,2025-10-08T00:00:00+00:00,2025-10-09T00:00:00+00:00,,,,,,,,,,,,,
"""
ANTHROPIC = """\
usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count,inference_geo,speed
2026-08-05,claude-opus-5,prod,Default,standard,≤ 200k,46981,15969,31,200,16932,0,global,
2026-08-05 02:00,claude-haiku-4-5-20251001,batch,"Team, Primary",standard,≤ 200k,1124832,0,0,0,254558,0,not_available,
2026-08-05 02:00,claude-haiku-4-5-20251001,batch,"Team, Primary",batch,≤ 200k,1124832,0,0,0,254558,0,not_available,
"""
OPENROUTER = """\
generation_id,created_at,cost_total,cost_web_search,cost_cache,cost_file_processing,byok_usage_inference,tokens_prompt,tokens_completion,tokens_reasoning,tokens_cached,model_permaslug,provider_name,variant,cancelled,streamed,user,finish_reason_raw,finish_reason_normalized,generation_time_ms,time_to_first_token_ms,api_key_disabled,api_key_name,app_name
gen-1782618417-NEpX,2026-06-28 03:46:57.713,0.0123000000001,0,-0.001,0,0,10389,137,100,8000,anthropic/claude-4.5-sonnet-20250929,Google,standard,false,true,,stop,stop,2940,811,false,prod,
gen-1782618418-aaaa,2026-06-28 03:46:58.1,0.0000005,0,0,0,0.02,65,116,,,openai/gpt-oss-120b,Groq,standard,false,true,,error,error,,,false,batch,My app
gen-1782618419-bbbb,2026-06-28T03:46:59Z,0,0,0,0,,40,0,0,0,openai/gpt-oss-120b,Groq,free,true,true,,,,,,false,batch,My app
"""


def spend_log(identity: str, alias: str | None, **changes) -> dict[str, object]:
    metadata = {"user_api_key_alias": alias, "status": "success", "additional_usage_values": {}}
    return {
        "request_id": identity,
        "call_type": "acompletion",
        "api_key": "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b",
        "spend": "1.095e-05",
        "total_tokens": 46,
        "prompt_tokens": 37,
        "completion_tokens": 9,
        "startTime": "2026-03-27 10:11:12.345",
        "endTime": "2026-03-27 10:11:13.5",
        "model": "gpt-4o-mini",
        "model_group": "mini",
        "custom_llm_provider": "openai",
        "metadata": json.dumps(metadata | changes.pop("metadata", {})),
        "cache_hit": "False",
        "team_id": "",
        "end_user": "",
        "messages": "{}",
        "status": "success",
    } | changes


def written(rows: list[dict[str, object]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


LITELLM = written(
    [
        spend_log("chatcmpl-1", "prod", metadata={"additional_usage_values": {"cache_read_input_tokens": 30}}),
        spend_log("chatcmpl-2", "batch", spend="0.017707200000000003", messages='[{"content": "one,\n\ntwo"}]'),
        spend_log(
            "chatcmpl-3",
            "batch",
            spend="0",
            model="",
            startTime="2026-03-27T12:00:00+02",
            custom_llm_provider="",
            status="failure",
            metadata={"usage_object": {"prompt_tokens_details": {"cached_tokens": 7}}},
        ),
    ]
)

# The Azure traces, and what the command is told that they do not say.
TRACE_HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens\n"
TRACE_ROW = "2023-11-16 18:17:03.9799600,4808,10"
TRACE = TRACE_HEADER + TRACE_ROW
TRACE_OPTIONS = {
    "format": "azure-csv",
    "api_key": "key_olga",
    "model": "gpt-5.5",
    "provider": "azure",
    "input_usd_per_1m": "30",
    "output_usd_per_1m": "60",
}

FILES = {"openai-csv": OPENAI, "anthropic-csv": ANTHROPIC, "openrouter-csv": OPENROUTER, "litellm-csv": LITELLM}


def changed(kind: str, **cells: str) -> str:
    """The export with its first row changed, and its second."""
    rows = list(csv.DictReader(io.StringIO(FILES[kind])))
    return written([rows[0] | cells, rows[1]])


def sums_of(**filters) -> dict[str, object]:
    names = ("input_tokens", "output_tokens", "cached_input_tokens", "cost")
    requests = Request.objects.filter(**filters)
    found = {name: sum(getattr(one, name) or 0 for one in requests) for name in names}
    return found | {"requests": len(requests), "errors": sum(one.is_error for one in requests)}


def drafts_of(kind: str, text: str) -> list:
    """The events of an export of one API key, or why they are refused."""
    file = opened(io.BytesIO(text.encode()), EXPORTS[kind], Keys(default="key_1"), LATER, LATER)
    return [line.outcome for batch in file.batches for line in batch]
