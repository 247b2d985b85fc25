"""What the charts draw: the same numbers as the report, nothing of the future, colours that hold."""

from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics import charts, reports, table
from analytics.columns import default_sort
from analytics.metrics import DIMENSIONS, METRICS
from analytics.query import Filters, Query
from analytics.windows import day_window, default_bucket, preset_window, previous
from tests.analytics.usage import event, use

pytestmark = pytest.mark.django_db
UTC = ZoneInfo("UTC")


def ask(organization, window, now, *, metric="cost", dimension="model", compare=False, bucket=None, filters=None):
    return Query(
        organization_id=organization.pk,
        window=window,
        bucket=bucket or default_bucket(window),
        dimension=DIMENSIONS[dimension],
        metric=METRICS[metric],
        filters=filters or Filters(),
        comparison="previous" if compare else "none",
        compared=previous(window, now) if compare else None,
    )


@pytest.fixture
def twelve_models(workspace, now):
    """model-00 costs most; model-11 has the most tokens. All were used yesterday."""
    for number in range(12):
        use(
            workspace.olga_key,
            now - timedelta(days=1),
            model=f"model-{number:02}",
            cost=Decimal(100 - number),
            input_tokens=number * 1000,
        )
    return workspace.organization


@pytest.mark.parametrize("metric", METRICS)
def test_the_stack_sums_to_the_whole_in_every_bucket(twelve_models, now, metric):
    report = reports.build(ask(twelve_models, preset_window("7d", now, UTC), now, metric=metric))
    drawn = charts.over_time(report, now)
    stacks = [sum(values) for values in zip(*(series["values"] for series in drawn["series"]), strict=True)]
    assert stacks == [float(charts.value(sums, METRICS[metric])) for sums in report.whole]
    assert sum(stacks) > 0


def test_top_8_and_other_with_other_last_whatever_its_size(twelve_models, now):
    bands = charts.bands(reports.build(ask(twelve_models, preset_window("7d", now, UTC), now)))
    assert [band.label for band in bands] == [*(f"model-{n:02}" for n in range(8)), "Other (4)"]
    assert bands[-1].sums.cost > bands[0].sums.cost


def test_one_that_is_left_over_is_named(twelve_models, workspace, now):
    for number in range(9):
        use(workspace.olga_key, now - timedelta(days=30), model=f"model-{number:02}")
    window = day_window((now - timedelta(days=30)).date(), (now - timedelta(days=30)).date(), UTC)
    bands = charts.bands(reports.build(ask(twelve_models, window, now)))
    assert [band.label for band in bands] == [f"model-{n:02}" for n in range(9)]


@pytest.fixture
def a_year(workspace, now):
    """Cost over twelve months: model-01 $12 … model-12 $1. In the last days model-12 leads and model-00 $0.50 is new to
    the chart; zebra and antique were used only before the twelve months."""
    for number in range(1, 13):
        use(workspace.olga_key, now - timedelta(days=200), model=f"model-{number:02}", cost=Decimal(12 - number))
        use(workspace.olga_key, now - timedelta(days=1), model=f"model-{number:02}", input_tokens=number * 1000)
    use(workspace.search_key, now - timedelta(days=1), model="model-12", cost=Decimal("0.1"))
    for model in ("zebra", "antique", "model-01"):
        use(workspace.olga_key, now - timedelta(days=400), model=model)
    return workspace.organization


def colours(organization, now, window="7d", **options) -> dict[str, int]:
    window = preset_window(window, now, UTC) if isinstance(window, str) else window
    return charts.slots(reports.build(ask(organization, window, now, **options), standing_at=now))


@pytest.mark.parametrize("window", ["7d", "24h", "90d", "12m", "month", "year"])
@pytest.mark.parametrize("metric", METRICS)
def test_a_group_keeps_its_colour_whatever_the_window_and_the_metric(a_year, now, window, metric):
    found = colours(a_year, now, window, metric=metric)
    standing = {f"model-{number:02}": number for number in range(1, 11)}
    assert {key: slot for key, slot in found.items() if key in standing} == {
        key: slot for key, slot in standing.items() if key in found
    }
    assert len(found) == len(set(found.values())) == 8


def test_who_has_no_standing_takes_the_lowest_colour_unused_in_the_chart_by_key(a_year, now):
    assert colours(a_year, now, metric="tokens") == {
        **{f"model-{number:02}": number for number in range(5, 11)},
        "model-11": 1,
        "model-12": 2,
    }
    year_ago = day_window((now - timedelta(days=401)).date(), (now - timedelta(days=399)).date(), UTC)
    assert colours(a_year, now, year_ago) == {"model-01": 1, "antique": 2, "zebra": 3}


def test_equal_standing_is_settled_by_key(workspace, now):
    for model in ("delta", "alpha", "charlie"):
        use(workspace.olga_key, now - timedelta(days=1), model=model)
    assert colours(workspace.organization, now) == {"alpha": 1, "charlie": 2, "delta": 3}


def test_standing_is_seen_inside_the_filters(a_year, now):
    inside = Filters(project=("proj_search",))
    assert colours(a_year, now, filters=inside) == {"model-12": 1}


def test_standing_is_read_by_pages_only_in_one_statement(a_year, now):
    query = ask(a_year, preset_window("7d", now, UTC), now)
    with CaptureQueriesContext(connection) as plain:
        assert reports.build(query).standing == ()
    with CaptureQueriesContext(connection) as seen:
        assert len(reports.build(query, standing_at=now).standing) == 10
    assert len(seen) == len(plain) + 1


def test_a_table_row_has_the_colour_of_its_series_and_grey_when_it_is_part_of_other(a_year, now):
    report = reports.build(ask(a_year, preset_window("7d", now, UTC), now, metric="tokens"), standing_at=now)
    bands = {band.key: band.slot for band in charts.bands(report)}
    assert bands[None] == 0
    assert {row.group.key: row.slot for row in table.every_row(report, default_sort(report.query))} == {
        group.key: bands.get(group.key, 0) for group in report.groups
    }


def test_the_future_is_absent(workspace, now):
    use(workspace.olga_key, now)
    window = day_window(now.date() - timedelta(days=2), now.date() + timedelta(days=5), UTC)
    drawn = charts.over_time(reports.build(ask(workspace.organization, window, now)), now)
    assert drawn["labels"] == ["Nov 16", "Nov 17", "Nov 18"]
    assert drawn["unfinished"]["label"] == "Today, partial"


def test_empty_buckets_are_zero_and_never_missing(workspace, now):
    use(workspace.olga_key, now - timedelta(days=3))
    drawn = charts.over_time(reports.build(ask(workspace.organization, preset_window("7d", now, UTC), now)), now)
    assert drawn["series"][0]["values"] == [0, 0, 0, 1, 0, 0, 0]


def test_a_window_of_one_bucket_is_drawn_as_a_bar(workspace, now):
    use(workspace.olga_key, now)
    query = ask(workspace.organization, day_window(now.date(), now.date(), UTC), now, bucket="day")
    assert charts.over_time(reports.build(query), now)["kind"] == "bar"


def test_the_compared_window_is_drawn_bucket_by_bucket(workspace, now):
    use(workspace.olga_key, now - timedelta(days=8), cost=Decimal(3))
    use(workspace.olga_key, now - timedelta(days=1), cost=Decimal(5))
    drawn = charts.over_time(
        reports.build(ask(workspace.organization, preset_window("7d", now, UTC), now, compare=True)), now
    )
    assert drawn["previous"]["values"] == [0, 0, 0, 0, 0, 3, 0]
    assert drawn["series"][0]["values"] == [0, 0, 0, 0, 0, 5, 0]
    assert drawn["previous"]["titles"][5] == "Tue, Nov 10, 2026"


def test_the_repeated_hour_of_a_clock_change_shows_its_offset(workspace, now):
    new_york = ZoneInfo("America/New_York")
    window = day_window(date(2026, 11, 1), date(2026, 11, 1), new_york)
    labels = charts.over_time(reports.build(ask(workspace.organization, window, now)), now)["labels"]
    assert (len(labels), labels[1:3]) == (25, ["01:00 −04:00", "01:00 −05:00"])


@pytest.mark.parametrize(
    ("top", "metric", "count", "labels"),
    [
        ("0", "cost", 6, ["$0"]),
        ("861", "cost", 6, ["$0", "$200", "$400", "$600", "$800", "$1K"]),
        ("861", "cost", 4, ["$0", "$500", "$1K"]),
        ("0.0071", "cost", 6, ["$0", "$0.002", "$0.004", "$0.006", "$0.008"]),
        ("3", "requests", 6, ["0", "1", "2", "3"]),
        ("36000", "tokens", 6, ["0", "10K", "20K", "30K", "40K"]),
    ],
)
def test_the_axis_begins_at_zero_and_ends_at_or_above_the_largest(top, metric, count, labels):
    ticks = charts.axis(Decimal(top), METRICS[metric], count)
    assert [tick["label"] for tick in ticks] == labels
    assert ticks[-1]["value"] >= float(top)


def test_a_sparkline_without_usage_is_flat(workspace, now):
    report = reports.build(ask(workspace.organization, preset_window("7d", now, UTC), now))
    assert charts.sparkline(report, METRICS["cost"], now).flat


def test_the_last_segment_of_a_sparkline_is_apart_while_unfinished(workspace, now):
    use(workspace.olga_key, now - timedelta(days=1))
    report = reports.build(ask(workspace.organization, preset_window("7d", now, UTC), now))
    found = charts.sparkline(report, METRICS["cost"], now)
    assert found.line.count("L") == 5
    assert found.unfinished.count("L") == 1
    past = reports.build(ask(workspace.organization, preset_window("last-month", now, UTC), now))
    assert charts.sparkline(past, METRICS["cost"], now).unfinished == ""


def test_the_texts_of_a_series_are_its_exact_sums(workspace, now):
    use(workspace.olga_key, now - timedelta(days=1), cost=Decimal("0.1"))
    use(workspace.olga_key, now - timedelta(days=1), cost=Decimal("0.2"))
    for one in [event(workspace.dora_key, now - timedelta(days=1), cost=Decimal("0.004"), model="other")]:
        use(workspace.dora_key, one.occurred_at, cost=one.cost, model=one.model)
    drawn = charts.over_time(reports.build(ask(workspace.organization, preset_window("7d", now, UTC), now)), now)
    assert [series["texts"][5] for series in drawn["series"]] == ["$0.30", "$0.0040"]
    assert drawn["totals"][5] == "$0.30"
