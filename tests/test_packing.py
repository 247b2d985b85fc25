"""Large JSON is packed quickly, everything else as Django does it."""

import gzip

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from orgdash import packing

TEXT = b'{"cost": 12.5, "requestCount": 3}' * 1000
QUICKLY = len(gzip.compress(TEXT, 1))


def answered(response, accepted="gzip"):
    request = RequestFactory().get("/", headers={"Accept-Encoding": accepted})
    return packing.Middleware(lambda _request: response)(request)


def test_large_json_is_what_it_was_in_a_few_more_bytes():
    response = answered(HttpResponse(TEXT, content_type="application/json"))
    assert gzip.decompress(response.content) == TEXT
    assert (response["Content-Encoding"], response["Vary"]) == ("gzip", "Accept-Encoding")
    assert int(response["Content-Length"]) == len(response.content)
    assert QUICKLY < len(response.content) <= QUICKLY + 100


def test_its_length_tells_nothing():
    lengths = {len(answered(HttpResponse(TEXT, content_type="application/json")).content) for _ in range(20)}
    assert len(lengths) > 1


@pytest.mark.parametrize(
    ("response", "accepted", "encoding"),
    [
        (HttpResponse(TEXT, content_type="application/json"), "identity", None),
        (HttpResponse(TEXT, content_type="text/html"), "gzip", "gzip"),
        (StreamingHttpResponse([TEXT], content_type="application/json"), "gzip", "gzip"),
        (HttpResponse(TEXT, content_type="application/json", headers={"Content-Encoding": "br"}), "gzip", "br"),
        (HttpResponse(b"{}", content_type="application/json"), "gzip", None),
    ],
)
def test_everything_else_is_as_it_was(response, accepted, encoding):
    found = answered(response, accepted)
    assert found.get("Content-Encoding") == encoding
    packed = b"".join(found) if found.streaming else found.content
    assert len(packed) < QUICKLY or encoding != "gzip"
