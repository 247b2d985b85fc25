"""Files as they lie about: packed, in UTF-16, in folders, on standard input; and what cannot be unpacked."""

import gzip
import io
import json
import sys
import zipfile

import pytest

from analytics.ingest import intake
from analytics.ingest.files import lines, sources
from analytics.ingest.files.sources import Peeked
from analytics.models import Request
from tests.analytics.export_files import FILES, KEY_MAP

pytestmark = pytest.mark.django_db

NOTHING = "recorded 0, repeated 0, refused 0"


def event(number: int, **changes) -> str:
    fields = {"timestamp": "2026-06-20T23:30:00Z", "api_key": "key_olga", "provider": "openai", "model": "gpt-5.5"}
    return json.dumps({"id": f"req-{number}", **fields, **changes}) + "\n"


EVENTS = "".join(map(event, range(3)))


def zipped(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


PACKED = {
    "gzip": gzip.compress(EVENTS.encode()),
    "gzip of two": gzip.compress(event(0).encode()) + gzip.compress((event(1) + event(2)).encode()),
    "zip": zipped(**{"usage.jsonl": EVENTS, "__MACOSX/usage.jsonl": "x"}),
    "zip with a folder": zipped(**{"usage/": "", "usage/a.jsonl": EVENTS}),
    "utf-16": EVENTS.encode("utf-16"),
    "utf-16 little": EVENTS.encode("utf-16-le"),
    "utf-16 big": EVENTS.encode("utf-16-be"),
    "gzip of utf-16": gzip.compress(EVENTS.encode("utf-16")),
    "utf-8 with its mark": b"\xef\xbb\xbf" + EVENTS.encode(),
}


@pytest.mark.parametrize("content", PACKED.values(), ids=PACKED)
@pytest.mark.parametrize("name", ["usage.dat", "usage.jsonl"])
def test_a_file_is_unpacked_by_what_it_is_whatever_it_is_called(content, name, run, usage_file):
    assert run(usage_file(content, name)) == (0, "recorded 3, repeated 0, refused 0\n", [])
    assert run(usage_file(content, name))[1] == "recorded 0, repeated 3, refused 0: nothing new\n"


@pytest.mark.parametrize("kind", FILES)
def test_exports_are_unpacked_too_and_known_by_their_header(kind, run, usage_file):
    plain = run(usage_file(FILES[kind], "a"), key_map=KEY_MAP)
    packed = run(usage_file(gzip.compress(FILES[kind].encode("utf-16")), "b"), key_map=KEY_MAP)
    assert (plain[0], packed[0]) == (0, 0)
    assert packed[1].splitlines()[0].startswith("recorded 0, repeated ")


def test_a_folder_is_its_files_in_order_of_name(run, usage_file, tmp_path):
    usage_file(event(1, cost_usd="1"), "b.jsonl")
    usage_file(event(1, cost_usd="1"), "a.jsonl")
    usage_file("nonsense", ".hidden")
    usage_file(gzip.compress(event(2, id="").encode()), "c.jsonl.gz")
    assert sources.files([str(tmp_path)]) == [str(tmp_path / name) for name in ("a.jsonl", "b.jsonl", "c.jsonl.gz")]
    code, said, complaints = run(str(tmp_path))
    assert (code, said) == (1, "recorded 1, repeated 1, refused 1\n")
    assert complaints == [f'{tmp_path}/c.jsonl.gz: line 1: id: must not be empty, got ""']


@pytest.mark.parametrize("content", [EVENTS.encode(), PACKED["gzip"], PACKED["utf-16"]])
def test_standard_input_is_a_file_like_others(content, run, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(content))))
    assert run("-") == (0, "recorded 3, repeated 0, refused 0\n", [])


@pytest.mark.parametrize(
    ("content", "said", "words"),
    [
        (PACKED["gzip"][:-9], NOTHING, "cannot be unpacked: Compressed file ended"),
        (b"\x1f\x8b" + b"x" * 40, NOTHING, "Unknown compression method"),
        (zipped(a=EVENTS, b=EVENTS), NOTHING, "is a zip with 2 files in it: unpack it, and give the folder"),
        (zipped(), "recorded 0", ""),
        (b"PK\x03\x04" + b"x" * 40, NOTHING, "cannot be unpacked: File is not a zip file"),
    ],
)
def test_what_cannot_be_unpacked_is_named_without_a_traceback(content, said, words, run, usage_file):
    code, printed, complaints = run(usage_file(content))
    assert printed.startswith(said)
    assert code == 1
    assert words in complaints[0]


def test_half_a_character_spoils_its_line_alone(run, usage_file):
    code, said, complaints = run(usage_file(EVENTS.encode("utf-16") + b"x"))
    assert (code, said) == (1, "recorded 3, repeated 0, refused 1\n")
    assert complaints == ["line 4: is not UTF-8 at byte 1"]


def test_ctrl_c_says_in_one_line_what_is_committed(run, usage_file, monkeypatch):
    monkeypatch.setattr(lines, "BATCH", 2)
    recorded = intake.resolve_and_record
    left = iter([True])

    def interrupted(drafts):
        if next(left, False):
            return recorded(drafts)
        raise KeyboardInterrupt

    monkeypatch.setattr(intake, "resolve_and_record", interrupted)
    assert run(usage_file(EVENTS)) == (
        130,
        "",
        ["interrupted; committed so far: recorded 2, repeated 0, refused 0. Run again, it goes on from there."],
    )
    assert Request.objects.count() == 2


@pytest.mark.parametrize("content", [b"", b"\n\n", b"a", b"a\nb", b"\n\na\nb\n", b"x" * 50 + b"\ny"])
@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_what_was_looked_at_is_read_all_the_same(content, size):
    stream, plain = Peeked(io.BytesIO(content)), io.BytesIO(content)
    for _ in range(len(content) + 2):
        assert stream.readline(size) == plain.readline(size)
    again = Peeked(io.BytesIO(content))
    assert again.read(1000) == content
