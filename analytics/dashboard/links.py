"""Where a name leads: the same page, narrowed to what was clicked and cut by what comes next. Pure."""

from collections.abc import Mapping

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
    changed = parameters.copy()
    changed.setlist("open", kept if key in opened else (*kept, key))
    if page != 1:
        changed["page"] = str(page or "all")
    return f"?{changed.urlencode()}"


def drill(dimension: Dimension, offered: tuple[Dimension, ...], key: str | None) -> dict[str, str] | None:
    """The parameters that change; None where the group's own record is gone, so that nothing can name it."""
    if key is None:
        return None
    keys = {dimension.key for dimension in offered}
    following = next(key for key in _NEXT[dimension.key] if key in keys)
    return {dimension.filter: key, "groupBy": following}


def changed(parameters: QueryDict, changes: Mapping[str, str | None]) -> str:
    """A query string with these fields set, or removed where they are None."""
    written = parameters.copy()
    for field, value in changes.items():
        written.pop(field, None)
        if value is not None:
            written[field] = value
    return f"?{written.urlencode()}"
