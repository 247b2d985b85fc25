"""`POST /v1/logs`, `/v1/metrics` and the rest of `/v1/`: both encodings, every status, and what stays out of sight."""

import gzip
import json
from datetime import UTC, datetime

import pytest
from django.test import Client
from google.rpc.status_pb2 import Status
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse

from accounts.api_error import ApiError
from analytics.ingest import otlp, otlp_logs
from analytics.ingest.decoding import EventError
from analytics.ingest.event_rules import check
from analytics.ingest.log_calls import event_id, logged_call
from analytics.ingest.log_senders import CONVENTIONS_EVENT, LOG_SENDERS, READ
from analytics.ingest.otlp_encoding import JSON, PROTOBUF
from analytics.models import Request
from tests.analytics.ingest import posts
from tests.analytics.ingest.test_otlp import everything_stored
from tests.analytics.otel import NOON, SPAN, TRACE
from tests.analytics.otel_logs import (
    CLAUDE,
    CODEX,
    CURSOR,
    DETAILS,
    GEMINI,
    SCOPES,
    attributes,
    in_json,
    in_protobuf,
    logs,
    record,
)
from tests.analytics.receipts import header

NOW = datetime(2026, 11, 18, 12, 30, tzinfo=UTC)
MARKER = "the secret recipe of the house"
EXPORTED = logs(record(CLAUDE), record({"event.name": "user_prompt"}), scope=SCOPES["claude"])


def post(body: bytes, content_type: str = JSON, path: str = "/v1/logs", **given):
    return posts.post(path, body, content_type, **given)


SENDERS = {
    "claude": (CLAUDE, SCOPES["claude"]),
    "codex": (CODEX, SCOPES["codex"]),
    "gemini": (GEMINI, SCOPES["gemini"]),
    "cursor": (CURSOR | {"event.name": "cursor.api.request"}, SCOPES["cursor"]),
    "conventions": (DETAILS, SCOPES["nobody"]),
}


ODD = ("\x00", "\ud800", "9" * 5000, "1e400", "NaN", "9999-12-31T23:59:59Z", "x" * 400, 1e300)


@pytest.mark.django_db
@pytest.mark.parametrize(("sound", "scope"), SENDERS.values(), ids=SENDERS)
def test_odd_attributes_never_stop_the_export_they_are_in(key, sound, scope):
    odd = [sound | {name: value} for name in (*sound, "event.timestamp") for value in ODD]
    records = [record(one, **time) for one in odd for time in ({}, {"timeUnixNano": "0"})]
    response = post(in_json(logs(*records, record(sound), scope=scope)))
    assert response.status_code == 200, response.content
    assert Request.objects.filter(occurred_at__gte=NOW.replace(hour=11)).exists()


@pytest.mark.django_db
class TestLogs:
    @pytest.mark.parametrize(("body", "content_type"), [(in_json(EXPORTED), JSON), (in_protobuf(EXPORTED), PROTOBUF)])
    @pytest.mark.parametrize("packed", [False, True])
    def test_model_calls_are_recorded_and_the_rest_ignored(self, key, body, content_type, packed):
        sent = gzip.compress(body) if packed else body
        response = post(sent, content_type, **({"Content-Encoding": "gzip"} if packed else {}))
        assert (response.status_code, response["Content-Type"]) == (200, content_type)
        assert response.content in (b"", b"{}")
        assert response["X-Orgdash-Usage"] == header(recorded=1, ignored=1)
        row = Request.objects.get()
        assert (row.api_key_id, row.input_tokens, row.output_tokens) == (key.pk, 1000, 50)
        assert row.occurred_at == datetime(2026, 11, 18, 11, 59, 58, 800_000, tzinfo=UTC)

    def test_what_is_sent_again_in_another_export_and_encoding_counts_once(self, key):
        for call, scope in ((CLAUDE, "claude"), (CODEX, "codex"), (GEMINI, "gemini"), (DETAILS, "nobody")):
            exported = logs(record(call), scope=SCOPES[scope])
            assert post(in_json(exported))["X-Orgdash-Usage"] == header(recorded=1)
            assert post(in_protobuf(exported), PROTOBUF)["X-Orgdash-Usage"] == header(repeated=1)
        assert Request.objects.count() == 4

    def test_two_calls_of_a_conversation_are_two(self, key):
        later = {"timeUnixNano": str(NOON + 5 * 10**9)}
        exported = logs(record(CODEX), record(CODEX, **later), scope=SCOPES["codex"])
        assert post(in_json(exported))["X-Orgdash-Usage"] == header(recorded=2)

    @pytest.mark.parametrize("first", ["/v1/traces", "/v1/logs"])
    def test_a_call_that_comes_as_span_and_as_event_is_one(self, key, first):
        span_attributes = {name: value for name, value in DETAILS.items() if name != "event.name"}
        span = {
            "traceId": TRACE,
            "spanId": SPAN,
            "startTimeUnixNano": str(NOON - 10**9),
            "endTimeUnixNano": str(NOON),
            "attributes": [one for one in attributes(span_attributes) if one["key"] != "gen_ai.response.id"],
        }
        bodies = {
            "/v1/traces": {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]},
            "/v1/logs": logs(record(DETAILS | {"gen_ai.response.id": None}, traceId=TRACE, spanId=SPAN)),
        }
        for path in sorted(bodies, key=lambda path: path != first):
            assert post(json.dumps(bodies[path]).encode(), path=path).status_code == 200
        assert list(Request.objects.order_by("-is_counted").values_list("is_counted", flat=True)) == [True, False]

    def test_refused_records_are_named_and_the_good_ones_kept(self, key, caplog):
        exported = logs(record(CLAUDE), record(CLAUDE | {"model": None, "request_id": "r2"}), 7, scope=SCOPES["claude"])
        response = post(in_json(exported))
        partial = response.json()["partialSuccess"]
        assert (partial["rejectedLogRecords"], Request.objects.count()) == ("2", 1)
        assert "claude_code-api_request-r2: model: is required" in partial["errorMessage"]
        assert "a log record: must be an object, got 7" in partial["errorMessage"]
        assert caplog.messages == ["/v1/logs: log records of key_dora: 2 refused: log record, model"]

    def test_in_protobuf_the_refusal_is_a_partial_success_too(self, key):
        answer = post(in_protobuf(logs(record(CLAUDE, timeUnixNano="0"), scope=SCOPES["claude"])), PROTOBUF)
        partial = ExportLogsServiceResponse.FromString(answer.content).partial_success
        assert (partial.rejected_log_records, "timeUnixNano: must be set" in partial.error_message) == (1, True)

    @pytest.mark.parametrize(
        ("body", "content_type", "status"),
        [
            (b"garbage", PROTOBUF, 400),
            (b"{oops", JSON, 400),
            (b"[]", JSON, 400),
            (b'{"resourceLogs": 3}', JSON, 400),
            (b'{"resourceLogs": [{"scopeLogs": [7]}]}', JSON, 400),
            (b"", "text/plain", 415),
            (b"", PROTOBUF, 200),
            (b"{}", JSON, 200),
            (b'{"resourceLogs": [{"resource": 7, "scopeLogs": [{"scope": [], "logRecords": null}]}]}', JSON, 200),
        ],
    )
    def test_what_cannot_be_read_is_said_in_the_protocol(self, key, body, content_type, status):
        response = post(body, content_type)
        assert (response.status_code, response["Content-Type"]) == (
            status,
            PROTOBUF if content_type == PROTOBUF else JSON,
        )

    def test_without_a_secret_it_is_401_and_with_too_many_records_413(self, key, monkeypatch):
        assert post(in_json(EXPORTED), secret=None).status_code == 401
        monkeypatch.setattr(otlp_logs, "MAX_RECORDS", 1)
        response = post(in_json(EXPORTED))
        assert (response.status_code, response.json()["message"]) == (413, "At most 1 log records may be sent at once.")

    def test_over_the_rate_limit_it_is_429(self, key, settings):
        settings.RATE_LIMIT = 2
        assert [post(in_json(EXPORTED)).status_code for _ in range(3)] == [200, 200, 429]

    def test_prompts_and_answers_are_never_stored_logged_or_repeated(self, key, caplog):
        said = dict.fromkeys(
            ("prompt", "response_text", "gen_ai.input.messages", "error", "body", "user_prompt"), MARKER
        )
        said |= {"gen_ai.output.messages": MARKER, "tool_input": MARKER}
        body = {"body": {"stringValue": MARKER}}
        senders = {"claude": CLAUDE, "codex": CODEX, "gemini": GEMINI, "cursor": CURSOR, "nobody": DETAILS}
        answers = []
        for scope, call in senders.items():
            broken = {"timeUnixNano": "0"}
            records = (record(call | said, **body), record(call | said, **body, **broken), record(said, **body))
            exported = logs(*records, scope=SCOPES[scope], **said)
            answers += [post(in_json(exported)), post(in_protobuf(exported), PROTOBUF), post(in_json(exported)[:-9])]
        assert {one.status_code for one in answers} == {200, 400}
        assert Request.objects.count() == 4  # Cursor's has no event name here
        assert MARKER not in "".join(one.content.decode(errors="replace") for one in answers)
        assert MARKER not in caplog.text
        assert MARKER not in everything_stored()


@pytest.mark.django_db
class TestMetricsAndTheRest:
    @pytest.mark.parametrize(("body", "content_type"), [(b'{"resourceMetrics": []}', JSON), (b"", PROTOBUF)])
    def test_metrics_are_taken_and_not_counted(self, key, body, content_type):
        response = post(body, content_type, "/v1/metrics")
        assert (response.status_code, response["Content-Type"]) == (200, content_type)
        assert response["X-Orgdash-Usage"] == header()
        assert ExportMetricsServiceResponse() == ExportMetricsServiceResponse.FromString(response.content.strip(b"{}"))
        assert Request.objects.count() == 0

    @pytest.mark.parametrize(
        ("changes", "status"),
        [({"secret": "sk-org-x"}, 401), ({"content_type": "text/plain"}, 415), ({"Content-Encoding": "br"}, 415)],
    )
    def test_metrics_have_the_same_rules(self, key, changes, status):
        assert post(b"{}", **{"content_type": JSON, "path": "/v1/metrics"} | changes).status_code == status

    @pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/traces/", "/v1/profiles", "/v1/logs/v1/logs", "/v1/ä/%00"])
    @pytest.mark.parametrize("content_type", [JSON, PROTOBUF])
    def test_whatever_else_is_asked_is_a_404_in_the_protocol(self, path, content_type):
        response = post(b"", content_type, path, secret=None)
        assert (response.status_code, response["Content-Type"]) == (404, content_type)
        read = Status.FromString(response.content).message if content_type == PROTOBUF else response.json()["message"]
        assert read == otlp.NOWHERE

    def test_in_a_browser_it_is_the_same_in_json(self):
        response = Client().get("/v1/logs/")
        assert (response.status_code, response["Content-Type"]) == (404, JSON)
        assert Client().get("/v1/logs").status_code == 405


def objects(values: st.SearchStrategy) -> st.SearchStrategy[dict]:
    return st.dictionaries(st.text(max_size=8), values, max_size=2)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
anything = st.recursive(scalars, lambda inner: st.lists(inner, max_size=2) | objects(inner), max_leaves=6)
kinds = st.sampled_from(["stringValue", "intValue", "doubleValue", "boolValue", "arrayValue", "novelty"])
events = sorted({name for sender in LOG_SENDERS for name in sender.calls | sender.failures} | {CONVENTIONS_EVENT})
attribute = st.fixed_dictionaries(
    {"key": st.sampled_from(sorted(READ)), "value": st.dictionaries(kinds, anything, max_size=2) | anything}
)
named = st.fixed_dictionaries({"key": st.just("model"), "value": st.just({"stringValue": "gpt-5"})})
records = st.fixed_dictionaries(
    {
        "timeUnixNano": st.just(str(NOON)) | anything,
        "observedTimeUnixNano": st.just(NOON + 1) | anything,
        "traceId": st.just(TRACE) | anything,
        "spanId": st.just(SPAN) | anything,
        "eventName": st.sampled_from(events) | anything,
        "body": st.just({"stringValue": "claude_code.api_request"}) | anything,
        "attributes": st.lists(attribute | named | anything, max_size=9) | anything,
    }
)


def outcome(one: object) -> str:
    """What becomes of a record before its API key is looked up. Anything but an EventError is raised."""
    try:
        if isinstance(one, EventError):
            raise one
        event_id(one)
        call = logged_call(one)
        return "event" if call and check({**call.event, "api_key": "key_1"}, NOW) else "ignored"
    except EventError:
        return "refused"


@settings(max_examples=150, deadline=None)
@given(st.lists(records | anything, max_size=3), anything)
def test_any_records_in_json_are_each_recorded_refused_or_ignored(some, around):
    body = json.dumps({"resourceLogs": [{"resource": around, "scopeLogs": [{"scope": around, "logRecords": some}]}]})
    read = list(otlp_logs.each(body.encode(), JSON))
    assert ({outcome(one) for one in read} <= {"event", "refused", "ignored"}, len(read)) == (True, len(some))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=60) | st.binary(max_size=20).map(lambda more: in_protobuf(EXPORTED) + more), st.data())
def test_any_bytes_are_records_or_a_400(body, data):
    cut = data.draw(st.integers(0, len(body)))
    for content_type in (JSON, PROTOBUF):
        try:
            found = {outcome(one) for one in otlp_logs.each(body[:cut], content_type)}
        except ApiError as problem:
            found = {str(problem.status)}
        assert found <= {"event", "refused", "ignored", "400"}


@pytest.mark.django_db
@pytest.mark.parametrize("first", ["/v1/traces", "/v1/logs"])
def test_gemini_clis_span_which_knows_nothing_of_the_thinking_is_the_call_of_its_log(key, first):
    spoken = {
        "gen_ai.operation.name": "llm_call",
        "gen_ai.request.model": "gemini-2.5-pro",
        "gen_ai.conversation.id": GEMINI["session.id"],
        "gen_ai.prompt.name": GEMINI["prompt_id"],
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 136,
    }
    times = {"startTimeUnixNano": str(NOON - 9 * 10**8), "endTimeUnixNano": str(NOON)}
    span = {"traceId": TRACE, "spanId": SPAN, "name": "llm_call", "attributes": attributes(spoken)} | times
    bodies = {
        "/v1/traces": {"resourceSpans": [{"scopeSpans": [{"scope": {"name": "gemini-cli"}, "spans": [span]}]}]},
        "/v1/logs": logs(record(GEMINI), scope="gemini-cli"),
    }
    for path in sorted(bodies, key=lambda path: path != first):
        assert post(json.dumps(bodies[path]).encode(), path=path).status_code == 200
    counted = Request.objects.filter(is_counted=True)
    assert list(counted.values_list("input_tokens", "output_tokens", "reasoning_tokens")) == [(1000, 200, 64)]
