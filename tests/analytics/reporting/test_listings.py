"""How a table is listed: sorted, searched, paged, narrowed to keys and columns, and which of its rows are open."""

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from accounts.models import Organization
from analytics.metrics import DIMENSIONS
from analytics.reporting.columns import ALL_PAGES, Sort
from analytics.reporting.listings import MAX_OPEN, read_listing, read_opened
from analytics.reporting.query import Query
from analytics.windows import day_window
from tests.analytics.questions import ask, parser
from tests.conftest import NOW

WEEK = day_window(date(2026, 11, 2), date(2026, 11, 8), ZoneInfo("UTC"))


def table(dimension: str = "model", metric: str = "cost", *, compare: bool = True) -> Query:
    """What is listed; no database has its organization."""
    organization = Organization(pk=7, time_zone="UTC")
    return ask(organization, WEEK, NOW, dimension=dimension, metric=metric, compare=compare)


def messages(asked) -> list[str]:
    return [note.message for note in asked.notes]


# --- sorted ---


@pytest.mark.parametrize(
    ("text", "metric", "sort"),
    [
        ("", "cost", Sort("cost", True)),
        ("", "tokens", Sort("tokens", True)),
        ("", "costPerRequest", Sort("costPerRequest", True)),
        ("sort=name", "cost", Sort("name", False)),
        ("sort=-name", "cost", Sort("name", True)),
        ("sort=change", "cost", Sort("change", False)),
        ("sort=-errorRate", "tokens", Sort("errorRate", True)),
    ],
)
def test_a_table_is_sorted_by_any_of_its_columns_else_by_the_metric(text, metric, sort):
    asked = parser(text)
    assert (read_listing(asked, table(metric=metric)).sort, asked.notes) == (sort, [])


@pytest.mark.parametrize(
    ("text", "compare", "said"),
    [
        ("sort=colour", True, '"colour" is not one of name, cost, '),
        ("sort=--cost", True, '"--cost" is not one of name, cost, '),
        ("sort=-", True, '"-" is not one of name, cost, '),
        ("sort=lastUsed", True, '"lastUsed" is not one of name, cost, '),  # of API keys alone
        ("sort=-change", False, '"-change" is not possible without a comparison'),
    ],
)
def test_what_a_table_cannot_be_sorted_by_is_noted_and_the_metric_sorts(text, compare, said):
    asked = parser(text)
    assert read_listing(asked, table(compare=compare)).sort == Sort("cost", True)
    (message,) = messages(asked)
    assert message.startswith(said)


# --- searched and paged ---


@pytest.mark.parametrize(
    ("typed", "search", "said"),
    [
        ("%20gpt%205 ", "gpt 5", []),
        ("", "", []),
        ("x" * 200, "x" * 200, []),
        ("%C3%BC" * 200, "ü" * 200, []),
        ("x" * 201, "", ["q is 201 characters long; at most 200 are possible"]),
    ],
)
def test_a_search_has_no_space_around_it_and_at_most_200_characters(typed, search, said):
    asked = parser(f"q={typed}")
    assert (read_listing(asked, table()).search, messages(asked)) == (search, said)


@pytest.mark.parametrize(
    ("text", "page"), [("", 1), ("page=", 1), ("page=3", 3), ("page=999999", 999_999), ("page=all", ALL_PAGES)]
)
def test_a_page_is_a_whole_number_or_all(text, page):
    asked = parser(text)
    assert (read_listing(asked, table()).page, asked.notes) == (page, [])


@pytest.mark.parametrize("page", ["0", "-1", "1.5", "٣", "²", "1000000", "last", "ALL"])
def test_any_other_page_is_noted_and_the_first_is_shown(page):
    asked = parser(f"page={page}")
    assert read_listing(asked, table()).page == 1
    assert messages(asked) == [f'"{page}" is not a whole number from 1, or all']


# --- which keys ---


@pytest.mark.parametrize("state", ["unused", "new", "revoked", "errorsUp"])
def test_api_keys_can_be_narrowed_to_those_in_one_state(state):
    asked = parser(f"keys={state}")
    assert (read_listing(asked, table("apiKey")).keys, asked.notes) == (state, [])


@pytest.mark.parametrize(
    ("keys", "dimension", "compare", "said"),
    [
        ("idle", "apiKey", True, '"idle" is not one of unused, new, revoked, errorsUp'),
        ("idle", "project", True, '"idle" is not one of unused, new, revoked, errorsUp'),
        ("unused", "project", True, 'keys "unused" is possible with groupBy=apiKey only'),
        ("errorsUp", "apiKey", False, 'keys "errorsUp" is not possible without a comparison'),
    ],
)
def test_a_state_that_keys_cannot_be_narrowed_to_is_noted_and_all_are_shown(keys, dimension, compare, said):
    asked = parser(f"keys={keys}")
    assert read_listing(asked, table(dimension, compare=compare)).keys is None
    assert messages(asked) == [said]


# --- which columns ---


@pytest.mark.parametrize(
    ("text", "dimension", "columns"),
    [
        ("", "model", ()),
        ("columns=", "model", ()),
        ("columns=tokens,cost", "model", ("cost", "tokens")),  # in the table's order
        ("columns=tokens&columns=cost,tokens", "model", ("cost", "tokens")),
        ("columns=lastUsed,cost", "apiKey", ("cost", "lastUsed")),
        ("columns=cost,createdBy,change,lastUsed", "model", ("cost", "change", "createdBy", "lastUsed")),
    ],
)
def test_columns_stay_chosen_where_a_grouping_lacks_them(text, dimension, columns):
    asked = parser(text)
    assert (read_listing(asked, table(dimension)).columns, asked.notes) == (columns, [])


def test_without_a_comparison_its_column_stays_chosen():
    asked = parser("columns=change,cost")
    assert (read_listing(asked, table(compare=False)).columns, asked.notes) == (("cost", "change"), [])


def test_a_column_that_no_table_has_is_noted_once_and_the_others_are_taken():
    asked = parser("columns=joy,cost&columns=joy")
    assert read_listing(asked, table()).columns == ("cost",)
    (message,) = messages(asked)
    assert message.startswith('"joy" is not one of cost, estimatedCost, share, ')


# --- which rows are open ---


@pytest.fixture
def by_project_and_model(workspace):
    return replace(ask(workspace.organization, WEEK, NOW, dimension="project"), then=DIMENSIONS["model"])


def opened(text: str, query: Query, organization: Organization):
    asked = parser(text)
    return read_opened(asked, query, organization), messages(asked)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "found", "unknown"),
    [
        ("", (), []),
        ("open=", (), []),
        ("open=proj_search&open=proj_chat&open=proj_search", ("proj_search", "proj_chat"), []),
        ("open=proj_chat&open=proj_none", ("proj_chat",), ["proj_none"]),
        ("open=proj_other", (), ["proj_other"]),  # of another organization
    ],
)
def test_rows_of_the_organization_can_be_open(text, found, unknown, by_project_and_model, workspace, foreign_key):
    said = [f'open "{key}" is not in this organization, or beyond the 100 that can be open' for key in unknown]
    assert opened(text, by_project_and_model, workspace.organization) == (found, said)


@pytest.mark.django_db
def test_so_many_rows_are_open_and_no_more(by_project_and_model, workspace):
    text = "&".join([*(f"open=proj_{number}" for number in range(MAX_OPEN - 1)), "open=proj_chat", "open=proj_search"])
    found, said = opened(text, by_project_and_model, workspace.organization)
    assert found == ("proj_chat",)
    assert len(said) == MAX_OPEN


def test_with_one_grouping_no_row_can_be_open():
    said = ["open is possible with a second grouping only, such as groupBy=project,model"]
    assert opened("open=proj_chat", table("project"), Organization(pk=7)) == ((), said)
