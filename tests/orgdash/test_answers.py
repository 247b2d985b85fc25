"""What holds for every answer, whoever gave it: two headers, when to come again, and no body where none belongs."""

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from orgdash import answers
from orgdash.database_limits import RETRY_AFTER

ASK = RequestFactory().get("/")


def given(middleware, response, request=ASK):
    return middleware(lambda _request: response)(request)


def test_what_has_no_security_headers_gets_them_and_what_has_keeps_its_own():
    plain = given(answers.security_headers, HttpResponse())
    assert (plain["X-Content-Type-Options"], plain["Referrer-Policy"]) == ("nosniff", "same-origin")
    own = given(answers.security_headers, HttpResponse(headers={"Referrer-Policy": "no-referrer"}))
    assert own["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("response", "told"),
    [
        (HttpResponse(status=503), str(RETRY_AFTER)),
        (HttpResponse(status=503, headers={"Retry-After": "60"}), "60"),
        (HttpResponse(status=500), None),
        (HttpResponse(), None),
    ],
)
def test_a_503_and_nothing_else_says_when_to_come_again(response, told):
    assert given(answers.when_to_come_again, response).get("Retry-After") == told


@pytest.mark.parametrize("response", [HttpResponse(b"text"), StreamingHttpResponse([b"te", b"xt"])])
def test_head_has_the_headers_of_get_and_no_body(response):
    response["Content-Length"] = "4"
    told = given(answers.no_body_where_none_belongs, response, RequestFactory().head("/"))
    assert (b"".join(told), told["Content-Length"]) == (b"", "4")


def test_get_has_its_body():
    assert given(answers.no_body_where_none_belongs, HttpResponse(b"text")).content == b"text"


def test_what_did_not_change_is_neither_long_nor_packed():
    packed = HttpResponse(bytes(20), status=304, headers={"Content-Encoding": "gzip", "Content-Length": "20"})
    told = given(answers.no_body_where_none_belongs, packed)
    assert (told.content, "Content-Encoding" in told, "Content-Length" in told) == (b"", False, False)
