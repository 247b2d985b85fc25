"""Where a name leads: to its own page of numbers, cut by what comes next there."""

import pytest
from django.http import QueryDict
from django.template import defaulttags
from hypothesis import given
from hypothesis import strategies as st

from analytics.dashboard.links import changed, changing, drill, querystring
from analytics.metrics import DIMENSIONS

EVERY = tuple(DIMENSIONS.values())


@pytest.mark.parametrize(
    ("dimension", "fixed", "following"),
    [
        ("project", None, "apiKey"),
        ("apiKey", None, "model"),
        ("user", None, "model"),
        ("model", None, "project"),
        ("model", "project", "apiKey"),
    ],
)
def test_a_group_is_cut_by_what_comes_next_where_the_page_does_not_fix_it(dimension, fixed, following):
    offered = tuple(offer for offer in EVERY if offer.key != fixed)
    found = drill(DIMENSIONS[dimension], offered, "its-key")
    assert found == {DIMENSIONS[dimension].filter: "its-key", "groupBy": following}


def test_a_group_whose_record_is_gone_leads_nowhere():
    assert drill(DIMENSIONS["project"], EVERY, None) is None


_VALUES = st.none() | st.text(max_size=5) | st.lists(st.text(max_size=5), min_size=1, max_size=3)
_FIELDS = st.sampled_from(["range", "model", "groupBy", "page", "é&="])


@given(
    st.dictionaries(_FIELDS, st.lists(st.text(max_size=5), min_size=1, max_size=3)), st.dictionaries(_FIELDS, _VALUES)
)
def test_a_query_string_is_what_djangos_own_tag_writes(fields, changes):
    parameters = QueryDict(mutable=True)
    for field, values in fields.items():
        parameters.setlist(field, values)
    assert querystring(parameters, changes) == defaulttags.querystring(None, parameters, **changes)


@pytest.mark.parametrize("kept", ["", "metric=tokens", "from=2026-01-01&q=a%26b&model=x&model=y"])
def test_links_that_change_the_same_fields_are_those_that_each_would_be(kept):
    parameters, every = QueryDict(kept), [{"from": "2026-02-01", "to": "2"}, {"from": None, "to": "ü"}, {"from": None}]
    each = [changed(parameters, changes) for changes in every]
    assert list(map(changing(parameters, ("from", "to")), every)) == each
    assert [QueryDict(link.removeprefix("?")).get("from") for link in each] == ["2026-02-01", None, None]
    assert all(QueryDict(link.removeprefix("?")).get("metric") == parameters.get("metric") for link in each)
