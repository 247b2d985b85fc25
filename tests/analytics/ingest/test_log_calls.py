"""What a log record of each agent becomes: one table for the calls, one for what is none."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from analytics.ingest import otlp_logs
from analytics.ingest.decoding import EventError
from analytics.ingest.event_rules import check
from analytics.ingest.log_calls import event_id, logged_call
from analytics.ingest.log_senders import Record
from analytics.ingest.otlp_encoding import JSON, PROTOBUF
from tests.analytics.otel import NOON, SPAN, TRACE, counts
from tests.analytics.otel_logs import (
    CLAUDE,
    CODEX,
    CURSOR,
    DETAILS,
    GEMINI,
    SCOPES,
    in_json,
    in_protobuf,
    logs,
    record,
)

NOW = datetime(2026, 11, 18, 12, 30, tzinfo=UTC)
AT_NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
CLAUDE_ERROR = {
    "event.name": "api_error",
    "model": "claude-opus-4-1",
    "error": "Overloaded",
    "status_code": "529",
    "duration_ms": 300,
    "request_id": "req_e",
}


def the_record(given: dict, scope: str, **fields) -> Record | EventError:
    (one,) = otlp_logs.each(in_json(logs(record(given, **fields), scope=SCOPES.get(scope, scope))), JSON)
    return one


def event_of(given: dict, scope: str, **fields) -> dict:
    call = logged_call(the_record(given, scope, **fields))
    assert call is not None
    assert check({**call.event, "api_key": "key_1"}, NOW)
    return call.event


CALLS = {
    "Claude Code": (CLAUDE, "claude", (1000, 50, 100, 200, 0)),
    "Claude Code, numbers as text": ({n: str(v) for n, v in CLAUDE.items()}, "claude", (1000, 50, 100, 200, 0)),
    "Claude Code, doubles": (CLAUDE | {"input_tokens": 700.0}, "claude", (1000, 50, 100, 200, 0)),
    "Claude Code, more read than sent": (CLAUDE | {"cache_read_tokens": 9000}, "claude", (9900, 50, 9000, 200, 0)),
    "Claude Code behind another scope": (CLAUDE, "a.collectors", (1000, 50, 100, 200, 0)),
    "Claude Code by its whole name": (CLAUDE | {"event.name": "claude_code.api_request"}, "x", (1000, 50, 100, 200, 0)),
    "Codex": (CODEX, "codex", (12000, 500, 9000, 0, 200)),
    "Codex, cache writes": (CODEX | {"cache_write_token_count": 7}, "codex", (12000, 500, 9000, 7, 200)),
    "Gemini CLI": (GEMINI, "gemini", (1000, 200, 300, 0, 64)),
    "Gemini CLI without a total": (GEMINI | {"total_token_count": None}, "gemini", (1000, 200, 300, 0, 64)),
    "Gemini CLI, its total 0": (GEMINI | {"total_token_count": 0}, "gemini", (1000, 200, 300, 0, 64)),
    "Gemini CLI, thinking inside": (GEMINI | {"total_token_count": 1136}, "gemini", (1000, 136, 300, 0, 64)),
    "Gemini CLI, results of tools": (
        GEMINI | {"tool_token_count": 10, "total_token_count": 1210},
        "gemini",
        (1010, 200, 300, 0, 64),
    ),
    "Cursor": (CURSOR | {"event.name": "cursor.api.request"}, "cursor", (5420, 80, 5000, 300, 0)),
    "Cursor, less in the cache": (
        CURSOR | {"event.name": "cursor.api.request", "cursor.api.request.cache_read_tokens": 10},
        "cursor",
        (430, 80, 10, 300, 0),
    ),
    "the conventions": (DETAILS, "nobody", (1000, 200, 300, 0, 0)),
    "the conventions, text": (DETAILS | {"gen_ai.usage.input_tokens": "1000"}, "nobody", (1000, 200, 300, 0, 0)),
}


@pytest.mark.parametrize(("given", "scope", "expected"), CALLS.values(), ids=CALLS)
def test_a_call_has_all_of_its_input_and_output_and_their_parts(given, scope, expected):
    assert counts(event_of(given, scope)) == expected


WORDS = {
    "Claude Code": (CLAUDE, "claude", "anthropic", "claude-sonnet-4-5-20250929", "req_011a", Decimal("0.00363")),
    "Claude Code, micros": (
        CLAUDE | {"cost_usd": None},
        "claude",
        "anthropic",
        "claude-sonnet-4-5-20250929",
        "req_011a",
        Decimal("0.00363"),
    ),
    "Claude Code, no price": (
        CLAUDE | {"cost_usd": 0.0, "cost_usd_micros": 0, "request_id": None},
        "claude",
        "anthropic",
        "claude-sonnet-4-5-20250929",
        None,
        None,
    ),
    "Codex": (CODEX, "codex", "openai", "gpt-5.5", None, None),
    "Codex, an answer's id": (CODEX | {"response.id": "resp_1"}, "codex", "openai", "gpt-5.5", "resp_1", None),
    "Gemini CLI": (GEMINI, "gemini", "gemini", "gemini-2.5-pro", None, None),
    "Cursor": (CURSOR | {"event.name": "cursor.api.request"}, "cursor", "anthropic", "claude-4.5-sonnet", None, None),
    "Cursor's own model": (
        CURSOR | {"event.name": "cursor.api.request", "cursor.model.name": "composer-1"},
        "cursor",
        "cursor",
        "composer-1",
        None,
        None,
    ),
    "the conventions": (DETAILS, "nobody", "openai", "gpt-4o-2024-08-06", "chatcmpl-1", None),
}


@pytest.mark.parametrize(("given", "scope", *"pmac"), WORDS.values(), ids=WORDS)
def test_provider_model_answer_and_cost_are_the_agents_word(given, scope, p, m, a, c):
    event = event_of(given, scope)
    assert (event["provider"], event["model"], event.get("response_id"), event.get("cost_usd")) == (p, m, a, c)


NAMES = {
    "its own field": {"eventName": "cursor.api.request"},
    "its body": {"body": {"stringValue": "cursor.api.request"}},
    "a short body": {"body": {"stringValue": "api_request"}},
}


@pytest.mark.parametrize("fields", NAMES.values(), ids=NAMES)
def test_an_event_is_named_by_its_field_its_attribute_or_its_body(fields):
    assert event_of(CURSOR, "cursor", **fields)["id"] == "cursor-api-request-evt-1" or "api_request" in str(fields)
    assert counts(event_of(CURSOR, "cursor", **fields)) == (5420, 80, 5000, 300, 0)


NO_CALLS = {
    "a prompt": ({"event.name": "user_prompt", "prompt_length": 3, "session.id": "s"}, "claude"),
    "a tool": ({"event.name": "tool_result", "tool_name": "Bash", "duration_ms": 3}, "claude"),
    "somebody else's request": ({"event.name": "api_request", "model": "gpt-4o"}, "nobody"),
    "somebody else's error": ({"event.name": "api_error", "model": "gpt-4o"}, "nobody"),
    "Codex's other kinds": (CODEX | {"event.kind": "response.created"}, "codex"),
    "Codex's end without counts": (
        {"event.name": "codex.sse_event", "event.kind": "response.completed", "model": "gpt-5.5", "duration_ms": "9"},
        "codex",
    ),
    "Codex's request": ({"event.name": "codex.api_request", "model": "gpt-5.5", "duration_ms": 30}, "codex"),
    "Gemini CLI's request": ({"event.name": "gemini_cli.api_request", "model": "gemini-2.5-pro"}, "gemini"),
    "Gemini CLI's second record": (DETAILS | {"gen_ai.request.model": "gemini-2.5-pro"}, "gemini"),
    "Cursor's correction": (CURSOR | {"event.name": "cursor.api.correction"}, "cursor"),
    "an agent's details": (DETAILS | {"gen_ai.operation.name": "invoke_agent"}, "nobody"),
    "an evaluation": (DETAILS | {"event.name": "gen_ai.evaluation.result"}, "nobody"),
    "a line of a log": ({"k": 1}, "nobody"),
    "nothing": ({}, "nobody"),
}


@pytest.mark.parametrize(("given", "scope"), NO_CALLS.values(), ids=NO_CALLS)
def test_what_tells_of_no_model_call_is_none(given, scope):
    assert logged_call(the_record(given, scope)) is None


FAILURES = {
    "Claude Code": (CLAUDE_ERROR, "claude", "claude-opus-4-1"),
    "Gemini CLI": ({"event.name": "gemini_cli.api_error", "model": "gemini-2.5-pro"}, "gemini", "gemini-2.5-pro"),
    "Codex": (
        {
            "event.name": "codex.sse_event",
            "event.kind": "response.completed",
            "model": "gpt-5.5",
            "error.message": "no JSON",
        },
        "codex",
        "gpt-5.5",
    ),
    "the conventions": (
        {name: DETAILS[name] for name in ("event.name", "gen_ai.operation.name", "gen_ai.request.model")}
        | {"error.type": "timeout"},
        "nobody",
        "gpt-4o",
    ),
}


@pytest.mark.parametrize(("given", "scope", "model"), FAILURES.values(), ids=FAILURES)
def test_a_call_that_failed_is_an_error_without_tokens(given, scope, model):
    event = event_of(given, scope)
    assert (event["status"], event["model"], counts(event)) == ("error", model, (0, 0, 0, 0, 0))


@pytest.mark.parametrize(
    ("given", "scope", "began", "ended"),
    [
        (CLAUDE, "claude", AT_NOON - timedelta(seconds=1.2), AT_NOON),
        (CLAUDE | {"duration_ms": "1200"}, "claude", AT_NOON - timedelta(seconds=1.2), AT_NOON),
        (CLAUDE | {"duration_ms": None}, "claude", AT_NOON, AT_NOON),
        (GEMINI, "gemini", AT_NOON - timedelta(seconds=0.9), AT_NOON),
        (CODEX | {"duration_ms": "812"}, "codex", AT_NOON, AT_NOON),  # one event's of the stream, not the call's
        (DETAILS, "nobody", AT_NOON, AT_NOON),
    ],
)
def test_a_call_began_as_long_before_its_event_as_it_took(given, scope, began, ended):
    event = event_of(given, scope)
    assert (event["timestamp"], event["ended_at"]) == (began.isoformat(), ended.isoformat())


TIMES = {
    "its own": ({"timeUnixNano": str(NOON), "observedTimeUnixNano": str(NOON + 10**10)}, {}),
    "a number": ({"timeUnixNano": NOON}, {}),
    "in words": ({"timeUnixNano": "0"}, {"event.timestamp": "2026-11-18T12:00:00.000Z"}),
    "when it was seen": ({"timeUnixNano": None, "observedTimeUnixNano": str(NOON)}, {}),
    "when it was seen, for want of a better": (
        {"timeUnixNano": "noon", "observedTimeUnixNano": str(NOON)},
        {"event.timestamp": "at noon"},
    ),
}


@pytest.mark.parametrize(("fields", "more"), TIMES.values(), ids=TIMES)
def test_the_time_is_the_records_else_its_words_else_when_it_was_seen(fields, more):
    assert event_of(CODEX | more, "codex", **fields)["ended_at"] == AT_NOON.isoformat()


REFUSED = {
    "no time": (CLAUDE, "claude", {"timeUnixNano": None}, "timeUnixNano"),
    "no time of the conventions'": (DETAILS, "nobody", {"timeUnixNano": None}, "timeUnixNano"),
    "no model": (CLAUDE | {"model": None}, "claude", {}, "model"),
    "no model of Cursor's": (
        CURSOR | {"cursor.model.name": "", "event.name": "cursor.api.request"},
        "cursor",
        {},
        "cursor.model.name",
    ),
}


@pytest.mark.parametrize(("given", "scope", "fields", "field"), REFUSED.values(), ids=REFUSED)
def test_only_a_call_without_a_time_or_a_model_is_refused(given, scope, fields, field):
    with pytest.raises(EventError) as refused:
        logged_call(the_record(given, scope, **fields))
    assert refused.value.field == field


MENDED = {
    "a negative cost": ({"cost_usd": -1.0, "cost_usd_micros": None}, ("cost_usd",), 1000),
    "a cost in words": ({"cost_usd": "much", "cost_usd_micros": None}, ("cost_usd",), 1000),
    "a count in words": ({"input_tokens": "many"}, ("input_tokens",), 300),
    "a duration in words": ({"duration_ms": "long"}, ("timestamp",), 1000),
    "a duration of days": ({"duration_ms": 10**9}, ("timestamp",), 1000),
}


@pytest.mark.parametrize(("changes", "mended", "read_tokens"), MENDED.values(), ids=MENDED)
def test_what_the_agent_cannot_mend_does_not_lose_the_call(changes, mended, read_tokens):
    call = logged_call(the_record(CLAUDE | changes, "claude"))
    assert (call.mended, call.event["input_tokens"]) == (mended, read_tokens)


def test_the_span_around_a_record_ties_the_two():
    inside = {"traceId": TRACE.upper(), "spanId": SPAN}
    for given, scope in ((CLAUDE, "claude"), (DETAILS, "nobody")):
        assert event_of(given, scope, **inside)["ties"].parent == f"{TRACE}-{SPAN}"
        assert event_of(given, scope, traceId="0" * 32, spanId=SPAN)["ties"].parent == ""


SAME = {"Claude Code": (CLAUDE, "claude"), "Codex": (CODEX, "codex"), "the conventions": (DETAILS, "nobody")}


@pytest.mark.parametrize(("given", "scope"), SAME.values(), ids=SAME)
def test_the_id_is_the_same_in_both_encodings_and_another_for_another_call(given, scope):
    exported = logs(record(given), record(given, timeUnixNano=str(NOON + 10**9)), scope=SCOPES[scope])
    one, other = (event_id(one) for one in otlp_logs.each(in_json(exported), JSON))
    assert [event_id(one) for one in otlp_logs.each(in_protobuf(exported), PROTOBUF)] == [one, other]
    assert (one == other) == (scope == "claude")  # Anthropic's own id says that it is one
    number = "input_tokens" if scope == "claude" else "output_token_count"
    without_id = given | {"request_id": None}
    changed = without_id | {number: 51, "gen_ai.usage.output_tokens": 51}
    assert event_id(the_record(without_id, scope)) != event_id(the_record(changed, scope))
