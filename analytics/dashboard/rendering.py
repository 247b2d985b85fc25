"""The dashboard's templates (templates/dashboard/) are Jinja2's: a page has thousands of look-ups, and Jinja2 does them
many times as fast as Django's engine. All other templates are Django's, with the same filters.

What a template asks for and nobody has is an error here, never an empty text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from secrets import token_hex
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template import defaultfilters
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import json_script, strip_spaces_between_tags
from django.utils.safestring import SafeString
from jinja2 import Environment, StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame

from accounts.access import is_fragment
from accounts.navigation import PageRequest, Shell
from analytics.dashboard import cells, dates, formatting, links, names, pieces
from analytics.reporting.sums import Pair

FRAMES = 100  # that are kept, each of some 30 kB with what it is kept by


def _share(pair: Pair) -> str:
    return formatting.share(pair.current, pair.reference)


def _change(pair: Pair) -> formatting.ChangeText:
    return formatting.change(pair.current, pair.reference)


FILTERS: dict[str, Callable[..., Any]] = {
    **{
        name: getattr(formatting, name)
        for name in ("amount", "drawn", "exact", "headline", "in_text", "middle", "short", "signed")
    },
    **{name: getattr(names, name) for name in ("isolated", "titled")},
    **{
        name: getattr(dates, name)
        for name in ("ago", "ahead", "clock", "day", "day_in", "in_words", "moment", "window", "window_name", "zone")
    },
    "share": _share,
    "change": _change,
}


class _Plainly(CodeGenerator):
    """What templates are compiled to. A page looks up attributes seven thousand times and writes three thousand values,
    and Jinja2's own way for each is five calls of functions: an attribute may be an item, a value be finalized first.
    """

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802 - as Jinja2 names it
        self.visit(node.node, frame)
        self.write(f".{node.attr}")

    def _output_child_pre(self, *_of_the_output: object) -> None:
        self.write("environment.written(")

    def _output_child_post(self, *_of_the_output: object) -> None:
        self.write(")")


class _Environment(Environment):
    code_generator_class = _Plainly
    written = staticmethod(pieces.written)


def environment(**options: Any) -> Environment:
    """What settings.TEMPLATES asks for. Every value is escaped as Django escapes it."""
    made = _Environment(
        loader=options["loader"],
        auto_reload=options["auto_reload"],
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    made.filters |= FILTERS
    made.filters |= {name: getattr(defaultfilters, name) for name in ("date", "pluralize", "title")}
    made.filters |= {"json_script": json_script, "spaceless": _spaceless}
    made.globals |= {
        "event_command": _event_command,
        "about": pieces.about,
        "change_text": pieces.change_text,
        "icon": pieces.icon,
        "querystring": _querystring,
        "reverse": _reverse,
        "static": static,
        "table_rows": cells.rows,
        "table_total": cells.total,
        "time_rows": cells.time_rows,
        "to": pieces.to,
    }
    return made


def _spaceless(text: str) -> SafeString:
    """As Django's tag of the name; the text is escaped already, piece by piece."""
    return SafeString(strip_spaces_between_tags(text.strip()))  # nosec B703


def _querystring(parameters: QueryDict, **changes: Any) -> str:
    return links.querystring(parameters, changes)


def _reverse(name: str, *args: str) -> str:
    return reverse(name, args=args)


def _event_command(request: HttpRequest, now: datetime) -> SafeString:
    return render_to_string("analytics/_event_command.html", {"now": now}, request)


@dataclass(frozen=True, slots=True)
class Place:
    """Which page it is: its template, what stands above its heading, and whose usage the browser's tab names."""

    template: str
    name: str
    heading: str
    whose: str = ""
    archived: bool = False


def answer(request: PageRequest, place: Place, context: dict[str, Any]) -> HttpResponse:
    """The whole page, or of a page that stands there the part that htmx swaps."""
    organization = names.isolated(context["membership"].organization.name)
    title = " · ".join(filter(None, (context["page"].title, place.whose, organization)))
    context = context | {"place": place, "title": title, "path": request.path}
    swapped = render_to_string("dashboard.html", context, request, using="jinja2")
    if is_fragment(request):
        return HttpResponse(swapped)
    if len(get_messages(request)):
        escaped = SafeString(swapped)  # nosec B703
        return render(request, f"analytics/{place.template}.html", context | {"dashboard": escaped})
    given = {_TITLE: pieces.written(title), _TOKEN: get_token(request), _DASHBOARD: swapped}
    made = _frame.__wrapped__ if settings.DEBUG else _frame  # while one develops, templates change
    return HttpResponse("".join(given.get(part, part) for part in made(place, request.shell)))


_TITLE, _TOKEN, _DASHBOARD = (f"{what}{token_hex(16)}" for what in ("title", "token", "dashboard"))


@lru_cache(maxsize=FRAMES)
def _frame(place: Place, shell: Shell) -> tuple[str, ...]:
    """What stands around the dashboard, cut where its title, the form's token and the dashboard itself belong.

    It is made of what it is given and of templates alone, so while these are the same it is too.
    """
    context = {"place": place, "request": {"shell": shell}}
    context |= {"title": _TITLE, "csrf_token": _TOKEN, "dashboard": _DASHBOARD}
    text = render_to_string(f"analytics/{place.template}.html", context)
    return tuple(re.split(f"({_TITLE}|{_TOKEN}|{_DASHBOARD})", text))
