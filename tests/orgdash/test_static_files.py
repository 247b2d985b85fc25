"""Static files as they are sent: smaller where they are ours, and packed where a page asks for them."""

import pytest

from orgdash.static_files import smaller_css
from tests.servers import ROOT


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("/* why */ a { color : red ; }", "a{color:red}"),
        ("a:hover , b::after { top: 0 }", "a:hover,b::after{top:0}"),
        ("td :is(a) { top: 0 }", "td *:is(a){top:0}"),
        ("@container (width > 4px) { td :is(a) { top: 0 } }", "@container (width>4px){td *:is(a){top:0}}"),
    ],
)
def test_a_style_sheet_loses_comments_and_blanks_and_no_meaning(written, sent):
    assert smaller_css(written) == sent


def test_what_pages_ask_for_is_packed_and_what_only_developers_do_is_not():
    packed = {file.name.removesuffix(".br") for file in (ROOT / "staticfiles").rglob("*.br")}
    assert {"chart.umd.min.js", "cally.js", "htmx-2.min.js", "swaps.js", "base.css"} <= packed
    assert {name for name in packed if name.endswith((".map", ".ts", ".cjs"))} == set()
