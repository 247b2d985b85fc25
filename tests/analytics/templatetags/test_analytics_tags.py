"""The filters that templates have: texts come from `formatting` and `dates`, as they are."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.template import Context, Template

from analytics.reporting.sums import Pair

CONTEXT = {
    "pair": Pair(3, 4),
    "cost": Decimal("1234567.891"),
    "then": datetime(2026, 11, 22, 12, tzinfo=UTC),
    "now": datetime(2026, 11, 22, 14, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("pair|share", "75.0%"),
        ("cost|amount:'usd'", "$1,234,567.89"),
        ("cost|headline:'usd'", "$1.2M"),
        ("then|ago:now", "2 h ago"),
    ],
)
def test_a_value_is_written_by_the_one_formatter(expression, text):
    assert Template("{% load analytics_tags %}{{ " + expression + " }}").render(Context(CONTEXT)) == text


def test_a_change_says_its_direction():
    written = Template("{% load analytics_tags %}{% with c=pair|change %}{{ c.kind }} {{ c.text }}{% endwith %}")
    assert written.render(Context(CONTEXT)) == "down 25.0%"
