"""The dashboard's templates: every one can be read, escapes as Django's do, and asks for nothing that is not there."""

from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template, engines
from jinja2 import UndefinedError

TEMPLATES = sorted(path.name for path in Path(settings.BASE_DIR, "templates/dashboard").glob("*.html"))
WRITTEN = ["plain", "a & b", "<b>bold</b>", 'say "so"', "it's", "", None, 7, 0.5, "\u2066x"]


def written(text: str, **context: object) -> str:
    return engines["jinja2"].from_string(text).render(context)


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_can_be_read(name):
    assert engines["jinja2"].get_template(name)


@pytest.mark.parametrize("value", WRITTEN)
def test_both_engines_write_a_value_alike(value):
    assert written("{{ value }}", value=value) == Template("{{ value }}").render(Context({"value": value}))


@pytest.mark.parametrize("text", ["{{ nothing }}", "{{ value.nothing }}", "{% if value.nothing %}{% endif %}"])
def test_what_is_not_there_is_an_error_and_never_an_empty_text(text):
    with pytest.raises((UndefinedError, AttributeError)):
        written(text, value="x")


def test_a_link_within_the_page_is_escaped_once():
    assert written("{{ to(path, query) }}", path="/a/", query='?q=%22"&b=<') == (
        'href="/a/?q=%22&quot;&amp;b=&lt;" hx-get="/a/?q=%22&quot;&amp;b=&lt;"'
    )


def test_space_between_elements_is_taken_out_as_djangos_tag_does():
    text = "{% filter spaceless %} <p>\n  <b>{{ value }}</b> and </p> {% endfilter %}"
    assert written(text, value="<i> <i>") == "<p><b>&lt;i&gt; &lt;i&gt;</b> and </p>"
