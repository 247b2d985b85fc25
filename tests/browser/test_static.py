"""Style sheets as they are sent: to a browser the same as they are written."""

import pytest

from orgdash.static_files import smaller_css
from tests.browser.conftest import ROOT

SHEETS = sorted((ROOT / "static" / "css").glob("*.css"))
# Every rule as the browser understands it, those inside others too: its selector to the letter, and what it says
# without blanks, which stay as they were in values with variables.
RULES = """([written, sent]) => {
  const all = (rules) => [...rules].flatMap((rule) => [
    `${rule.constructor.name} ${rule.selectorText ?? rule.name ?? ""}`,
    ((rule.conditionText ?? "") + (rule.style?.cssText ?? "")).replace(/\\s/g, ""), ...all(rule.cssRules ?? []),
  ]);
  const [before, after] = [written, sent].map((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return all(sheet.cssRules);
  });
  return [before.length, before.filter((said, index) => said !== after[index]).concat(after.slice(before.length))];
}"""


@pytest.mark.parametrize("sheet", SHEETS, ids=[sheet.name for sheet in SHEETS])
def test_a_style_sheet_that_is_sent_says_what_is_written(visit, sheet):
    written = sheet.read_text()
    sent = smaller_css(written)
    assert len(sent) < len(written)
    count, other = visit("/accounts/login/", None).evaluate(RULES, [written, sent])
    assert count > 0
    assert other == []
