"""The dearest groups over time, as text: ranked and read in one statement."""

from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.metrics import DIMENSIONS, METRICS
from analytics.models import Model
from analytics.reporting import over_time, reader
from analytics.reporting.query import Filters, Query
from analytics.reporting.sums import Sums, plain
from analytics.windows import preset_window
from tests.analytics.plans import rows_read
from tests.analytics.reporting.test_reader import selection
from tests.analytics.usage import use
from tests.factories import ApiKeyFactory, ProjectFactory

pytestmark = pytest.mark.django_db
DRAWN = ("cost", "request_count", "total_tokens")
OF_ALL = ("error_count", *DRAWN)


@pytest.fixture
def used(workspace, now):
    """Three projects and three models on some of seven days, and a key whose project and own record are gone."""
    gone = [ApiKeyFactory(project=ProjectFactory(organization=workspace.organization)) for _ in range(2)]
    for number, key in enumerate((workspace.olga_key, workspace.search_key, *gone)):
        for day in range(10, 17, 1 + number % 2):
            use(key, f"2026-11-{day}T10:00", model=f"model-{number % 3}", cost=Decimal(number + day) / 7)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_apikey WHERE id = ANY(%s)", [[key.pk for key in gone]])
        cursor.execute("DELETE FROM accounts_project WHERE id = ANY(%s)", [[key.project_id for key in gone]])
    Model.objects.filter(name="model-2").update(canonical="model-1")
    return workspace.organization


@pytest.mark.parametrize("dimension", DIMENSIONS)
@pytest.mark.parametrize("filters", [Filters(), Filters(member=("mem_olga", "mem_dora")), Filters(model=("model-1",))])
def test_one_statement_finds_the_groups_and_digits_that_two_find(dimension, filters, used, now):
    asked = selection(used, now, filters, dimension=DIMENSIONS[dimension])
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


def test_several_numbers_whose_record_is_gone_are_one_group(used, now):
    """The days of both are added up, though they were read as they are."""
    _, _, found, _ = reader.dearest(selection(used, now), 10, DRAWN, DRAWN)
    ((gone, (_, requests, _)),) = [(group, texts) for group, texts in found if group.key is None]
    assert (gone.label, len(gone.numbers)) == ("Deleted project", 2)
    assert requests == ["2", "1", "2", "1", "2", "0", "0"]


def test_the_whole_of_members_is_read_from_their_own_rows(used, workspace, now):
    further = ApiKeyFactory(project=workspace.olga_key.project, created_by=workspace.olga_key.created_by)
    for day in range(12, 17):
        use(further, f"2026-11-{day}T10:00")
    asked = selection(used, now, Filters(member=("mem_olga",)))
    narrower = replace(asked, numbers={key: asked.numbers[key] for key in ("project_id", "api_key_id")})
    with CaptureQueriesContext(connection) as context:
        whole = reader.whole(asked)
    assert whole == reader.whole(narrower)
    assert 0 < rows_read(entry["sql"] for entry in context)["analytics_dailyusage"] <= len(asked.buckets)


@pytest.mark.parametrize(("known", "statements"), [(ZoneInfo("UTC"), 1), (ZoneInfo("Asia/Tokyo"), 3), (None, 2)])
def test_an_answer_is_one_statement_where_the_zone_is_what_it_was_known_to_be(known, statements, used, now):
    window = preset_window("7d", now, ZoneInfo("UTC"))
    query = Query(used.pk, window, "day", DIMENSIONS["project"], METRICS["cost"])
    with CaptureQueriesContext(connection) as context:
        found = over_time.lines(query, 2, zone=known)
    assert found == over_time.lines(query, 2)
    assert len(context) == statements
