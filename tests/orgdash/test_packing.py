"""Large JSON is packed quickly, everything else well; what is streamed, as Django does it."""

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
def test_everything_else_is_packed_at_least_as_well(response, accepted, encoding):
    found = answered(response, accepted)
    assert found.get("Content-Encoding") == encoding
    packed = b"".join(found) if found.streaming else found.content
    assert len(packed) < QUICKLY or encoding != "gzip"


@pytest.mark.parametrize(("tag", "sent"), [('"one"', 'W/"one"'), ('W/"one"', 'W/"one"')])
def test_a_page_is_what_it_was_and_no_larger_than_zlib_makes_it(tag, sent):
    page = b"".join(b"<tr><td>%d</td><td>$%d.00</td></tr>" % (n * n, n * 7919 % 1000) for n in range(2000))
    response = answered(HttpResponse(page, content_type="text/html", headers={"ETag": tag}))
    assert gzip.decompress(response.content) == page
    assert (response["Content-Encoding"], response["ETag"]) == ("gzip", sent)
    assert int(response["Content-Length"]) == len(response.content) <= len(gzip.compress(page, 6)) + 100


@pytest.mark.parametrize("body", [b"x" * 199, bytes(range(256))])
def test_what_would_not_be_smaller_is_sent_as_it_is(body):
    response = answered(HttpResponse(body, content_type="text/html"))
    assert (response.get("Content-Encoding"), response.content) == (None, body)
