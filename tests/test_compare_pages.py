"""tools/compare_pages.py: what it asks for, and what it takes for the same."""

import pytest

from analytics.dashboard.senders import SENDERS
from analytics.demo.cast import PASSWORD, VISITORS
from analytics.metrics import DIMENSIONS, METRICS
from analytics.windows import BUCKET_SIZES, PRESETS
from tools import compare_pages

TOKEN, OTHER_TOKEN = "a1" * 32, "B2" * 32


def test_every_preset_grouping_metric_bucket_and_help_page_is_asked_for():
    asked = {ask.path for ask in compare_pages.everything()}
    wanted = [
        *(f"range={preset}" for preset in PRESETS),
        *(f"groupBy={key}" for key in DIMENSIONS),
        *(f"metric={key}" for key in METRICS),
        *(f"bucket={size}" for size in BUCKET_SIZES),
        *(f"/help/send-usage/{slug}/" for slug in SENDERS),
    ]
    assert [part for part in wanted if not any(part in path for path in asked)] == []


def test_each_answer_has_a_file_of_its_own():
    asks = compare_pages.everything()
    assert len({ask.file for ask in asks}) == len(asks) > 1000


def test_it_signs_in_as_people_of_the_demo():
    people = {ask.who for ask in compare_pages.everything()} - {compare_pages.NOBODY}
    assert people == {email for email, _ in VISITORS}
    assert compare_pages.PASSWORD == PASSWORD


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f'name="csrfmiddlewaretoken" value="{TOKEN}"', f'name="csrfmiddlewaretoken" value="{OTHER_TOKEN}"'),
        (f'{{"X-CSRFToken": "{TOKEN}"}}', f'{{"X-CSRFToken": "{OTHER_TOKEN}"}}'),
        ('src="/static/js/theme.0123456789ab.js"', 'src="/static/js/theme.ba9876543210.js"'),
        ("Raised by:</th>\n<td>analytics.views.page</td>", "Raised by:</th>\n<td>analytics.pages.page</td>"),
        ("Request id-1 failed", "Request id-2 failed"),
    ],
)
def test_what_differs_by_itself_is_the_same(before, after):
    assert compare_pages.evened(before, "id-1") == compare_pages.evened(after, "id-2")


@pytest.mark.parametrize(("before", "after"), [("$1.20", "$1.21"), ("theme.js", "themes.js"), ("a b", "a  b")])
def test_what_people_see_is_compared_to_the_letter(before, after):
    assert compare_pages.evened(before, "") != compare_pages.evened(after, "")
