"""Where a name leads: to its own page of numbers, cut by what comes next there."""

import pytest

from analytics.dashboard.links import drill
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
