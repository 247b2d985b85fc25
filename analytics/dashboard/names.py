"""Names as they stand in texts and titles, where no element can keep them apart. Pure."""

from unicodedata import bidirectional

from analytics.reporting.sums import Group

ISOLATE, END = "\u2068", "\u2069"
_OPENING = ("\u2066", "\u2067", ISOLATE)
# What makes a text run from right to left, or ends that.
_TURNING = {"R", "AL", "AN", "LRE", "LRO", "RLE", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def isolated(name: str) -> str:
    """A name that cannot turn around what stands beside it. One that only runs from left to right stays as it is.

    >>> isolated("gpt-5.5"), ascii(isolated("evil\u202e")), ascii(isolated("out\u2069\u202e"))
    ('gpt-5.5', "'\\\\u2068evil\\\\u202e\\\\u2069'", "'\\\\u2068out\\\\u202e\\\\u2069'")
    """
    if name.isascii() or all(bidirectional(character) not in _TURNING for character in name):
        return name
    kept, depth = [], 0
    for character in name:
        if character == END and not depth:
            continue  # it would end the isolation
        depth += (character in _OPENING) - (character == END)
        kept.append(character)
    return f"{ISOLATE}{''.join(kept)}{END * (depth + 1)}"


def as_sent(group: Group) -> str:
    """The names that senders call it by, the first few; "" where that is just its own.

    "Sent as azure/gpt-5.5, gpt-5.5 and 3 more"
    """
    if group.sent in ((), (group.label,)):
        return ""
    further = group.names_as_sent - len(group.sent)
    return f"Sent as {', '.join(map(isolated, group.sent))}{f' and {further} more' if further else ''}"


def titled(group: Group) -> str:
    """A group's name in full, and the names it was sent under, for the `title` of a name that may be cut."""
    sent = as_sent(group)
    return f"{isolated(group.label)}\n{sent}" if sent else isolated(group.label)
