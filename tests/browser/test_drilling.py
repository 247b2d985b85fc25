"""The chart over time cut otherwise: its control, a bar that opens, the table, the way back from what is hidden."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ANALYTICS
from tests.browser.test_charts import PROJECTS, data, hover, legend, state


def test_without_javascript_the_table_stands_in_the_drawings_place(visit):
    page = visit(PROJECTS, java_script_enabled=False)
    expect(page.locator("#over-time-box, #legend, #chart-tooltip, #chart-shape").filter(visible=True)).to_have_count(0)
    table = page.get_by_role("region", name="Cost over time")
    assert table.locator("tbody tr").count() == 30
    names = page.locator("#ranking .bar-name").all_inner_texts()
    assert table.locator("thead th").all_inner_texts() == ["Day", *names, "Total"]
    table.get_by_role("link", name="Wed, Nov 11, 2026").click()
    page.wait_for_url("**from=2026-11-11&to=2026-11-11&bucket=hour**")
    expect(table.locator("thead th").first).to_have_text("Hour")
    page.goto(f"{ANALYTICS}?range=12m&bucket=day")
    page.get_by_role("link", name="show them as a table").click()
    expect(table.locator("tbody tr")).to_have_count(357)


def test_hours_days_weeks_and_months_are_chosen_in_the_charts_head(visit):
    page = visit(f"{ANALYTICS}?range=12m&groupBy=project")
    choices = page.get_by_role("radiogroup", name="One bar is").get_by_role("radio")
    assert choices.all_inner_texts() == ["Day", "Week", "Month"]
    expect(page.get_by_role("radio", name="Week")).to_have_attribute("aria-checked", "true")
    page.get_by_role("radio", name="Month").click()
    page.wait_for_url(re.compile("bucket=month"))
    expect(page.locator("#time-table thead th").first).to_have_text("Month")
    assert len(data(page)["titles"]) == 12


@pytest.mark.parametrize("way", ["click", "keys", "table"])
def test_a_bar_opens_its_days_one_step_finer_and_colours_hold(visit, way):
    page = visit(f"{PROJECTS}&bucket=week")
    colour = dict(zip(state(page)["shown"], state(page)["colours"], strict=True))
    if way == "click":
        page.mouse.click(*hover(page, 0.5))
    elif way == "keys":
        page.locator("#over-time-box").focus()
        for key in ("Home", "ArrowRight", "ArrowRight", "Enter"):
            page.keyboard.press(key)
    else:
        page.get_by_role("link", name="Show as table").click()
        page.get_by_role("link", name="Nov 2 – 8, 2026").click()
    page.wait_for_url(re.compile("from=2026-11-02&to=2026-11-08&bucket=day"))
    expect(page.locator(".range-days").first).to_have_text("Nov 2 – 8, 2026")
    page.mouse.move(5, 5)  # what is pointed at dims the others
    finer = dict(zip(state(page)["shown"], state(page)["colours"], strict=True))
    both = finer.keys() & colour.keys()
    assert {name: finer[name] for name in both} == {name: colour[name] for name in both}
    page.go_back()
    page.wait_for_url(re.compile("bucket=week"))


def test_a_pointer_that_leaves_a_chart_which_is_being_taken_away_is_no_error(visit):
    page = visit(PROJECTS)
    hover(page, 0.5)
    page.evaluate("htmx.trigger(document.getElementById('over-time'), 'htmx:beforeCleanupElement')")
    page.mouse.move(5, 5)
    expect(page.locator(".chart-tooltip")).to_be_hidden()


def test_the_table_takes_the_drawings_place_and_gives_it_back(visit):
    page = visit(PROJECTS)
    page.get_by_role("link", name="Show as table").click()
    page.locator("#time-table").wait_for()
    expect(page.locator("#over-time-box, #legend").filter(visible=True)).to_have_count(0)
    assert (
        page.locator("#time-table tbody tr").nth(18).locator("td").all_inner_texts()[0]
        == data(page)["series"][0]["texts"][18]
    )
    page.get_by_role("tab", name="Tokens").click()
    expect(page.locator("#time-table caption")).to_contain_text("Tokens per day")
    page.get_by_role("link", name="Show as chart").click()
    page.locator("#over-time-box").wait_for()
    hover(page, 0.5)
    expect(page.locator("#chart-tooltip .tooltip-value").first).not_to_have_text("…")


def test_the_texts_of_very_many_buckets_come_when_somebody_points_at_them(visit):
    page = visit(f"{ANALYTICS}?range=30d&groupBy=project&bucket=hour")
    assert page.locator("#time-table tbody tr").count() == 0
    hover(page, 0.5)
    expect(page.locator("#chart-tooltip .tooltip-foot .tooltip-value").first).to_have_text(re.compile(r"^\$"))
    assert page.locator("#time-table tbody tr").count() == len(data(page)["titles"])
    page.wait_for_load_state("networkidle")


def test_what_is_hidden_takes_the_compared_line_with_it_and_show_all_brings_both_back(visit):
    page = visit(PROJECTS)
    drawn = "() => Chart.getChart('over-time').options.plugins.previousLine.values.length"
    assert page.evaluate(drawn) == 30
    page.locator("#legend button").nth(2).click(modifiers=["Shift"])
    assert page.evaluate(drawn) == 0
    expect(page.locator("#legend [data-compared]")).to_be_hidden()
    hover(page, 18.3 / 29)
    feet = page.locator("#chart-tooltip .tooltip-foot .tooltip-row").all_inner_texts()
    assert [foot.split("\n") for foot in feet] == [["Total, with what is hidden", data(page)["totals"][18]]]
    page.get_by_role("button", name="Show all").click()
    assert page.evaluate(drawn) == 30
    assert state(page)["shown"] == legend(page)
    expect(page.get_by_role("button", name="Show all")).to_have_count(0)
    expect(page.locator("#legend button").first).to_be_focused()
