"""Small pieces of HTML that stand in hundreds of places: for the templates, and for the rows of the table beside them.

Each says what it is given. Every text is escaped, as Django does it, but for what is HTML already and for our numbers.
"""

from functools import cache
from html import escape
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from analytics.dashboard import formatting
from analytics.dashboard.formatting import ChangeText
from analytics.metrics import Unit
from analytics.reporting.sums import Number


def written(value: Any) -> str:
    """A value as it stands in HTML."""
    if type(value) is str:
        return escape(value)
    if hasattr(value, "__html__"):
        return str(value.__html__())
    return escape(str(value))


def to(path: str, query: str) -> SafeString:
    """The attributes of a link within the page: followed without scripts, else swapped."""
    return SafeString(leading(escape(path + query)))  # nosec B703


def leading(address: str) -> str:
    """The same, of an address that is escaped."""
    return f'href="{address}" hx-get="{address}"'


@cache
def icon(name: str) -> SafeString:
    return render_to_string("_icon.html", {"icon": name})


def about(value: Number, part: Number | None, unit: Unit) -> SafeString:
    """An amount, of which a part may be estimated."""
    text = formatting.amount(value, unit)
    if part:
        sign = '<span class="about" aria-hidden="true">≈ </span>'
        text = f'{sign}{text}<span class="visually-hidden">, includes {formatting.amount(part, unit)} estimated</span>'
    return SafeString(f"{text}\n")  # nosec B703


_ARROWS = {"up": "↑ ", "down": "↓ "}


def change_text(change: ChangeText) -> SafeString:
    if change.kind == "new":
        return SafeString('<span class="badge">New</span>\n')  # nosec B703
    seen = f'<span aria-hidden="true">{_ARROWS.get(change.kind, "")}{own(change.text)}</span>'
    return SafeString(f'{seen}<span class="visually-hidden">{change.spoken}</span>\n')  # nosec B703


def own(text: str) -> str:
    """A number as `formatting` writes it, as it stands in HTML: nothing else that is special is in one."""
    return text.replace("<", "&lt;").replace(">", "&gt;")


def dash(spoken: str) -> SafeString:
    """Nothing to see; `spoken` says why, in our words."""
    return SafeString(  # nosec B703
        f'<span aria-hidden="true">–</span><span class="visually-hidden">{spoken}</span>'
    )
