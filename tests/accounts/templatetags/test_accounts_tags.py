"""The letters beside a name, in templates."""

import pytest
from django.template import Context, Template

from accounts.templatetags.accounts_tags import initials


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Maya de la Okafor", "MO"),
        ("Acme", "A"),
        ("acme labs", "AL"),
        ("  Maya \t Okafor  ", "MO"),
        ("élodie ñuñez", "ÉÑ"),
        ("王 芳", "王芳"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_the_first_and_the_last_word_give_a_capital_each(name, letters):
    assert initials(name) == letters


def test_in_a_template_what_is_no_letter_is_escaped():
    template = Template("{% load accounts_tags %}[{{ name|initials }}]")
    assert template.render(Context({"name": "<b> & co"})) == "[&lt;C]"
