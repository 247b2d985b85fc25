"""Bodies that are packed: unpacked as Python does it, no further than they may be, one large one at a time."""

import gzip
import json
import zlib
from collections.abc import Iterator
from random import Random
from threading import Event, Thread

import pytest
from django.test import RequestFactory

from accounts.api_error import ApiError
from analytics.ingest import unpacking
from analytics.ingest.unpacking import LARGE, MEMBERS, RATIO, unpacked
from tests.analytics.ingest.posts import post, words
from tests.attacks import EVENTS, JSON, LITELLM, LOGS, METRICS, TRACES, event


class TestUnpacking:
    def body(self, data: bytes, limit: int = 5 * LARGE, encoding: str = "gzip") -> bytes:
        request = RequestFactory().post("/", data, content_type=JSON, headers={"Content-Encoding": encoding})
        with unpacked(request, limit) as whole:
            return whole

    def refusal(self, data: bytes, **more) -> tuple[int, str]:
        with pytest.raises(ApiError) as caught:
            self.body(data, **more)
        return caught.value.status, caught.value.detail

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            gzip.compress(b""),
            gzip.compress(b"one") + gzip.compress(b" two"),
            gzip.compress(b"one") + b"\0" * 100_000 + gzip.compress(b" two") + b"\0",
            gzip.compress(b"x" * LARGE),
            gzip.compress(Random(1).randbytes(2 * LARGE), 1),
        ],
        ids=["nothing", "empty", "members", "zeros between", "a small one of any ratio", "a large one"],
    )
    def test_what_is_gzip_is_unpacked_as_python_does(self, data):
        assert self.body(data) == (gzip.decompress(data) if data else b"")

    def test_a_large_body_may_be_a_hundred_times_as_large_as_packed(self):
        data = gzip.compress(b"x" * (LARGE + 1))
        status, detail = self.refusal(data)
        assert (status, f"at most {RATIO} times" in detail) == (413, True)
        assert len(self.body(data + gzip.compress(Random(1).randbytes(20_000)))) == LARGE + 20_001

    def test_no_more_is_unpacked_than_may_be(self, monkeypatch):
        held = []
        monkeypatch.setattr(unpacking, "_one_large", _Counted(held))
        assert self.refusal(gzip.compress(b"x" * 4 * LARGE))[0] == 413
        assert held == []  # it never became a large one

    @pytest.mark.parametrize(
        "data",
        [b"no", gzip.compress(b"x" * 1000)[:-1], gzip.compress(b"x") + b"more", gzip.compress(b"") * (MEMBERS + 1)],
        ids=["no header", "cut", "something behind it", "members"],
    )
    def test_what_is_no_gzip_is_said(self, data):
        status, detail = self.refusal(data)
        assert (status, detail.startswith("The body is not gzip: ")) == (400, True)

    @pytest.mark.parametrize("encoding", ["deflate", "br", "zstd", "gzip, gzip"])
    def test_another_encoding_is_415(self, encoding):
        assert self.refusal(zlib.compress(b"{}"), encoding=encoding)[0] == 415


class _Counted:
    """A lock that tells who took it."""

    def __init__(self, taken: list) -> None:
        self.taken = taken

    def acquire(self, timeout: float) -> bool:
        self.taken.append(timeout)
        return True

    def release(self) -> None:
        pass


class TestOneLargeBodyAtATime:
    @pytest.fixture
    def another(self, monkeypatch) -> Iterator[None]:
        """Another thread that has a large body in hand."""
        monkeypatch.setattr(unpacking, "WAIT", 0.05)
        begun, over = Event(), Event()

        def use() -> None:
            request = RequestFactory().post("/", b" " * (LARGE + 1), content_type=JSON)
            with unpacked(request, 2 * LARGE):
                begun.set()
                over.wait(30)

        thread = Thread(target=use)
        thread.start()
        assert begun.wait(30)
        yield
        over.set()
        thread.join()

    @pytest.mark.django_db
    @pytest.mark.parametrize("path", [EVENTS, LITELLM, TRACES, LOGS, METRICS])
    def test_a_second_one_is_503_with_retry_after(self, path, key, another):
        response = post(path, b"{}" + b" " * LARGE)
        assert (response.status_code, response["Retry-After"]) == (503, "5")
        assert "Send the same again" in words(response)

    @pytest.mark.django_db
    def test_smaller_ones_go_on(self, key, another):
        assert post(EVENTS, json.dumps(event(1)).encode()).json()["recorded"] == 1

    @pytest.mark.django_db
    def test_after_it_and_after_a_refused_one_the_next_is_served(self, key, monkeypatch):
        monkeypatch.setattr(unpacking, "WAIT", 0)
        large = json.dumps(event(1)).encode() + b" " * LARGE
        answers = [post(EVENTS, body).status_code for body in (b"[" * LARGE * 2, large, large)]
        assert answers == [413, 200, 200]
