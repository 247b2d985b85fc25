"""The rows of both tables as HTML. A page has nine hundred cells, with every row nine thousand, and a template takes
several times as long for each; all else of the page is written by templates. Every name is escaped here.
"""

from collections.abc import Callable
from decimal import Decimal
from html import escape
from secrets import token_hex
from typing import Any
from urllib.parse import quote_plus

from django.utils.safestring import SafeString

from analytics.dashboard import dates, formatting, links
from analytics.dashboard.names import titled
from analytics.dashboard.page import Page
from analytics.dashboard.pieces import about, change_text, dash, icon, leading, own, to
from analytics.dashboard.table import Cell, TableRow
from analytics.dashboard.time_table import TimeRow
from analytics.metrics import Unit
from analytics.reporting import sums
from analytics.reporting.columns import ESTIMATED, Column
from analytics.reporting.keys import Named
from analytics.reporting.sums import Group, Number, Pair

# What stands in a cell, of its value, which is there, the part of it that is estimated, and its row; None: the total.
Write = Callable[[Any, Decimal, TableRow | None], str]
_Column = tuple[str, str, Write]  # how its cells begin, and what stands for a value that is not there

_SOME_KEY = token_hex(16)  # stands in a link where a key will; nobody knows it, so nobody else writes it there
_ABOUT = ' class="about"'
_NONE = dash("none")
_NOT_AVAILABLE = f"{dash('not available')}\n"


def rows(page: Page, path: str) -> SafeString:
    """Every row of the table's page, and of those that are open the rows of their parts."""
    columns, leads, made = _columns(page), _leads(page, path), []
    for number, row in enumerate(page.table.rows, 1):
        made.append(_row(columns, row, _name(page, path, leads, row, number)))
        made += [_row(columns, part, _part(part.group), ' class="part"') for part in row.all_parts]
    return SafeString("".join(made))  # nosec B703


def total(page: Page) -> SafeString:
    return SafeString(_cells(_columns(page), page.table.total, None))  # nosec B703


def time_rows(page: Page) -> SafeString:
    """The chart as a table: a row for each bucket, a cell for each series, and the total."""
    return SafeString("".join([_time_row(row) for row in page.time_table.rows]))  # nosec B703


def _time_row(row: TimeRow) -> str:
    title = f'<a href="{escape(row.link)}">{escape(row.title)}</a>' if row.link else escape(row.title)
    note = f'<span class="caption">{escape(row.note)}</span>' if row.note else ""
    cells = "".join([_time_cell(*cell) for cell in (*row.cells, row.total)])
    return f'<tr><th scope="row">{title}{note}</th>{cells}</tr>'


def _time_cell(text: str, share: str, estimated: bool) -> str:
    of_the_bucket = f' data-share="{own(share)}"' if share else ""
    return f"<td{_ABOUT if estimated else ''}{of_the_bucket}>{own(text)}</td>"


def _row(columns: list[_Column], row: TableRow, name: str, kind: str = "") -> str:
    return f'<tr{kind}><th scope="row" class="name">{name}</th>{_cells(columns, row.cells, row)}</tr>'


def _cells(columns: list[_Column], cells: tuple[Cell, ...], row: TableRow | None) -> str:
    return "".join(
        [
            f"{begins}{absent if value is None else write(value, part, row)}</td>\n"
            for (begins, absent, write), (_, value, part) in zip(columns, cells, strict=True)
        ]
    )


# The name


def _name(page: Page, path: str, leads: Callable[[str], str], row: TableRow, number: int) -> str:
    group, then = row.group, page.query.then
    name = _entity(leads(group.key) if group.key is not None else "", group, row.slot)
    if then is None or not group.key:
        return name
    query = links.toggled(page.parameters, page.query.opened or (), group.key, page.table.page)
    label = f"{escape(group.label)} by {escape(formatting.in_text(then.label))}"
    shown = f'aria-expanded="{"false" if row.parts is None else "true"}" aria-label="{label}"'
    toggle = f'<a id="open-{number}" class="toggle" {shown} {to(path, query)}>{icon("chevron")}</a>'
    return f'<span class="with-toggle">{toggle}{name}</span>'


def _leads(page: Page, path: str) -> Callable[[str], str]:
    """The attributes of the link that a key leads to. They differ in the key alone, so they are made once."""
    before, after = (escape(part) for part in f"{path}{page.drill(_SOME_KEY)}".split(quote_plus(_SOME_KEY)))

    def leads(key: str) -> str:
        return leading(f"{before}{quote_plus(key)}{after}")

    return leads


def _entity(link: str, group: Group, slot: int) -> str:
    label, full, used = escape(group.label), titled(group), group.sums.request_count
    title = label if full == group.label else escape(full)
    swatch = f'<span class="swatch series-{slot if used else "none"}" aria-hidden="true"></span>'
    if link and used:
        name = f'<a class="cut" {link} title="{title}"><bdi>{label}</bdi></a>'
    else:
        name = f'<bdi class="cut" title="{title}">{label}</bdi>'
    return f'<span class="entity">{swatch}{name}{_marks(group)}</span>'


def _part(group: Group) -> str:
    name = f'<bdi class="cut" title="{escape(titled(group))}">{escape(group.label)}</bdi>'
    return f'<span class="entity">{name}{_marks(group)}</span>'


def _marks(group: Group) -> str:
    secret = f"<code>sk-…{escape(group.last_four)}</code>" if group.last_four else ""
    return secret + (f'<span class="badge">{group.status.title()}</span>' if group.status else "")


# The cells


def _columns(page: Page) -> list[_Column]:
    """All that the cells of a column have in common is looked up once."""
    found, table = [], page.table
    for column in (cell.column for cell in table.total):
        lead = column.key == table.lead
        label = f' data-label="{escape(column.label)}"' if table.chosen else ""
        begins = f'<td class="{column.kind} column-{column.key}{" lead" if lead else ""}"{label}>'
        found.append((begins, _absent(page, column), _writer(page, column, lead=lead)))
    return found


def _absent(page: Page, column: Column) -> str:
    if column.kind in ("named", "used"):
        return ""
    if column.key == "cost":
        return '<span class="not-priced">Not priced</span>'
    return dash("not recorded") if column.kind == "change" and page.beginning else _NOT_AVAILABLE


def _writer(page: Page, column: Column, *, lead: bool) -> Write:
    kind, zone = column.kind, page.query.window.zone
    if column.key == "errorRate":
        return _error_rate(page)
    if kind in _WRITERS:
        return _WRITERS[kind]
    if kind == "used":
        return lambda value, _part, _row: dates.last_use(value, page.now, zone)
    if kind == "usd":
        return _estimated if column is ESTIMATED else _money
    return _counted(kind, for_phones=lead or column.key in ("requests", "tokens"))


def _money(value: Number, part: Decimal, _row: TableRow | None) -> str:
    return about(value, part, "usd")


def _estimated(value: Number, part: Decimal, _row: TableRow | None) -> str:
    return about(value, part, "usd") if value else _NONE


def _rate(value: Number, _part: Decimal, _row: TableRow | None) -> str:
    return formatting.amount(value, "usd")


def _change(value: Pair, _part: Decimal, _row: TableRow | None) -> str:
    return change_text(formatting.change(value.current, value.reference))


def _named(value: Named, _part: Decimal, _row: TableRow | None) -> str:
    status = f' <span class="badge">{value.status.title()}</span>' if value.status else ""
    return f'<bdi class="cut">{escape(value.label)}</bdi>{status}'


def _percent(value: Pair, _part: Decimal, _row: TableRow | None) -> str:
    return f"<span>{_share_of(value)}</span>"


def _share(value: Pair, _part: Decimal, row: TableRow | None) -> str:
    text = f'<span class="share-text">{_share_of(value)}</span>'
    if row is None:
        return text
    width = formatting.drawn(sums.percent(value.current, value.reference))
    return (
        '<svg class="bar" aria-hidden="true" focusable="false"><rect class="bar-track" width="100%" height="4" rx="2"/>'
        f'<rect class="bar-fill" width="{width}%" height="4" rx="2"/></svg>{text}'
    )


_WRITERS: dict[str, Write] = {
    "named": _named,
    "percent": _percent,
    "share": _share,
    "change": _change,
    "rate": _rate,
}


def _error_rate(page: Page) -> Write:
    """With its counts where they are asked for, and beside what it was where keys of which it rose are."""
    counted = page.counts_errors
    rose = page.table.narrowed is not None and page.table.narrowed.state == "errorsUp"

    def write(value: Pair, _part: Decimal, row: TableRow | None) -> str:
        text = f"{value.current:,} of {value.reference:,}"
        was = f", was {_share_of(row.errors_before)}" if rose and row and row.errors_before else ""
        counts = f' <span class="counts">{text}{was}</span>' if counted else ""
        return f'<span title="{text}">{_share_of(value)}{counts}</span>'

    return write


def _counted(kind: str, *, for_phones: bool) -> Write:
    """A whole number; one that phones show is there in short, too."""
    unit: Unit = "requests" if kind == "requests" else "tokens"
    written = formatting.amounts(unit)

    def write(value: int, _part: Decimal, _row: TableRow | None) -> str:
        exact, text = f"{value:,}", written(value)
        title = f' title="{exact}"' if exact != text else ""
        if not for_phones:
            return f"<span{title}>{text}</span>"
        short = f'{formatting.short(value, unit)}<span class="unit"> {unit[:3]}</span>'
        return f'<span class="wide"{title}>{text}</span><span class="narrow">{short}</span>'

    return write


def _share_of(pair: Pair) -> str:
    return own(formatting.share(pair.current, pair.reference))
