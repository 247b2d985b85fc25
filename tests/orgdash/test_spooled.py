"""A long answer is made at once and kept: in little memory, in a file without a name, closed with whoever reads it."""

import os
import tracemalloc
from contextlib import closing
from pathlib import Path

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import RequestFactory

from analytics.endpoints import json_endpoint
from orgdash import error_pages, spooled, unavailable

LINE = "é" * 499 + "\r\n"  # 1,000 bytes


def lines(number: int, closed: list[str]):
    try:
        for _ in range(number):
            yield LINE
    finally:
        closed.append("closed")


def open_files() -> set[str]:
    """Those of this process that have no name any more."""
    found = set()
    for handle in Path("/proc/self/fd").iterdir():
        try:
            name = os.readlink(handle)
        except OSError:
            continue
        if "(deleted)" in name and name.startswith("/"):
            found.add(name)
    return found


@pytest.mark.parametrize("number", [0, 1, 999, 1000, 1001, 5000])
def test_what_is_sent_is_what_was_made(number):
    closed, before = [], open_files()
    kept = spooled.kept(lines(number, closed))
    assert closed == ["closed"]  # before anything is sent
    assert bool(open_files() - before) is (number > 1000)
    pieces = list(kept)
    assert b"".join(pieces).decode() == LINE * number
    assert max(map(len, pieces), default=0) <= spooled.PIECE
    kept.close()
    assert open_files() == before


def test_memory_does_not_grow_with_it():
    def peak(number: int) -> int:
        tracemalloc.start()
        with closing(spooled.kept(lines(number, []))) as kept:
            for _ in kept:
                pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(20_000) < 1.2 * peak(2000)


def test_a_failure_while_it_is_made_is_that_failure_and_leaves_no_file():
    def broken():
        yield LINE * 2000
        raise OperationalError("gone")

    before = open_files()
    with pytest.raises(OperationalError, match="gone"):
        spooled.kept(broken())
    assert open_files() == before


@pytest.fixture
def full_disk(tmp_path, monkeypatch):
    """The folder for temporary files has 64 KB."""
    if os.system(f"mount -t tmpfs -o size=64k tmpfs {tmp_path} 2>/dev/null"):
        pytest.skip("nobody may mount a small file system here")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    yield tmp_path
    os.system(f"umount -l {tmp_path}")


def test_a_full_disk_is_said_in_words_and_what_made_the_text_is_closed(full_disk):
    closed = []
    with pytest.raises(spooled.NoRoomError):
        spooled.kept(lines(5000, closed))
    assert closed == ["closed"]
    assert list(full_disk.iterdir()) == []


def test_no_room_is_503_in_words_on_pages_and_in_json():
    def view(_request) -> HttpResponse:
        raise spooled.NoRoomError

    request = RequestFactory().get("/")
    answer = json_endpoint("GET", failure="")(view)(request)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert unavailable.NO_ROOM in answer.content.decode()
    try:
        view(request)
    except spooled.NoRoomError:
        page = error_pages.server_error(request)
    assert page.status_code == 503
    assert unavailable.NO_ROOM in page.content.decode()
