"""The real OpenTelemetry SDK and an instrumented openai client: what they export is on page and in JSON, exactly."""

import gzip
import json
import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from threading import Thread

import httpx
import yaml

from tests.clients.conftest import Company, client_environment
from tests.forked import run
from tests.senders import models
from tests.senders.proof import different, expected
from tests.senders.rows import Row

SAID = "the secret recipe of the house"
ANSWERING = "gpt-4o-mini-2024-07-18"
_answers = count(1)  # as model servers do, every answer has an id of its own
PROGRAMS = Path(__file__).parent
LATEST = {
    "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental",
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "span_only",
    "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION": "gzip",
}


class Answering(BaseHTTPRequestHandler):
    """A server whose answers a function makes: (path, headers, body) → (status, headers, body)."""

    answer: Callable[[str, dict[str, str], bytes], tuple[int, dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, headers, answer = type(self).answer(self.path, dict(self.headers), body)
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(answer))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments: object) -> None:
        """Says nothing."""


@contextmanager
def serving(answer: Callable) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Answering,), {"answer": staticmethod(answer)}))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def as_openai(path: str, _headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
    """Answers as OpenAI does, always with the same usage."""
    asked = json.loads(body)
    failures = {"busy": 429, "broken": 500}
    if status := failures.get(asked.get("user")):
        return status, {"Content-Type": "application/json"}, b'{"error": {"message": "no", "type": "failed"}}'
    if path.endswith("/embeddings"):
        vector = {"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}
        usage = {"prompt_tokens": 77, "total_tokens": 77}
        answer = {"object": "list", "model": "text-embedding-3-small", "data": [vector], "usage": usage}
        return 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()
    return streamed() if asked.get("stream") else whole()


def whole() -> tuple[int, dict[str, str], bytes]:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": SAID}}
    usage = {"prompt_tokens": 1234, "completion_tokens": 56, "total_tokens": 1290}
    usage |= {"prompt_tokens_details": {"cached_tokens": 1024}}
    answer = {
        "id": f"chatcmpl-{next(_answers)}",
        "object": "chat.completion",
        "created": 1,
        "model": ANSWERING,
        "choices": [choice],
    }
    return (
        200,
        {"Content-Type": "application/json"},
        json.dumps(answer | {"usage": usage}).encode(),
    )


def streamed() -> tuple[int, dict[str, str], bytes]:
    chunk = {"id": f"chatcmpl-{next(_answers)}", "object": "chat.completion.chunk", "created": 1, "model": ANSWERING}
    delta = {"index": 0, "finish_reason": "stop", "delta": {"role": "assistant", "content": SAID}}
    usage = {"prompt_tokens": 2000, "completion_tokens": 345, "total_tokens": 2345}
    chunks = [chunk | {"choices": [delta]}, chunk | {"choices": [], "usage": usage}]
    lines = [f"data: {one}\n\n" for one in (*map(json.dumps, chunks), "[DONE]")]
    return 200, {"Content-Type": "text/event-stream"}, "".join(lines).encode()


@dataclass
class Relay:
    """Between exporter and server: passes every export on, and says `failures` instead of the first answers."""

    url: str
    failures: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    became: list[Counter] = field(default_factory=list)  # of the spans, request by request

    def __call__(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        passed = {name: value for name, value in headers.items() if name.lower() not in ("host", "connection")}
        response = httpx.post(self.url + path, content=body, headers=passed, trust_env=False)
        assert response.status_code == 200, response.text
        self.bodies.append(gzip.decompress(body) if "gzip" in headers.get("Content-Encoding", "") else body)
        found = re.findall(r"(\w+)=(\d+)", response.headers["X-Orgdash-Usage"])
        self.became.append(Counter({name: int(number) for name, number in found}))
        if self.failures:
            return self.failures.pop(0), {"Retry-After": "0"}, b""
        return 200, {"Content-Type": response.headers["Content-Type"]}, response.content


# A program that finds what is instrumented imported, which takes a second.
instrumented = partial(
    run,
    ready_in=client_environment(),
    modules=(
        "openai.resources.chat",
        "opentelemetry.exporter.otlp.proto.http.trace_exporter",
        "opentelemetry.instrumentation.openai_v2",
        "opentelemetry.util.genai.handler",
    ),
)


def exported(program: str, to: str, company: Company, *arguments: str, **more: str) -> str:
    """What a program printed and logged that exports to this address as this company."""
    environment = client_environment(
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=f"{to}/v1/traces",
        OTEL_EXPORTER_OTLP_TRACES_HEADERS=f"Authorization=Bearer%20{company.secret}",
        **more,
    )
    done = instrumented(PROGRAMS / program, *arguments, environment=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def run_calls(company: Company, relay: Relay, **more: str) -> str:
    with serving(as_openai) as openai, serving(relay) as address:
        return exported("openai_calls.py", address, company, SAID, OPENAI_BASE_URL=f"{openai}/v1", **more)


# 3 × 1,234 + 2,000 + 4,000 (3,000 of them cached) in and 3 × 56 + 345 + 100 out; and 77 in of embeddings.
EXPECTED = {
    "cost": (6702 * Decimal(150) + 3000 * Decimal(15) + 613 * Decimal(600) + 77 * Decimal(20)) / 10**6,
    "requestCount": 8,
    "totalTokens": 10_392,
    "inputTokens": 9_779,
    "outputTokens": 613,
    "cachedInputTokens": 3_000,
    "cacheWriteTokens": 0,
    "reasoningTokens": 0,
    "errorCount": 2,
    "unpricedRequestCount": 0,
    "estimatedCost": Decimal("1.41964"),
}


def assert_shown(company: Company) -> None:
    """What the program used, and nothing else, is in the JSON and on the page."""
    assert company.activity()["totals"] == EXPECTED
    models = {one["key"]: one["cost"] for row in company.activity()["activity"] for one in row["breakdown"]}
    assert models == {"gpt-4o-mini": Decimal("1.4181"), "text-embedding-3-small": Decimal("0.00154")}
    page = company.page()
    assert 'title="10,392"' in page
    assert 'title="$1.42"' in page


def test_what_a_client_exports_by_the_latest_conventions_is_shown_without_its_conversations(live, found_company):
    company, relay = found_company("otel-latest"), Relay(live.url)
    assert run_calls(company, relay, **LATEST) == ""
    assert sum(relay.became, Counter()) == {"recorded": 8, "ignored": 3}
    assert_shown(company)
    assert any(SAID.encode() in body for body in relay.bodies)
    stored = live.everything_stored()
    assert ANSWERING in stored
    assert SAID not in stored


def test_spans_by_the_older_conventions_that_the_exporter_sends_three_times_count_once(live, found_company):
    company, relay = found_company("otel-older"), Relay(live.url, failures=[503, 429])
    assert run_calls(company, relay).count("retrying in") == 2
    became = sum(relay.became, Counter())
    assert (became["recorded"], became["repeated"]) == (8, 16)
    assert_shown(company)


def test_calls_that_the_anthropic_sdk_and_an_instrumentation_tell_of_count_once(live, found_company):
    company, answers = found_company("two-tell"), models.Models()
    with models.serving(answers) as address:
        exported("anthropic_calls.py", live.url, company, MODELS=address)
    answered = answers.taken()
    assert len(answered) == 6
    wanted = expected(answered, Row("two that tell", "", "", ()))
    del wanted["cost"]  # the server of these tests knows no prices
    assert different(wanted, company.activity()["totals"]) == []


# --- what the help page gives to copy ---


def test_an_instrumented_program_with_the_pages_environment_exports_to_this_server(found_company):
    company = found_company("help-otel")
    lines = shlex.split(company.to_copy("opentelemetry")["otel-environment"])
    environment = dict(line.split("=", 1) for line in lines if line != "export")
    assert len(environment) == 4
    with serving(as_openai) as openai:
        environment |= client_environment(OPENAI_BASE_URL=f"{openai}/v1", OPENAI_API_KEY="none")
        done = instrumented(PROGRAMS / "openai_calls.py", "Hello", environment=environment)
    assert done.returncode == 0, done.stderr
    assert company.activity()["totals"]["totalTokens"] == 10_392


def test_the_collectors_configuration_sends_the_traces_of_its_pipeline_to_this_server(found_company):
    company = found_company("help-collector")
    config = yaml.safe_load(company.to_copy("opentelemetry")["otel-collector"])
    (name,) = config["service"]["pipelines"]["traces"]["exporters"]
    exporter = config["exporters"][name]
    assert (name.split("/")[0], exporter["compression"]) == ("otlphttp", "gzip")
    # What a Collector without anything to send would post.
    answer = httpx.post(
        exporter["traces_endpoint"],
        content=b"",
        headers=exporter["headers"] | {"Content-Type": "application/x-protobuf"},
        trust_env=False,
    )
    assert (answer.status_code, answer.content) == (200, b"")
