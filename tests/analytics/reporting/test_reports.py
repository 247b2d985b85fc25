"""Reports: how groups are ranked and folded, what of them is measured against the window before, what else they say."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from analytics.ledger import record
from analytics.metrics import EVERY_METRIC, METRICS
from analytics.models import SUMS, ModelAlias
from analytics.reporting import reports
from analytics.reporting.columns import estimated, measured
from analytics.reporting.query import Filters
from analytics.reporting.sums import Sums, value
from analytics.windows import day_window, preset_window
from tests.analytics.questions import ask
from tests.analytics.usage import random_events, use

pytestmark = pytest.mark.django_db
DAY = day_window(date(2026, 11, 18), date(2026, 11, 18), ZoneInfo("UTC"))


@pytest.mark.parametrize("metric", sorted(METRICS))
def test_groups_are_ranked_by_the_metric_then_by_key(workspace, now, metric):
    for key, tokens, cost, times in ((workspace.olga_key, 1, 3, 1), (workspace.dora_key, 2, 1, 2)):
        for _ in range(times):
            use(key, "2026-11-18T10:00", input_tokens=tokens, output_tokens=0, cost=Decimal(cost))
    use(workspace.search_key, "2026-11-18T10:00", input_tokens=1, output_tokens=0, cost=Decimal(3))
    report = reports.build(ask(workspace.organization, DAY, now, dimension="apiKey", metric=metric, bucket="day"))
    ranked = {
        "cost": ["key_olga", "key_search", "key_dora"],
        "requests": ["key_dora", "key_olga", "key_search"],
        "tokens": ["key_dora", "key_olga", "key_search"],
    }
    assert [group.key for group in report.groups] == ranked[metric]


def test_one_leftover_is_named_and_more_become_other(workspace, now):
    for number in range(5):
        use(workspace.olga_key, "2026-11-18T10:00", model=f"model-{number}", cost=Decimal(number))
    query = ask(workspace.organization, DAY, now, bucket="day")
    named, folded = reports.build(query, 4), reports.build(query, 3)
    assert (len(named.series), named.other) == (5, None)
    assert (len(folded.series), folded.other.group.label, folded.other.group.others) == (3, "Other (2)", 2)
    assert folded.other.group.sums.cost == Decimal(1)


def test_an_alias_counts_at_once_and_for_the_past(workspace, now):
    use(workspace.olga_key, "2026-01-05T10:00", provider="openai", model="gpt-5.5")
    use(workspace.olga_key, "2026-01-06T10:00", provider="azure", model="prod-deployment-7")
    window = day_window(date(2026, 1, 1), date(2026, 1, 31), ZoneInfo("UTC"))
    query = ask(workspace.organization, window, now)
    assert len(reports.build(query).groups) == 2
    ModelAlias.objects.create(provider="azure", name="prod-deployment-7", canonical="gpt-5.5")
    (group,) = reports.build(query).groups
    assert (group.key, group.sums.request_count) == ("gpt-5.5", 2)


def test_archived_projects_and_revoked_keys_stay_in_the_sums(workspace, now):
    use(workspace.olga_key, "2026-11-17T10:00")
    workspace.olga_key.revoked_at = now
    workspace.olga_key.save()
    workspace.chat.status = "archived"
    workspace.chat.save()
    window = preset_window("7d", now, ZoneInfo("UTC"))
    (key,) = reports.build(ask(workspace.organization, window, now, dimension="apiKey")).groups
    (project,) = reports.build(ask(workspace.organization, window, now, dimension="project")).groups
    assert (key.status, project.status) == ("revoked", "archived")
    assert key.sums == project.sums == reports.build(ask(workspace.organization, window, now)).totals


@pytest.mark.parametrize("filters", [Filters(), Filters(model=("gpt-5.5",))], ids=["everything", "filtered"])
def test_what_is_measured_against_it_ends_with_the_last_full_hour_and_the_totals_stay(workspace, now, filters):
    for at in ("2026-11-17T12:05", "2026-11-17T11:59", "2026-11-18T12:10", "2026-11-18T11:59"):  # now is 12:30
        use(workspace.olga_key, at)
    window = preset_window("today", now, ZoneInfo("UTC"))
    query = ask(workspace.organization, window, now, dimension="project", filters=filters, compare=True, bucket="day")
    report = reports.build(query)
    assert report.totals.request_count == 2
    assert report.compared.current.request_count == report.compared.totals.request_count == 1
    assert sum(report.compared.whole, start=Sums()) == report.compared.totals
    assert report.compared.current_groups == {"proj_chat": report.compared.groups["proj_chat"].sums}


@pytest.mark.parametrize(
    ("used", "since"),
    [
        (["2026-11-05T23:00"], None),  # on the compared window's first day
        (["2026-11-07T09:41:07.000005"], "2026-11-07"),
        (["2026-11-13T09:00"], None),  # after it: nothing of it is recorded
        (["2026-11-07T09:00", "2026-01-01T00:00"], None),
    ],
)
def test_where_the_compared_window_begins_before_the_history_its_first_day_is_told(workspace, now, used, since):
    for at in used:
        use(workspace.olga_key, at)
    window = preset_window("7d", now, ZoneInfo("UTC"))
    report = reports.build(ask(workspace.organization, window, now, compare=True))
    assert report.first_usage == datetime.fromisoformat(min(used)).replace(tzinfo=UTC)
    assert report.compared.since == (since and date.fromisoformat(since))


@pytest.mark.parametrize(("timezone", "exact"), [("UTC", True), ("Europe/Berlin", True), ("Asia/Kolkata", False)])
def test_a_zone_off_the_reporting_hours_is_said_to_be_inexact(workspace, now, timezone, exact):
    window = preset_window("7d", now, ZoneInfo(timezone))
    assert reports.build(ask(workspace.organization, window, now)).exact is exact


def test_before_the_first_event_there_is_no_time_of_the_data(workspace, now):
    query = ask(workspace.organization, preset_window("7d", now, ZoneInfo("UTC")), now)
    assert reports.build(query).data_through is None
    use(workspace.olga_key, "2026-11-17T10:00:00.25")
    use(workspace.olga_key, "2026-11-16T10:00")
    assert reports.build(query).data_through == datetime(2026, 11, 17, 10, 0, 0, 250_000, tzinfo=UTC)


@pytest.mark.parametrize("metric", EVERY_METRIC.values(), ids=lambda metric: metric.key)
def test_a_page_reads_over_time_what_its_chart_is_drawn_from_and_no_more(workspace, now, metric):
    record.record_events(random_events([workspace.olga_key, workspace.dora_key, workspace.search_key]))
    for key in (workspace.olga_key, workspace.dora_key, workspace.search_key):
        use(key, datetime(2026, 6, 1, 12, tzinfo=UTC), cost=None, input_tokens=5)
    window = day_window(date(2025, 12, 31), date(2026, 11, 1), ZoneInfo("UTC"))
    query = ask(workspace.organization, window, now, dimension="apiKey", metric=metric.key, bucket="day")
    page, whole = (reports.build(query, 1, page_at=at) for at in (now, None))

    def drawn(report):
        every = [sums for series in (*report.series, report.other) for sums in series.values]
        known = [metric.is_quotient and measured(sums, metric) is not None for sums in every]
        return [(value(sums, metric), estimated(sums, metric)) for sums in every], known

    assert drawn(page) == drawn(whole)
    read = {name for sums in page.series[0].values for name, number in sums._asdict().items() if number}
    assert read <= {summed.column for summed in reports._of(metric)} < set(SUMS)
