"""The log's columns: what an event is written as, and what the table gives by itself."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection

from analytics.ledger import record
from analytics.ledger.clocks import INSTANT, clocks, reporting_zones
from analytics.ledger.log_columns import COLUMNS, TIES, array, insert, is_tied, tie_row, values
from analytics.ledger.model_numbers import model_numbers
from analytics.ledger.usage_event import Ties
from analytics.models import Call, CostSource, Request
from tests.analytics.ledger.told import BLANK, TEN, answered
from tests.analytics.usage import event

ODD = ['a"b', "a\\b", "{a,b}", "NULL", 'a","b', " a ", "'", "%s", "é\U0001f600", "\\"]


@pytest.mark.django_db
@pytest.mark.parametrize("names", [*([name] for name in ODD), ODD, [f"{name} of many" for name in ("a", "{b}", "c,d")]])
def test_whatever_a_text_has_in_it_is_kept(names, workspace):
    record.record_events([event(workspace.dora_key, TEN, event_id=name, response_id=name) for name in names])
    kept = Request.objects.values_list("event_id", "response_id")
    assert sorted(kept) == sorted((name, name) for name in names)


NINE = datetime(2026, 11, 17, 9, 0, 0, 1, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "column"),
    [
        ("bigint", [1, -(2**63), 2**63 - 1, None]),
        ("numeric", [Decimal("1E-12"), Decimal(10**6), None, Decimal("0.100")]),
        ("boolean", [True, False, None]),
        ("timestamptz", [NINE, None]),
        ("text", ODD),
        ("text", ["plain", "a,b"]),
        ("text", ["", None, "NULL"]),
        ("text", []),
        ("integer", []),
    ],
)
def test_an_array_comes_to_the_database_as_it_is(kind, column):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::{kind}[]", [array(kind, column)])
        assert cursor.fetchone()[0] == column


def test_of_what_has_a_default_only_what_an_event_says_is_written():
    always = {name for name, column in COLUMNS.items() if column.default is ...}
    assert values([BLANK, BLANK]).keys() == always
    some = values([BLANK, replace(BLANK, reasoning_tokens=3, ties=Ties(charges=True))])
    assert some.keys() == always | {"reasoning_tokens", "charges"}
    assert (some["reasoning_tokens"], some["charges"]) == ([0, 3], [False, True])
    assert values([BLANK], every=True).keys() == COLUMNS.keys()


def test_where_a_cost_comes_from_is_written_as_a_number():
    (source,) = values([replace(BLANK, cost_source=CostSource.BOOK)])["cost_source"]
    assert (type(source), source) == (int, 1)


def test_every_column_of_the_log_is_written():
    besides = {"model_id", "is_counted", "told"}  # of which `changes` and the model's number take care
    assert COLUMNS.keys() | besides == {field.column for field in Request._meta.concrete_fields}
    assert TIES.keys() | {"recorded_at"} == {field.column for field in Call._meta.concrete_fields}


def write(*events) -> tuple[int, *tuple[list | None, ...]]:
    statement, given = insert(events, model_numbers({(one.provider, one.model) for one in events}))
    zones = reporting_zones({one.organization_id for one in events})
    instants = [one.occurred_at for one in events]
    with connection.cursor() as cursor:
        cursor.execute(statement, given | clocks(zones, min(instants), max(instants) + INSTANT))
        return cursor.fetchone()


@pytest.mark.django_db
def test_what_is_not_written_is_what_the_table_gives_by_itself(workspace):
    record.record_events([event(workspace.olga_key, TEN, event_id="first")])  # which makes the month
    write(event(workspace.olga_key, TEN, event_id="second"))
    defaults = {name: column.default for name, column in COLUMNS.items() if column.default is not ...}
    assert Request.objects.values(*defaults).get(event_id="second") == defaults


@pytest.mark.django_db
def test_the_statement_answers_the_keys_of_what_was_new_where_that_is_not_all(workspace):
    first, second, third = (event(workspace.olga_key, TEN, event_id=name) for name in "abc")
    record.record_events([first])
    number = workspace.organization.pk
    assert write(first, second) == (1, [number], [TEN], ["b"])
    assert write(first, second) == (0, [], [], [])
    assert write(third) == (1, None, None, None)


@pytest.mark.django_db
def test_only_of_what_is_new_is_kept_by_what_it_is_known(workspace):
    record.record_events([event(workspace.olga_key, TEN, event_id="a")])
    tied = [event(workspace.olga_key, TEN, event_id=name, response_id="msg_1") for name in "ab"]
    write(*tied, event(workspace.olga_key, TEN, event_id="c"))
    assert list(Call.objects.values_list("event_id", "answer", "ended_at")) == [("b", "msg_1", TEN)]


@pytest.mark.parametrize(
    ("known", "tied"),
    [
        ({}, False),
        ({"ties": Ties(charges=True, overcounts=True, is_sum=True)}, False),
        ({"response_id": "msg_1"}, True),
        ({"ties": Ties(span="s")}, True),
        ({"ties": Ties(parent="p")}, True),
        ({"ties": Ties(alike="litellm:1")}, True),
    ],
)
def test_an_event_is_tied_by_what_another_of_the_same_call_could_have_too(known, tied):
    assert is_tied(replace(BLANK, **known)) is tied


def test_a_row_of_what_ties_calls_ends_when_the_call_did_or_began():
    ties = Ties("span", "parent", "litellm:1")
    assert dict(zip(TIES, tie_row(answered("a", ties=ties)), strict=True)) == {
        "organization_id": 1,
        "occurred_at": TEN,
        "event_id": "a",
        "ended_at": TEN,
        "answer": "msg_1",
        "span": "span",
        "parent": "parent",
        "alike": "litellm:1",
    }
    assert tie_row(answered("a", ended_at=NINE))[3] == NINE
