"""The log for machines: one object a line, with the names that are kept and nothing that libraries add."""

import json
import logging
import sys

from orgdash.json_log import Formatter


def line(**more: object) -> dict[str, object]:
    record = logging.LogRecord("django.request", logging.WARNING, "a.py", 1, "Not Found: %s", ("/x",), None)
    vars(record).update(more)
    return json.loads(Formatter().format(record))


def test_a_line_has_who_says_what_and_of_which_request():
    said = line(request_id="7179b57d", status_code=404)
    assert said.pop("timestamp")
    assert said == {
        **{"level": "WARNING", "logger": "django.request", "message": "Not Found: /x"},
        **{"request_id": "7179b57d", "status_code": 404},
    }


def test_what_libraries_add_of_a_request_stays_out():
    said = line(request="<WSGIRequest: GET '/?secret=1'>", server_time="now", request_id=None)
    assert set(said) == {"timestamp", "level", "logger", "message"}


def test_an_error_is_one_line_with_its_traceback():
    try:
        raise ValueError("wrong")
    except ValueError:
        text = Formatter().format(logging.LogRecord("a", logging.ERROR, "a.py", 1, "failed", (), sys.exc_info()))
    assert "\n" not in text
    assert "ValueError: wrong" in json.loads(text)["exc_info"]
