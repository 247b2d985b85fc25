"""Bodies that are small on the wire and large in memory or slow, and honest ones of the greatest size."""

import gzip
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from tests.analytics.otel import CHAT, NOON, numbered, request_of
from tests.servers import ROOT

CASES_DIR = Path(os.environ.get("CASES_DIR", ROOT.parent / "shared" / "cases"))
EVENTS, LITELLM, TRACES, LOGS, METRICS = "/usage/events", "/usage/litellm", "/v1/traces", "/v1/logs", "/v1/metrics"
JSON, LINES, PROTOBUF = "application/json", "application/x-ndjson", "application/x-protobuf"
REFUSED = (400, 413)
EMOJI = "\U0001f680".encode()


@dataclass(frozen=True)
class Body:
    """One request, and the statuses that are right; `make` gives its bytes before they are packed."""

    path: str
    content_type: str
    make: Callable[[], bytes]
    right: tuple[int, ...] = REFUSED
    packed: bool | None = False  # None: `make` packs

    def sent(self) -> tuple[bytes, dict[str, str]]:
        headers = {"Content-Type": self.content_type}
        body = gzip.compress(self.make(), 6) if self.packed else self.make()
        return body, headers if self.packed is False else headers | {"Content-Encoding": "gzip"}


def filled(path: str, begin: bytes, one: bytes, end: bytes = b"") -> bytes:
    """As many of `one` as the endpoint's limit has room for."""
    size = 4_900_000 if path == EVENTS else 31_000_000
    return begin + one * ((size - len(begin) - len(end)) // len(one)) + end


def field(number: int, value: bytes) -> bytes:
    """A field of protobuf that has a length."""
    length, rest = b"", len(value)
    while rest > 127:
        length, rest = length + bytes([rest & 127 | 128]), rest >> 7
    return bytes([number << 3 | 2]) + length + bytes([rest]) + value


def in_protobuf(*messages: bytes) -> bytes:
    """Spans or log records, inside a scope, inside a resource, inside a request."""
    return field(1, field(2, b"".join(field(2, message) for message in messages)))


def attribute(name: bytes, value: bytes) -> bytes:
    return field(1, name) + field(2, value)


def _list(path: str, one: bytes) -> tuple[str, str, Callable[[], bytes]]:
    return path, JSON, lambda: filled(path, b"[", one + b",", one + b"]")


def _resources(path: str, one: bytes) -> tuple[str, str, Callable[[], bytes]]:
    name = b"resourceSpans" if path == TRACES else b"resourceLogs"
    return path, JSON, lambda: filled(path, b'{"' + name + b'":[', one + b",", one + b"]}")


def _span(one: bytes) -> tuple[str, str, Callable[[], bytes]]:
    return TRACES, PROTOBUF, lambda: in_protobuf(filled(TRACES, b"", one))


def _in_one_attribute(one: bytes) -> bytes:
    return field(9, attribute(b"gen_ai.request.model", field(5, filled(TRACES, b"", one))))


def _spans_of_many_names() -> bytes:
    names = [f"gen_ai.x{number}".encode() for number in range(250)]
    span = b"".join(field(9, attribute(name, field(1, b"x"))) for name in names)
    return in_protobuf(*[span] * 4_000)


def _parameters() -> bytes:
    """Of a call that failed, in whose parameters the model is looked for."""
    names = {"x" * 400_000: {str(number): 1 for number in range(50_000)}}
    given = {"gen_ai.operation.name": "chat", "error.type": "x", "llm.invocation_parameters": json.dumps(names)}
    return request_of(numbered(1, given)).SerializeToString()


def _twice(count: int) -> bytes:
    """An object of so many names, of which the last stands there again."""
    names = [f"{number:x}" for number in range(count)]
    return json.dumps(dict.fromkeys(names, 0)).encode()[:-1] + f',"{names[-1]}":0}}'.encode()


ATTACKS = {
    "events: lines of objects": Body(EVENTS, LINES, lambda: filled(EVENTS, b"", b'{"":0}\n')),
    "events: lines of nothing, then one": Body(EVENTS, LINES, lambda: filled(EVENTS, b"", b"\n", b"["), REFUSED),
    "events: lines after a broken string": Body(EVENTS, LINES, lambda: filled(EVENTS, b'"\n[', b"[],", b"[]]\n{}")),
    "events: a list of objects": Body(*_list(EVENTS, b'{"":0}')),
    "events: a list of numbers": Body(*_list(EVENTS, b"0.1")),
    "events: a list of text": Body(*_list(EVENTS, b'"a"')),
    "events: a list inside events": Body(EVENTS, JSON, lambda: filled(EVENTS, b'{"events":[', b"{},", b"{}]}")),
    "events: a field of lists": Body(EVENTS, JSON, lambda: filled(EVENTS, b'{"id":[', b"[],", b"[]]}")),
    "events: a number of millions of digits": Body(EVENTS, JSON, lambda: filled(EVENTS, b'{"id":', b"1", b"}"), (422,)),
    "events: a name of megabytes, twice": Body(
        EVENTS, JSON, lambda: b'{"%s":1,"%s":1}' % (b"x" * 2_000_000, b"x" * 2_000_000), (422,)
    ),
    "events: of many names the last is given twice": Body(EVENTS, JSON, lambda: _twice(99_000), (422,)),
    "litellm: of many names the last is given twice": Body(LITELLM, JSON, lambda: _twice(99_000), (422,)),
    "litellm: lines of lists": Body(LITELLM, LINES, lambda: filled(LITELLM, b"{}\n", b"[]\n")),
    "litellm: empty lines": Body(LITELLM, LINES, lambda: filled(LITELLM, b"{}\n", b"\n", b"{}"), (422,)),
    "litellm: a list of lists": Body(*_list(LITELLM, b"[]")),
    "litellm: objects in one payload": Body(LITELLM, JSON, lambda: filled(LITELLM, b'{"a":[', b'{"a":0},', b"0]}")),
    "litellm: text of emoji": Body(
        LITELLM, JSON, lambda: filled(LITELLM, b'[{"id":"' + EMOJI, b"a", b"\\n" + EMOJI + b'"}]')
    ),
    "litellm: a payload of one text": Body(LITELLM, JSON, lambda: filled(LITELLM, b'[{"id":"', b"\\n", b'"}]'), (422,)),
    "litellm: a kind of call of many words": Body(
        LITELLM, JSON, lambda: filled(LITELLM, b'[{"call_type":"', b"_", b'"}]'), (200,)
    ),
    "traces: parameters under a long name": Body(TRACES, PROTOBUF, _parameters, (200,)),
    "traces: one span of empty attributes": Body(*_span(b"\x4a\x00")),
    "traces: one span that gives an attribute again and again": Body(
        *_span(field(9, attribute(b"gen_ai.system", field(1, b"x"))))
    ),
    "traces: one span of numbers": Body(*_span(b"\x30\x01")),
    "traces: one attribute of empty values": Body(
        TRACES, PROTOBUF, lambda: in_protobuf(_in_one_attribute(b"\x0a\x00")), (200,)
    ),
    "traces: empty scopes": Body(TRACES, PROTOBUF, lambda: field(1, filled(TRACES, b"", b"\x12\x00"))),
    "traces: a resource of empty attributes": Body(
        TRACES, PROTOBUF, lambda: field(1, field(1, filled(TRACES, b"", b"\x0a\x00")))
    ),
    "traces: spans of many attributes": Body(TRACES, PROTOBUF, _spans_of_many_names, (200, 413)),
    "traces: empty objects in JSON": Body(*_resources(TRACES, b"{}")),
    "traces: names in JSON": Body(*_resources(TRACES, b'{"name":{}}')),
    "traces: emoji in JSON": Body(TRACES, JSON, lambda: filled(TRACES, b'{"a":"' + EMOJI, b"a", b'"}')),
    "traces: JSON of two bytes a character": Body(TRACES, JSON, lambda: ("[" * 500_000).encode("utf-16-le")),
    "logs: one record of empty attributes": Body(LOGS, PROTOBUF, lambda: in_protobuf(filled(LOGS, b"", b"\x32\x00"))),
    "logs: a body of empty values": Body(
        LOGS, PROTOBUF, lambda: in_protobuf(field(5, field(5, filled(LOGS, b"", b"\x0a\x00")))), (200,)
    ),
    "logs: empty objects in JSON": Body(*_resources(LOGS, b"{}")),
    "metrics: whatever it is": Body(METRICS, PROTOBUF, lambda: filled(METRICS, b"", b"\x0a\x00"), (200,)),
}
# Packed, these are still less than the ratio is asked of.
UNPACKED = (
    "events: of many names the last is given twice",
    "litellm: of many names the last is given twice",
    "traces: spans of many attributes",
    "traces: parameters under a long name",
    "traces: JSON of two bytes a character",
)
ATTACKS |= {
    f"{name}, packed": Body(one.path, one.content_type, one.make, REFUSED, packed=True)
    for name, one in ATTACKS.items()
    if name not in UNPACKED
}
ATTACKS["events: many members of gzip"] = Body(EVENTS, JSON, lambda: gzip.compress(b"") * 200_000, packed=None)


TOOL = {
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": "weather",
    "gen_ai.system": "openai",
    "gen_ai.agent.name": "an agent",
    "gen_ai.conversation.id": "a conversation",
}


def payload(number: int) -> dict:
    return {
        "id": f"chatcmpl-{number}",
        "litellm_call_id": f"call-{number}",
        "call_type": "acompletion",
        "status": "success",
        "custom_llm_provider": "openai",
        "model": "gpt-4o",
        "startTime": NOON / 10**9 + number / 1000,
        "endTime": NOON / 10**9 + number / 1000 + 1,
        "prompt_tokens": 1200,
        "completion_tokens": 300,
        "total_tokens": 1500,
        "response_cost": 0.0123,
        "metadata": {"user_api_key_alias": "chat", "usage_object": {"prompt_tokens": 1200, "completion_tokens": 300}},
        "messages": [{"role": "user", "content": f"{number} " + "a question about the weather, at length. " * 40}],
    }


def event(number: int) -> dict:
    return {
        "id": f"req-{number}",
        "timestamp": f"2026-11-18T12:{number % 60:02}:00Z",
        "provider": "openai",
        "model": "gpt-4o",
        "input_tokens": 1200,
        "output_tokens": 300,
    }


def calls(count: int, others: int = 0) -> bytes:
    """Model calls, and spans of tools beside them, which are none."""
    spans = [numbered(number + 1, CHAT | {"gen_ai.response.id": f"resp-{number}"}) for number in range(count)]
    spans += [numbered(count + number + 1, TOOL) for number in range(others)]
    return request_of(*spans, scope="opentelemetry.instrumentation.openai_v2").SerializeToString()


def zigzag(tokens: Callable[[int], int], count: int = 10_000) -> bytes:
    """Two spans tell of each answer, and the second of them is around the first of the next: all hang together, and
    each looks like one of few."""
    spans = [
        numbered(
            number + 1,
            CHAT
            | {"gen_ai.response.id": f"zigzag-{tokens(1)}-{number // 2}", "gen_ai.usage.input_tokens": tokens(number)},
            trace_id=b"zigzag" + bytes(9) + bytes([1 + tokens(1) % 2]),
            parent_span_id=b"" if number % 2 else number.to_bytes(8, "big"),
        )
        for number in range(count)
    ]
    return request_of(*spans).SerializeToString()


def twenties(count: int = 10_000) -> bytes:
    """As many spans of one answer as are still looked at, and each with other tokens."""
    spans = [
        numbered(
            number + 1,
            CHAT | {"gen_ai.response.id": f"twenty-{number % (count // 20)}", "gen_ai.usage.input_tokens": number},
            trace_id=b"twenties" + bytes(7) + b"1",
        )
        for number in range(count)
    ]
    return request_of(*spans).SerializeToString()


def _names(count: int) -> bytes:
    return b'{"resourceSpans":[{"a":[' + b",".join(b'{"%07d":0}' % number for number in range(count)) + b"]}]}"


# Honest or not: as much as is taken.
MOST = {
    "events: a thousand": Body(EVENTS, JSON, lambda: json.dumps([*map(event, range(1000))]).encode(), (200,)),
    "litellm: ten thousand": Body(LITELLM, JSON, lambda: json.dumps([*map(payload, range(10_000))]).encode(), (200,)),
    "litellm: values": Body(
        LITELLM, JSON, lambda: b"[%s]" % b",".join([b'{"a":[%s0]}' % (b'{"":0.1},' * 49_000)] * 25), (422,)
    ),
    "litellm: two texts, one with emoji": Body(
        LITELLM,
        JSON,
        lambda: b'[{"id":"%s\\n%s"},{"id":"%s"}]' % (EMOJI, b"a" * 9_900_000, b"a" * 9_900_000),
        (422,),
    ),
    "traces: a collector's batch": Body(TRACES, PROTOBUF, lambda: calls(8192), (200,)),
    "traces: calls among other spans": Body(TRACES, PROTOBUF, lambda: calls(10_000, 10_000), (200,)),
    # Each twice: what is there already is looked up, with all that it hangs together with.
    **{
        f"traces: {name}{again}": Body(TRACES, PROTOBUF, make, (200,))
        for name, make in (
            ("answers in a zigzag", lambda: zigzag(lambda _number: 7)),
            ("answers in a zigzag that contradict", lambda: zigzag(lambda number: 7 + number)),
            ("twenty spans of each answer", twenties),
        )
        for again in ("", ", again")
    },
    "traces: one text with emoji": Body(
        TRACES,
        PROTOBUF,
        lambda: in_protobuf(field(9, attribute(b"gen_ai.request.model", field(1, EMOJI + b"a" * 31_000_000)))),
        (200,),
    ),
    "traces: many names in JSON": Body(TRACES, JSON, lambda: _names(499_000), (200,)),
    "traces: text with emoji in JSON": Body(
        TRACES, JSON, lambda: b'{"a":"%s\\n%s"}' % (EMOJI, b"a" * 9_900_000), (200,)
    ),
}


def shared() -> dict[str, Body]:
    """The attack bodies of the acceptance cases, each packed and unpacked; none where those are not at hand."""
    path = CASES_DIR / "attack_bodies.py"
    if not path.exists():
        return {}
    spec = spec_from_file_location("attack_bodies", path)
    module = module_from_spec(spec)
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    spec.loader.exec_module(module)
    sys.dont_write_bytecode = kept
    return {
        f"{name}{'.gz' if packed else ''}": Body(where, kind, make, right, packed)
        for name, (where, kind, make, right) in module.BODIES.items()
        for packed in (False, True)
    }
