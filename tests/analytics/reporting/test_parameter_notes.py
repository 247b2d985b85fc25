"""Parameters by name: which value of each counts, which are noted, and which stand in a link again."""

import pytest
from django.http import QueryDict

from analytics.reporting.parameter_notes import Note
from analytics.reporting.parameters import read_page, write
from tests.analytics.questions import parser


@pytest.mark.parametrize(
    ("text", "value", "notes"),
    [
        ("", "", []),
        ("range=", "", []),
        ("range=7d", "7d", []),
        ("range=7d&range=30d", "", [Note("range", "range is given 2 times; it may be given once")]),
        ("range=&range=&range=", "", [Note("range", "range is given 3 times; it may be given once")]),
    ],
)
def test_what_may_be_given_once_is_ignored_where_it_is_given_twice(text, value, notes):
    asked = parser(text)
    assert (asked.one("range"), asked.notes) == (value, notes)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("compare=year", ["year"]),
        ("compare=year&compare=", ["year"]),
        ("compare=year&compare=2026-03-01", ["2026-03-01"]),
        ("compare=&compare=2026-03-01", ["2026-03-01"]),
        ("compare=year&compare=none", ["year", "none"]),  # two words: neither is the day of a form
        ("compare=year&compare=&compare=2026-03-01", ["year", "", "2026-03-01"]),
        ("range=7d&range=", ["7d", ""]),
    ],
)
def test_of_a_form_with_a_list_and_a_day_for_the_comparison_the_day_counts(text, values):
    asked = parser(text)
    assert asked.stated(text.partition("=")[0]) == values


@pytest.mark.django_db
def test_the_day_of_the_form_without_scripts_stays_in_links(workspace, now):
    asked = read_page(QueryDict("compare=year&compare=2026-03-01"), workspace.organization, now)
    assert write(asked).getlist("compare") == ["2026-03-01"]


@pytest.mark.parametrize(
    ("text", "word", "notes"),
    [
        ("", "day", []),
        ("bucket=week", "week", []),
        ("bucket=Week", "day", [Note("bucket", '"Week" is not one of day, week')]),
        ("bucket=week&bucket=day", "day", [Note("bucket", "bucket is given 2 times; it may be given once")]),
    ],
)
def test_a_choice_is_one_of_the_words_or_the_default(text, word, notes):
    asked = parser(text)
    assert (asked.choice("bucket", ("day", "week"), "day"), asked.notes) == (word, notes)


@pytest.mark.parametrize(
    ("text", "ignored", "given"),
    [
        ("groupBy=model&range=7d&metric=", (), (("range", "7d"), ("groupBy", "model"))),
        ("range=8d&metric=cost", ("range",), (("metric", "cost"),)),
        ("from=2026-02-01&to=2026-02-31&metric=cost", ("to",), (("metric", "cost"),)),
        ("from=2026-02-01&to=2026-02-02", (), (("from", "2026-02-01"), ("to", "2026-02-02"))),
        ("compare=year&compare=2026-03-01", (), (("compare", "2026-03-01"),)),
        ("compare=&compare=", (), ()),
        ("sort=name&q=x&project=proj_chat", (), ()),  # not plain: they are written from what was read
    ],
)
def test_what_was_used_is_given_again_in_an_order_of_its_own(text, ignored, given):
    asked = parser(text)
    for field in ignored:
        asked.note(field, "cannot be used")
    assert asked.given() == given
