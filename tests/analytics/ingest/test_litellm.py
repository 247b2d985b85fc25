"""`POST /usage/litellm` with an API key's secret: every form of body, every status; what was said is not kept."""

import gzip
import json
import logging
from decimal import Decimal
from functools import partial
from hashlib import sha256

import pytest
from django.apps import apps
from django.db import connection

from analytics.ingest import litellm
from analytics.models import Request
from tests.analytics.gateway import MARKER, payload
from tests.analytics.ingest import posts
from tests.analytics.receipts import receipt

pytestmark = pytest.mark.django_db

URL = "/usage/litellm"


post = partial(posts.post, URL)


def ndjson(*payloads: dict) -> str:
    return "\n".join(map(json.dumps, payloads))


FORMS = {
    "json_array": [payload(1), payload(2)],
    "ndjson": ndjson(payload(1), payload(2)),
    "single": payload(1),
    "a pretty array": " " + json.dumps([payload(1), payload(2)], indent=2) + "\n",
    "a pretty object": json.dumps(payload(1), indent=2),
    "an array of one": [payload(1)],
}


@pytest.mark.parametrize("body", FORMS.values(), ids=FORMS)
def test_each_form_is_recorded_for_the_key(key, body):
    many = 2 if "chatcmpl-2" in json.dumps(body) else 1
    response = post(body)
    assert (response.status_code, response.json()) == (
        200,
        receipt(recorded=many),
    )
    row = Request.objects.get(event_id="chatcmpl-1")
    assert (row.api_key_id, row.cost, row.input_tokens) == (key.pk, Decimal("0.0000135"), 10)
    assert post(body).json() == receipt(repeated=many)


def test_gzip_is_unpacked(key):
    assert post(gzip.compress(ndjson(payload(1)).encode()), **{"Content-Encoding": "gzip"}).json()["recorded"] == 1


def test_the_good_are_kept_the_others_named_by_their_place_and_calls_of_no_model_ignored(key):
    listing = payload(9, call_type="afile_list", response_cost=0.0, prompt_tokens=0, completion_tokens=0)
    bad = payload(3, prompt_tokens=-1)
    response = post([listing, payload(2), bad, listing, "text", payload(4), payload(5, id="x" * 300, status="?")])
    assert response.status_code == 200
    answer = response.json()
    assert (answer["recorded"], answer["repeated"], answer["ignored"]) == (2, 0, 2)
    assert [(one["index"], one["id"], one["field"]) for one in answer["refused"]] == [
        (2, "chatcmpl-3", "input_tokens"),
        (4, None, None),
        (6, sha256(b"x" * 300).hexdigest(), "status"),
    ]


def test_the_servers_log_names_the_fields_of_what_is_refused(key, caplog):
    post([payload(1, status="?"), payload(2, prompt_tokens=-1), payload(3), 7])
    (record,) = [one.getMessage() for one in caplog.records if one.levelname == "WARNING"]
    assert record == "LiteLLM: payloads of key_dora: 3 refused: input_tokens, payload, status"


def test_what_was_mended_counts_and_the_servers_log_names_it(key, caplog):
    spoiled = payload(2, metadata={"usage_object": {"completion_tokens_details": {"reasoning_tokens": 70}}})
    assert post([payload(1, response_cost=-0.065), spoiled, payload(3)]).json()["recorded"] == 3
    (record,) = [one.getMessage() for one in caplog.records if one.levelname == "WARNING"]
    assert record == "LiteLLM: payloads of key_dora: 2 recorded without: cost_usd, reasoning_tokens"
    assert Request.objects.get(event_id="chatcmpl-1").cost is None


def test_one_bad_line_spoils_only_itself(key):
    answer = post(ndjson(payload(1)) + "\n{oops\n" + ndjson(payload(2))).json()
    assert (answer["recorded"], [one["index"] for one in answer["refused"]]) == (2, [1])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ([payload(1, status="?")], 422),
        ([], 200),
        ([payload(1, call_type="afile_list", response_cost=0, prompt_tokens=0, completion_tokens=0)], 200),
        (b"", 400),
        (b"{oops", 400),
        (b"[{}, {}", 400),
        (b"[{} {}]", 400),
        (b"[{}],", 400),
        (b"[,]", 400),
        (b"[{},]", 400),
        (b"hello\nworld", 400),
        (b"\xff", 400),
        (b"[" * 100_000, 400),
        (b'{"id": ' * 100_000, 400),
    ],
)
def test_the_status_says_what_became_of_it(key, body, status):
    assert post(body).status_code == status


def test_a_broken_array_records_nothing_of_it(key):
    response = post(json.dumps([payload(1), payload(2)])[:-1])
    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")
    assert not Request.objects.exists()


def test_too_much_is_refused_whole(key, monkeypatch):
    monkeypatch.setattr(litellm, "MAX_EVENTS", 2)
    monkeypatch.setattr(litellm, "MAX_BYTES", 20_000)
    assert post([payload(n) for n in range(3)]).status_code == 413
    assert post("[" + " " * 20_000 + "]").status_code == 413
    assert post(gzip.compress(b" " * 20_001), **{"Content-Encoding": "gzip"}).status_code == 413
    assert not Request.objects.exists()
    assert post([payload(n) for n in range(2)]).status_code == 200


def test_only_a_key_that_is_not_revoked_signs_in(key, now):
    assert post(payload(), secret=None).status_code == 401
    assert post(payload(), secret="sk-org-other").status_code == 401
    key.revoked_at = now
    key.save()
    assert post(payload()).status_code == 401
    assert not Request.objects.exists()


def test_over_the_rate_limit_nothing_is_recorded(key, settings):
    settings.RATE_LIMIT = 1
    assert post(payload(1)).status_code == 200
    response = post(payload(2))
    assert (response.status_code, "Retry-After" in response.headers) == (503, True)
    assert Request.objects.count() == 1


def test_nothing_of_what_was_said_is_stored_logged_or_answered(key, caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    sent = [
        payload(1),
        payload(2, status="?"),
        payload(3, call_type="speech"),
        payload(4, messages={MARKER: MARKER}, response=[MARKER], prompt_tokens={MARKER: 1}),
        {"messages": MARKER},
        [MARKER],
    ]
    answers = [post(sent), post(ndjson(*sent[:4]) + '\n{"messages": "' + MARKER), post(json.dumps(sent)[:-1])]
    monkeypatch.setattr(litellm.intake, "receive", lambda *_: 1 / 0)
    answers.append(post(sent))
    assert [one.status_code for one in answers] == [200, 200, 400, 500]
    assert "ZeroDivisionError" in caplog.text
    assert not [text for text in (caplog.text, *(one.content.decode() for one in answers)) if MARKER in text]
    assert Request.objects.count() == 2
    stored = everything_stored()
    assert "chatcmpl-1" in stored
    assert MARKER not in stored


def everything_stored() -> str:
    """Every row of every table, as text."""
    stored = []
    with connection.cursor() as cursor:
        for table in {model._meta.db_table for model in apps.get_models()}:
            cursor.execute(f'SELECT string_agg(row::text, chr(10)) FROM "{table}" row')
            stored.append(cursor.fetchone()[0] or "")
    return "\n".join(stored)


@pytest.mark.parametrize("call_id", ["a\x00b", "\ud800", "x" * 200, "é" * 200])
def test_an_odd_id_of_the_call_loses_no_request(key, call_id):
    """What two logs of a call are known by: the second is the first again, under another id."""
    assert post([payload(1, litellm_call_id=call_id)]).json() == receipt(recorded=1)
    assert post([payload(1, litellm_call_id=call_id, id="chatcmpl-2")]).json() == receipt(merged=1)
