"""Days that a zone skipped when it changed sides of the date line, asked for over HTTP."""

import pytest

from tests.analytics.api.test_activity import ask, body
from tests.analytics.usage import use
from tests.browsers import enter

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("bucket", ["hour", "day"])
def test_a_day_that_its_zone_skipped_is_refused_by_name(bucket, workspace, olga):
    response = ask(olga, f"from=2011-12-30&to=2011-12-30&timezone=Pacific/Apia&bucket={bucket}")
    assert response.status_code == 400
    assert [(one["field"], "2011-12-30" in one["message"]) for one in body(response)["errors"]] == [
        ("from", True),
        ("to", True),
    ]


def test_hours_around_a_skipped_day_are_answered(workspace, olga):
    use(workspace.olga_key, "2011-12-30T09:30")  # the last half hour of December 29 in Apia
    use(workspace.olga_key, "2011-12-30T10:30")
    answer = body(ask(olga, "from=2011-12-29&to=2011-12-31&timezone=Pacific/Apia&bucket=hour"))
    used = [(row["start"], row["requestCount"]) for row in answer["activity"] if row["requestCount"]]
    assert used == [("2011-12-29T23:00:00-10:00", 1), ("2011-12-31T00:00:00+14:00", 1)]
    assert len(answer["activity"]) == 48


def test_the_page_shows_the_default_and_says_which_day_does_not_exist(workspace, olga, client):
    enter(client, olga.user)
    address = "/organizations/org_acme/analytics/?from=2011-12-30&to=2011-12-30&timezone=Pacific/Apia&bucket=hour"
    page = client.get(address)
    assert page.status_code == 200
    assert "does not exist in Pacific/Apia, which skipped that day" in page.content.decode()
