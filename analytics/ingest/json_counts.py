"""How many values a JSON text has, counted in its bytes: decoded, each of them takes a hundred times its bytes.

Exact for JSON. What is none counts as something; its decoder stops where it stops being JSON, and up to there the count
is right.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from accounts.api_error import ApiError

MAX_WIDE = 10_000_000  # characters of a text in which one needs four bytes: decoded, all of them take four
_PIECE = 1 << 18
_BACKSLASHES = re.compile(rb"\\*")
_OF_FOUR_BYTES = tuple(bytes([first]) for first in range(0xF0, 0xF5))
_INSIDE_CHARACTERS = bytes(range(0x80, 0xC0))
_OPENS, _CLOSES, _COMMA = b"[{", b"]}", b","
_PLAIN = bytes(set(range(256)) - set(_OPENS + _CLOSES + _COMMA))


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """What the body of one endpoint may hold: so many `things` of the name `noun`, values in all, values in one."""

    things: int
    noun: str
    values: int
    of_one: int

    def too_many(self) -> ApiError:
        return ApiError(413, "too_large", f"At most {self.things} {self.noun} may be sent at once.")


def values(text: bytes, most: int, where: str = "a body") -> int:
    """How many lists, objects and values after a comma it has. ApiError: more than `most`.

    >>> values(b'[{"a": "[,]", "b": [1, 2]}, {}]', 10)
    7
    """
    count = 0
    for structure in _structure(text):
        count += len(structure.translate(None, _CLOSES))
        if count > most:
            raise too_many_values(most, where)
    return count


def check_list(text: bytes, limits: BodyLimits) -> None:
    """ApiError: the list that it is has too many elements or values, or one of its elements has too many."""
    elements = _Elements()
    for structure in _structure(text):
        elements.add(structure)
        if elements.number > limits.things:
            raise limits.too_many()
        if elements.most > limits.of_one:
            raise too_many_values(limits.of_one, f"one of the {limits.noun}")
        if elements.values > limits.values:
            raise too_many_values(limits.values)


def too_many_values(most: int, where: str = "a body") -> ApiError:
    return ApiError(413, "too_large", f"At most {most} lists, objects and values may stand in {where}.")


def check_width(text: bytes) -> None:
    """ApiError: decoded, it would be four times as large, and is too large for that."""
    if len(text) <= MAX_WIDE or text.isascii() or not any(first in text for first in _OF_FOUR_BYTES):
        return
    if len(text.translate(None, _INSIDE_CHARACTERS)) > MAX_WIDE:
        detail = f"With a character of four bytes in it, such as an emoji, JSON may have at most {MAX_WIDE} characters."
        raise ApiError(413, "too_large", f"{detail} Send less at once.")


def _structure(text: bytes) -> Iterator[bytes]:
    """What of it stands outside of strings and opens, closes or separates, a piece after the other."""
    at, in_string = 0, 0
    while at < len(text):
        # No piece ends inside an escape.
        backslashes = _BACKSLASHES.match(text, at + _PIECE)
        end = backslashes.end() + 1 if backslashes else len(text)
        piece = text[at:end].replace(b"\\\\", b"").replace(b'\\"', b"")
        parts = piece.split(b'"')
        yield b"".join(parts[in_string::2]).translate(None, _PLAIN)
        in_string ^= len(parts) % 2 == 0
        at = end


class _Elements:
    """The elements of the outermost list, as far as it has come: their number, the most values in one, all values."""

    def __init__(self) -> None:
        self.number, self.most, self.values = 1, 0, 0
        self._depth = self._of_this = 0

    def add(self, structure: bytes) -> None:
        depth, of_this = self._depth, self._of_this
        for byte in structure:
            if byte in _OPENS:
                depth, of_this = depth + 1, of_this + 1
            elif byte in _CLOSES:
                depth -= 1
            elif depth > 1:
                of_this += 1
            else:
                self.number, self.most, of_this = self.number + 1, max(self.most, of_this), 0
        self.most = max(self.most, of_this)
        self._depth, self._of_this = depth, of_this
        self.values += len(structure.translate(None, _CLOSES))
