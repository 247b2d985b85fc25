"""The table's own parameters: sort, search, page, which keys and columns are shown, and which rows are open."""

from typing import Protocol

from django.http import QueryDict

from accounts.models import Organization
from analytics.reporting.columns import ALL_PAGES, OF_KEYS, Listing, Sort, columns, default_sort, sort_keys
from analytics.reporting.keys import KEY_STATES, KeyState
from analytics.reporting.known import known_values
from analytics.reporting.query import Query

MAX_SEARCH = 200  # characters
MAX_PAGE_DIGITS = 6
MAX_OPEN = 100  # rows that are open at once


class Words(Protocol):
    """A query string being read: its parameters, and where to note what cannot be used."""

    params: QueryDict

    def one(self, field: str) -> str: ...

    def note(self, field: str, message: str) -> None: ...


def read_listing(words: Words, query: Query) -> Listing:
    """How the table of `query` is listed; what cannot be used is noted and left out."""
    return Listing(
        sort=_sort(words, query),
        search=_search(words),
        page=_page(words),
        columns=_columns(words, query),
        keys=_keys(words, query),
    )


def _sort(words: Words, query: Query) -> Sort:
    text, keys = words.one("sort"), sort_keys(query)
    key = text.removeprefix("-")
    if text and key not in keys:
        listed = f"one of {', '.join(keys)}, or one of them after a -"
        words.note("sort", f'"{text}" is not {"possible without a comparison" if key == "change" else listed}')
        text = ""
    return Sort(key, text.startswith("-")) if text else default_sort(query)


def _search(words: Words) -> str:
    text = words.one("q").strip()
    if len(text) > MAX_SEARCH:
        words.note("q", f"q is {len(text)} characters long; at most {MAX_SEARCH} are possible")
        return ""
    return text


def _page(words: Words) -> int:
    text = words.one("page") or "1"
    if text == "all":
        return ALL_PAGES
    if text.isascii() and text.isdecimal() and len(text) <= MAX_PAGE_DIGITS and int(text):
        return int(text)
    words.note("page", f'"{text}" is not a whole number from 1, or all')
    return 1


def _keys(words: Words, query: Query) -> KeyState | None:
    """What the keys shown have in common; None: all are shown."""
    text = words.one("keys")
    found = next((state for state in KEY_STATES if state == text), None)
    if text and found is None:
        words.note("keys", f'"{text}" is not one of {", ".join(KEY_STATES)}')
    elif text and query.dimension.key != "apiKey":
        words.note("keys", f'keys "{text}" is possible with groupBy=apiKey only')
        return None
    elif found == "errorsUp" and query.comparison is None:
        words.note("keys", f'keys "{text}" is not possible without a comparison')
        return None
    return found


def read_opened(words: Words, query: Query, organization: Organization) -> tuple[str, ...]:
    """The groups whose parts are shown: public ids or canonical models, as filters have them."""
    asked = tuple(dict.fromkeys(key for key in words.params.getlist("open") if key))
    if not asked:
        return ()
    if query.then is None:
        words.note("open", "open is possible with a second grouping only, such as groupBy=project,model")
        return ()
    known = known_values(query.dimension.filter, organization, asked[:MAX_OPEN])
    for key in asked:
        if key not in known:
            words.note("open", f'open "{key}" is not in this organization, or beyond the {MAX_OPEN} that can be open')
    return tuple(key for key in asked if key in known)


def _columns(words: Words, query: Query) -> tuple[str, ...]:
    """The columns chosen, in the table's order; () where the width decides. A form gives each by itself."""
    asked = [key for value in words.params.getlist("columns") for key in value.split(",") if key]
    keys = {column.key for column in columns(query)}
    passing = {"change", *(column.key for column in OF_KEYS)}  # they leave with comparison and grouping, and come back
    for key in dict.fromkeys(asked):
        if key not in keys | passing:
            words.note("columns", f'"{key}" is not one of {", ".join(column.key for column in columns(query))}')
    ordered = (*(column.key for column in columns(query)), *sorted(passing - keys))
    return tuple(key for key in ordered if key in asked)
