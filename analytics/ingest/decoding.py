"""JSON of senders → Python values with exact numbers; and how a refused one is told of."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from hashlib import sha256

MAX_TEXT = 200
SHOWN = 60  # characters of a refused value that an error repeats


class EventError(Exception):
    """Why one event is refused. `field` is None where the trouble is not in one field."""

    def __init__(self, field: str | None, message: str) -> None:
        super().__init__(field, message)
        self.field, self.message = field, message

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message

    def bare(self) -> "EventError":
        """The same to keep: what was raised holds on to the values of every function that it came through."""
        return EventError(self.field, self.message)


@dataclass(frozen=True, slots=True)
class UnreadableNumber:
    """A JSON number that no field can hold (NaN, hundreds of digits, a monstrous exponent), kept to be shown."""

    text: str

    def __str__(self) -> str:
        return self.text


class DuplicateKeys(dict[str, object]):
    """A JSON object that gives the field `name` twice: which of the two was meant nobody knows."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


def excerpt(value: object) -> str:
    """`value` as JSON writes it, printable and short, for an error message.

    >>> excerpt("-0.5"), excerpt(None), excerpt([1, 2]), excerpt("x" * 100)[-5:]
    ('"-0.5"', 'null', 'a list', 'xxx"…')
    """
    match value:
        case str():
            cut = value[:SHOWN]
            return json.dumps(cut, ensure_ascii=not cut.isprintable()) + ("…" if len(value) > SHOWN else "")
        case list():
            return "a list"
        case dict():
            return "an object"
    text = str(value) if isinstance(value, Decimal | UnreadableNumber) else json.dumps(value, default=str)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def has_surrogates(text: str) -> bool:
    """Whether half a character stands in it, which is no text to PostgreSQL, UTF-8 and protobuf."""
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)


def keepable(text: str, longest: int) -> str:
    """For what is only compared: itself, or its hash where PostgreSQL does not keep it."""
    if len(text) <= longest and "\x00" not in text and not has_surrogates(text):
        return text
    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def sayable(text: str) -> str:
    """For an answer in protobuf: halves of characters are written out.

    >>> sayable("a\\ud800"), sayable("é")
    ('a\\\\ud800', 'é')
    """
    return text.encode(errors="backslashreplace").decode()


def _number(text: str) -> Decimal | UnreadableNumber:
    try:
        return Decimal(text) if len(text) <= MAX_TEXT else UnreadableNumber(text)
    except InvalidOperation:
        return UnreadableNumber(text)


def _whole(text: str) -> int | UnreadableNumber:
    return int(text) if len(text) <= MAX_TEXT else UnreadableNumber(text)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    decoded = dict(pairs)
    if len(decoded) == len(pairs):
        return decoded
    first = dict[str, int]()  # each name's place: a list is searched again and again, which for many names has no end
    return DuplicateKeys(next(name for place, (name, _) in enumerate(pairs) if first.setdefault(name, place) != place))


_DECODER = json.JSONDecoder(
    parse_float=_number, parse_int=_whole, parse_constant=UnreadableNumber, object_pairs_hook=_object
)
_LINE_ENDS = ("\n", "\r\n")
_SPACE = re.compile(r"[ \t\n\r]*")
_COMMA_OR_END = re.compile(r"[ \t\n\r]*([,\]])[ \t\n\r]*")


def decode(text: str) -> object:
    """JSON with exact numbers, for `check`. EventError: not JSON, nested too deeply."""
    with suppress(ValueError, RecursionError):  # what is wrong is found out below
        value, end = _DECODER.raw_decode(text)
        if end == len(text) or text[end:] in _LINE_ENDS:
            return value
    with _in_event_errors():
        return _DECODER.decode(text)


def _after_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def decode_each(body: bytes, wide: Callable[[bytes], object]) -> Iterator[object]:
    """The elements of the JSON array that is `body`, as `decode` gives them: one after another, so only one is held.

    They are found in a text of one byte a character, whatever the characters are; `wide` decodes an element with others
    than ASCII. EventError: see `decode`.
    """
    text = body.decode("latin-1")
    with _in_event_errors():
        at = _after_space(text, text.index("[") + 1)
        if closed := text.startswith("]", at):
            at += 1
        while not closed:
            begin = at
            element, at = _DECODER.raw_decode(text, at)
            part = body[begin:at]
            if not part.isascii():
                element = None  # let go before it is made anew
                element = wide(part)
            yield element
            between = _COMMA_OR_END.match(text, at)
            if between is None:
                raise json.JSONDecodeError("Expecting ',' delimiter", text, at)
            closed, at = between[1] == "]", between.end()
        if _SPACE.fullmatch(text, at) is None:
            raise json.JSONDecodeError("Extra data", text, at)


@contextmanager
def _in_event_errors() -> Iterator[None]:
    try:
        yield
    except json.JSONDecodeError as error:
        raise EventError(None, f"is not JSON: {error.msg} at character {error.pos + 1}") from None
    except RecursionError:
        raise EventError(None, "is nested too deeply") from None
