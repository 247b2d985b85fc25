"""The charts in a real browser: what is drawn, the tooltip by mouse, keys and finger, the legend, themes, swaps."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from analytics.demo.cast import PASSWORD
from tests.browser.conftest import ANALYTICS, PHONE, Site

PROJECTS = f"{ANALYTICS}?range=30d&groupBy=project"

STATE = """() => {
  const chart = Chart.getChart("over-time");
  const token = (name) => getComputedStyle(chart.canvas).getPropertyValue(name).trim();
  const {x, y} = chart.scales;
  return {
    type: chart.config.type,
    shown: chart.data.datasets.filter((_, at) => chart.isDatasetVisible(at)).map((one) => one.label),
    colours: chart.data.datasets.map((one) => one.backgroundColor),
    borders: chart.data.datasets.map((one) => one.borderWidth.top ?? one.borderWidth),
    stacked: y.options.stacked && chart.data.datasets.every((one, at) => one.fill === (at ? "-1" : "origin")),
    animation: chart.options.animation,
    family: Chart.defaults.font.family === token("--font"),
    x: x.ticks.map((tick) => tick.label),
    y: y.ticks.map((tick) => tick.label),
    tokens: Array.from({length: 11}, (_, n) => token(n ? `--series-${n}` : "--series-other")),
    slots: JSON.parse(document.getElementById("chart-data").textContent).series.map((one) => one.slot),
  };
}"""

# Where the tooltip, the panel and the crosshair are, in pixels of the window.
PLACES = """() => {
  const chart = Chart.getChart("over-time");
  const tip = document.getElementById("chart-tooltip").getBoundingClientRect();
  const panel = document.querySelector(".over-time").getBoundingClientRect();
  const cross = chart.canvas.getBoundingClientRect().left + chart.scales.x.getPixelForValue(chart.crosshair.index);
  return {tip, panel, cross};
}"""

# Two frames and their aftermath.
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))))"


def state(page: Page) -> dict:
    return page.evaluate(STATE)


# What the script draws from: its numbers, and the texts of the table beside it.
DATA = """() => {
  const data = JSON.parse(document.getElementById("chart-data").textContent);
  const rows = [...document.querySelectorAll("#time-table tbody tr")];
  data.titles ??= rows.map((row) => row.cells[0].firstChild.textContent);
  data.series.forEach((one, at) => {
    one.texts = rows.map((row) => row.cells[at + 1].textContent);
    one.shares = rows.map((row) => row.cells[at + 1].dataset.share);
  });
  data.totals = rows.map((row) => row.cells[data.series.length + 1].textContent);
  return data;
}"""


def data(page: Page) -> dict:
    return page.evaluate(DATA)


def legend(page: Page) -> list[str]:
    return page.locator("#legend li[data-series] button").all_inner_texts()


def tooltip_names(page: Page) -> list[str]:
    return page.locator("#chart-tooltip .tooltip-rows .cut").all_inner_texts()


def hover(page: Page, across: float, down: float = 0.5) -> tuple[float, float]:
    """Moves the mouse into the plot, both as parts of it from its left and top; returns where it is."""
    area = page.evaluate(
        """() => { const {chartArea: {left, top, width, height}, canvas} = Chart.getChart("over-time");
        const box = canvas.getBoundingClientRect(); return [box.left + left, box.top + top, width, height]; }"""
    )
    x, y = area[0] + across * area[2], area[1] + down * area[3]
    page.mouse.move(x, y)
    return x, y


def test_the_stack_is_drawn_as_specified(visit):
    page = visit(PROJECTS)
    drawn = state(page)
    assert (drawn["type"], drawn["stacked"], drawn["animation"], drawn["family"]) == ("bar", True, False, True)
    assert set(drawn["borders"]) == {0.75}
    assert drawn["colours"] == [drawn["tokens"][slot] for slot in drawn["slots"]]
    assert drawn["x"] == ["Oct 25", "Oct 29", "Nov 2", "Nov 6", "Nov 10", "Nov 14", "Nov 18", "Nov 22"]
    assert drawn["y"][0] == "$0"
    assert len(drawn["y"]) <= 6
    ranked = page.locator("#ranking .bar-name").all_inner_texts()
    assert drawn["shown"] == legend(page) == ranked
    assert ranked[-1].startswith("Other (")


def part(drawn: dict, index: int) -> str:
    """What is estimated of a series, or of all, in a bucket."""
    return drawn["estimated"][index] if "estimated" in drawn else ""


def test_the_mouse_shows_the_nearest_bucket_with_the_servers_texts(visit):
    page = visit(PROJECTS)
    hover(page, 18.3 / 29, 0.98)
    tip, drawn = page.locator("#chart-tooltip"), data(page)
    expect(tip.locator("strong")).to_have_text("Wed, Nov 11, 2026")
    expect(tip.locator(".caption")).to_have_text("Cost per day")
    assert tooltip_names(page) == legend(page)
    assert tip.locator(".tooltip-rows .tooltip-value").all_inner_texts() == [
        ("≈ " if part(s, 18) else "") + s["texts"][18] for s in drawn["series"]
    ]
    assert tip.locator(".tooltip-share").all_inner_texts() == [s["shares"][18] for s in drawn["series"]]
    feet = tip.locator(".tooltip-foot .tooltip-row").all_inner_texts()
    assert [foot.split("\n") for foot in feet] == [
        ["Total", drawn["totals"][18]],
        ["Estimated", part(drawn, 18)],
        ["Same weekdays, Oct 7", drawn["previous"]["texts"][18]],
    ]
    # The lowest band lies under the pointer: it stands out in tooltip, legend and chart.
    expect(tip.locator(".emphasised .cut")).to_have_text(legend(page)[0])
    expect(page.locator("#legend .emphasised")).to_have_text(legend(page)[0])
    assert ", 0.28)" in state(page)["colours"][1]
    assert page.locator("[data-tooltip-open]").count() == 1  # no refresh meanwhile
    page.mouse.move(5, 5)
    expect(tip).to_be_hidden()
    assert page.locator("[data-tooltip-open]").count() == 0
    assert state(page)["colours"][1] == state(page)["tokens"][state(page)["slots"][1]]


@pytest.mark.parametrize("span", ["30d", "7d"])
def test_the_tooltip_stays_in_the_panel_beside_the_crosshair_and_never_under_the_pointer(visit, span):
    page = visit(f"{ANALYTICS}?range={span}&groupBy=project")
    for across in (0, 0.03, 0.24, 0.4, 0.49, 0.51, 0.58, 0.75, 0.93, 1):
        x, _ = hover(page, across, 0.4)
        at = page.evaluate(PLACES)
        tip, panel, cross = at["tip"], at["panel"], at["cross"]
        assert tip["width"] == 272
        assert panel["left"] < tip["left"] < tip["right"] < panel["right"]
        assert panel["top"] < tip["top"] < tip["bottom"] < panel["bottom"]
        gap = tip["left"] - cross if tip["left"] > cross else cross - tip["right"]
        assert gap >= 13.5
        assert not tip["left"] <= x < tip["right"]


def test_arrow_keys_move_the_crosshair_and_a_live_region_says_the_same(visit):
    page = visit(PROJECTS)
    box, title, live = (
        page.locator("#over-time-box"),
        page.locator("#chart-tooltip strong"),
        page.locator("#chart-live"),
    )
    box.focus()
    expect(page.locator("#chart-tooltip")).to_be_hidden()
    page.keyboard.press("ArrowLeft")
    expect(title).to_have_text("Sun, Nov 22, 2026, partial, through 14:20")
    page.keyboard.press("Home")
    expect(title).to_have_text("Sat, Oct 24, 2026")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    expect(title).to_have_text("Sun, Oct 25, 2026")
    assert live.text_content() == ""  # it waits until the keys rest
    drawn = data(page)
    said = [
        f"{one['label']} {one['texts'][1]}"
        + (f", includes {part(one, 1)} estimated" if part(one, 1) else "")
        + f", {one['shares'][1]}"
        for one in drawn["series"]
    ]
    feet = [
        f"Total {drawn['totals'][1]}",
        f"Estimated {part(drawn, 1)}",
        f"Same weekdays, Sep 20 {drawn['previous']['texts'][1]}",
    ]
    expect(live).to_have_text(f"Sun, Oct 25, 2026: {'; '.join([*said, *feet])}")
    page.keyboard.press("End")
    expect(title).to_have_text("Sun, Nov 22, 2026, partial, through 14:20")
    page.keyboard.press("Escape")
    expect(page.locator("#chart-tooltip")).to_be_hidden()
    expect(live).to_have_text("")
    expect(box).to_be_focused()


def test_the_legend_hides_in_the_chart_only_and_what_is_hidden_outlives_swaps(visit):
    page = visit(PROJECTS)
    names = legend(page)
    others = page.locator("#cards, #ranking, #breakdown")
    before, axis = others.all_inner_texts(), state(page)["y"]
    first = page.locator("#legend button").first
    expect(page.locator("#legend[role=group]")).to_have_attribute("aria-label", "Series")
    expect(first).to_have_attribute("aria-pressed", "true")
    first.click()
    expect(first).to_have_attribute("aria-pressed", "false")
    expect(first.locator(".cut")).to_have_css("text-decoration-line", "line-through")
    expect(first.locator(".swatch")).to_have_css("background-color", "rgba(0, 0, 0, 0)")
    assert state(page)["shown"] == names[1:]
    assert others.all_inner_texts() == before
    hover(page, 0.5)
    assert tooltip_names(page) == names[1:]
    for tab in ("Requests", "Cost"):
        page.get_by_role("tab", name=tab).click()
        page.get_by_role("heading", name=f"{tab} over time").wait_for()
        assert names[0] not in state(page)["shown"]
        assert len(state(page)["shown"]) == len(legend(page)) - 1
    first.click()
    assert state(page)["shown"] == names
    assert state(page)["y"] == axis


def test_shift_isolates_and_the_last_one_cannot_be_hidden(visit):
    page = visit(PROJECTS)
    names = legend(page)
    small = page.get_by_role("button", name=names[7])
    small.click(modifiers=["Shift"])
    assert state(page)["shown"] == [names[7]]
    peak = max(data(page)["series"][7]["values"])
    # The axis comes down to what is left, with the server's labels.
    assert peak <= page.evaluate("Chart.getChart('over-time').scales.y.max") < 3 * peak
    small.click()
    assert state(page)["shown"] == [names[7]]
    expect(small).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name=names[1]).focus()
    page.keyboard.press("Shift+Enter")
    assert state(page)["shown"] == [names[1]]
    page.keyboard.press("Shift+Enter")
    assert state(page)["shown"] == names
    page.keyboard.press("Enter")
    assert state(page)["shown"] == [name for name in names if name != names[1]]


def test_pointing_at_a_name_dims_the_others(visit):
    page = visit(PROJECTS)
    plain = state(page)["colours"]
    for place in ("#legend button", "#ranking li"):
        page.locator(place).nth(2).hover()
        dimmed = state(page)["colours"]
        assert [index for index, one in enumerate(dimmed) if ", 0.28)" not in one] == [2], place
        assert dimmed[2] == plain[2]
        page.mouse.move(5, 5)
        assert state(page)["colours"] == plain


def test_focus_on_the_legend_dims_the_others_and_stays_there_over_a_swap(visit):
    page = visit(PROJECTS)
    page.locator("#legend button").nth(1).focus()
    page.keyboard.press("Tab")
    assert [", 0.28)" in one for one in state(page)["colours"]] == [True, True, False, *[True] * 6]
    page.evaluate("htmx.trigger('#tab-tokens', 'click')")
    page.get_by_role("heading", name="Tokens over time").wait_for()
    expect(page.locator("#legend button").nth(2)).to_be_focused()


def test_another_theme_recolours_the_same_chart(visit):
    page = visit(PROJECTS)
    light = state(page)
    page.evaluate("window.untouched = Chart.getChart('over-time')")
    page.emulate_media(color_scheme="dark")
    page.evaluate(FRAMES)
    dark = state(page)
    assert dark["colours"] == [dark["tokens"][slot] for slot in dark["slots"]] != light["colours"]
    page.evaluate(
        "document.documentElement.dataset.theme = 'light'; document.dispatchEvent(new Event('orgdash:theme'))"
    )
    assert state(page)["colours"] == light["colours"]
    assert page.evaluate("untouched === Chart.getChart('over-time')")


def test_one_bucket_is_a_bar_and_hours_are_areas(visit):
    page = visit(f"{ANALYTICS}?from=2026-11-22&to=2026-11-22&bucket=day&groupBy=project")
    drawn = state(page)
    assert (drawn["type"], drawn["x"]) == ("bar", ["Nov 22"])
    hover(page, 0.5, 0.9)
    expect(page.locator("#chart-tooltip strong")).to_have_text("Sun, Nov 22, 2026, partial, through 14:20")
    page.evaluate("location.search = '?range=7d&groupBy=project&bucket=hour'")
    page.wait_for_url("**range=7d**")
    assert state(page)["type"] == "line"


def test_usage_that_cost_nothing_is_a_line_at_zero(visit, gratis):
    page = visit(gratis, None)
    page.get_by_label("Email").fill("quinn@gratis.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{gratis}")
    drawn = state(page)
    assert (drawn["y"], drawn["shown"]) == (["$0"], ["small-model"])
    hover(page, 0.5)
    expect(page.locator("#chart-tooltip .tooltip-foot .tooltip-value").first).to_have_text("$0.00")
    expect(page.locator("#chart-tooltip .tooltip-share")).to_have_text("–")


GRATIS = """
from django.core.management import call_command

call_command("load_workspace", {workspace!r})
call_command("import_usage", {usage!r})
"""


@pytest.fixture
def gratis(site: Site, tmp_path) -> str:
    """An organization whose one request cost nothing."""
    workspace, usage = tmp_path / "workspace.json", tmp_path / "usage.jsonl"
    member = {"email": "quinn@gratis.example", "name": "Quinn", "role": "owner", "password": PASSWORD}
    key = {
        "id": "key_gratis",
        "description": "Quiet key",
        "created_by": "quinn@gratis.example",
        "secret": "sk-org-gratis-" + "1" * 32,
    }
    project = {"id": "proj_gratis", "name": "Quiet", "api_keys": [key]}
    gratis = {"id": "org_gratis", "name": "Quiet", "plan": "enterprise", "members": [member], "projects": [project]}
    request = {
        "id": "q-1",
        "timestamp": "2026-11-21T10:00:00Z",
        "api_key": "key_gratis",
        "provider": "openai",
        "model": "small-model",
        "cost_usd": "0",
    }
    workspace.write_text(json.dumps({"organizations": [gratis]}))
    usage.write_text(json.dumps(request))
    site.manage("shell", "--command", GRATIS.format(workspace=str(workspace), usage=str(usage)))
    return "/organizations/org_gratis/analytics/"


def test_a_phone_has_four_labels_one_row_of_legend_and_a_tooltip_by_tap(visit):
    page = visit(PROJECTS, viewport=PHONE, has_touch=True, is_mobile=True)
    drawn = state(page)
    assert drawn["x"] == ["Oct 29", "Nov 6", "Nov 14", "Today"]
    assert len(drawn["y"]) <= 4
    assert set(drawn["borders"]) == {0.5}
    tops = page.evaluate("[...document.querySelectorAll('#legend li')].map((one) => one.getBoundingClientRect().top)")
    assert len(set(tops)) == 1
    assert page.evaluate("legend.scrollWidth > legend.clientWidth && document.documentElement.scrollWidth <= 390")
    box = page.locator("#over-time-box")
    box.scroll_into_view_if_needed()
    at = box.bounding_box()
    tip = page.locator("#chart-tooltip")
    page.touchscreen.tap(at["x"] + at["width"] - 30, at["y"] + 100)
    tip.wait_for()
    where = page.evaluate(PLACES)
    assert where["panel"]["left"] <= where["tip"]["left"] < where["tip"]["right"] <= where["panel"]["right"]
    page.touchscreen.tap(at["x"] + 20, at["y"] - 40)
    expect(tip).to_be_hidden()


SHIFTS = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => shifts.push(...list.getEntries().map((one) => one.value)))
    .observe({type: "layout-shift", buffered: false});
}"""


def swap_to(page: Page, click: Callable[[], None], heading: str) -> None:
    click()
    page.get_by_role("heading", name=heading).wait_for()
    page.evaluate(FRAMES)


def test_nothing_moves_over_swaps_and_the_canvas_stays(visit):
    page = visit(PROJECTS)
    page.evaluate("document.fonts.ready")
    page.evaluate(FRAMES)
    page.evaluate(SHIFTS)
    page.evaluate("window.untouched = document.getElementById('over-time')")
    answers = []
    page.on("request", lambda one: answers.append(one.url) if one.resource_type == "xhr" else None)
    # By script: a real click would excuse what moves within half a second of it.
    swap_to(page, lambda: page.evaluate("htmx.trigger('#tab-tokens', 'click')"), "Tokens over time")
    swap_to(page, lambda: page.evaluate("htmx.trigger('#group-by-apiKey', 'click')"), "Tokens by API key")
    assert page.evaluate("shifts") == []
    assert len(answers) == 2  # one answer for cards, charts and table
    assert page.evaluate("untouched === document.getElementById('over-time')")
    # The observer does see what moves.
    page.evaluate("document.getElementById('cards').style.marginTop = '40px'")
    page.evaluate(FRAMES)
    assert page.evaluate("shifts") != []


# Looks at a small copy of the canvas in every frame.
WATCH_BLANKS = """() => {
  window.blanks = 0;
  window.looks = 0;
  const copy = new OffscreenCanvas(40, 40).getContext("2d", {willReadFrequently: true});
  const look = () => {
    copy.clearRect(0, 0, 40, 40);
    copy.drawImage(document.getElementById("over-time"), 0, 0, 40, 40);
    looks++;
    if (!copy.getImageData(0, 0, 40, 40).data.some(Boolean)) blanks++;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""


def test_a_resize_never_leaves_the_canvas_blank(visit):
    page = visit(PROJECTS)
    page.evaluate(WATCH_BLANKS)
    for width in (1300, 1100, 700, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(60)
    assert page.evaluate("looks") > 4
    assert page.evaluate("blanks") == 0
