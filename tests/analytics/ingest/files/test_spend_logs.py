"""Rows of LiteLLM's table of spend: what they cost, what is no usage, and what is read of their metadata."""

import json
from decimal import Decimal

import pytest
from django.db import connection

from analytics.ingest.decoding import EventError
from analytics.ingest.files import spend_logs
from analytics.ingest.files.vendor_csv import Keys
from analytics.models import Request
from tests.analytics.export_files import KEY_MAP, spend_log, sums_of, written
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("changes", "cost"),
    [
        ({}, None),
        ({"cache_hit": "True"}, 0),
        ({"status": "failure"}, None),
        ({"status": "failure", "prompt_tokens": 0, "completion_tokens": 0}, 0),
    ],
    ids=["answered", "from the cache", "failed after tokens", "failed"],
)
def test_a_spend_of_zero_in_litellms_log_is_believed_where_nothing_can_have_cost(run, usage_file, changes, cost):
    row = spend_log("a", "prod", spend="0", **changes)
    assert run(usage_file(written([row])), format="litellm-csv", key_map=KEY_MAP)[0] == 0
    assert Request.objects.get().cost == cost


def test_a_table_of_litellm_is_read_as_postgresql_copies_it(run, usage_file):
    """The columns' types are those of its schema: its own database writes the times, floats and JSON."""
    row = spend_log("chatcmpl-1", "prod", metadata={"usage_object": {"prompt_tokens_details": {"cached_tokens": 7}}})
    row |= {"spend": 0.1 + 0.2, "messages": json.dumps([{"content": 'one, "two"\n\nthree'}])}
    kinds = {"spend": "double precision", "startTime": "timestamp(3)", "metadata": "jsonb", "messages": "jsonb"}
    columns = ", ".join(f'"{name}" {kinds.get(name, "text")}' for name in row)
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE TEMPORARY TABLE "LiteLLM_SpendLogs" ({columns})')
        places = ", ".join(["%s"] * len(row))
        cursor.execute(f'INSERT INTO "LiteLLM_SpendLogs" VALUES ({places})', list(row.values()))
        with cursor.copy('COPY (SELECT * FROM "LiteLLM_SpendLogs") TO STDOUT (FORMAT csv, HEADER)') as copy:
            content = b"".join(copy)
    assert run(usage_file(content), format="litellm-csv", key_map=KEY_MAP)[::2] == (0, [])
    expected = {"requests": 1, "input_tokens": 37, "output_tokens": 9, "cached_input_tokens": 7, "errors": 0}
    assert sums_of() == expected | {"cost": Decimal("0.3")}


def test_rows_of_litellm_that_are_no_usage_are_ignored_and_counted(run, usage_file):
    rows = [
        spend_log("chatcmpl-1", "prod"),
        spend_log("resp_1_read", "prod", call_type="aget_responses"),
        spend_log(
            "file_1", "prod", call_type="acreate_file", spend="0", prompt_tokens=0, completion_tokens=0, model=""
        ),
        spend_log("chatcmpl-2", "prod", spend="-0.065"),
    ]
    path = usage_file(written(rows))
    assert run(path, format="litellm-csv", key_map=KEY_MAP)[::2] == (0, [])
    again = run(path, format="litellm-csv", key_map=KEY_MAP)
    assert again[1].splitlines()[0] == "recorded 0, repeated 2, ignored 2, mended 1, refused 0: nothing new"
    assert Request.objects.get(event_id="chatcmpl-2").cost is None


# --- one row, without the command ---

KEYS = Keys(named={"prod": "key_1", "hash": "key_2"}, default="key_3")


def fields_of(keys: Keys = KEYS, **changes) -> dict:
    row = {name: str(value) for name, value in spend_log("a", "prod", **changes).items()}
    return spend_logs.usage(row, keys, NOW).fields


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({}, "key_1"),
        ({"api_key": "hash"}, "key_1"),  # the name comes before the hash
        ({"api_key": "hash", "metadata": {"user_api_key_alias": None}}, "key_2"),
        ({"api_key": "hash", "metadata": {"user_api_key_alias": "nobody's"}}, "key_2"),
        ({"metadata": {"user_api_key_alias": ["prod"]}}, "key_3"),
    ],
)
def test_the_key_is_the_one_of_the_name_else_of_the_hash_else_the_default(changes, key):
    assert fields_of(**changes)["api_key"] == key


KEPT, DETAILS = {"cache_read_input_tokens": 30}, {"prompt_tokens_details": {"cached_tokens": 7}}


@pytest.mark.parametrize(
    ("metadata", "cached"),
    [
        ({}, 0),
        ({"additional_usage_values": KEPT}, 30),
        ({"additional_usage_values": KEPT, "usage_object": {"cache_read_input_tokens": 8}}, 8),
        ({"additional_usage_values": {"cache_read_input_tokens": 0}, "usage_object": DETAILS}, 7),
        ({"additional_usage_values": None, "usage_object": "none"}, 0),
    ],
)
def test_what_the_provider_said_comes_before_what_was_kept_beside_it(metadata, cached):
    assert fields_of(metadata=metadata)["cached_input_tokens"] == cached


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, "success"),
        ({"status": "failure"}, "error"),
        ({"status": "", "metadata": {"status": "failure"}}, "error"),
    ],
)
def test_a_call_failed_if_its_row_or_its_metadata_says_so(changes, status):
    assert fields_of(**changes)["status"] == status


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-27 10:11:12.345", "2026-03-27T10:11:12.345000+00:00"),
        ("2026-03-27T12:11:12+02", "2026-03-27T10:11:12+00:00"),
        ("1969-12-31 23:59:59.5", "1969-12-31T23:59:59.500000+00:00"),
    ],
)
def test_times_are_exact_to_the_microsecond(text, instant):
    assert fields_of(startTime=text, endTime="")["timestamp"] == instant


def test_a_time_that_no_calendar_has_is_refused_by_its_column():
    with pytest.raises(EventError, match="2026-02-30"):
        fields_of(startTime="2026-02-30 10:00:00")


def test_a_spend_that_is_no_number_is_not_stated_and_that_is_told():
    row = {name: str(value) for name, value in spend_log("a", "prod", spend="a lot").items()}
    found = spend_logs.usage(row, KEYS, NOW)
    assert (found.fields["cost_usd"], found.mended) == (None, ("cost_usd",))


@pytest.mark.parametrize("text", ["{", "[]", '"x"', "[" * 100_000])
def test_metadata_that_is_no_object_is_refused(text):
    row = {name: str(value) for name, value in spend_log("a", "prod").items()} | {"metadata": text}
    with pytest.raises(EventError, match="metadata: must be a JSON object"):
        spend_logs.usage(row, KEYS, NOW)
