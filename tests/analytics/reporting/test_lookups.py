"""What is asked beside the sums: of one organization, whatever others have."""

import pytest
from django.db import connection

from analytics.reporting import lookups
from analytics.reporting.query import Filters
from analytics.reporting.sources import Statement
from tests.analytics.usage import use

pytestmark = pytest.mark.django_db


def asked(statement: Statement) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(*statement)
        return cursor.fetchall()


@pytest.fixture
def used(workspace, foreign_key, now):
    use(workspace.olga_key, now, model="gpt-5.5")
    use(foreign_key, now, model="foreign-model")
    return workspace.organization.pk


def test_only_models_that_the_organization_used_are_known(used):
    names = ("gpt-5.5", "foreign-model", "nothing")
    assert asked(lookups.known_models(used, names)) == [("gpt-5.5",)]
    assert len(asked(lookups.filtered_models(used, names))) == 1
    assert asked(lookups.filtered_models(used, ("foreign-model",))) == []


def test_keys_are_those_that_every_filter_lets_through(used, workspace):
    of_olga = Filters(member=("mem_olga",))
    assert ("key_olga",) in [row[:1] for row in asked(lookups.keys(used, of_olga))]
    assert {row[6] for row in asked(lookups.keys(used, of_olga))} == {"mem_olga"}
    assert "key_other" not in {row[0] for row in asked(lookups.keys(used, Filters()))}
    assert asked(lookups.filtered_keys(used, Filters(apiKey=("key_other",)))) == []
    assert asked(lookups.filtered_keys(used, Filters(apiKey=("key_olga",), project=("proj_other",)))) == []
    found = asked(lookups.filtered_keys(used, Filters(apiKey=("key_olga",))))
    assert found == [(workspace.olga_key.pk, workspace.olga_key.project_id, workspace.olga_key.created_by_id)]


def test_the_state_has_the_zone_and_the_first_and_newest_event(used, workspace, now):
    assert asked(lookups.state(used)) == [(workspace.organization.time_zone, now, now)]
