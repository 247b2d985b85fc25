"""import_usage: what is recorded, what is said, and what is refused, file by file and line by line."""

import json

import pytest
from django.core.management import CommandError

from accounts.models import Organization
from analytics.ingest.files import lines
from analytics.ledger import differences
from analytics.models import Request
from tests.analytics.oracle import logged
from tests.analytics.processes import started

pytestmark = pytest.mark.django_db

AZURE = {
    "format": "azure-csv",
    "api_key": "key_olga",
    "model": "gpt-5.5",
    "provider": "azure",
    "input_usd_per_1m": "30",
    "output_usd_per_1m": "60",
}


def line(number: int = 1, **changes) -> str:
    fields = {
        "id": f"req-{number}",
        "timestamp": "2026-06-20T23:30:00Z",
        "api_key": "key_olga",
        "provider": "openai",
        "model": "gpt-5.5",
    }
    return json.dumps(fields | changes)


def test_every_field_of_an_event_is_kept(run, usage_file, workspace):
    path = usage_file(
        '{"id": "req-1", "timestamp": "2026-06-20T23:30:00Z", "api_key": "key_olga", "provider": "openai",'
        ' "model": "openai/gpt-5.5", "input_tokens": 1200, "output_tokens": 300, "cached_input_tokens": 7,'
        ' "cost_usd": "0.0123", "status": "error"}\n'
    )
    assert run(path) == (0, "recorded 1, repeated 0, refused 0\n", [])
    request = Request.objects.get()
    assert (request.input_tokens, request.output_tokens, request.cached_input_tokens) == (1200, 300, 7)
    assert (str(request.cost), request.is_error) == ("0.012300000000", True)
    assert (request.project_id, request.member_id) == (workspace.chat.pk, workspace.olga_key.created_by_id)


def test_the_same_file_again_adds_nothing_and_says_so(run, usage_file):
    path = usage_file("\n".join(line(number) for number in range(3)))
    assert run(path) == (0, "recorded 3, repeated 0, refused 0\n", [])
    assert run(path) == (0, "recorded 0, repeated 3, refused 0: nothing new\n", [])
    assert run(path, path) == (0, "recorded 0, repeated 6, refused 0: nothing new\n", [])


def test_bad_lines_are_named_and_the_good_ones_recorded(run, usage_file, workspace):
    written = [
        line(1),
        "",
        line(2, cost_usd="-0.5"),
        line(3, api_key="key_nobody"),
        "{nonsense",
        line(4),
        line(5, colour="red"),
        line(4),
        "x" * (lines.MAX_LINE + 1),
        line(6),
    ]
    assert run(usage_file("\r\n".join(written))) == (
        1,
        "recorded 3, repeated 1, refused 5\n",
        [
            'line 3: cost_usd: must not be negative, got "-0.5"',
            'line 4: api_key: there is no such API key, got "key_nobody"',
            "line 5: is not JSON: Expecting property name enclosed in double quotes at character 2",
            "line 7: colour: is not a known field",
            "line 9: is longer than 65536 bytes",
        ],
    )
    assert differences.differences(workspace.organization.pk) == []


def test_one_file_may_hold_several_organizations(run, usage_file, workspace, foreign_key):
    content = "\n".join(line(1, api_key=key) for key in ("key_olga", "key_other"))
    assert run(usage_file(content)) == (0, "recorded 2, repeated 0, refused 0\n", [])
    assert [logged(one) for one in (workspace.organization, foreign_key.project.organization)] == [1, 1]


@pytest.mark.parametrize(
    ("content", "said", "complaints"),
    [
        (b"", "recorded 0, repeated 0, refused 0: nothing new\n", []),
        (b"\n \r\n\n", "recorded 0, repeated 0, refused 0: nothing new\n", []),
        (b"\xef\xbb\xbf" + line().encode(), "recorded 1, repeated 0, refused 0\n", []),
        (line().encode() + b"\n\xff\n", "recorded 1, repeated 0, refused 1\n", ["line 2: is not UTF-8 at byte 1"]),
        (line().encode("utf-16"), "recorded 1, repeated 0, refused 0\n", []),
        (b"[]", "recorded 0, repeated 0, refused 1\n", ["line 1: must be a JSON object, got a list"]),
    ],
)
def test_odd_files_are_read_as_far_as_they_can_be(content, said, complaints, run, usage_file):
    assert run(usage_file(content)) == (int(bool(complaints)), said, complaints)


def test_a_file_that_cannot_be_read_does_not_keep_the_others_out(run, usage_file, tmp_path):
    good, bad = usage_file(line()), usage_file(line(2, id=""), "bad.jsonl")
    code, said, complaints = run(f"{tmp_path}/none.jsonl", bad, good)
    assert (code, said) == (1, "recorded 1, repeated 0, refused 1\n")
    assert complaints == [
        f"{tmp_path}/none.jsonl: No such file or directory",
        f'{bad}: line 1: id: must not be empty, got ""',
    ]


def test_a_revoked_keys_earlier_requests_are_still_recorded(run, usage_file, workspace, now):
    workspace.olga_key.revoked_at = now
    workspace.olga_key.save()
    path = usage_file("\n".join([line(1), line(2, timestamp=now.isoformat())]))
    assert run(path)[:2] == (1, "recorded 1, repeated 0, refused 1\n")


def test_an_archived_project_keeps_its_usage(run, usage_file, workspace):
    workspace.chat.status = "archived"
    workspace.chat.save()
    assert run(usage_file(line())) == (0, "recorded 1, repeated 0, refused 0\n", [])


def test_a_batch_is_committed_before_the_next_is_read(run, usage_file, monkeypatch, workspace):
    monkeypatch.setattr(lines, "BATCH", 2)
    assert run(usage_file("\n".join(line(number % 4) for number in range(7))))[1] == (
        "recorded 4, repeated 3, refused 0\n"
    )
    assert differences.differences(workspace.organization.pk) == []


# --- the Azure traces' format ---

HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens\n"
ROW = "2023-11-16 18:17:03.9799600,4808,10"


def test_a_trace_is_priced_and_its_seventh_decimal_cut(run, usage_file):
    assert run(usage_file(f"{HEADER}{ROW}"), **AZURE) == (0, "recorded 1, repeated 0, refused 0\n", [])
    request = Request.objects.get()
    assert request.occurred_at.isoformat() == "2023-11-16T18:17:03.979960+00:00"
    assert (request.input_tokens, request.output_tokens, f"{request.cost:.5f}") == (4808, 10, "0.14484")


def test_equal_rows_are_as_many_requests_and_a_second_import_none(run, usage_file):
    path = usage_file(HEADER + "\r\n".join([ROW] * 3))
    assert run(path, **AZURE)[1] == "recorded 3, repeated 0, refused 0\n"
    assert run(path, **AZURE)[1] == "recorded 0, repeated 3, refused 0: nothing new\n"


def test_the_same_trace_under_another_key_is_other_usage(run, usage_file):
    path = usage_file(HEADER + ROW)
    for key in ("key_olga", "key_dora"):
        assert run(path, **AZURE | {"api_key": key})[1] == "recorded 1, repeated 0, refused 0\n"


def test_a_trace_without_prices_is_not_priced(run, usage_file):
    run(usage_file(HEADER + ROW), **AZURE | {"input_usd_per_1m": None, "output_usd_per_1m": None})
    assert Request.objects.get().cost is None


def test_bad_rows_of_a_trace_are_named_by_its_own_columns(run, usage_file):
    rows = [
        ROW,
        "2023-11-16 18:17:03.9799600,4808",
        "2023-11-16T18:17:03Z,1,1",
        "2023-11-16 18:17:03,1.5,1",
        "2023-11-16 18:17:03,1,-1",
        "2023-02-30 18:17:03,1,1",
        '"2023-11-16 18:17:03,1,1',
        ROW,
    ]
    code, said, complaints = run(usage_file(HEADER + "\n".join(rows)), **AZURE)
    assert (code, said) == (1, "recorded 2, repeated 0, refused 6\n")
    assert complaints == [
        "line 3: must have 3 values, got 2",
        'line 4: TIMESTAMP: must be a time like 2023-11-16 18:17:03.9799600, got "2023-11-16T18:17:03Z"',
        'line 5: ContextTokens: must be a whole number, got "1.5"',
        "line 6: GeneratedTokens: must not be negative, got -1",
        'line 7: TIMESTAMP: must be a date and time that exists, got "2023-02-30T18:17:03Z"',
        "line 8: is not CSV: unexpected end of data",
    ]


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("", '""'),
        ("Time,In,Out\n1,2,3", '"Time,In,Out"'),
        (ROW, f'"{ROW}"'),
        (b"\xff\xfe\n", '"is not UTF-8 at byte 1"'),
        ("h" * (lines.MAX_LINE + 1), '"is longer than 65536 bytes"'),
    ],
)
def test_a_trace_must_begin_with_its_header(content, shown, run, usage_file):
    path = usage_file(content)
    complaint = f"{path}: must begin with the header TIMESTAMP,ContextTokens,GeneratedTokens, got {shown}"
    assert run(path, **AZURE) == (1, "recorded 0, repeated 0, refused 0\n", [complaint])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"api_key": None}, "--api-key: is required for --format azure-csv"),
        ({"model": None}, "--model: is required for --format azure-csv"),
        ({"provider": None}, "--provider: is required for --format azure-csv"),
        ({"api_key": "key_nobody"}, '--api-key: there is no such API key, got "key_nobody"'),
        ({"model": " "}, '--model: must not be empty, got ""'),
        ({"provider": "p" * 201}, f'--provider: must be at most 200 characters, got "{"p" * 60}"…'),
        ({"input_usd_per_1m": "cheap"}, '--input-usd-per-1m: must be a price like 2.50, got "cheap"'),
        (
            {"output_usd_per_1m": "-1"},
            '--output-usd-per-1m: must be from 0 to 1000000, with at most 6 decimal places, got "-1"',
        ),
        (
            {"output_usd_per_1m": "NaN"},
            '--output-usd-per-1m: must be from 0 to 1000000, with at most 6 decimal places, got "NaN"',
        ),
        (
            {"input_usd_per_1m": "0.1234567"},
            '--input-usd-per-1m: must be from 0 to 1000000, with at most 6 decimal places, got "0.1234567"',
        ),
        (
            {"output_usd_per_1m": None},
            "--input-usd-per-1m and --output-usd-per-1m: give both, or none where there is no price",
        ),
        ({"format": "jsonl"}, "--api-key: is not for --format jsonl"),
    ],
)
def test_options_that_do_not_fit_are_refused_before_anything_is_read(changes, message, run, usage_file):
    with pytest.raises(CommandError) as refused:
        run(usage_file(HEADER + ROW), **AZURE | changes)
    assert str(refused.value) == message
    assert not Request.objects.exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_shell_gets_words_and_exit_1_never_a_traceback(usage_file, workspace):
    lines = "\n".join([line(1), line(2, status="ok"), "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "{"])
    bad_line, no_file, bad_option = (
        started("manage.py", "import_usage", *arguments)
        for arguments in ([usage_file(lines)], ["none.jsonl"], ["none.csv", "--format=azure-csv"])
    )
    said, complaints = bad_line.communicate(timeout=60)
    assert (bad_line.returncode, said) == (1, "recorded 1, repeated 0, refused 3\n")
    assert complaints.splitlines()[0] == 'line 2: status: must be "success" or "error", got "ok"'
    assert len(complaints.splitlines()) == 3
    assert no_file.communicate(timeout=60) == (
        "recorded 0, repeated 0, refused 0\n",
        "none.jsonl: No such file or directory\n",
    )
    assert bad_option.communicate(timeout=60)[1] == "CommandError: --api-key: is required for --format azure-csv\n"
    assert (no_file.returncode, bad_option.returncode) == (1, 1)


def test_a_deleted_organization_takes_no_more_usage(run, usage_file, workspace):
    Organization.objects.filter(pk=workspace.chat.organization_id).update(status="deleted")
    code, out, err = run(usage_file(line()))
    assert (code, out) == (1, "recorded 0, repeated 0, refused 1\n")
    assert "api_key its organization has been deleted" in err[0].replace(":", "")
    assert not Request.objects.exists()
