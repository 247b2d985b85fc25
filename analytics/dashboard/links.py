"""Where a name leads: the same page, narrowed to what was clicked and cut by what comes next. Pure."""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from analytics.metrics import Dimension

# By dimension: what a group of it is cut by next, and instead of that where a page fixes it.
_NEXT = {
    "project": ("apiKey",),
    "apiKey": ("model",),
    "user": ("model",),
    "model": ("project", "apiKey"),
}


def toggled(parameters: QueryDict, opened: tuple[str, ...], key: str, page: int) -> str:
    """The query string that opens a row of the table or closes it, on the page where it stands."""
    kept = tuple(other for other in opened if other != key)
    changes: dict[str, Any] = {"open": kept if key in opened else (*kept, key)}
    return querystring(parameters, changes if page == 1 else changes | {"page": page or "all"})


def drill(dimension: Dimension, offered: tuple[Dimension, ...], key: str | None) -> dict[str, str] | None:
    """The parameters that change; None where the group's own record is gone, so that nothing can name it."""
    if key is None:
        return None
    keys = {dimension.key for dimension in offered}
    following = next(key for key in _NEXT[dimension.key] if key in keys)
    return {dimension.filter: key, "groupBy": following}


def changed(parameters: QueryDict, changes: Mapping[str, str | None]) -> str:
    """A query string with these fields set, at its end, or removed where they are None."""
    return changing(parameters, changes)(changes)


def changing(parameters: QueryDict, fields: Collection[str]) -> Callable[[Mapping[str, str | None]], str]:
    """`changed` of always the same fields: what stays is written once."""
    kept = _written((field, values) for field, values in parameters.lists() if field not in fields)
    between = "" if kept == "?" else "&"

    def changed(changes: Mapping[str, str | None]) -> str:
        added = "&".join([_pair(field, value) for field, value in changes.items() if value is not None])
        return f"{kept}{between}{added}" if added else kept

    return changed


def querystring(parameters: QueryDict, changes: Mapping[str, Any]) -> str:
    """As Django's `querystring`, with every field where it was; that one copies and quotes all anew for each link, and
    a page has over a hundred.
    """
    kept = [(field, changes.get(field, values)) for field, values in parameters.lists()]
    added = [(field, value) for field, value in changes.items() if field not in parameters]
    written = _written(kept + added)
    return written if kept or written != "?" else ""


def _written(fields: Iterable[tuple[str, Any]]) -> str:
    return "?" + "&".join(_pair(field, value) for field, values in fields for value in _each(values))


def _each(values: Any) -> Iterable[Any]:
    if values is None:
        return ()
    return (values,) if isinstance(values, str | int) else values


@lru_cache(maxsize=4096)
def _pair(field: str, value: Any) -> str:
    return urlencode({field: value})
