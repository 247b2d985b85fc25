"""A server that answers as OpenAI, Anthropic and Google do, each answer with a usage of its own, and remembers them.

What decides an answer is in the request: FAIL in it is refused with 400 (so that nobody tries again), and a cache that
is asked to live for an hour is written for an hour, as Anthropic does.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Lock, Thread

from tests.senders import wire

SNAPSHOTS = {
    "gpt-4.1-mini": "gpt-4.1-mini-2025-04-14",
    "o4-mini": "o4-mini-2025-04-16",
    "claude-sonnet-4-5": "claude-sonnet-4-5-20250929",
}
FAIL = "FAIL"
WHOLE, STREAM, EMBEDDING = "whole answers", "streams", "embeddings"
RESPONSES = "streams of the Responses API"
Reply = tuple[int, dict[str, str], bytes]  # status, headers, body
Answer = Callable[[str, dict[str, str], bytes], Reply]  # to a path, headers, body


@dataclass(frozen=True, slots=True)
class Answered:
    """A call that the server answered. Cached, written and reasoning tokens are parts of input and output."""

    number: int
    provider: str
    model: str  # as answered; as asked where the call failed
    way: str  # WHOLE, STREAM, RESPONSES or EMBEDDING
    failed: bool = False
    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    cache_write_tokens: int = 0
    cache_write_1h_tokens: int = 0
    reasoning_tokens: int = 0


@dataclass
class Models:
    """What was answered since the last `taken`."""

    answered: list[Answered] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    lock: Lock = field(default_factory=Lock)

    def taken(self) -> list[Answered]:
        with self.lock:
            answered, self.answered = self.answered, []
        return answered

    def __call__(self, path: str, _headers: dict[str, str], body: bytes) -> Reply:
        asked = json.loads(body or b"{}")
        answers, found = next((answers, found) for shape, answers in _DOORS if (found := re.search(shape, path)))
        return answers(self, asked, found)

    def answer(self, provider: str, model: str, asked: dict, way: str = "", **most: int) -> Answered:
        """Remembers an answer whose counts no other has. `most` says which parts this API knows, and their size."""
        failed = FAIL in json.dumps(asked)
        way = way or (STREAM if asked.get("stream") else WHOLE)
        with self.lock:
            number = next(self.numbers)
            if failed:
                done = Answered(number, provider, model, way, failed=True)
            else:
                done = Answered(number, provider, SNAPSHOTS.get(model, model), way, **_counts(number, asked, most))
            self.answered.append(done)
        return done


def _counts(number: int, asked: dict, most: dict[str, int]) -> dict[str, int]:
    counts = {name: size + step * number for step, (name, size) in enumerate(sorted(most.items()), 3)}
    if "cache_write_tokens" in counts and '"ttl": "1h"' in json.dumps(asked):
        counts["cache_write_1h_tokens"] = counts["cache_write_tokens"]
    return counts


_OPENAI = {"input_tokens": 2000, "output_tokens": 300, "cached_input_tokens": 700, "reasoning_tokens": 100}
_ANTHROPIC = {"input_tokens": 3000, "output_tokens": 200, "cached_input_tokens": 900, "cache_write_tokens": 400}
_GEMINI = {"input_tokens": 1500, "output_tokens": 500, "cached_input_tokens": 600, "reasoning_tokens": 250}


def _chat(models: Models, asked: dict, _found: re.Match) -> Reply:
    done = models.answer("openai", asked["model"], asked, **_OPENAI)
    if done.failed:
        return _answer(wire.OPENAI_FAILURE, 400)
    if not asked.get("stream"):
        return _answer(wire.chat(done, asked))
    with_usage = bool((asked.get("stream_options") or {}).get("include_usage"))
    return _stream(wire.chat_chunks(done, with_usage), named=False)


def _responses(models: Models, asked: dict, _found: re.Match) -> Reply:
    way = RESPONSES if asked.get("stream") else WHOLE
    done = models.answer("openai", asked["model"], asked, way, **_OPENAI)
    if done.failed:
        return _answer(wire.OPENAI_FAILURE, 400)
    return _stream(wire.response_events(done)) if asked.get("stream") else _answer(wire.response(done))


def _embeddings(models: Models, asked: dict, _found: re.Match) -> Reply:
    done = models.answer("openai", asked["model"], asked, EMBEDDING, input_tokens=150)
    return _answer(wire.embeddings(done, asked))


def _messages(models: Models, asked: dict, _found: re.Match) -> Reply:
    done = models.answer("anthropic", asked["model"], asked, **_ANTHROPIC)
    if done.failed:
        return _answer(wire.ANTHROPIC_FAILURE, 400)
    return _stream(wire.message_events(done)) if asked.get("stream") else _answer(wire.message(done))


def _gemini(models: Models, asked: dict, found: re.Match) -> Reply:
    streams = found[2] == "streamGenerateContent"
    done = models.answer("google", found[1], asked, STREAM if streams else WHOLE, **_GEMINI)
    if done.failed:
        return _answer(wire.GEMINI_FAILURE, 400)
    return _stream(wire.gemini_chunks(done), named=False, end="") if streams else _answer(wire.gemini(done))


def _free(answer: dict) -> Callable:
    """What costs nothing and calls no model."""
    return lambda _models, _asked, _found: _answer(answer)


# The first address that fits answers.
_DOORS: tuple[tuple[str, Callable], ...] = (
    (r"/chat/completions$", _chat),
    (r"/responses$", _responses),
    (r"/embeddings$", _embeddings),
    (r"/messages/count_tokens", _free({"input_tokens": 77777})),
    (r"/messages(\?|$)", _messages),
    (r"/models/[^:/]+:countTokens", _free({"totalTokens": 77777})),
    (r"/models/([^:/]+):(generateContent|streamGenerateContent)", _gemini),
    (r"/models(\?|$)", _free({"object": "list", "data": [], "has_more": False})),
    (r"", _free({})),
)


def _answer(answer: dict, status: int = 200) -> Reply:
    return status, {"Content-Type": "application/json"}, json.dumps(answer).encode()


def _stream(events: list[dict], named: bool = True, end: str = "data: [DONE]\n\n") -> Reply:
    lines = [(f"event: {one['type']}\n" if named else "") + f"data: {json.dumps(one)}\n\n" for one in events]
    return 200, {"Content-Type": "text/event-stream"}, ("".join(lines) + ("" if named else end)).encode()


class _Handler(BaseHTTPRequestHandler):
    answer: Answer

    def do_POST(self) -> None:
        status, headers, answer = type(self).answer(self.path, dict(self.headers), self._body())
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(answer))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST  # noqa: N815

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        read = b""
        while size := int(self.rfile.readline(), 16):
            read += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return read

    def log_message(self, *_arguments: object) -> None:
        """Says nothing."""


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """The address at which `answer` answers."""
    handler = type("Handler", (_Handler,), {"answer": staticmethod(answer)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
