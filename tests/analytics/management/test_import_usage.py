"""import_usage: what is recorded, what is said, and what is refused, file by file and line by line."""

import json

import pytest

from accounts.models import Organization
from analytics.ingest.files import lines
from analytics.ledger import differences
from analytics.models import Request
from tests.analytics.oracle import logged
from tests.analytics.processes import started

pytestmark = pytest.mark.django_db


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
