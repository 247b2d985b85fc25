"""The limit of a worker's memory, and what is answered where it is reached."""

import gc
import subprocess
import sys
import weakref

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from analytics.endpoints import json_endpoint
from orgdash import error_pages, memory, unavailable

_kept: list[object] = []


@pytest.mark.parametrize(("limit", "words"), [("200", "MemoryError"), ("0", "all of it")])
def test_past_it_python_raises_and_the_process_goes_on(limit, words):
    program = f"""
from orgdash import memory
memory.limit({limit})
try:
    print(len(bytes(300_000_000)) and "all of it")
except MemoryError:
    print("MemoryError")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == words


def test_a_large_block_goes_back_though_small_ones_lie_behind_it():
    program = """
import psutil
from orgdash import memory
memory.give_large_blocks_back()
used = psutil.Process().memory_info
before, large, small = used().rss, None, []
for _ in range(3):  # the C library learns from what is freed
    large = b"a" * 30_000_000
    small.append([bytes(2_000) for _ in range(1_000)])
    large = None
print((used().rss - before) // 1_000_000)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 15  # the small ones, which are 6 MB


def hungry(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(bytes(2**62))


def test_an_endpoint_without_memory_is_503_with_retry_after():
    response = json_endpoint("GET", failure="It failed.")(hungry)(RequestFactory().get("/"))
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert unavailable.NO_MEMORY in response.text


def test_a_page_without_memory_is_503():
    request = RequestFactory().get("/")
    try:
        hungry(request)
    except MemoryError:
        response = error_pages.server_error(request)
    assert response.status_code == 503
    assert unavailable.NO_MEMORY in response.text


def test_garbage_by_hand_goes_when_it_is_asked_for_and_by_itself_afterwards():
    class Ring:
        pass

    def made() -> weakref.ref:
        one = Ring()
        one.itself = one
        return weakref.ref(one)

    with memory.garbage_by_hand() as collect:
        ring = made()
        for _ in range(2 * gc.get_threshold()[0]):
            _kept.append(Ring())
        assert ring() is not None
        collect()
        assert ring() is None
        assert not gc.isenabled()
    _kept.clear()
    assert (gc.isenabled(), gc.get_freeze_count()) == (True, 0)
