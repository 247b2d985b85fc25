"""The small line on a card: flat where nothing can be seen, and open where its last bucket is not over."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from analytics.dashboard.sparkline import sparkline
from analytics.metrics import METRICS
from analytics.reporting import reports
from analytics.windows import preset_window
from tests.analytics.questions import ask
from tests.analytics.usage import use

pytestmark = pytest.mark.django_db
UTC = ZoneInfo("UTC")


def test_a_sparkline_without_usage_is_flat(workspace, now):
    report = reports.build(ask(workspace.organization, preset_window("7d", now, UTC), now))
    assert sparkline(report, METRICS["cost"], now).flat


def test_the_last_segment_of_a_sparkline_is_apart_while_unfinished(workspace, now):
    use(workspace.olga_key, now - timedelta(days=1))
    report = reports.build(ask(workspace.organization, preset_window("7d", now, UTC), now))
    found = sparkline(report, METRICS["cost"], now)
    assert found.line.count("L") == 5
    assert found.unfinished.count("L") == 1
    past = reports.build(ask(workspace.organization, preset_window("last-month", now, UTC), now))
    assert sparkline(past, METRICS["cost"], now).unfinished == ""
