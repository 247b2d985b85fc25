"""Which values of a filter are of the organization: foreign ones and none at all are the same."""

import pytest

from analytics.reporting.known import known_values
from tests.analytics.usage import use

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("field", "own", "foreign"),
    [
        ("project", "proj_chat", "proj_other"),
        ("apiKey", "key_olga", "key_other"),
        ("member", "mem_olga", "mem_other"),
        ("model", "gpt-5.5", "foreign-model"),
    ],
)
def test_only_what_is_the_organizations_own_is_known(field, own, foreign, workspace, foreign_key, now):
    use(workspace.olga_key, now, model="gpt-5.5")
    use(foreign_key, now, model="foreign-model")
    asked = (own, foreign, "nothing", "half\x00")
    assert known_values(field, workspace.organization, asked) == {own}
