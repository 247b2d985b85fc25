"""Filters for the analytics templates: each asks `formatting`, `dates` or the page itself, and nothing else."""

from decimal import Decimal

from django import template

from analytics.dashboard import dates, formatting, links, names
from analytics.dashboard.page import Page
from analytics.reporting import sums
from analytics.reporting.keys import LastUse
from analytics.reporting.sums import Pair

register = template.Library()

for _name in ("amount", "exact", "headline", "in_text", "middle", "short", "signed"):
    register.filter(_name, getattr(formatting, _name))
for _name in ("isolated", "titled"):
    register.filter(_name, getattr(names, _name))
for _name in ("ago", "ahead", "clock", "day", "day_in", "in_words", "moment", "window", "window_name", "zone"):
    register.filter(_name, getattr(dates, _name))


@register.filter
def share(pair: Pair) -> str:
    return formatting.share(pair.current, pair.reference)


@register.filter
def percent(pair: Pair) -> Decimal:
    return sums.percent(pair.current, pair.reference)


@register.filter
def change(pair: Pair) -> formatting.ChangeText:
    return formatting.change(pair.current, pair.reference)


@register.filter
def toggled(page: Page, key: str) -> str:
    """What opens a row of the table, or closes it."""
    return links.toggled(page.parameters, page.query.opened or (), key, page.table.page)


@register.filter
def drill(page: Page, key: str | None) -> str:
    """`page.drill(key)`, which a template cannot say."""
    return page.drill(key)


@register.filter
def last_use(value: LastUse, page: Page) -> str:
    return dates.last_use(value, page.now, page.query.window.zone)
