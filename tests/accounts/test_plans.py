"""Which plan opens what."""

import pytest

from accounts.plans import Feature, Plan, includes, required_plan

ANALYTICS = Feature.ORGANIZATION_ANALYTICS


@pytest.mark.parametrize(("plan", "opens"), [("free", False), ("pro", False), ("enterprise", True)])
def test_organization_analytics_is_part_of_enterprise_alone(plan, opens):
    assert includes(plan, ANALYTICS) is opens


@pytest.mark.parametrize("plan", ["", "gold", "Enterprise"])
def test_a_plan_that_there_is_not_opens_nothing_in_silence(plan):
    with pytest.raises(ValueError, match="is not a valid Plan"):
        includes(plan, ANALYTICS)


@pytest.mark.parametrize("feature", Feature)
def test_the_required_plan_is_the_smallest_that_includes_it(feature):
    opening = [plan for plan in Plan if includes(plan, feature)]
    assert required_plan(feature) == opening[0]


def test_the_label_of_the_required_plan_is_what_people_read():
    assert required_plan(ANALYTICS).label == "Enterprise"
