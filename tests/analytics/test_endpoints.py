"""What every JSON endpoint does by itself: methods, failures, the headers of an answer."""

import json

import pytest
from django.http import HttpResponse, JsonResponse
from django.test import RequestFactory

from accounts.api_error import ApiError
from analytics.endpoints import json_endpoint


def answered(outcome: HttpResponse | Exception, method: str = "GET") -> HttpResponse:
    @json_endpoint("GET", "HEAD", failure="It could not be read.")
    def view(request):
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return view(RequestFactory().generic(method, "/numbers"))


def test_an_answer_is_private_and_kept_by_nobody():
    response = answered(JsonResponse({}))
    assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))
    assert response["Vary"] == "Authorization, Cookie"


def test_another_method_is_told_which_are_possible():
    response = answered(JsonResponse({}), "DELETE")
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
    assert json.loads(response.content)["code"] == "method_not_allowed"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("problem", "header", "value"),
    [
        (ApiError(401, "not_authenticated", "Sign in."), "WWW-Authenticate", "Bearer"),
        (ApiError(429, "rate_limited", "Too many.", retry_after=7), "Retry-After", "7"),
    ],
)
def test_a_refusal_says_what_to_do(problem, header, value):
    response = answered(problem)
    assert (response.status_code, response[header]) == (problem.status, value)
    assert json.loads(response.content) == {"detail": problem.detail, "code": problem.code}


def test_the_fields_that_are_wrong_are_named():
    wrong = ({"field": "top", "message": "no number"},)
    assert json.loads(answered(ApiError(400, "invalid_request", "no", wrong)).content)["errors"] == [*wrong]


def test_what_nobody_expected_is_an_error_in_words_and_in_the_log(caplog):
    response = answered(ZeroDivisionError("secret"))
    assert (response.status_code, json.loads(response.content)["detail"]) == (500, "It could not be read.")
    assert "/numbers failed" in caplog.text
    assert b"secret" not in response.content
