"""The date picker in a real browser: presets, keyboard alone, typing, errors, zones, comparison, phones, no scripts."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from analytics.reporting.comparisons import compare
from analytics.windows import PRESETS, day_window, preset_window
from tests.browser.conftest import ANALYTICS, DESKTOP, NARROW, NOW, PHONE
from tests.browser.test_accessibility import complaints

START = f"{ANALYTICS}?range=30d&groupBy=project"
# The days of the window that the page shows, as the fields write them.
DAYS = """(data) => {
  const {from, to} = JSON.parse(data.textContent);
  const text = (day) => new Date(day).toLocaleDateString("en-US", {timeZone: "UTC", dateStyle: "medium"});
  return [from, to].map(text);
}"""


def open_picker(page: Page) -> None:
    page.locator("#range").click()
    page.get_by_role("dialog", name="Choose a date range").wait_for()


def apply(page: Page) -> None:
    """Applies and waits for the answer, which brings a new button."""
    page.evaluate("document.getElementById('range').dataset.old = 1")
    page.get_by_role("button", name="Apply").click()
    page.locator("#range:not([data-old])").wait_for()


def shown(page: Page) -> str:
    return page.locator("#range .range-days").inner_text()


def day(page: Page, name: str):
    return page.get_by_role("button", name=name, exact=True)


def test_every_preset_fills_the_days_that_the_server_would_show(visit):
    page, now = visit(START), datetime.fromisoformat(NOW)
    open_picker(page)
    dialog = page.locator("#picker")
    for preset, name in PRESETS.items():
        dialog.get_by_role("radio", name=name, exact=True).check()
        filled = [dialog.get_by_label(label, exact=True).input_value() for label in ("Start", "End")]
        window = preset_window(preset, now, ZoneInfo("UTC"))
        assert filled == [f"{day:%b} {day.day}, {day.year}" for day in (window.first_day, window.last_day)], preset


@pytest.mark.parametrize("preset", ["today", "last-quarter"])
def test_a_preset_is_applied_by_its_name(visit, preset):
    page = visit(START)
    open_picker(page)
    page.get_by_role("radio", name=PRESETS[preset], exact=True).check()
    filled = [page.get_by_label(label, exact=True).input_value() for label in ("Start", "End")]
    apply(page)
    assert f"range={preset}" in page.url
    assert not re.search("from=|to=|compare=|timezone=", page.url)
    expect(page.locator("#range .range-name")).to_have_text(PRESETS[preset])
    assert page.locator("#picker-data").evaluate(DAYS) == filled


def test_days_are_chosen_by_keyboard_alone_and_the_focus_returns(visit):
    page = visit(START)
    page.locator("#range").focus()
    page.keyboard.press("Enter")
    day(page, "November 22, 2026").wait_for()
    expect(day(page, "November 22, 2026")).to_be_focused()
    expect(day(page, "November 22, 2026")).to_have_attribute("aria-current", "date")
    keys = [
        ("ArrowLeft", "November 21, 2026"),
        ("ArrowUp", "November 14, 2026"),
        ("Home", "November 8, 2026"),
        ("End", "November 14, 2026"),
        ("PageUp", "October 14, 2026"),
        ("Shift+PageUp", "October 14, 2025"),
        ("Shift+PageDown", "October 14, 2026"),
        ("PageDown", "November 14, 2026"),
        ("ArrowDown", "November 21, 2026"),
        ("ArrowRight", "November 22, 2026"),
        ("ArrowRight", "November 22, 2026"),
        ("ArrowUp", "November 15, 2026"),
    ]
    for key, name in keys:
        page.keyboard.press(key)
        day(page, name).wait_for()
        expect(day(page, name)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Start Nov 15, 2026. Choose an end.")).to_be_attached()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("gridcell", name="November 1, 2026")).to_have_attribute("aria-selected", "true")
    expect(day(page, "November 1, 2026")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_text("15 days selected")).to_be_attached()
    expect(page.get_by_role("radio", name="Custom")).to_be_checked()
    expect(page.get_by_label("Start", exact=True)).to_have_value("Nov 1, 2026")
    page.get_by_label("End", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#range .range-days")).to_have_text("Nov 1 – 15, 2026")
    expect(page.locator("#range")).to_be_focused()
    assert page.url.endswith("?groupBy=project&from=2026-11-01&to=2026-11-15")


def test_the_focus_cannot_leave_and_days_to_come_cannot_be_chosen(visit):
    page = visit(START)
    open_picker(page)
    day(page, "November 23, 2026").wait_for()
    expect(day(page, "November 23, 2026")).to_be_disabled()
    for _ in range(14):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('#picker')")


def test_leaving_restores_everything_and_returns_the_focus(visit):
    page = visit(START)
    requests = []
    open_picker(page)
    page.on("request", lambda request: requests.append(request.url))
    leave = {
        "by Escape": lambda: page.keyboard.press("Escape"),
        "by Cancel": lambda: page.get_by_role("button", name="Cancel").click(),
        "by a click beside": lambda: page.mouse.click(300, 500),
    }
    for way, leaves in leave.items():
        page.get_by_role("radio", name="Last 90 days").check()
        page.get_by_label("End", exact=True).fill("2026-11-01")
        leaves()
        expect(page.get_by_role("dialog"), way).to_be_hidden()
        expect(page.locator("#range"), way).to_be_focused()
        expect(page.locator("#range"), way).to_have_attribute("aria-expanded", "false")
        open_picker(page)
        expect(page.get_by_role("radio", name="Last 30 days"), way).to_be_checked()
        expect(page.get_by_label("End", exact=True), way).to_have_value("Nov 22, 2026")
    assert [url for url in requests if "analytics" in url] == []


def test_dates_can_be_typed(visit):
    page = visit(START)
    for first, last, address, read in (
        ("2026-10-24", "Oct 26, 2026", "from=2026-10-24&to=2026-10-26", "Oct 24 – 26, 2026"),
        ("october 5 2026", "Oct 5, 2026", "from=2026-10-05&to=2026-10-05", "Oct 5, 2026"),
        ("dec 20, 2025", "2026-01-18", "from=2025-12-20&to=2026-01-18", "Dec 20, 2025 – Jan 18, 2026"),
        ("2026-11-20", "2026-12-01", "from=2026-11-20&to=2026-12-01", "Nov 20 – Dec 1, 2026"),
    ):
        open_picker(page)
        page.get_by_label("Start", exact=True).fill(first)
        page.get_by_label("End", exact=True).fill(last)
        apply(page)
        assert page.url.endswith(address)
        assert shown(page) == read


def test_a_mistake_is_said_under_its_field_and_apply_leads_to_the_first(visit):
    page = visit(START)
    open_picker(page)
    start, end, zone = (page.locator(f"#picker-{name}") for name in ("start", "end", "zone"))
    for first, last, where, said in (
        ("yesterday", "soon", start, "Enter a date such as Oct 24, 2026."),
        ("2026-02-30", "2026-11-01", start, "Enter a date such as Oct 24, 2026."),
        ("1999-12-31", "2026-11-01", start, "Choose a day from 2000 to 2100."),
        ("2026-11-02", "2026-11-01", end, "End is before start. Choose a later end."),
        ("2025-11-01", "2026-11-02", end, "Choose at most 366 days."),
    ):
        start.fill(first)
        end.fill(last)
        page.get_by_role("button", name="Apply").click()
        expect(where).to_be_focused()
        expect(where).to_have_attribute("aria-invalid", "true")
        expect(where).to_have_accessible_description(said)
    end.fill("2026-11-01")
    expect(page.locator("[aria-invalid]")).to_have_count(0)
    zone.fill("Mars")
    page.get_by_role("button", name="Apply").click()
    expect(zone).to_be_focused()
    expect(zone).to_have_accessible_description("Choose a timezone from the list.")
    assert page.url.endswith(START)


def test_a_zone_is_found_by_typing_and_presets_are_cut_by_it(visit):
    page = visit(START, timezone_id="America/New_York")
    open_picker(page)
    page.get_by_role("radio", name="Today", exact=True).check()
    zone, zones = page.get_by_role("combobox", name="Timezone"), page.get_by_role("listbox", name="Timezones")
    zone.click()
    expect(zones.get_by_role("option").nth(0)).to_have_text("America/New YorkYour timezone")
    expect(zones.get_by_role("option").nth(1)).to_contain_text("UTC")
    zone.fill("tok")
    expect(zones.get_by_role("option").first).to_contain_text("Asia/Tokyo")
    zone.fill("kiritimati")
    expect(zones.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(zone).to_have_value("Pacific/Kiritimati")
    expect(page.get_by_label("Start", exact=True)).to_have_value("Nov 23, 2026")
    zone.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(zones).to_be_hidden()
    page.get_by_role("dialog").wait_for()
    apply(page)
    assert page.url.endswith("range=today&timezone=Pacific%2FKiritimati")
    assert shown(page) == "Nov 23, 2026"


@pytest.mark.parametrize(
    ("query", "comparison"),
    [
        ("range=30d", "weekday"),
        ("range=24h", "previous"),
        ("range=last-quarter", "previous"),
        ("range=7d", "year"),
        ("range=month", "year"),
        ("from=2026-11-20&to=2026-12-01", "previous"),
    ],
)
def test_the_footer_names_the_days_that_are_then_compared_with(visit, query, comparison):
    page = visit(f"{ANALYTICS}?{query}&compare=none")
    open_picker(page)
    named = page.locator(f"#picker-compare option[value={comparison}]").inner_text().split(": ")[1]
    page.get_by_label("Compare with").select_option(comparison)
    apply(page)
    assert ("compare=year" in page.url) is (comparison == "year")
    expect(page.get_by_role("switch", name="Compare")).to_be_checked()
    expect(page.locator("#breakdown .caption").first).to_contain_text(named)


WINDOWS = [
    ("2024-02-29", "2024-02-29"),
    ("2024-02-01", "2025-01-31"),
    ("2026-11-22", "2026-11-22"),
    ("2026-11-20", "2026-12-31"),
    ("2026-12-01", "2026-12-31"),
    ("2026-03-01", "2026-03-31"),
]


def test_the_script_counts_compared_days_as_the_server_does(visit):
    page, utc = visit(ANALYTICS), ZoneInfo("UTC")
    asked = [[first, last, "2026-11-22", name] for first, last in WINDOWS for name in ("previous", "weekday", "year")]
    counted = page.evaluate(
        """async (asked) => {
            const { comparedDays } = await import("/static/js/days.js");
            return asked.map((one) => comparedDays(...one));
        }""",
        asked,
    )
    now = datetime.fromisoformat(NOW)
    windows = [day_window(date.fromisoformat(first), date.fromisoformat(last), utc) for first, last in WINDOWS]
    kinds = ("previous", "weekday", "year")
    expected = [compare(window, kind, now, utc).window for window in windows for kind in kinds]
    assert counted == [[one.first_day.isoformat(), one.last_day.isoformat()] for one in expected]


def test_a_day_of_ones_own_is_compared_with(visit):
    page = visit(START)
    open_picker(page)
    page.get_by_label("Compare with").select_option("day")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_label("First day compared")).to_be_focused()
    page.get_by_label("First day compared").fill("2026-03-02")
    expect(page.locator("#picker-compare option[value=day]")).to_have_text("Days from: Mar 2 – 31")
    apply(page)
    assert page.url.endswith("&compare=2026-03-02")
    expect(page.locator("#cards")).to_contain_text("vs Mar 2 – 31")


def test_the_switch_turns_the_comparison_off_and_on(visit):
    page = visit(START)
    page.get_by_role("switch", name="Compare").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("switch", name="Compare")).not_to_be_checked()
    expect(page.get_by_role("switch", name="Compare")).to_be_focused()
    page.wait_for_url(re.compile("&compare=none$"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("switch", name="Compare")).to_be_checked()
    page.wait_for_url(re.compile(f"{re.escape(START)}$"))


@pytest.mark.parametrize(("locale", "first"), [("en-US", "Sun"), ("de-DE", "Mon")])
def test_weeks_begin_on_the_day_of_the_locale(visit, locale, first):
    page = visit(START, locale=locale)
    open_picker(page)
    assert page.locator("calendar-month th [aria-hidden]").first.inner_text() == first


def test_the_calendar_comes_with_the_first_opening_and_typing_works_without_it(visit):
    page = visit(START, quiet=False)
    assert page.evaluate("customElements.get('calendar-range')") is None
    page.route("**/cally*.js", lambda route: route.abort())
    open_picker(page)
    expect(page.get_by_label("Start", exact=True)).to_be_focused()
    page.get_by_label("Start", exact=True).fill("2026-11-01")
    apply(page)
    assert shown(page) == "Nov 1 – 22, 2026"


@pytest.mark.parametrize("viewport", [PHONE, NARROW], ids=["390", "320"])
def test_on_a_phone_it_is_a_sheet_with_one_month_and_no_hints(visit, viewport):
    page = visit(START, viewport=viewport, has_touch=True, is_mobile=True)
    page.locator("#range").tap()
    day(page, "November 22, 2026").wait_for()
    expect(page.locator("calendar-month")).to_have_count(1)
    expect(page.locator(".hints")).to_be_hidden()
    box = page.get_by_role("dialog").bounding_box()
    assert (box["x"], box["y"] + box["height"], box["width"]) == (0, viewport["height"], viewport["width"])
    day(page, "November 3, 2026").tap()
    day(page, "November 9, 2026").tap()
    page.get_by_role("button", name="Apply").tap()
    expect(page.locator("#range .range-days")).to_have_text("Nov 3 – 9, 2026")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_without_javascript_presets_are_links_and_dates_a_form(visit):
    page = visit(START, java_script_enabled=False)
    expect(page.locator("#range")).to_be_hidden()
    page.locator("summary.range").click()
    page.get_by_role("link", name="Last month", exact=True).click()
    assert page.url.endswith("?range=last-month&groupBy=project")
    page.locator("summary.range").click()
    page.locator("#from").fill("2026-11-01")
    page.locator("#to").fill("2026-11-03")
    page.locator("#timezone").fill("Europe/Berlin")
    page.locator("#compare-with").select_option("year")
    page.get_by_role("button", name="Apply").click()
    assert page.url.endswith(
        "groupBy=project&from=2026-11-01&to=2026-11-03&timezone=Europe%2FBerlin&compare=year&compare="
    )
    assert page.locator("summary.range .range-days").inner_text() == "Nov 1 – 3, 2026"


DATES, FILTER = "#range, #picker", "#add-filter, #filter"


def test_axe_finds_nothing_in_the_open_dialogs(visit):
    """In each with what opened it: all of this page has been looked at with nothing open."""
    page, looks = visit(START), [("light", DESKTOP), ("dark", DESKTOP)]
    open_picker(page)
    assert complaints(page, looks, DATES) == {}
    page.locator("#picker-start").fill("soon")
    page.get_by_role("button", name="Apply").click()
    page.locator("#picker-zone").click()
    page.locator("#picker-zones").wait_for()
    assert complaints(page, looks, DATES) == {}
    page.locator("#picker-zones").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.locator("#add-filter").click()
    assert complaints(page, looks, FILTER) == {}
    page.locator("#filter-by-apiKey").click()
    page.get_by_role("checkbox").first.wait_for()
    assert complaints(page, looks, FILTER) == {}
