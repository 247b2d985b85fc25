"""JSON of consoles and gateways: a record a line, a document of many, and reports with edges around their results."""

import io
import json

import pytest

from analytics.ingest.files import json_records
from analytics.ingest.files.lines import FormatError
from analytics.ingest.files.sources import Peeked
from analytics.ingest.files.vendor_csv import Keys
from analytics.models import Request
from tests.analytics.export_records import CLOUDFLARE, VERCEL
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


OPENAI = {
    "object": "page",
    "data": [
        {
            "object": "bucket",
            "start_time": 1759622400,
            "end_time": 1759708800,
            "results": [
                {
                    "object": "organization.usage.completions.result",
                    "input_tokens": 1000,
                    "output_tokens": 500,
                    "input_cached_tokens": 800,
                    "input_audio_tokens": 0,
                    "output_audio_tokens": 0,
                    "num_model_requests": 5,
                    "project_id": None,
                    "api_key_id": "prod",
                    "model": "gpt-4o-2024-08-06",
                    "batch": True,
                },
                {
                    "object": "organization.usage.images.result",
                    "images": 2,
                    "num_model_requests": 2,
                    "api_key_id": "prod",
                    "model": "dall-e-3",
                },
            ],
        },
        {"object": "bucket", "start_time": 1759708800, "end_time": 1759795200, "results": []},
    ],
}

ANTHROPIC = {
    "data": [
        {
            "starting_at": "2026-08-05T00:00:00Z",
            "ending_at": "2026-08-06T00:00:00Z",
            "results": [
                {
                    "uncached_input_tokens": 1500,
                    "cache_creation": {"ephemeral_1h_input_tokens": 1000, "ephemeral_5m_input_tokens": 500},
                    "cache_read_input_tokens": 200,
                    "output_tokens": 500,
                    "api_key_id": "prod",
                    "model": "claude-opus-5",
                    "service_tier": "batch",
                }
            ],
        }
    ],
    "has_more": False,
    "next_page": None,
}


@pytest.mark.parametrize(
    ("report", "requests", "tokens"),
    [(OPENAI, 7, (1000, 500, 800)), (ANTHROPIC, 1, (3200, 500, 200))],
    ids=["OpenAI", "Anthropic"],
)
def test_the_reports_of_their_apis_come_to_the_same_as_their_exports(report, requests, tokens, run, usage_file):
    for indent in (None, 2):
        assert run(usage_file(json.dumps(report, indent=indent)), key_map=["prod=key_olga"])[::2] == (0, [])
    found = Request.objects.all()
    names = ("input_tokens", "output_tokens", "cached_input_tokens")
    assert (len(found), tuple(sum(getattr(one, name) for one in found) for name in names)) == (requests, tokens)


def test_what_nobody_knows_is_told_by_its_fields(run, usage_file):
    path = usage_file(json.dumps({"data": [{"when": 1, "what": 2}]}))
    assert run(path, api_key="key_olga")[2] == [f"{path}: is no export that is known here: its fields are when, what"]


def read(content: str | bytes) -> tuple[str, str, list[tuple[int, object]]]:
    """Which export it is, what its numbers count, and of each record the id of its event or why it is refused."""
    stream = Peeked(io.BytesIO(content if isinstance(content, bytes) else content.encode()))
    export, file = json_records.opened(stream, Keys(default="key_1"), NOW, NOW)
    outcomes = [
        (line.number, getattr(line.outcome, "id", str(line.outcome))) for batch in file.batches for line in batch
    ]
    return export.kind, file.unit, outcomes


FIRST, SECOND = (json.dumps(CLOUDFLARE | {"id": name}) for name in ("a", "b"))
BOTH = [(1, "a"), (2, "b")]


@pytest.mark.parametrize(
    ("content", "unit", "outcomes"),
    [
        (f"{FIRST}\n{SECOND}\n", "line", BOTH),
        (f"\n{FIRST}\n\n{SECOND}", "line", [(2, "a"), (4, "b")]),
        (f"[{FIRST},\n\n{SECOND}]", "record", BOTH),
        (f'{{"result": [{FIRST}, {SECOND}], "page": 1}}', "record", BOTH),
        (f'{{"data": [{FIRST}]}}\n\n{{"data": [{SECOND}]}}\n', "record", BOTH),  # pages of an answer, a line each
        (f'[{{"results": [{FIRST}]}}, {{"results": []}}, {{"results": [{SECOND}]}}]', "record", BOTH),
        (f"\ufeff{FIRST}", "line", [(1, "a")]),
        (f"\ufeff[{FIRST}]", "record", [(1, "a")]),
    ],
)
def test_records_are_numbered_by_their_line_or_by_their_place_in_a_document(content, unit, outcomes):
    assert read(content) == ("cloudflare", unit, outcomes)


def test_a_spoilt_line_spoils_no_other():
    _, _, outcomes = read("\n".join([FIRST, "{", "[]", '{"id": 1, "id": 2}', SECOND]))
    assert outcomes == [
        (1, "a"),
        (2, "is not JSON: Expecting property name enclosed in double quotes at character 3"),
        (3, "must be a JSON object"),
        (4, "must be a JSON object"),
        (5, "b"),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "has no usage in it"),
        ("[]", "has no usage in it"),
        ('{"data": [], "has_more": false}', "has no usage in it"),
        ('{"when": 1}', "is no export that is known here: its fields are when"),
        ("[7]", "is no export that is known here: its fields are 7"),
        (b'[{"a": "\xff"}]', "is not UTF-8 at byte 9"),
        ('[{"currency": "USD", "amount": "1", "workspace_id": "w"}]', "is Anthropic's report of costs, which has no"),
    ],
)
def test_a_document_that_cannot_be_read_says_why(content, said):
    with pytest.raises(FormatError) as refused:
        read(content)
    assert str(refused.value).startswith(said)


def test_a_document_that_is_too_long_to_be_held_is_to_be_written_as_lines(monkeypatch):
    monkeypatch.setattr(json_records, "MAX_DOCUMENT", len(FIRST) + 2)
    assert read(f"[{FIRST}]")[2] == [(1, "a")]
    with pytest.raises(FormatError, match="bytes: write an object a line"):
        read(f"[{FIRST}, {SECOND}]")
    assert read(f"{FIRST}\n{SECOND}")[2] == BOTH


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (FIRST, "cloudflare"),
        (json.dumps(VERCEL), "vercel"),
        ('{"object": "organization.usage.audio_speeches.result"}', "openai-csv"),
        ('{"object": "organization.usage.vector_stores.result"}', ""),
        ('{"uncached_input_tokens": 1, "model": "m"}', "anthropic-csv"),
        ('{"logs": []}', "json"),
        ('[{"any": 1}]', "json"),
        ('{"logs": [], "logs": []}', ""),  # nobody knows which of the two
        ("[]", ""),
        ("[1]", ""),
        ('{"id": 1}', ""),
        ("nonsense", ""),
    ],
)
def test_a_file_is_known_by_its_first_line(head, kind):
    assert json_records.known(head.encode()) == kind


def test_what_a_report_of_anthropic_leaves_out_is_nothing():
    (bucket,) = ANTHROPIC["data"]
    (result,) = bucket["results"]
    result = {name: value for name, value in result.items() if not name.startswith("cache_")}
    stream = Peeked(io.BytesIO(json.dumps({"data": [bucket | {"results": [result]}]}).encode()))
    _, file = json_records.opened(stream, Keys(named={"prod": "key_1"}), NOW, NOW)
    ((line,),) = file.batches
    assert (line.outcome.input_tokens, line.outcome.cached_input_tokens) == (1500, 0)
    assert (line.outcome.cache_write_tokens, line.outcome.service_tier) == (0, "batch")
    assert line.outcome.timestamp.isoformat() == "2026-08-05T00:00:00+00:00"  # the edge of what it stands in
