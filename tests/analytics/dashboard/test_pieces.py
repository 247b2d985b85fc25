"""Small pieces of HTML: what they say, to eyes and ears, and that texts in them are escaped."""

from decimal import Decimal

import pytest

from analytics.dashboard import pieces
from analytics.dashboard.formatting import ChangeText


@pytest.mark.parametrize(
    ("part", "html"),
    [
        (Decimal(0), "$3.00\n"),
        (None, "$3.00\n"),
        (
            Decimal(1),
            '<span class="about" aria-hidden="true">≈ </span>$3.00'
            '<span class="visually-hidden">, includes $1.00 estimated</span>\n',
        ),
    ],
)
def test_an_amount_says_which_part_of_it_is_estimated(part, html):
    assert pieces.about(Decimal(3), part, "usd") == html


@pytest.mark.parametrize(
    ("change", "html"),
    [
        (ChangeText("new", "New", "new"), '<span class="badge">New</span>\n'),
        (
            ChangeText("up", ">999%", "up more than 999 percent"),
            '<span aria-hidden="true">↑ &gt;999%</span><span class="visually-hidden">up more than 999 percent</span>\n',
        ),
        (
            ChangeText("down", "<0.1%", "down"),
            '<span aria-hidden="true">↓ &lt;0.1%</span><span class="visually-hidden">down</span>\n',
        ),
        (
            ChangeText("none", "–", "not available"),
            '<span aria-hidden="true">–</span><span class="visually-hidden">not available</span>\n',
        ),
    ],
)
def test_a_change_has_an_arrow_for_eyes_and_words_for_ears(change, html):
    assert pieces.change_text(change) == html


def test_a_dash_says_why_there_is_nothing():
    assert pieces.dash("none") == '<span aria-hidden="true">–</span><span class="visually-hidden">none</span>'


def test_a_link_is_escaped_once():
    assert pieces.to("/a/", '?q="&b') == 'href="/a/?q=&quot;&amp;b" hx-get="/a/?q=&quot;&amp;b"'


def test_an_icon_is_read_once():
    assert pieces.icon("check") is pieces.icon("check")
    assert pieces.icon("check").startswith('<svg class="icon"')
