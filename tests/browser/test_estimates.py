"""What is estimated, in a real browser: the card's popover, the tooltip, without scripts; and names that turn."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ANALYTICS, OWNER

VIEW = f"{ANALYTICS}?range=30d"


@pytest.mark.parametrize("width", [390, 1440])
def test_the_card_opens_what_the_estimate_is_from_and_escape_closes_it(visit, width):
    page = visit(VIEW, viewport={"width": width, "height": 900})
    link = page.locator("#estimated")
    link.focus()
    page.keyboard.press("Enter")
    box = page.locator("#estimate")
    box.wait_for()
    expect(box).to_be_focused()
    expect(box).to_contain_text("is estimated")
    edges = box.bounding_box()
    assert edges["x"] >= 0
    assert edges["x"] + edges["width"] <= width
    assert edges["y"] >= link.bounding_box()["y"]
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(link).to_be_focused()
    assert "#" not in page.url


def test_without_scripts_the_card_leads_to_the_note_under_the_table(visit):
    page = visit(f"{VIEW}&metric=tokens", java_script_enabled=False)
    page.locator("#estimated").click()
    page.wait_for_url("**#estimate-note")
    expect(page.locator("#estimate-note")).to_be_in_viewport()


def test_the_tooltip_has_the_sign_and_what_is_estimated_before_what_was(visit):
    page = visit(VIEW, OWNER)
    page.locator("#over-time-box").focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    tip = page.locator("#chart-tooltip")
    expect(tip.locator(".tooltip-row .about").first).to_have_text("≈ ")
    names = tip.locator(".tooltip-foot .cut").all_text_contents()
    assert names[:2] == ["Total", "Estimated"]
    assert names[2].startswith("Same weekdays, ")
    expect(page.locator("#chart-live")).to_contain_text("estimated, ")


# Where the last letter of what follows a name stands, seen from the first: to its right, unless the name turned it.
FOLLOWS = """(around) => {
  const box = document.createElement("p");
  box.innerHTML = around;
  document.getElementById("main").prepend(box);
  const text = box.lastChild;
  const at = (index) => {
    const range = document.createRange();
    range.setStart(text, index);
    range.setEnd(text, index + 1);
    return range.getBoundingClientRect().left;
  };
  const turned = at(text.length - 1) < at(0);
  box.remove();
  return turned;
}"""


def test_an_override_in_a_name_does_not_turn_what_follows(visit):
    page = visit(VIEW)
    turned = {
        "<i>evil\u202e</i> costs 12": True,
        "<bdi>evil\u202e</bdi> costs 12": False,
        '<span class="cut">evil\u202e</span> costs 12': False,
        "\u2068evil\u202e\u2069 costs 12": False,
    }
    assert {around: page.evaluate(FOLLOWS, around) for around in turned} == turned
