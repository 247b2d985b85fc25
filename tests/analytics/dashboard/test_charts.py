"""What the charts draw: the same numbers as the report, nothing of the future, colours that hold."""

import re
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from analytics.dashboard import charts
from analytics.metrics import METRICS
from analytics.reporting import reports
from analytics.reporting.sums import value
from analytics.windows import buckets, day_window, preset_window
from tests.analytics.questions import ask
from tests.analytics.usage import event, use
from tests.kept import kept
from tests.servers import ROOT

pytestmark = pytest.mark.django_db
UTC = ZoneInfo("UTC")


@pytest.fixture
@kept
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
    assert stacks == pytest.approx([float(value(sums, METRICS[metric])) for sums in report.whole])
    assert sum(stacks) > 0


def test_points_are_drawn_to_four_digits_of_the_highest_and_told_exactly(workspace, now):
    for hours, cost in ((24, "1234.567890123"), (48, "0.000012345678")):
        use(workspace.olga_key, now - timedelta(hours=hours), cost=Decimal(cost))
    drawn = charts.over_time(reports.build(ask(workspace.organization, preset_window("7d", now, UTC), now)), now)
    assert drawn["series"][0]["values"][4:6] == [0.0, 1235.0]
    assert drawn["series"][0]["texts"][4:6] == ["$0.000012", "$1,234.57"]


def test_the_browser_formats_no_number():
    """There is one formatter, formatting.py: what the chart says comes from it as text, so no second one can differ."""
    scripts = sorted((ROOT / "static" / "js").glob("*.js"))
    assert {"charts.js", "chart-marks.js", "chart-pointer.js", "legend.js", "tooltip.js"} <= {
        script.name for script in scripts
    }
    numbers = re.compile(r"toFixed|toPrecision|toExponential|NumberFormat|toLocaleString")
    assert [script.name for script in scripts if numbers.search(script.read_text())] == []


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


def test_the_future_is_absent(workspace, now):
    use(workspace.olga_key, now)
    window = day_window(now.date() - timedelta(days=2), now.date() + timedelta(days=5), UTC)
    drawn = charts.over_time(reports.build(ask(workspace.organization, window, now)), now)
    assert drawn["x"]["wide"] == [(0, "Nov 16"), (1, "Nov 17"), (2, "Nov 18")]
    assert [len(series["values"]) for series in drawn["series"]] == [3]
    assert drawn["unfinished"] == {"label": "Today, partial", "note": "partial, through 12:30"}


def test_empty_buckets_are_zero_and_never_missing(workspace, now):
    use(workspace.olga_key, now - timedelta(days=3))
    drawn = charts.over_time(reports.build(ask(workspace.organization, preset_window("7d", now, UTC), now)), now)
    assert drawn["series"][0]["values"] == [0, 0, 0, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("days", "bucket", "kind"),
    [(1, "day", "bar"), (7, "day", "bar"), (20, "week", "bar"), (60, "month", "bar"), (2, "hour", "line")],
)
def test_hours_are_drawn_as_areas_and_all_that_is_longer_as_bars(workspace, now, days, bucket, kind):
    use(workspace.olga_key, now)
    window = day_window(now.date() - timedelta(days=days - 1), now.date(), UTC)
    drawn = charts.over_time(reports.build(ask(workspace.organization, window, now, bucket=bucket)), now)
    assert drawn["kind"] == kind
    assert bool(drawn["opens"]) == (bucket != "hour")


@pytest.mark.usefixtures("history")
def test_the_compared_window_is_drawn_bucket_by_bucket(workspace, now):
    use(workspace.olga_key, now - timedelta(days=8), cost=Decimal(3))
    use(workspace.olga_key, now - timedelta(days=1), cost=Decimal(5))
    drawn = charts.over_time(
        reports.build(ask(workspace.organization, preset_window("7d", now, UTC), now, compare=True)), now
    )
    assert drawn["previous"]["values"] == [0, 0, 0, 0, 0, 3, 0]
    assert drawn["series"][0]["values"] == [0, 0, 0, 0, 0, 5, 0]
    assert drawn["previous"]["titles"][5] == "Previous, Nov 10"
    assert drawn["previous"]["texts"][5] == "$3.00"
    assert drawn["previous"]["since"] is None


def test_the_dashed_line_begins_with_the_first_usage(workspace, now):
    use(workspace.olga_key, now - timedelta(days=8), cost=Decimal(3))
    report = reports.build(ask(workspace.organization, preset_window("7d", now, UTC), now, compare=True))
    drawn = charts.over_time(report, now)["previous"]
    assert drawn["values"] == [None, None, None, None, None, 3, 0]
    assert drawn["texts"][4:6] == ["not recorded", "$3.00"]
    assert drawn["since"] == (5, "Previous: recorded from here")
    assert drawn["label"] == "Previous, from Nov 10, 2026"


@pytest.mark.parametrize(
    ("first", "last", "bucket", "clipped"),
    [
        ("2026-01-01", "2026-03-31", "week", [(0, "Jan 1 – 4"), (13, "Mar 30 – 31")]),
        ("2026-01-05", "2026-03-29", "week", []),
        ("2026-01-01", "2026-03-30", "month", [(2, "Mar 1 – 30")]),
        ("2026-01-01", "2026-01-02", "week", [(0, "Jan 1 – 2")]),
        ("2026-11-12", "2026-11-18", "week", [(0, "Nov 12 – 15")]),  # the last one is not over yet
        ("2026-01-01", "2026-03-30", "day", []),
    ],
)
def test_a_week_or_month_that_the_window_cuts_off_says_its_days(workspace, now, first, last, bucket, clipped):
    window = day_window(date.fromisoformat(first), date.fromisoformat(last), UTC)
    report = reports.build(ask(workspace.organization, window, now, bucket=bucket))
    assert charts.over_time(report, now)["clipped"] == clipped


def test_the_repeated_hour_of_a_clock_change_shows_its_offset(workspace, now):
    new_york = ZoneInfo("America/New_York")
    window = day_window(date(2026, 11, 1), date(2026, 11, 1), new_york)
    drawn = charts.over_time(reports.build(ask(workspace.organization, window, now)), now)
    assert len(drawn["titles"]) == 25
    assert drawn["titles"][1:3] == ["Sun, Nov 1, 01:00 −04:00", "Sun, Nov 1, 01:00 −05:00"]


@pytest.mark.parametrize(
    ("first", "last", "at_most", "labels"),
    [
        ("2026-10-24", "2026-11-22", 8, ["Oct 25", "Oct 29", "Nov 2", "Nov 6", "Nov 10", "Nov 14", "Nov 18", "Nov 22"]),
        ("2026-10-24", "2026-11-22", 4, ["Oct 29", "Nov 6", "Nov 14", "Nov 22"]),
        ("2026-11-16", "2026-11-22", 8, [f"Nov {day}" for day in range(16, 23)]),
        ("2025-12-28", "2026-01-03", 4, ["Dec 28", "Dec 30", "Jan 1, 2026", "Jan 3"]),
        ("2026-11-22", "2026-11-22", 4, ["05:00", "11:00", "17:00", "23:00"]),
        ("2025-11-24", "2026-11-22", 8, ["Dec 8", "Jan 26, 2026", "Mar 16"]),
    ],
)
def test_the_last_bucket_is_labelled_and_every_nth_before_it(workspace, now, first, last, at_most, labels):
    query = ask(workspace.organization, day_window(date.fromisoformat(first), date.fromisoformat(last), UTC), now)
    found = charts.x_ticks(buckets(query.window, query.bucket), query, at_most)
    places = [place for place, _ in found]
    assert places[-1] == len(buckets(query.window, query.bucket)) - 1
    assert len({after - before for before, after in pairwise(places)}) == 1
    assert len(found) in {4, 7, 8}
    assert [label for _, label in found][: len(labels)] == labels


def test_on_small_screens_the_unfinished_bucket_is_called_by_its_name(workspace, now):
    drawn = charts.over_time(reports.build(ask(workspace.organization, preset_window("30d", now, UTC), now)), now)
    assert drawn["x"]["small"][-1] == (29, "Today")
    past = charts.over_time(reports.build(ask(workspace.organization, preset_window("last-month", now, UTC), now)), now)
    assert past["x"]["small"][-1] == (30, "Oct 31")


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
    assert [label for _, label in ticks] == labels
    assert ticks[-1][0] >= float(top)


def test_there_are_smaller_axes_for_when_what_is_large_is_hidden():
    found = charts.axes(Decimal(861), Decimal(20), METRICS["cost"], 6)
    assert [axis[-1][1] for axis in found] == ["$30", "$60", "$150", "$250", "$500", "$1K"]
    assert all(len(axis) <= 6 for axis in found)
    assert charts.axes(Decimal(0), Decimal(0), METRICS["cost"], 6) == [[(0.0, "$0")]]


def test_the_texts_of_a_series_are_its_exact_sums(workspace, now):
    use(workspace.olga_key, now - timedelta(days=1), cost=Decimal("0.1"))
    use(workspace.olga_key, now - timedelta(days=1), cost=Decimal("0.2"))
    for other in [event(workspace.dora_key, now - timedelta(days=1), cost=Decimal("0.004"), model="other")]:
        use(workspace.dora_key, other.occurred_at, cost=other.cost, model=other.model)
    drawn = charts.over_time(reports.build(ask(workspace.organization, preset_window("7d", now, UTC), now)), now)
    assert [series["texts"][5] for series in drawn["series"]] == ["$0.30", "$0.0040"]
    assert [series["shares"][5] for series in drawn["series"]] == ["98.7%", "1.3%"]
    assert drawn["series"][0]["shares"][4] == "–"
    assert drawn["totals"][5] == "$0.30"


def test_a_quotient_is_drawn_as_lines_of_quotients_of_sums_with_gaps_where_there_is_nothing(workspace, now):
    for number, fails in enumerate((True, False, False, False)):
        use(workspace.olga_key, now - timedelta(days=1, minutes=number), is_error=fails)
    use(workspace.search_key, now - timedelta(days=3))
    window = preset_window("7d", now, UTC)
    drawn = charts.over_time(
        reports.build(ask(workspace.organization, window, now, metric="errorRate", dimension="project")), now
    )
    assert drawn["stacked"] is False
    assert [series["values"] for series in drawn["series"]] == [
        [None, None, None, None, None, 25, None],
        [None, None, None, 0, None, None, None],
    ]
    assert drawn["series"][0]["texts"][4:6] == ["–", "25.0% (1 of 4)"]
    assert drawn["totals"][3:6] == ["0.0% (0 of 1)", "–", "25.0% (1 of 4)"]
    assert drawn["y"]["wide"][-1][-1][1] == "25%"
