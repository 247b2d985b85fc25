"""Filters of the page frame."""

from django import template

register = template.Library()


@register.filter
def initials(name: str) -> str:
    """One or two capitals for the square beside a name.

    >>> initials("Maya de la Okafor"), initials("acme"), initials("")
    ('MO', 'A', '')
    """
    words = name.split()
    return "".join(word[0] for word in [*words[:1], *words[1:][-1:]]).upper()
