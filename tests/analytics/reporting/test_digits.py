"""The dearest groups over time, as text: ranked and read in one statement."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.metrics import DIMENSIONS
from analytics.reporting import reader
from analytics.reporting.query import Filters
from analytics.reporting.sums import Sums, plain
from tests.analytics.plans import rows_read
from tests.analytics.reporting.test_reader import selection
from tests.analytics.usage import use
from tests.factories import ApiKeyFactory

pytestmark = pytest.mark.django_db
DRAWN = ("cost", "request_count", "total_tokens")
OF_ALL = ("error_count", *DRAWN)


@pytest.mark.parametrize("dimension", DIMENSIONS)
@pytest.mark.parametrize("filters", [Filters(), Filters(member=("mem_olga", "mem_dora")), Filters(model=("model-1",))])
def test_one_statement_finds_the_groups_and_digits_that_two_find(dimension, filters, three_projects, now):
    asked = selection(three_projects, now, filters, dimension=DIMENSIONS[dimension])
    groups, count = reader.leaders(asked, 2)
    _, whole, found, of_all = reader.dearest(asked, 2, OF_ALL, DRAWN)
    assert len(groups) > 0
    assert ([group for group, _ in found], of_all) == (list(groups), count)
    assert [texts for _, texts in found] == [written(line, DRAWN) for line in reader.series(asked, groups)]
    every = reader.whole(asked)
    assert whole.totals == sum(every, start=Sums())
    assert whole.texts == written(every, OF_ALL)


def written(line: list[Sums], columns: tuple[str, ...]) -> list[list[str]]:
    return [[plain(getattr(sums, column)) for sums in line] for column in columns]


def test_several_numbers_whose_record_is_gone_are_one_group(three_projects, now):
    """The days of both are added up, though they were read as they are."""
    _, _, found, _ = reader.dearest(selection(three_projects, now), 10, DRAWN, DRAWN)
    ((gone, (_, requests, _)),) = [(group, texts) for group, texts in found if group.key is None]
    assert (gone.label, len(gone.numbers)) == ("Deleted project", 2)
    assert requests == ["2", "1", "2", "1", "2", "0", "0"]


def test_the_whole_of_members_is_read_from_their_own_rows(three_projects, workspace, now):
    further = ApiKeyFactory(project=workspace.olga_key.project, created_by=workspace.olga_key.created_by)
    for day in range(12, 17):
        use(further, f"2026-11-{day}T10:00")
    asked = selection(three_projects, now, Filters(member=("mem_olga",)))
    narrower = replace(asked, numbers={key: asked.numbers[key] for key in ("project_id", "api_key_id")})
    with CaptureQueriesContext(connection) as context:
        whole = reader.whole(asked)
    assert whole == reader.whole(narrower)
    assert 0 < rows_read(entry["sql"] for entry in context)["analytics_dailyusage"] <= len(asked.buckets)
