"""What a JSON endpoint answers instead of what was asked."""

from accounts.api_error import ApiError


def test_an_error_has_all_that_an_answer_is_made_of():
    named = ({"field": "top", "message": "top is too much"},)
    error = ApiError(429, "over_quota", "Nothing was recorded.", named, retry_after=60)
    assert (error.status, error.code, error.detail) == (429, "over_quota", "Nothing was recorded.")
    assert (error.errors, error.retry_after) == (named, 60)


def test_where_no_more_is_said_no_field_is_named_and_nothing_is_to_be_waited_for():
    error = ApiError(403, "forbidden", "There is no such organization.")
    assert (error.errors, error.retry_after) == ((), None)


def test_in_a_log_it_reads_as_its_detail():
    assert str(ApiError(404, "not_found", "It has been deleted.")) == "It has been deleted."
