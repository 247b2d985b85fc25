"""The only parser, for the page (notes) and for JSON (the same notes): groupings, filters and top; and links back."""

from dataclasses import replace
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.metrics import DIMENSIONS, METRICS
from analytics.reporting.parameters import EVERYTHING, read_json, read_page, write
from analytics.reporting.query import Filters
from analytics.windows import PRESETS
from tests.analytics.usage import use

pytestmark = pytest.mark.django_db


def fields(asked) -> list[str]:
    return [note.field for note in asked.notes]


@pytest.mark.parametrize(
    ("text", "field", "named"),
    [
        ("groupBy=colour", "groupBy", "colour"),
        ("groupBy=member", "groupBy", "member"),
        ("groupBy=project,", "groupBy", "project,"),
        ("groupBy=project,project", "groupBy", "names one twice"),
        ("groupBy=project,model,user", "groupBy", "project,model,user"),
        ("groupBy=model&groupBy=project", "groupBy", "2 times"),
        ("project=proj_nowhere", "project", "proj_nowhere"),
        ("project=proj_other", "project", "proj_other"),
        ("apiKey=key_other", "apiKey", "key_other"),
        ("member=mem_other", "member", "mem_other"),
        ("model=foreign-model", "model", "foreign-model"),
        ("model=gpt%005", "model", "gpt"),
    ],
)
def test_what_cannot_be_used_is_noted_with_field_and_value(text, field, named, workspace, foreign_key, now):
    use(foreign_key, "2026-11-17T10:00", model="foreign-model")
    for read in (read_page, read_json):
        (note,) = read(QueryDict(text), workspace.organization, now).notes
        assert note.field == field
        assert named in note.message


@pytest.mark.parametrize("top", ["0", "101", "-1", "1.5", "ten", "01000", "٣"])
def test_top_is_a_whole_number_from_1_to_100(top, workspace, now):
    asked = read_json(QueryDict(f"top={top}"), workspace.organization, now)
    assert fields(asked) == ["top"]
    assert top in asked.notes[0].message


@pytest.mark.parametrize(("top", "expected"), [("1", 1), ("100", 100), ("", None)])
def test_a_good_top_is_taken(top, expected, workspace, now):
    asked = read_json(QueryDict(f"top={top}"), workspace.organization, now)
    assert (asked.top, asked.notes) == (expected, ())


def test_foreign_and_non_existent_read_the_same(workspace, foreign_key, now):
    foreign, missing = (
        read_json(QueryDict(f"project={value}"), workspace.organization, now).notes[0].message.replace(value, "…")
        for value in ("proj_other", "proj_nowhere")
    )
    assert foreign == missing


@pytest.mark.parametrize("metric", ["metric=colour", "compare=maybe", "chart=pie"])
def test_the_pages_own_parameters_mean_nothing_to_json(metric, workspace, now):
    assert read_json(QueryDict(metric), workspace.organization, now).notes == ()
    assert len(read_page(QueryDict(metric), workspace.organization, now).notes) == 1


def test_unknown_parameters_are_ignored(workspace, now):
    asked = read_json(QueryDict("utm_source=mail&sort=cost&q=x"), workspace.organization, now)
    assert asked.notes == ()


def test_nothing_asked_is_seven_days_by_model_in_the_reporting_zone(workspace, now):
    workspace.organization.time_zone = "Asia/Tokyo"
    asked = read_json(QueryDict(""), workspace.organization, now).query
    assert (asked.window.preset, asked.window.zone.key) == ("7d", "Asia/Tokyo")
    assert (asked.bucket, asked.dimension.key, asked.filters) == ("day", "model", Filters())


def test_the_good_values_of_a_filter_are_kept(workspace, now):
    asked = read_page(QueryDict("project=proj_chat&project=gone&project=proj_chat"), workspace.organization, now)
    assert asked.query.filters == Filters(project=("proj_chat",))
    assert fields(asked) == ["project"]


def test_a_pages_scope_cannot_be_widened(workspace, now):
    params = QueryDict("project=proj_search&model=&apiKey=key_olga")
    asked = read_page(params, workspace.organization, now, Filters(project=("proj_chat",)))
    assert asked.query.filters == Filters(project=("proj_chat",), apiKey=("key_olga",))


WORDS = {
    "from": ["2026-11-01", "2026-11-31"],
    "to": ["2026-11-03", "2028-01-01"],
    "range": [*PRESETS, "8d"],
    "timezone": ["Asia/Kathmandu", "Mars/Olympus"],
    "bucket": ["hour", "day", "week", "month", "minute"],
    "groupBy": [*DIMENSIONS, "colour", "project,model", "apiKey,project", "model,model"],
    "open": ["proj_chat", "key_olga", "proj_nowhere"],
    "columns": ["cost", "share,requests", "joy", "change"],
    "metric": [*METRICS, "joy"],
    "compare": ["previous", "year", "none", "maybe"],
    "project": ["proj_chat", "proj_search", "proj_nowhere"],
    "apiKey": ["key_olga", "key_dora"],
    "member": ["mem_olga", "mem_dora"],
    "sort": ["name", "-name", "cost", "-tokens", "change", "joy"],
    "chart": ["table", "drawing", "pie"],
    "q": ["Chat", " a&b=c ", "ü"],
    "page": ["1", "2", "all"],
}


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pairs=st.lists(st.sampled_from([(field, word) for field, words in WORDS.items() for word in words]), max_size=8),
    scope=st.sampled_from([EVERYTHING, Filters(project=("proj_chat",))]),
)
def test_what_is_written_is_read_as_the_same_question(workspace, now, pairs, scope):
    params = QueryDict(urlencode(pairs))
    asked = read_page(params, workspace.organization, now, scope)
    first_page = replace(asked, notes=(), listing=replace(asked.listing, page=1))
    assert read_page(write(asked), workspace.organization, now, scope) == first_page
    assert read_page(QueryDict(write(asked).urlencode()), workspace.organization, now, scope) == first_page


names = st.sampled_from(
    [
        "from",
        "to",
        "range",
        "timezone",
        "groupBy",
        "open",
        "columns",
        "bucket",
        "top",
        "project",
        "model",
        "metric",
        "compare",
        "x",
    ]
)
values = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [*PRESETS, "UTC", "Asia/Kathmandu", "2026-11-01", "2026-11-31", "0001-01-01", "9999-12-31", "hour"]
    ),
)


@pytest.mark.slow
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=st.lists(st.tuples(names, values), max_size=6))
def test_whatever_stands_in_the_link_there_is_a_query(workspace, now, pairs):
    params = QueryDict(mutable=True)
    for name, value in pairs:
        params.appendlist(name, value.encode("utf-8", "replace").decode())
    for read in (read_page, read_json):
        query = read(params, workspace.organization, now).query
        assert query.window.start < query.window.end
        assert query.window.days <= 366
