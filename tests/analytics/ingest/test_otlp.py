"""`POST /v1/traces`: both encodings, every status, and what stays out of the database, the log and the answers."""

import gzip
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from google.protobuf import json_format
from google.rpc.error_details_pb2 import BadRequest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from analytics.ingest import otlp
from analytics.models import Request
from tests.analytics.ingest import posts
from tests.analytics.otel import CHAT, NOON, SPAN, TRACE, numbered, request_of, span
from tests.analytics.receipts import header
from tests.browsers import enter

pytestmark = pytest.mark.django_db

PROTOBUF, JSON = "application/x-protobuf", "application/json"
AGENT = CHAT | {"gen_ai.operation.name": "invoke_agent"}
PLAIN = {"http.request.method": "POST", "error.type": "500"}
MARKER = "the secret recipe of the house"


def post(body: bytes, content_type: str = PROTOBUF, **given):
    return posts.post("/v1/traces", body, content_type, **given)


def sent(*spans, **headers):
    return post(request_of(*spans).SerializeToString(), **headers)


def partial(response) -> tuple[int, str]:
    """The answer's number of refused spans, and its message."""
    assert (response.status_code, response["Content-Type"]) == (200, PROTOBUF)
    answer = ExportTraceServiceResponse.FromString(response.content).partial_success
    return answer.rejected_spans, answer.error_message


def as_json(*spans: dict) -> bytes:
    return json.dumps({"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": {}, "spans": spans}]}]}).encode()


def json_span(**changes) -> dict:
    """As OpenTelemetry's JavaScript exporter writes a span."""
    attributes = [
        {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
        {"key": "gen_ai.system", "value": {"stringValue": "openai"}},
        {"key": "gen_ai.request.model", "value": {"stringValue": "gpt-4o"}},
        {"key": "gen_ai.usage.input_tokens", "value": {"intValue": 1200}},
        {"key": "gen_ai.usage.output_tokens", "value": {"intValue": "300"}},
        {"key": "gen_ai.response.finish_reasons", "value": {"arrayValue": {"values": [{"stringValue": "stop"}]}}},
    ]
    return {
        "traceId": TRACE,
        "spanId": SPAN,
        "name": "chat gpt-4o",
        "kind": 3,
        "startTimeUnixNano": str(NOON),
        "endTimeUnixNano": str(NOON + 10**9),
        "attributes": attributes,
        "droppedAttributesCount": 0,
        "events": [],
        "links": [],
        "status": {"code": 0},
    } | changes


def test_a_model_call_is_recorded_with_its_key(key):
    response = sent(span(CHAT | {"gen_ai.usage.cache_read.input_tokens": 1000}))
    assert (response.status_code, response.content, response["Content-Type"]) == (200, b"", PROTOBUF)
    row = Request.objects.get(event_id=f"{TRACE}-{SPAN}")
    assert (row.api_key_id, row.input_tokens, row.output_tokens, row.cached_input_tokens) == (key.pk, 1200, 300, 1000)
    assert (row.occurred_at, row.cost, row.is_error) == (datetime(2026, 11, 18, 12, tzinfo=UTC), None, False)


def test_json_is_recorded_and_answered_in_json(key):
    response = post(as_json(json_span()), JSON)
    assert (response.status_code, response["Content-Type"], response.json()) == (200, JSON, {})
    row = Request.objects.get(event_id=f"{TRACE}-{SPAN}")
    assert (row.input_tokens, row.output_tokens, row.occurred_at.minute) == (1200, 300, 0)


JSON_FORMS = {
    "ids in capitals": {"traceId": TRACE.upper(), "spanId": SPAN.upper()},
    "times as numbers": {"startTimeUnixNano": NOON, "endTimeUnixNano": NOON + 1},
    "an unknown field": {"novelty": {"of": ["tomorrow"]}},
    "an unknown status": {"status": {"code": 0, "mood": "good"}},
    "no status": {"status": None},
    "an unknown kind": {"kind": 99},
    "events nobody reads": {"events": "none of our business", "links": 7},
}


@pytest.mark.parametrize("changes", JSON_FORMS.values(), ids=JSON_FORMS)
def test_json_may_be_written_in_other_ways(key, changes):
    response = post(as_json(json_span(**changes)), JSON)
    assert response["X-Orgdash-Usage"] == header(recorded=1)
    assert Request.objects.get().event_id == f"{TRACE}-{SPAN}"


def test_the_same_span_in_json_and_protobuf_counts_once(key):
    sent(span(CHAT | {"gen_ai.response.model": None}))
    assert post(as_json(json_span()), JSON)["X-Orgdash-Usage"] == header(repeated=1)
    assert sent(span(CHAT | {"gen_ai.response.model": None}))["X-Orgdash-Usage"] == header(repeated=1)
    assert Request.objects.count() == 1


def test_an_error_in_json_is_an_error(key):
    post(as_json(json_span(status={"code": 2, "message": "quota"})), JSON)
    assert Request.objects.get().is_error


EXAMPLE = {  # of the protocol's documentation
    "resourceSpans": [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "my.service"}}]},
            "scopeSpans": [
                {
                    "scope": {"name": "my.library", "version": "1.0.0"},
                    "spans": [
                        {
                            "traceId": "5B8EFFF798038103D269B633813FC60C",
                            "spanId": "EEE19B7EC3C1B174",
                            "parentSpanId": "EEE19B7EC3C1B173",
                            "name": "I'm a server span",
                            "startTimeUnixNano": "1544712660000000000",
                            "endTimeUnixNano": "1544712661000000000",
                            "kind": 2,
                            "attributes": [{"key": "my.span.attr", "value": {"stringValue": "some value"}}],
                        }
                    ],
                }
            ],
        }
    ]
}


def test_the_protocols_own_example_is_no_model_call(key):
    response = post(json.dumps(EXAMPLE).encode(), JSON)
    assert (response.status_code, response.json()) == (200, {})
    assert response["X-Orgdash-Usage"] == header(ignored=1)


def test_other_spans_are_ignored_and_counted_without_a_warning_to_the_sender(key):
    response = sent(numbered(1), numbered(2, AGENT), numbered(3, PLAIN), numbered(4, {}))
    assert response.content == b""
    assert response["X-Orgdash-Usage"] == header(recorded=1, ignored=3)
    assert Request.objects.count() == 1


def test_nothing_sent_is_fine(key):
    assert partial(post(b"")) == (0, "")
    assert post(b"{}", JSON).json() == {}
    assert post(b'{"resourceSpans": null}', JSON).json() == {}


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
def test_gzip_is_unpacked(key, content_type):
    bodies = {PROTOBUF: request_of(span(CHAT)).SerializeToString(), JSON: as_json(json_span())}
    response = post(gzip.compress(bodies[content_type]), content_type, **{"Content-Encoding": "gzip"})
    assert (response.status_code, Request.objects.count()) == (200, 1)


def test_good_spans_are_kept_and_refused_ones_are_named(key, caplog):
    late = NOON + 10**9 * 3600 * 48
    response = sent(
        numbered(1),
        numbered(2, CHAT | {"gen_ai.request.model": None, "gen_ai.response.model": 5}),
        numbered(3, start_time_unix_nano=late),
        numbered(4, PLAIN),
    )
    number, message = partial(response)
    assert (number, Request.objects.count()) == (2, 1)
    assert f"{TRACE}-{2:016x}: gen_ai.response.model: must be text of 1 to 200 characters, got 5" in message
    assert f"{TRACE}-{3:016x}: timestamp: must not be more than 24 hours ahead" in message
    assert response["X-Orgdash-Usage"] == header(recorded=1, refused=2, ignored=1)
    assert caplog.messages == ["/v1/traces: spans of key_dora: 2 refused: gen_ai.response.model, timestamp"]


def test_when_all_are_refused_the_answer_is_still_a_partial_success(key):
    number, message = partial(sent(*(numbered(n, trace_id=b"short") for n in range(1, 13))))
    assert (number, Request.objects.count()) == (12, 0)
    assert message.count("traceId: must be 16 bytes") == 10
    assert message.endswith("; and 2 more")


BAD_SPANS = {
    "no object": (7, "must be an object, got 7"),
    "a short trace id": (json_span(traceId="abc"), 'traceId: must be 32 hex digits, got "abc"'),
    "an id in base64": (json_span(spanId="7uGbfsPBsXQ="), 'spanId: must be 16 hex digits, got "7uGbfsPBsXQ="'),
    "no id": (json_span(spanId=None), "spanId: must be 16 hex digits, got null"),
    "an id of zeros": (json_span(spanId="0" * 16), "spanId: must be 8 bytes, not all of them zero"),
    "a start in words": (json_span(startTimeUnixNano="noon"), "startTimeUnixNano"),
    "no start": (json_span(startTimeUnixNano=None), "startTimeUnixNano: must be set, got 0"),
    "attributes as an object": (json_span(attributes={"a": 1}), "attributes: must be a list, got an object"),
    "tokens that are none": (
        json_span(attributes=[{"key": "gen_ai.usage.input_tokens", "value": {"intValue": "x"}}]),
        "intValue",
    ),
}


@pytest.mark.parametrize(("bad", "message"), BAD_SPANS.values(), ids=BAD_SPANS)
def test_a_bad_span_in_json_spoils_only_itself(key, bad, message):
    response = post(as_json(bad, json_span(spanId="00000000000000aa")), JSON)
    answer = response.json()["partialSuccess"]
    assert (response.status_code, answer["rejectedSpans"]) == (200, "1")
    assert message in answer["errorMessage"]
    assert Request.objects.get().event_id == f"{TRACE}-00000000000000aa"


def test_an_attribute_whose_name_is_no_text_is_ignored(key):
    odd = [{"key": ["gen_ai.system"], "value": {}}, {"value": 1}, 7]
    assert post(as_json(json_span(attributes=odd)), JSON)["X-Orgdash-Usage"] == header(ignored=1)


UNREADABLE = {
    "no protobuf": (b"garbage", PROTOBUF, "body"),
    "no JSON": (b"{oops", JSON, "body"),
    "nothing as JSON": (b"", JSON, "body"),
    "not UTF-8": (b'{"resourceSpans": "\xff"}', JSON, "body"),
    "too deep": (b"[" * 100_000, JSON, "body"),
    "too many digits": (b"9" * 10_000, JSON, "body"),
    "no object": (b"[]", JSON, "the body"),
    "no list": (b'{"resourceSpans": 3}', JSON, "resourceSpans"),
    "a place inside": (b'{"resourceSpans": [{"scopeSpans": [7]}]}', JSON, "resourceSpans[0].scopeSpans[0]"),
}


@pytest.mark.parametrize(("body", "content_type", "field"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_400_with_a_status_that_says_why(key, body, content_type, field):
    response = post(body, content_type)
    assert (response.status_code, response["Content-Type"]) == (400, content_type)
    status = Status() if content_type == JSON else Status.FromString(response.content)
    json_format.Parse(response.content if content_type == JSON else b"{}", status)
    details = BadRequest()
    assert status.details[0].Unpack(details)
    assert (details.field_violations[0].field, details.field_violations[0].description) == (field, status.message)


def status_of(response) -> str:
    return Status.FromString(response.content).message


@pytest.mark.parametrize("content_type", ["text/plain", "application/grpc", ""])
def test_another_content_type_is_415(key, content_type):
    response = post(b"", content_type)
    assert (response.status_code, response["Content-Type"]) == (415, JSON)
    assert "is not application/x-protobuf or application/json" in response.json()["message"]


def test_a_content_type_may_have_parameters(key):
    assert post(as_json(json_span()), "application/json; charset=utf-8").status_code == 200


@pytest.mark.parametrize("secret", [None, "sk-org-unknown", "key_dora"])
def test_without_a_keys_secret_the_answer_is_401(key, secret):
    response = sent(span(CHAT), secret=secret)
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
    assert "secret of an API key" in status_of(response)
    assert Request.objects.count() == 0


def test_get_is_not_possible(key):
    response = Client().get("/v1/traces")
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert response.json() == {"message": "GET is not possible here; POST is"}


@pytest.mark.parametrize("packed", [False, True])
def test_too_large_a_body_is_413(key, packed, monkeypatch):
    monkeypatch.setattr(otlp, "MAX_BYTES", 1000)
    body = b"\x00" * 1001
    response = post(gzip.compress(body) if packed else body, **({"Content-Encoding": "gzip"} if packed else {}))
    assert response.status_code == 413
    assert "at most 1000 bytes" in status_of(response)


def test_another_compression_is_415(key):
    assert sent(span(CHAT), **{"Content-Encoding": "deflate"}).status_code == 415


def test_over_the_rate_limit_the_answer_is_429_with_retry_after(key, settings):
    settings.RATE_LIMIT = 2
    responses = [sent(numbered(n)) for n in range(1, 4)]
    assert [one.status_code for one in responses] == [200, 200, 429]
    assert 1 <= int(responses[2]["Retry-After"]) <= 60
    assert "in a minute" in status_of(responses[2])


@pytest.fixture
def broken(db):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE analytics_monthlyusage RENAME TO away")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE away RENAME TO analytics_monthlyusage")


def test_a_failure_is_a_503_so_that_exporters_send_again(key, broken):
    response = sent(span(CHAT))
    assert (response.status_code, status_of(response)) == (503, otlp.SEND_AGAIN)
    assert response["Cache-Control"] == "private, no-store"
    assert Request.objects.count() == 0


def test_what_is_recorded_is_priced_and_on_the_page_at_once(key, olga):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO analytics_price (provider, model, valid_from, input_usd_per_1m, cached_input_usd_per_1m,"
            " output_usd_per_1m) VALUES ('openai', 'gpt-4o', '2026-01-01', 2.5, 1.25, 10)"
        )
    sent(span(CHAT | {"gen_ai.usage.cache_read.input_tokens": 1000}), numbered(2, AGENT))
    client = enter(Client(), olga.user)
    totals = json.loads(client.get("/analytics/activity?organizationId=org_acme").getvalue(), parse_float=Decimal)[
        "totals"
    ]
    assert (totals["requestCount"], totals["cost"], totals["totalTokens"]) == (1, Decimal("0.00475"), 1500)


def talkative(attributes: dict, **changes):
    """A span with a conversation in its name, its attributes, its status and its events."""
    said = dict.fromkeys(("gen_ai.input.messages", "gen_ai.prompt.0.content", "input.value", "user.id"), MARKER)
    call = span(attributes | said, name=MARKER, **changes)
    call.status.message = MARKER
    call.events.add(name=MARKER).attributes.add(key="gen_ai.prompt").value.string_value = MARKER
    return call


def test_prompts_and_answers_are_never_stored_logged_or_repeated(key, caplog):
    spans = [
        talkative(CHAT),
        talkative(CHAT | {"gen_ai.usage.input_tokens": -5}, trace_id=b"\x01" * 8),
        talkative(PLAIN, span_id=b"\x02" * 8),
    ]
    talk = {"attributes": [*json_span()["attributes"], {"key": "gen_ai.prompt", "value": {"stringValue": MARKER}}]}
    more = {"name": MARKER, "status": {"code": 2, "message": MARKER}, "events": [{"name": MARKER}]}
    answers = [
        sent(*spans),
        post(as_json(json_span(spanId="00000000000000aa", **talk, **more)), JSON),
        post(as_json(json_span(spanId="bad", **talk, **more)), JSON),
        post(as_json(json_span(startTimeUnixNano="bad", **talk, **more)), JSON),
        post(as_json(json_span(**talk, **more))[:-2], JSON),
        post(request_of(*spans).SerializeToString()[:-2]),
    ]
    assert [one.status_code for one in answers] == [200, 200, 200, 200, 400, 400]
    assert Request.objects.count() == 2
    assert MARKER not in "".join(one.content.decode(errors="replace") for one in answers)
    assert MARKER not in caplog.text
    assert MARKER not in everything_stored()


def everything_stored() -> str:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute(" UNION ALL ".join(f'SELECT t::text FROM "{name}" AS t' for name in tables))
        return "\n".join(row for (row,) in cursor.fetchall())


def test_everything_stored_would_show_it(key):
    sent(span(CHAT | {"gen_ai.response.model": MARKER}))
    assert MARKER in everything_stored()
