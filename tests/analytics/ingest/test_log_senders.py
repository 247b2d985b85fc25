"""Whose event a log record is, and what of an agent's is read."""

import pytest

from analytics.ingest.log_senders import CONVENTIONS_EVENT, OWN, Record, is_conventions_call, told_by

CLAUDE, CURSOR = "com.anthropic.claude_code.events", "cursor.telemetry"


@pytest.mark.parametrize(
    ("record", "agent", "event"),
    [
        (Record(("claude_code.api_request",), {}), "Claude Code", "claude_code.api_request"),
        (Record(("odd", "cursor.api_request"), {}), "Cursor", "cursor.api_request"),
        (Record(("api_error",), {}, scope=CLAUDE), "Claude Code", "claude_code.api_error"),
        (Record(("api_request",), {}, service="cursor"), "Cursor", "cursor.api_request"),
        (Record(("api_request",), {"cost_usd": 0}), "Claude Code", "claude_code.api_request"),
        # The agent that is known goes before what another alone says.
        (Record(("api_request",), {"cost_usd": 0}, scope=CURSOR), "Cursor", "cursor.api_request"),
    ],
)
def test_an_event_is_known_by_its_name_and_a_short_one_by_who_says_it(record, agent, event):
    sender, name = told_by(record)
    assert (sender.counts.name, name) == (agent, event)


@pytest.mark.parametrize(
    "record",
    [
        Record((), {"cost_usd": 1}),
        Record(("api_request",), {"cost_usd": None}),
        Record(("user_prompt",), {}, scope=CLAUDE),
        Record(("api_response",), {}, scope="gemini-cli"),  # it never leaves its name's begin out
    ],
)
def test_what_is_no_call_of_an_agents_is_nobodys(record):
    assert told_by(record) is None


@pytest.mark.parametrize(
    ("record", "is_call"),
    [
        (Record((CONVENTIONS_EVENT,), {}), True),
        (Record(("other",), {}), False),
        (Record((CONVENTIONS_EVENT, "GenAI operation chat"), {}), False),
        (Record((CONVENTIONS_EVENT,), {}, service="gemini-cli"), False),
    ],
)
def test_the_conventions_event_counts_where_nothing_else_tells_of_the_call(record, is_call):
    assert is_conventions_call(record) is is_call


def test_nothing_of_an_agent_that_may_hold_a_prompt_is_read():
    words = ("prompt", "response", "message", "content", "body", "text", "arguments", "error", "input", "output")
    found = {name for name in OWN if any(word in name for word in words) and not name.endswith(("_tokens", "_count"))}
    assert found == {"prompt_id", "prompt.id", "response_id", "response.id", "gen_ai.response.id", "error.message"}
