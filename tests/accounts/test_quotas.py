"""How much is left of a minute and of a day, for each organization and each quota by itself."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from accounts import quotas
from accounts.models import RateWindow
from accounts.quotas import EVENTS, KEYS, MODELS, PROJECTS

pytestmark = pytest.mark.django_db
QUOTAS = (EVENTS, MODELS, KEYS, PROJECTS)


@pytest.fixture(autouse=True)
def _five(settings) -> None:
    for quota in QUOTAS:
        setattr(settings, quota.setting, 5)


def test_what_is_taken_is_told_what_was_left_before_and_less_than_nothing_is_nothing():
    assert [quotas.take(EVENTS, 1, 3) for _ in range(4)] == [5, 2, 0, 0]


def test_to_look_at_what_is_left_takes_nothing():
    quotas.take(EVENTS, 1, 2)
    assert [quotas.left(EVENTS, 1) for _ in range(3)] == [3, 3, 3]


def test_organizations_and_quotas_are_counted_apart():
    quotas.take(EVENTS, 1, 5)
    assert [quotas.left(quota, 1) for quota in QUOTAS] == [0, 5, 5, 5]
    assert quotas.left(EVENTS, 11) == 5


def test_a_changed_setting_counts_at_once(settings):
    quotas.take(KEYS, 1, 4)
    settings.QUOTA_NEW_KEYS = 3
    assert (KEYS.most, quotas.left(KEYS, 1)) == (3, 0)
    settings.QUOTA_NEW_KEYS = 10
    assert quotas.left(KEYS, 1) == 6


@pytest.mark.parametrize(("quota", "seconds"), [(EVENTS, 60), *((quota, 86_400) for quota in (MODELS, KEYS, PROJECTS))])
def test_events_are_counted_by_the_minute_and_what_is_made_by_the_day(quota, seconds):
    quotas.take(quota, 1, 1)
    assert seconds - 5 <= quotas.wait_seconds(quota, 1) <= seconds


def test_after_the_end_of_its_minute_all_are_left_again():
    quotas.take(EVENTS, 1, 5)
    RateWindow.objects.update(ends_at=Now() - timedelta(seconds=1))
    assert quotas.left(EVENTS, 1) == 5
