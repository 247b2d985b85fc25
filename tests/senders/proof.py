"""What a program's calls must come to, and what the server made of them."""

import gzip
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal

import httpx
from genai_prices import Usage, calc_price

from tests.senders.models import STREAM, Answered, Reply
from tests.senders.rows import Row
from tests.senders.wire import FIRST_OUTPUT

CLASSES = {
    "inputTokens": "input_tokens",
    "outputTokens": "output_tokens",
    "cachedInputTokens": "cached_input_tokens",
    "cacheWriteTokens": "cache_write_tokens",
    "reasoningTokens": "reasoning_tokens",
}
HOUR = Decimal("0.00000225")  # of a token of claude-sonnet-4-5 written for an hour, beyond one written for 5 minutes


def expected(answered: Iterable[Answered], row: Row) -> dict[str, object]:
    """The totals of the JSON: what the row's senders tell of these calls, which is not always what they were."""
    told = [_told(one, row) for one in answered for _ in range(_times(one, row))]
    totals: dict[str, object] = {name: sum(getattr(one, field) for one in told) for name, field in CLASSES.items()}
    totals["requestCount"] = len(told)
    totals["errorCount"] = sum(one.failed for one in told)
    totals["cost"] = sum((cost(one) for one in told), Decimal(0))
    return totals


def _times(one: Answered, row: Row) -> int:
    return 2 if row.twice and row.twice_of in ("", one.way) else 1


def _told(one: Answered, row: Row) -> Answered:
    untold = [name for name, _, way in (words.partition(" of ") for words in row.untold) if way in ("", one.way)]
    told = replace(one, **dict.fromkeys(untold, 0))
    if row.adds_first and one.way == STREAM and not one.failed:
        told = replace(told, output_tokens=told.output_tokens + FIRST_OUTPUT)
    return told


def cost(one: Answered) -> Decimal:
    """US dollars, as the public list's own arithmetic has it."""
    if one.failed:
        return Decimal(0)
    usage = Usage(
        input_tokens=one.input_tokens,
        output_tokens=one.output_tokens,
        cache_read_tokens=one.cached_input_tokens,
        cache_write_tokens=one.cache_write_tokens,
    )
    price = calc_price(usage, one.model, provider_id=one.provider, genai_request_timestamp=datetime.now(UTC))
    exact = price.total_price + one.cache_write_1h_tokens * HOUR
    return exact.quantize(Decimal("1E-12"), ROUND_HALF_EVEN)


def different(wanted: dict[str, object], totals: dict[str, object]) -> list[str]:
    return [f"{name}: {totals[name]} for {wanted[name]}" for name in wanted if wanted[name] != totals[name]]


@dataclass
class Relay:
    """Between exporter and server: passes every export on and keeps it."""

    url: str
    bodies: list[tuple[str, bytes]] = field(default_factory=list)  # content type, body
    became: list[str] = field(default_factory=list)

    def __call__(self, path: str, headers: dict[str, str], body: bytes) -> Reply:
        passed = {name: value for name, value in headers.items() if name.lower() in _PASSED}
        response = httpx.post(self.url + path, content=body, headers=passed, trust_env=False, timeout=30)
        packed = headers.get("Content-Encoding", headers.get("content-encoding")) == "gzip"
        self.bodies.append((response.headers["Content-Type"], gzip.decompress(body) if packed else body))
        self.became.append(response.headers.get("X-Orgdash-Usage", response.text))
        return response.status_code, {"Content-Type": response.headers["Content-Type"]}, response.content

    def spans(self, shown: Callable[[str], bool]) -> Iterable[str]:
        """Each span that was sent: scope, name, ids and the attributes whose names are shown."""
        from google.protobuf import json_format
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        for kind, body in self.bodies:
            request = ExportTraceServiceRequest()
            if "json" in kind:
                json_format.Parse(body, request, ignore_unknown_fields=True)
            else:
                request.ParseFromString(body)
            for scope, span in (
                (scoped.scope.name, span)
                for resource in request.resource_spans
                for scoped in resource.scope_spans
                for span in scoped.spans
            ):
                said = {one.key: str(one.value).strip()[:300] for one in span.attributes if shown(one.key)}
                yield f"{scope} | {span.name} | {span.span_id.hex()} < {span.parent_span_id.hex()} | {said}"


_PASSED = ("authorization", "content-type", "content-encoding")
