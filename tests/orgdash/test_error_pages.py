"""The answer to what nobody expected: its status, its words and the id to ask by, without the database."""

import pytest
from django.db import OperationalError
from django.test import RequestFactory

from orgdash import error_pages, unavailable


def answered(error: BaseException):
    request = RequestFactory().get("/")
    request.correlation_id = "7179b57d"
    try:
        raise error
    except BaseException:
        return error_pages.server_error(request)


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (ValueError("a secret"), 500, "Something went wrong"),
        (OperationalError("a secret"), 503, unavailable.NO_ANSWER),
        (MemoryError("a secret"), 503, unavailable.NO_MEMORY),
    ],
)
def test_it_says_what_can_be_said_and_the_requests_id_and_nothing_of_the_error(error, status, words):
    answer = answered(error)
    assert (answer.status_code, words in answer.text, "Request 7179b57d" in answer.text) == (status, True, True)
    assert "a secret" not in answer.text


def test_a_request_without_an_id_is_answered_too():
    answer = error_pages.unavailable_page(RequestFactory().get("/"), "There is <no> room.")
    assert answer.status_code == 503
    assert "There is &lt;no&gt; room." in answer.text
