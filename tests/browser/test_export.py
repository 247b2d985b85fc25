"""Export CSV in a real browser: it saves the current view and says so; a failure saves nothing."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ANALYTICS, DEVELOPER, PHONE


def take(page: Page, name: str) -> None:
    page.locator("#export-menu summary").click()
    page.locator("#export-menu").get_by_role("link", name=name, exact=True).click()


def test_the_view_that_is_shown_is_saved_and_counted(visit):
    page = visit(f"{ANALYTICS}?range=30d&groupBy=model&sort=name")
    page.get_by_role("radio", name="Project").click()
    expect(page.locator("#breakdown-count")).to_contain_text("11 projects")
    with page.expect_download() as saved:
        take(page, "Full report")
    assert saved.value.suggested_filename == "northwind-labs-cost-by-project-2026-10-24-2026-11-22.csv"
    text = Path(saved.value.path()).read_text(encoding="utf-8-sig")
    assert "Rows,11" in text
    assert "Sort,name,ascending" in text
    notice = page.locator(".toast")
    expect(notice).to_have_count(1)
    expect(notice).to_contain_text("Export ready")
    expect(notice).to_contain_text("11 rows, project by cost")


def test_a_failure_saves_nothing_and_says_so(visit):
    page = visit(f"{ANALYTICS}?range=30d", quiet=False)
    downloads = []

    def note(download) -> None:
        downloads.append(download)

    page.on("download", note)
    page.route("**/export.csv*", lambda route: route.fulfill(status=503, body="no"))
    take(page, "Full report")
    notice = page.get_by_role("alert")
    notice.wait_for()
    expect(notice).to_contain_text("Couldn't export the CSV")
    expect(notice).to_contain_text("Nothing was downloaded.")
    assert downloads == []


def test_without_javascript_it_is_a_link(visit):
    page = visit(f"{ANALYTICS}?range=30d", java_script_enabled=False, viewport=PHONE)
    with page.expect_download() as saved:
        take(page, "Full report")
    assert saved.value.suggested_filename.endswith(".csv")


def test_ones_own_usage_is_taken_away_as_a_flat_file(visit):
    page = visit("/organizations/org_northwind/usage/?range=30d", DEVELOPER)
    with page.expect_download() as saved:
        take(page, "Days by model")
    assert Path(saved.value.path()).read_text(encoding="utf-8-sig").startswith("date,incomplete,model_id,model,")
    page.locator(".toast").wait_for()
    expect(page.locator(".toast")).to_contain_text("days by model")


def test_two_groupings_come_by_day_and_the_menu_says_so(visit):
    page = visit(f"{ANALYTICS}?range=30d&groupBy=project,model")
    with page.expect_download() as saved:
        take(page, "Days by project and model")
    head = Path(saved.value.path()).read_text(encoding="utf-8-sig").split("\n", 1)[0]
    assert head.startswith("date,incomplete,project_id,project,model_id,model,")
    page.locator(".toast").wait_for()
    expect(page.locator(".toast")).to_contain_text("days by project and model")


def test_the_view_is_printed_from_the_menu_too(visit):
    page = visit(f"{ANALYTICS}?range=30d", viewport=PHONE)
    page.evaluate("window.print = () => { window.printed = true; }")
    page.locator("#export-menu summary").click()
    page.get_by_role("button", name="Print or save as PDF").click()
    assert page.evaluate("window.printed")
    expect(page.locator("#export-menu")).not_to_have_attribute("open", "")


@pytest.mark.parametrize(
    ("name", "copied"),
    [("Oct 24 – Nov 22, 2026", "from=2026-10-24&to=2026-11-22"), ("Always last 30 days", "range=30d")],
)
def test_the_view_is_copied_as_a_link(visit, name, copied):
    page = visit(f"{ANALYTICS}?range=30d&groupBy=project", permissions=["clipboard-read", "clipboard-write"])
    take(page, name)
    page.locator(".toast").wait_for()
    expect(page.locator(".toast")).to_contain_text("Link copied")
    assert copied in page.evaluate("navigator.clipboard.readText()")
    expect(page.locator("#export-menu")).not_to_have_attribute("open", "")
